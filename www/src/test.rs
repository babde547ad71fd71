//! `cargo lab test`: provides what the tests of the workspace need, then runs all of them.
//!
//! Cargo unifies features over the packages that are selected together, and would compile Burn once for
//! each selection. So the engine is always selected alone, and the crates without Burn together.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::progress::Progress;
use crate::site::{self, Profile, Site};
use crate::tools::{self, Toolchain};
use crate::workspace::Workspace;

/// Inputs for each random test of a soak, unless `PROPTEST_CASES` is set.
const SOAK_CASES: &str = "40000";
/// Minutes of random clicks and keys in a soak, unless `RSC_SOAK_MINUTES` is set.
const SOAK_MINUTES: &str = "30";
/// What `tests/slurm/check.sh` ends with where it cannot run.
const SKIPPED: i32 = 77;

const ENGINES_TESTS: &str = "the engine's tests";
const TESTS_WITHOUT_BURN: &str = "the tests of the page and of this program";

/// The crate with Burn.
const ENGINE: &[&str] = &["rsc-core"];
/// The crates without Burn.
const WITHOUT_BURN: &[&str] = &["rsc-app", "rsc-tests", "rsc-www"];

/// Runs the native tests, then, unless `native_only`, the page in a browser, then, with `soak`, the long
/// tests.
pub(crate) fn run(workspace: &Workspace, native_only: bool, soak: bool) -> Result<()> {
    let mut progress = Progress::default();
    let result = run_stages(workspace, native_only, soak, &mut progress);
    progress.print_durations();
    result
}

fn run_stages(
    workspace: &Workspace,
    native_only: bool,
    soak: bool,
    progress: &mut Progress,
) -> Result<()> {
    // All tools are looked for before half an hour of tests, so that a missing one is reported at once.
    let has_gpu = tools::vulkan_driver(progress)?;
    let browser_tools = if native_only {
        None
    } else {
        Some(BrowserTools {
            toolchain: tools::wasm_toolchain(workspace, progress)?,
            chromium: tools::chromium(progress)?,
            firefox: tools::firefox(progress),
        })
    };
    progress.stage_with_output("compile the engine's tests", || {
        process::run(cargo_test(workspace, ENGINE).arg("--no-run"))
    })?;
    let Some(tools) = browser_tools else {
        progress.stage_with_output(ENGINES_TESTS, || {
            process::run(&mut engines_tests(workspace, has_gpu))
        })?;
        return progress.stage_with_output(TESTS_WITHOUT_BURN, || {
            process::run(&mut cargo_test(workspace, WITHOUT_BURN))
        });
    };
    let site = site_and_tests(workspace, has_gpu, &tools.toolchain, progress)?;
    let folder = workspace.site_target().join("test-site");
    site::write(&site, &folder)?;
    in_browser(workspace, &tools, &folder, progress)?;
    if soak {
        soak_stages(workspace, &tools, &folder, progress)?;
    }
    Ok(())
}

/// Builds the site and, beside it, runs the native tests and compiles those in the browser. Each of the two leaves
/// cores idle for minutes: the tests while one thread makes the programs of a GPU, the site while the optimiser or the
/// compression works on the largest module.
fn site_and_tests(
    workspace: &Workspace,
    has_gpu: bool,
    toolchain: &Toolchain,
    progress: &mut Progress,
) -> Result<Site> {
    eprintln!("── {ENGINES_TESTS}, then {TESTS_WITHOUT_BURN}, beside what follows");
    std::thread::scope(|scope| {
        let tests = scope.spawn(|| {
            process::run_and_then_print(&mut engines_tests(workspace, has_gpu))?;
            process::run_and_then_print(&mut cargo_test(workspace, WITHOUT_BURN))?;
            process::run_and_then_print(browser_tests(workspace).arg("--no-run"))
        });
        let site = site::build(workspace, toolchain, Profile::Release, progress);
        let site = site.and_then(|site| {
            progress.stage_with_output("sizes of the modules", || {
                site::check_sizes(&site, &workspace.site_target().join("br-cache"))
            })?;
            Ok(site)
        });
        let tests = tests.join();
        tests
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            .and(site)
    })
}

