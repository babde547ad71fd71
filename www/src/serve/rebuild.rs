//! `serve --dev`: builds again when a source changes, and hands the new site to the server.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use notify_debouncer_mini::notify::{RecommendedWatcher, RecursiveMode};
use notify_debouncer_mini::{Debouncer, new_debouncer};
use tokio::sync::watch;

use crate::progress::Report;
use crate::serve::Served;
use crate::site;
use crate::site::wasm::Flavor;
use crate::tools::Toolchain;
use crate::workspace::Workspace;

/// Editors write a file in several steps; this is how long they get.
const CALM: Duration = Duration::from_millis(300);

/// When each file was changed last, and its length.
pub(crate) type Snapshot = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

/// Starts watching; it ends when the result is dropped. `seen` was taken before the build that is
/// served at first.
pub(crate) fn start(
    workspace: Workspace,
    toolchain: Toolchain,
    sender: watch::Sender<Arc<Served>>,
    mut seen: Snapshot,
) -> Result<Debouncer<RecommendedWatcher>> {
    let (notes, changes) = mpsc::channel();
    // Looks once without being told of anything.
    let _ = notes.send(());
    let mut debouncer = new_debouncer(CALM, move |_| {
        // The receiver is gone only when the program ends.
        let _ = notes.send(());
    })
    .context("cannot watch the sources for changes")?;
    for folder in workspace.watched() {
        debouncer
            .watcher()
            .watch(&folder, RecursiveMode::Recursive)
            .with_context(|| format!("cannot watch {} for changes", folder.display()))?;
    }
    std::thread::spawn(move || {
        while changes.recv().is_ok() {
            while changes.try_recv().is_ok() {}
            // Compilers read the sources, and some systems report reading too: only content counts.
            let now = snapshot(&workspace.watched());
            if now == seen {
                continue;
            }
            seen = now;
            rebuild(&workspace, &toolchain, &sender);
        }
    });
    Ok(debouncer)
}

fn rebuild(workspace: &Workspace, toolchain: &Toolchain, sender: &watch::Sender<Arc<Served>>) {
    match site::build(workspace, toolchain, Flavor::Dev, &mut Report::default()) {
        Ok(site) => {
            let number = sender.borrow().number() + 1;
            // Nobody listens only when the server has ended.
            let _ = sender.send(Arc::new(Served::new(site, number, true)));
            eprintln!("── build {number} is served");
        }
        Err(error) => eprintln!("── the last good build stays: {error:#}"),
    }
}

/// What the sources are at the moment.
pub(crate) fn snapshot(folders: &[PathBuf]) -> Snapshot {
    let mut files = Snapshot::new();
    for folder in folders {
        collect(folder, &mut files);
    }
    files
}

/// Files come and go while an editor works; what cannot be read right now is left out.
fn collect(folder: &Path, files: &mut Snapshot) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        match entry.metadata() {
            Ok(about) if about.is_dir() => collect(&path, files),
            Ok(about) => {
                files.insert(path, (about.modified().ok(), about.len()));
            }
            Err(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snapshots_differ_by_content_and_not_by_reading() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("sub").join("a.rs");
        fs::create_dir(folder.path().join("sub")).expect("creates");
        fs::write(&file, "one").expect("writes");
        let folders = [folder.path().to_path_buf()];
        let before = snapshot(&folders);
        fs::read(&file).expect("reads");
        assert_eq!(snapshot(&folders), before);
        fs::write(&file, "three").expect("writes");
        assert_ne!(snapshot(&folders), before);
    }
}
