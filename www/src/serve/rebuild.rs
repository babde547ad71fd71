//! `serve --dev`: rebuilds when a source changes, and hands the new site to the server.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use notify_debouncer_mini::notify::{RecommendedWatcher, RecursiveMode};
use notify_debouncer_mini::{Debouncer, new_debouncer};
use tokio::sync::watch;
use walkdir::WalkDir;

use super::router::ServedSite;
use crate::progress::Progress;
use crate::site::{self, Profile};
use crate::tools::Toolchain;
use crate::workspace::Workspace;

/// Editors write a file in several steps: a rebuild waits for this long without a change.
const DEBOUNCE: Duration = Duration::from_millis(300);

/// When each file was changed last, and its length.
pub(super) type Snapshot = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

/// Watches the sources until the result is dropped. `built` was taken before the build that is served at
/// first.
pub(super) fn watch_sources(
    workspace: Workspace,
    toolchain: Toolchain,
    sender: watch::Sender<Arc<ServedSite>>,
    mut built: Snapshot,
) -> Result<Debouncer<RecommendedWatcher>> {
    let (notify, notified) = mpsc::channel();
    // Compares once at the start: sources may have changed during the first build.
    let _ = notify.send(());
    let mut debouncer = new_debouncer(DEBOUNCE, move |_| {
        // The receiver is gone only when the program ends.
        let _ = notify.send(());
    })
    .context("cannot watch the sources for changes")?;
    for folder in workspace.watched() {
        debouncer
            .watcher()
            .watch(&folder, RecursiveMode::Recursive)
            .with_context(|| format!("cannot watch {} for changes", folder.display()))?;
    }
    std::thread::spawn(move || {
        while notified.recv().is_ok() {
            while notified.try_recv().is_ok() {}
            // Some systems report reads too, and compilers read the sources.
            let now = snapshot(&workspace.watched());
            if now != built {
                built = now;
                rebuild(&workspace, &toolchain, &sender);
            }
        }
    });
    Ok(debouncer)
}

fn rebuild(workspace: &Workspace, toolchain: &Toolchain, sender: &watch::Sender<Arc<ServedSite>>) {
    match site::build(workspace, toolchain, Profile::Dev, &mut Progress::default()) {
        Ok(site) => {
            let number = sender.borrow().build_number() + 1;
            // Sending fails only when the server has ended.
            let _ = sender.send(Arc::new(ServedSite::new(site, number, true)));
            eprintln!("── build {number} is served");
        }
        Err(error) => eprintln!("── the last good build stays: {error:#}"),
    }
}

/// The state of all sources. Files come and go while an editor works, so what cannot be read is left out.
pub(super) fn snapshot(folders: &[PathBuf]) -> Snapshot {
    folders
        .iter()
        .flat_map(WalkDir::new)
        .flatten()
        .filter(|entry| !entry.file_type().is_dir())
        .filter_map(|entry| {
            let metadata = entry.metadata().ok()?;
            Some((
                entry.into_path(),
                (metadata.modified().ok(), metadata.len()),
            ))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn snapshots_change_with_content_and_not_by_reading() {
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
