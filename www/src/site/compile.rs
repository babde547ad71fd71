//! Compiles several modules to wasm, two at a time: while the optimiser works on the whole of one module, which
//! takes it one core and minutes, the crates of another are compiled.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::crate_progress::{CrateProgress, Display};
use super::wasm::{Module, Profile};
use crate::process;
use crate::progress::Progress;
use crate::tools::Toolchain;
use crate::workspace::Workspace;

/// Modules that are compiled at once. A third would need memory that small machines do not have.
const AT_ONCE: usize = 2;

/// One message of Cargo's, of which others than these are of no interest.
#[derive(Deserialize)]
struct CargoMessage {
    reason: String,
    #[serde(default)]
    package_id: String,
    #[serde(default)]
    fresh: bool,
}

/// What the compilations of all modules share.
struct Compilations<'a> {
    workspace: &'a Workspace,
    toolchain: &'a Toolchain,
    profile: Profile,
    /// Modules that nobody compiles yet.
    waiting: Mutex<Vec<Module>>,
    running: Mutex<Vec<Child>>,
    failure: Mutex<Option<anyhow::Error>>,
    progress: Mutex<CrateProgress>,
}

/// Compiles the modules, the first ones first.
///
/// # Errors
/// What failed first; then the others are stopped.
pub(super) fn compile(
    modules: &[Module],
    profile: Profile,
    workspace: &Workspace,
    toolchain: &Toolchain,
    progress: &mut Progress,
) -> Result<()> {
    let names: Vec<&'static str> = modules.iter().map(|module| module.name).collect();
    progress.stage_with_output(&format!("compile to wasm: {}", names.join(", ")), || {
        let compilations = Compilations {
            workspace,
            toolchain,
            profile,
            waiting: Mutex::new(modules.iter().rev().copied().collect()),
            running: Mutex::default(),
            failure: Mutex::default(),
            progress: Mutex::new(CrateProgress::new(
                modules.iter().map(|module| (module.name, module.weight)),
                AT_ONCE,
                profile.last_crate(),
            )),
        };
        compilations.run()
    })
}

impl Compilations<'_> {
    fn run(self) -> Result<()> {
        let mut display = Display::start();
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..AT_ONCE)
                .map(|_| scope.spawn(|| self.compile_waiting()))
                .collect();
            while !workers.iter().all(|worker| worker.is_finished()) {
                std::thread::sleep(Display::INTERVAL);
                display.show(&locked(&self.progress));
            }
        });
        display.end();
        match self
            .failure
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
        {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    fn compile_waiting(&self) {
        while locked(&self.failure).is_none() {
            let Some(module) = locked(&self.waiting).pop() else {
                return;
            };
            if let Err(error) = self.compile_one(module) {
                // Those that are stopped by the first failure fail too.
                locked(&self.failure).get_or_insert(error);
                for child in locked(&self.running).iter_mut() {
                    // It may have ended by itself.
                    let _ = child.kill();
                }
            }
        }
    }

    fn compile_one(&self, module: Module) -> Result<()> {
        let name = module.name;
        let total = self.count_crates(module);
        locked(&self.progress).begin(name, total, Instant::now());
        let mut command = self.cargo(module, module.subcommand);
        command
            .args(module.only)
            .args(["--quiet", "--message-format=json-render-diagnostics"])
            .args(["--profile", self.profile.name(), "--"])
            .args(module.rustc)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let line = process::command_line(&command);
        let mut child = command
            .spawn()
            .with_context(|| format!("cannot start `{line}`"))?;
        let output = child.stdout.take();
        let id = child.id();
        locked(&self.running).push(child);
        let mut crates = BTreeSet::new();
        for message in output
            .map(BufReader::new)
            .into_iter()
            .flat_map(BufRead::lines)
        {
            let message = message.ok().and_then(|text| parse(&text));
            if let Some(CargoMessage {
                package_id, fresh, ..
            }) = message
                && crates.insert(package_id)
            {
                locked(&self.progress).crate_done(name, fresh, Instant::now());
            }
        }
        let status = self.ended(id)?;
        if !status.success() {
            bail!("`{line}` failed ({status}); its own message is above");
        }
        locked(&self.progress).end(name, Instant::now());
        Ok(())
    }

    /// Waits for a process whose output has ended.
    fn ended(&self, id: u32) -> Result<std::process::ExitStatus> {
        let mut running = locked(&self.running);
        let at = running.iter().position(|child| child.id() == id);
        let mut child = at
            .map(|at| running.swap_remove(at))
            .context("a compilation was lost")?;
        drop(running);
        child.wait().context("cannot wait for Cargo")
    }

    /// How many crates a module is made of, with those that only compile others; 0 where Cargo does not tell.
    fn count_crates(&self, module: Module) -> usize {
        let mut tree = self.cargo(module, "tree");
        tree.args(["--edges", "normal,build", "--prefix", "none", "--quiet"]);
        let listed = process::output_of(&mut tree).unwrap_or_default();
        let names: BTreeSet<&str> = listed
            .lines()
            .filter_map(|line| line.split(" (").next())
            .collect();
        names.len()
    }

    /// Cargo with what both `rustc` and `tree` are told of a module.
    fn cargo(&self, module: Module, subcommand: &str) -> Command {
        let folder = (subcommand != "tree").then(|| module.target_folder(self.workspace));
        let mut command = self
            .toolchain
            .cargo(self.workspace, subcommand, folder.as_deref());
        for setting in module.config {
            command.args(["--config", setting]);
        }
        command.args(module.package);
        command
    }
}

/// A message that tells of a finished crate.
fn parse(text: &str) -> Option<CargoMessage> {
    let message: CargoMessage = serde_json::from_str(text).ok()?;
    (message.reason == "compiler-artifact").then_some(message)
}

/// What a thread that panicked has left is as good as before: each change is one assignment.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_finished_crates_count() {
        let text = r#"{"reason":"compiler-artifact","package_id":"registry+x#serde@1.0.0","fresh":true,"target":{}}"#;
        let message = parse(text).expect("a crate");
        assert!(message.fresh && message.package_id.ends_with("serde@1.0.0"));
        assert!(parse(r#"{"reason":"build-script-executed","package_id":"a"}"#).is_none());
        assert!(parse("warning: something").is_none());
    }
}
