//! Binaryen's `wasm-opt`, which makes a compiled module smaller.
//!
//! A site works without it and is then larger. So a machine that has none, and on which we cannot
//! install one, is told so and gets its site all the same.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::apt;
use crate::process;
use crate::report::Report;
use crate::workspace::Workspace;

/// The oldest release that knows all of [`FEATURES`].
const OLDEST: u32 = 108;

/// The release that is taken from npm.
const FROM_NPM: &str = "132.0.0";

/// How long npm may take for its 100 MB.
const NPM_LIMIT: Duration = Duration::from_secs(180);

/// What Rust's modules use, by name: with `--all-features`, a new release writes what no browser
/// reads yet.
const FEATURES: &[&str] = &[
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
    "--enable-simd",
];

/// A `wasm-opt` that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WasmOpt {
    /// The program, and what comes before its own arguments: npm's is a script for Node.
    command: Vec<OsString>,
    version: u32,
}

impl WasmOpt {
    /// What decides over its output, beside the input and the options.
    pub(crate) fn version(&self) -> u32 {
        self.version
    }

    /// Makes one module from another.
    pub(crate) fn run(&self, input: &Path, output: &Path, options: &[&str]) -> Result<()> {
        let (program, before) = self
            .command
            .split_first()
            .context("a wasm-opt without a program")?;
        let mut command = Command::new(program);
        command.args(before).args(FEATURES).args(options);
        process::run(command.arg(input).arg("-o").arg(output))
    }
}

/// The one that is there, if there is one; nothing is installed.
pub(crate) fn find(workspace: &Workspace) -> Option<WasmOpt> {
    found(&Real { workspace })
}

/// The one that is there, or one installed now; `None` where neither can be had.
pub(crate) fn provide(workspace: &Workspace, report: &mut Report) -> Option<WasmOpt> {
    let mut machine = Real { workspace };
    let chosen = choose(&mut machine, report);
    if chosen.is_none() {
        eprintln!(
            "   There is no wasm-opt here, so the modules stay larger than they could be. {REMEDY}"
        );
    }
    chosen
}

const REMEDY: &str = "Debian has it in the package binaryen, npm too; https://github.com/WebAssembly/binaryen \
    has releases for every system. It is found in PATH.";

/// Where one may come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    Path,
    Npm,
}

/// The questions and deeds that [`choose`] puts in order; the tests answer them differently.
trait Machine {
    /// How to call the one of this origin, and what it says its version is.
    fn look(&self, origin: Origin) -> Option<(Vec<OsString>, String)>;
    fn can_use_apt(&self) -> bool;
    fn use_apt(&mut self) -> Result<()>;
    fn can_use_npm(&self) -> bool;
    fn use_npm(&mut self) -> Result<()>;
}

fn found(machine: &impl Machine) -> Option<WasmOpt> {
    [Origin::Path, Origin::Npm].into_iter().find_map(|origin| {
        let (command, about) = machine.look(origin)?;
        let version = version(&about).filter(|version| *version >= OLDEST)?;
        Some(WasmOpt { command, version })
    })
}

/// What is there already comes first; then what is installed soonest.
fn choose(machine: &mut impl Machine, report: &mut Report) -> Option<WasmOpt> {
    if let Some(there) = found(machine) {
        return Some(there);
    }
    if machine.can_use_apt() {
        let installed = report.loud("install wasm-opt (Debian's binaryen)", || machine.use_apt());
        if let Some(there) = told(installed).and_then(|()| found(machine)) {
            return Some(there);
        }
    }
    if machine.can_use_npm() {
        let installed = report.loud("install wasm-opt (npm's binaryen)", || machine.use_npm());
        return told(installed).and_then(|()| found(machine));
    }
    None
}

/// A failed installation is no failure of the build.
fn told(installed: Result<()>) -> Option<()> {
    installed
        .inspect_err(|error| eprintln!("   {error:#}"))
        .ok()
}

struct Real<'a> {
    workspace: &'a Workspace,
}

impl Real<'_> {
    /// npm's files stay with the other things that builds make.
    fn npm_folder(&self) -> PathBuf {
        self.workspace.site_target().join("binaryen")
    }
}

fn in_path(names: &[&str]) -> Option<PathBuf> {
    process::find_in_path(names, &std::env::var_os("PATH").unwrap_or_default())
}

/// npm is a script, of which Windows can only start a `.cmd`.
fn npm() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let name = if cfg!(windows) { "npm.cmd" } else { "npm" };
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