struct BrowserTools {
    toolchain: Toolchain,
    chromium: PathBuf,
    firefox: Option<PathBuf>,
}

fn engines_tests(workspace: &Workspace, has_gpu: bool) -> Command {
    let mut command = cargo_test(workspace, ENGINE);
    if has_gpu {
        // There is a driver, so a GPU test that skips itself would hide a fault.
        command.env("RSC_REQUIRE_GPU", "1");
        // Without this variable the driver warns at every device, though it opens no display.
        let folder = std::env::temp_dir();
        with_default(&mut command, "XDG_RUNTIME_DIR", &folder.to_string_lossy());
    }
    let threads = test_threads();
    command.args(["--", "--include-ignored", "--test-threads", &threads]);
    command
}

/// Tests that run at once: more than there are cores where these are few, as all tests of a GPU wait for the one
/// thread that makes its programs.
fn test_threads() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    cores.max(8).to_string()
}

fn browser_tests(workspace: &Workspace) -> Command {
    let mut command = cargo_test(workspace, WITHOUT_BURN);
    command.args(["--test", "browser"]);
    command
}

fn in_browser(
    workspace: &Workspace,
    tools: &BrowserTools,
    site: &Path,
    progress: &mut Progress,
) -> Result<()> {
    progress.stage_with_output("the page in a browser", || {
        let mut command = browser_tests(workspace);
        if let Some(firefox) = &tools.firefox {
            command.env("FIREFOX", firefox);
        }
        process::run(
            command
                .args(["--", "--include-ignored"])
                .env("RSC_SITE", site)
                .env("CHROME", &tools.chromium),
        )
    })
}

fn soak_stages(
    workspace: &Workspace,
    tools: &BrowserTools,
    site: &Path,
    progress: &mut Progress,
) -> Result<()> {
    progress.stage_with_output("random input, many times", || {
        for (package, filter) in [
            ("rsc-core", "hostile"),
            ("rsc-core", "commands"),
            ("rsc-app", "hostile"),
        ] {
            let mut command = cargo_test(workspace, &[package]);
            match package {
                "rsc-core" => command.args(["--test", "engine", filter]),
                _ => command.args(["--bin", package, filter]),
            };
            process::run(with_default(&mut command, "PROPTEST_CASES", SOAK_CASES))?;
        }
        Ok(())
    })?;
    progress.stage_with_output("a visitor who does anything, and long runs", || {
        let mut command = browser_tests(workspace);
        command
            .args(["--", "--nocapture"])
            // One at a time: memory is measured.
            .args(["--test-threads=1", "soak::"])
            .env("RSC_SITE", site)
            .env("CHROME", &tools.chromium);
        process::run(with_default(&mut command, "RSC_SOAK_MINUTES", SOAK_MINUTES))
    })?;
    progress.stage_with_output("a protocol in a cluster (Slurm)", || slurm(workspace))
}

/// A job array of `rsc protocol --slurm`, with faults. The script says why where it cannot run here.
fn slurm(workspace: &Workspace) -> Result<()> {
    let script = workspace.root().join("tests/slurm/check.sh");
    let started = Command::new("bash")
        .arg(script)
        .env("CARGO_TARGET_DIR", workspace.target())
        .status();
    match started {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            println!("skipped: there is no bash");
            Ok(())
        }
        started => {
            let status = started.context("bash cannot be started")?;
            if !status.success() && status.code() != Some(SKIPPED) {
                bail!("tests/slurm/check.sh has failed ({status})");
            }
            Ok(())
        }
    }
}

fn cargo_test(workspace: &Workspace, packages: &[&str]) -> Command {
    let mut command = process::cargo(workspace);
    command.args(["test", "--locked"]);
    for package in packages {
        command.args(["--package", package]);
    }
    command
}

/// Sets a variable for the command unless this program was started with it.
fn with_default<'a>(command: &'a mut Command, name: &str, value: &str) -> &'a mut Command {
    if std::env::var_os(name).is_none() {
        command.env(name, value);
    }
    command
}
