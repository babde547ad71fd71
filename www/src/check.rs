//! `cargo lab test`: all tests of the workspace, with what they need.
//!
//! Cargo unifies features over what is selected together, and would compile Burn once for every
//! selection. So the engine is always selected alone, and the rest, which needs no Burn, together.

use std::process::Command;

use anyhow::Result;

use crate::report::Report;
use crate::wasm::Flavor;
use crate::workspace::Workspace;
use crate::{bundle, process, site, tools};

/// Inputs that each random test tries where a soak is asked for, if `PROPTEST_CASES` says nothing.
const SOAK_CASES: &str = "40000";
/// How long the random visitor stays then, if `RSC_SOAK_MINUTES` says nothing.
const SOAK_MINUTES: &str = "30";

/// The crate that needs Burn.
const ENGINE: &[&str] = &["rsc-core"];
/// The crates that do not.
const REST: &[&str] = &["rsc-app", "rsc-tests", "rsc-www"];

fn test(workspace: &Workspace, packages: &[&str]) -> Command {
    let mut command = process::cargo(workspace);
    command.args(["test", "--locked"]);
    for package in packages {
        command.args(["--package", package]);
    }
    command
}

/// Sets a variable for a program unless whoever started this one has.
fn with_default<'a>(command: &'a mut Command, name: &str, value: &str) -> &'a mut Command {
    if std::env::var_os(name).is_none() {
        command.env(name, value);
    }
    command
}

/// Runs the native tests and, unless told otherwise, the page in a browser; then, if asked to, the
/// long ones.
pub(crate) fn run(workspace: &Workspace, native_only: bool, soak: bool) -> Result<()> {
    let mut report = Report::default();
    let result = stages(workspace, native_only, soak, &mut report);
    report.print();
    result
}

fn stages(workspace: &Workspace, native_only: bool, soak: bool, report: &mut Report) -> Result<()> {
    // Tools first: what is missing is better said before half an hour of tests than after it.
    let gpu = tools::vulkan(report)?;
    let for_browser = if native_only {
        None
    } else {
        Some((
            tools::wasm_toolchain(workspace, report)?,
            tools::chromium(report)?,
            tools::firefox(report),
        ))
    };

    report.loud("compile the engine's tests", || {
        process::run(test(workspace, ENGINE).arg("--no-run"))
    })?;
    report.loud("the engine's tests", || {
        let mut command = test(workspace, ENGINE);
        if gpu {
            // A driver is there, so a GPU test that skips itself would hide a fault.
            command.env("RSC_REQUIRE_GPU", "1");
            // Without it the driver complains at every device, for want of a display it never needs.
            let nowhere = std::env::temp_dir();
            with_default(&mut command, "XDG_RUNTIME_DIR", &nowhere.to_string_lossy());
        }
        process::run(command.args(["--", "--include-ignored"]))
    })?;
    report.loud("the tests of the page and of this program", || {
        process::run(&mut test(workspace, REST))
    })?;

    if let Some((toolchain, chrome, firefox)) = for_browser {
        let site = site::build(workspace, &toolchain, Flavor::Release, report)?;
        let folder = workspace.site_target().join("test-site");
        bundle::write(&site, &folder)?;
        report.loud("the page in a browser", || {
            let mut command = test(workspace, REST);
            if let Some(firefox) = &firefox {
                command.env("FIREFOX", firefox);
            }
            process::run(
                command
                    .args(["--test", "browser", "--", "--include-ignored"])
                    .env("RSC_SITE", &folder)
                    .env("CHROME", &chrome),
            )
        })?;
        if soak {
            report.loud("random input, many times", || {
                for (package, filter) in [
                    ("rsc-core", "hostile"),
                    ("rsc-core", "commands"),
                    ("rsc-app", "hostile"),
                ] {
                    let mut command = test(workspace, &[package]);
                    match package {
                        "rsc-core" => command.args(["--test", filter]),
                        _ => command.args(["--bin", package, filter]),
                    };
                    process::run(with_default(&mut command, "PROPTEST_CASES", SOAK_CASES))?;
                }
                Ok(())
            })?;
            report.loud("a visitor who does anything, and long runs", || {
                let mut command = test(workspace, REST);
                command
                    .args(["--test", "browser", "--", "--nocapture"])
                    // One after the other: what is measured is not to be disturbed.
                    .args(["--test-threads=1", "soak::"])
                    .env("RSC_SITE", &folder)
                    .env("CHROME", &chrome);
                process::run(with_default(&mut command, "RSC_SOAK_MINUTES", SOAK_MINUTES))
            })?;
        }
    }
    Ok(())
}
