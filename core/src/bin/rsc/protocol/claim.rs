//! Claims: a process that trains a cell says so in a file, so that others take another one. A claim saves
//! work and guards nothing: a record is written whole, whoever makes it, and two processes make the same.

use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    sync::mpsc::{self, RecvTimeoutError, Sender},
    thread::JoinHandle,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::shared_file::write_shared;

/// Between two signs of life.
const BEAT: Duration = Duration::from_secs(20);
/// After so long without one, a claim is free: whoever made it has ended, or its machine has.
const STALE: Duration = Duration::from_secs(5 * 60);

/// Who has claimed a cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claimant {
    /// Name of the machine.
    pub(crate) host: String,
    /// Number of the process.
    pub(crate) process: u32,
    /// Seconds since 1970 at which it began.
    began: u64,
    /// Seconds since 1970 at its last sign of life.
    alive: u64,
}

impl Claimant {
    /// This process, now.
    fn this(began: u64) -> Self {
        Self {
            host: host(),
            process: std::process::id(),
            began,
            alive: seconds(),
        }
    }

    fn is_this_process(&self) -> bool {
        self.process == std::process::id() && self.host == host()
    }

    /// Whether it has ended, as far as can be told from here.
    fn has_ended(&self) -> bool {
        let silent = seconds().saturating_sub(self.alive);
        if silent > STALE.as_secs() {
            return true;
        }
        // A process that claims this very number and host was one before this one.
        self.host == host() && (is_gone(self.process) || self.is_this_process())
    }
}

/// Whether a process of this machine has ended, where `/proc` tells. One that has, and that nobody has waited for
/// yet, is still listed there.
fn is_gone(process: u32) -> bool {
    let processes = Path::new("/proc");
    if !processes.join("self").exists() {
        return false;
    }
    let place = processes.join(process.to_string());
    match fs::read_to_string(place.join("stat")) {
        // "NUMBER (NAME) STATE ...", where the name may have brackets of its own.
        Ok(text) => text.rsplit(')').next().is_some_and(|rest| {
            let state = rest.trim_start();
            state.starts_with('Z') || state.starts_with('X')
        }),
        Err(_) => !place.exists(),
    }
}

/// Seconds since 1970.
fn seconds() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default().as_secs()
}

/// The name of this machine; empty where it has none.
fn host() -> String {
    let kernel = fs::read_to_string("/proc/sys/kernel/hostname");
    let name = kernel.or_else(|_| std::env::var("HOSTNAME"));
    let name = name.or_else(|_| std::env::var("COMPUTERNAME"));
    name.unwrap_or_default().trim().to_owned()
}

/// A cell that this process has claimed, until it is dropped.
pub(crate) struct Claim {
    path: PathBuf,
    stop: Option<Sender<()>>,
    beats: Option<JoinHandle<()>>,
}

/// What came of a claim.
pub(crate) enum Claimed {
    /// The cell is this process's.
    Taken(Claim),
    /// Somebody else is at work on it.
    Held(Claimant),
}

impl Claim {
    /// Claims a cell by the file at `path`, unless somebody else has who is alive.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub(crate) fn take(path: &Path) -> Result<Claimed> {
        loop {
            match OpenOptions::new().write(true).create_new(true).open(path) {
                Ok(mut file) => {
                    let began = seconds();
                    let written = serde_json::to_vec(&Claimant::this(began))?;
                    let written = file.write_all(&written);
                    if written.is_err() {
                        fs::remove_file(path).ok();
                    }
                    written.with_context(|| unwritten(path))?;
                    return Ok(Claimed::Taken(Self::begin(path, began)));
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    match read(path) {
                        Some(claimant) if !claimant.has_ended() => {
                            return Ok(Claimed::Held(claimant));
                        }
                        // It is gone by now, or whoever made it is.
                        _ => remove(path)?,
                    }
                }
                Err(error) => return Err(error).with_context(|| unwritten(path)),
            }
        }
    }

    /// Gives signs of life from a thread of its own, since a step may take long.
    fn begin(path: &Path, began: u64) -> Self {
        let (stop, stopped) = mpsc::channel();
        let file = path.to_owned();
        let beats = std::thread::spawn(move || {
            while stopped.recv_timeout(BEAT) == Err(RecvTimeoutError::Timeout) {
                // Where somebody else has taken the cell over, both go on and make the same record.
                if !is_ours(&file) {
                    return;
                }
                let Ok(sign) = serde_json::to_vec(&Claimant::this(began)) else {
                    return;
                };
                // A sign that cannot be given costs others' time at worst.
                write_shared(&file, &sign).ok();
            }
        });
        Self {
            path: path.to_owned(),
            stop: Some(stop),
            beats: Some(beats),
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(beats) = self.beats.take() {
            beats.join().ok();
        }
        if is_ours(&self.path) {
            fs::remove_file(&self.path).ok();
        }
    }
}

