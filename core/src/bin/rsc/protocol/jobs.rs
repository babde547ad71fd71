//! Several processes on this machine that share the work: each takes the cells that nobody has claimed.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};

use super::{args::ProtocolArgs, cells::Protocol, folder::Folder, progress::Progress, work::Ended};
use crate::interrupt::Interrupt;

/// Between two looks at what has been done.
const PAUSE: Duration = Duration::from_millis(200);
/// How long a process may take to stop when asked to.
const PATIENCE: Duration = Duration::from_secs(20);

/// Another process of this program.
struct Helper {
    child: Child,
    /// Passes on what it says about failures.
    errors: Option<JoinHandle<Vec<String>>>,
}

/// Runs `--jobs` processes until nothing is left for them.
///
/// # Errors
/// What the first of them that failed says, once all have ended.
pub(crate) fn run(
    arguments: &ProtocolArgs,
    protocol: &Protocol,
    folder: &Folder,
    interrupt: &Interrupt,
    progress: &Progress,
) -> Result<Ended> {
    let before = count(protocol, folder);
    let mut helpers = Vec::new();
    for _ in 0..usize::from(arguments.jobs).min(protocol.cells.len() - before) {
        helpers.push(start(arguments, folder)?);
    }
    progress.name(&format!("{} processes", helpers.len()));
    let mut looked = Instant::now();
    while helpers.iter_mut().any(Helper::is_at_work) {
        if interrupt.is_pressed() {
            // All are asked before the first one is waited for.
            for helper in &mut helpers {
                drop(helper.child.stdin.take());
            }
            helpers.into_iter().for_each(Helper::stop);
            return Ok(Ended::Interrupted);
        }
        std::thread::sleep(PAUSE);
        // With thousands of cells a look takes a while.
        if looked.elapsed() > PAUSE * 10 {
            progress.show(count(protocol, folder) - before, 0.0);
            looked = Instant::now();
        }
    }
    let mut failure = None;
    for (index, helper) in helpers.into_iter().enumerate() {
        let (failed, said) = helper.end()?;
        failure = failure.or(failed);
        // All of them read the same images.
        let warnings = said
            .iter()
            .filter(|it| index == 0 && it.starts_with("warning: "));
        warnings.for_each(|it| progress.warn(it));
    }
    match failure {
        _ if interrupt.is_pressed() => Ok(Ended::Interrupted),
        Some(failure) => Err(anyhow::anyhow!(failure)),
        None => Ok(Ended::Done),
    }
}

fn count(protocol: &Protocol, folder: &Folder) -> usize {
    let cells = protocol.cells.iter();
    cells
        .filter(|cell| folder.record_path(cell).exists())
        .count()
}

fn start(arguments: &ProtocolArgs, folder: &Folder) -> Result<Helper> {
    let program = std::env::current_exe().context("this program's own file cannot be found")?;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = (threads / usize::from(arguments.jobs)).max(1);
    let mut command = Command::new(program);
    command
        .arg("protocol")
        .arg(&arguments.file)
        .arg("--out")
        .arg(folder.path())
        .args(["--device", arguments.device.name(), "--helper"])
        .arg("--checkpoint-every")
        .arg(arguments.checkpoint_every.to_string())
        .env("RAYON_NUM_THREADS", threads.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let mut child = command
        .spawn()
        .context("another process cannot be started")?;
    let errors = child.stderr.take().map(|errors| {
        std::thread::spawn(move || {
            BufReader::new(errors)
                .lines()
                .map_while(Result::ok)
                .collect()
        })
    });
    Ok(Helper { child, errors })
}

impl Helper {
    fn is_at_work(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits for it to stop, since its input is closed, and makes it stop where it does not.
    fn stop(mut self) {
        let asked = Instant::now();
        while self.is_at_work() && asked.elapsed() < PATIENCE {
            std::thread::sleep(PAUSE);
        }
        // Where it has ended, there is nothing to kill.
        self.child.kill().ok();
        self.child.wait().ok();
    }

    /// What it failed with, if it did, and everything that it said.
    fn end(mut self) -> Result<(Option<String>, Vec<String>)> {
        let status = self
            .child
            .wait()
            .context("another process cannot be waited for")?;
        let said = self.errors.take().and_then(|errors| errors.join().ok());
        let said: Vec<String> = said.unwrap_or_default();
        let failed = (!status.success()).then(|| match said.last() {
            Some(last) => last.trim_start_matches("Error: ").to_owned(),
            None => format!("a process of --jobs ended without a word ({status})"),
        });
        Ok((failed, said))
    }
}