impl Machine for Real<'_> {
    fn look(&self, origin: Origin) -> Option<(Vec<OsString>, String)> {
        let command: Vec<OsString> = match origin {
            Origin::Path => vec![in_path(&["wasm-opt"])?.into()],
            Origin::Npm => {
                let script = self.npm_folder().join("node_modules/binaryen/bin/wasm-opt");
                if !script.is_file() {
                    return None;
                }
                vec![in_path(&["node", "nodejs"])?.into(), script.into()]
            }
        };
        let about = process::output_of(
            Command::new(&command[0])
                .args(&command[1..])
                .arg("--version"),
        )?;
        Some((command, about))
    }

    fn can_use_apt(&self) -> bool {
        apt::usable()
    }

    fn use_apt(&mut self) -> Result<()> {
        apt::install(&["binaryen"])
    }

    fn can_use_npm(&self) -> bool {
        npm().is_some() && in_path(&["node", "nodejs"]).is_some()
    }

    fn use_npm(&mut self) -> Result<()> {
        let folder = self.npm_folder();
        fs::create_dir_all(&folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
        let mut command = Command::new(npm().context("npm is gone")?);
        command
            .args(["install", "--no-save", "--ignore-scripts", "--no-audit"])
            .args(["--no-fund", "--prefix"])
            .arg(&folder)
            .arg(format!("binaryen@{FROM_NPM}"));
        if process::succeeds_within(&mut command, NPM_LIMIT) {
            return Ok(());
        }
        bail!("npm could not fetch binaryen {FROM_NPM}")
    }
}

/// `wasm-opt version 108 (version_108)` is version 108.
fn version(about: &str) -> Option<u32> {
    let (_, after) = about.split_once("version ")?;
    let digits = after
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(after.len());
    after[..digits].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A machine made up for the test, which notes what was done to it.
    #[derive(Default)]
    struct Pretend {
        path: Option<u32>,
        npm: Option<u32>,
        root: bool,
        apt_works: bool,
        has_npm: bool,
        done: Vec<&'static str>,
    }

    impl Machine for Pretend {
        fn look(&self, origin: Origin) -> Option<(Vec<OsString>, String)> {
            let version = match origin {
                Origin::Path => self.path?,
                Origin::Npm => self.npm?,
            };
            let command = vec![format!("{origin:?}").into()];
            Some((command, format!("wasm-opt version {version}")))
        }
        fn can_use_apt(&self) -> bool {
            self.root
        }
        fn use_apt(&mut self) -> Result<()> {
            self.done.push("apt");
            if !self.apt_works {
                bail!("no network");
            }
            self.path = Some(OLDEST);
            Ok(())
        }
        fn can_use_npm(&self) -> bool {
            self.has_npm
        }
        fn use_npm(&mut self) -> Result<()> {
            self.done.push("npm");
            self.npm = Some(132);
            Ok(())
        }
    }

    fn chosen(machine: &mut Pretend) -> Option<u32> {
        choose(machine, &mut Report::default()).map(|tool| tool.version())
    }

    #[test]
    fn what_is_there_needs_no_installation() {
        let mut machine = Pretend {
            path: Some(120),
            root: true,
            has_npm: true,
            ..Pretend::default()
        };
        assert_eq!(chosen(&mut machine), Some(120));
        machine.path = None;
        machine.npm = Some(132);
        assert_eq!(chosen(&mut machine), Some(132));
        assert!(machine.done.is_empty());
    }

    #[test]
    fn an_old_one_does_not_count() {
        let mut machine = Pretend {
            path: Some(OLDEST - 1),
            npm: Some(132),
            ..Pretend::default()
        };
        assert_eq!(chosen(&mut machine), Some(132));
    }

    #[test]
    fn npm_follows_where_apt_fails() {
        let mut machine = Pretend {
            root: true,
            has_npm: true,
            ..Pretend::default()
        };
        assert_eq!(chosen(&mut machine), Some(132));
        assert_eq!(machine.done, ["apt", "npm"]);
        let mut machine = Pretend {
            root: true,
            apt_works: true,
            has_npm: true,
            ..Pretend::default()
        };
        assert_eq!(chosen(&mut machine), Some(OLDEST));
        assert_eq!(machine.done, ["apt"]);
    }

    #[test]
    fn none_at_all_is_no_error() {
        assert_eq!(chosen(&mut Pretend::default()), None);
    }

    #[test]
    fn versions_are_read() {
        assert_eq!(version("wasm-opt version 108"), Some(108));
        assert_eq!(version("wasm-opt version 132 (version_132)"), Some(132));
        assert_eq!(version("wasm-opt"), None);
    }
}