fn is_ours(path: &Path) -> bool {
    read(path).is_some_and(|claimant| claimant.is_this_process())
}

/// Who has claimed a cell. A file without content is that of somebody who is about to write it, and is as old
/// as the file.
fn read(path: &Path) -> Option<Claimant> {
    let text = fs::read(path).ok()?;
    if let Ok(claimant) = serde_json::from_slice(&text) {
        return Some(claimant);
    }
    let changed = fs::metadata(path).and_then(|it| it.modified()).ok()?;
    let changed = changed.duration_since(UNIX_EPOCH).unwrap_or_default();
    Some(Claimant {
        host: String::from("an unknown machine"),
        process: 0,
        began: changed.as_secs(),
        alive: changed.as_secs(),
    })
}

fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("{}: the claim cannot be removed", path.display()))
        }
        _ => Ok(()),
    }
}

fn unwritten(path: &Path) -> String {
    format!("{}: the claim cannot be written", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim_of(host: &str, process: u32, alive: u64) -> Vec<u8> {
        let claimant = Claimant {
            host: host.into(),
            process,
            began: 0,
            alive,
        };
        serde_json::to_vec(&claimant).unwrap()
    }

    fn is_taken(path: &Path) -> bool {
        matches!(Claim::take(path).unwrap(), Claimed::Taken(_))
    }

    #[test]
    fn a_cell_is_claimed_by_one_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("0.claim");
        let Claimed::Taken(claim) = Claim::take(&path).unwrap() else {
            panic!("nobody has it");
        };
        assert!(is_ours(&path));
        drop(claim);
        assert!(!path.exists());

        // Somebody elsewhere who is alive.
        fs::write(&path, claim_of("elsewhere", 1, seconds())).unwrap();
        let Claimed::Held(holder) = Claim::take(&path).unwrap() else {
            panic!("somebody has it");
        };
        assert_eq!((holder.host.as_str(), holder.process), ("elsewhere", 1));
        // Who has just begun to write.
        fs::write(&path, "{").unwrap();
        assert!(!is_taken(&path));
    }

    #[test]
    fn a_claim_of_somebody_who_has_ended_is_taken_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("0.claim");
        let silent = seconds() - STALE.as_secs() - 1;
        fs::write(&path, claim_of("elsewhere", 1, silent)).unwrap();
        assert!(is_taken(&path));
        // A process before this one that had the same number, as in a container that is started again.
        fs::write(&path, claim_of(&host(), std::process::id(), seconds())).unwrap();
        assert!(is_taken(&path));
        if Path::new("/proc/self").exists() {
            fs::write(&path, claim_of(&host(), u32::MAX, seconds())).unwrap();
            assert!(is_taken(&path));
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_has_ended_before_anybody_waits_for_it() {
        let mut child = std::process::Command::new("sleep")
            .arg("60")
            .spawn()
            .unwrap();
        assert!(!is_gone(child.id()));
        child.kill().unwrap();
        let killed = std::time::Instant::now();
        while !is_gone(child.id()) {
            assert!(killed.elapsed() < Duration::from_secs(20));
            std::thread::sleep(Duration::from_millis(10));
        }
        assert!(Path::new("/proc").join(child.id().to_string()).exists());
        child.wait().unwrap();
    }
}
