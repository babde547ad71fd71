//! Folders: reading a tree of files, pruning a cache.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use walkdir::WalkDir;

/// Every file below a folder, with its path relative to it, `/` between the parts, in order.
pub(crate) fn read_tree(folder: &Path) -> Result<Vec<(String, Vec<u8>)>> {
    let mut files = Vec::new();
    for entry in WalkDir::new(folder).follow_links(true) {
        let entry = entry.with_context(|| format!("cannot list {}", folder.display()))?;
        if entry.file_type().is_dir() {
            continue;
        }
        let path = entry.path();
        let parts: Option<Vec<&str>> = path
            .strip_prefix(folder)?
            .iter()
            .map(|part| part.to_str())
            .collect();
        let parts = parts.with_context(|| {
            format!(
                "{} has a name that no address can hold; rename it",
                path.display()
            )
        })?;
        let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        files.push((parts.join("/"), bytes));
    }
    files.sort();
    Ok(files)
}

/// Deletes all but the `kept` youngest entries of a cache folder.
pub(crate) fn prune(cache: &Path, kept: usize) -> Result<()> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(cache).with_context(|| format!("cannot list {}", cache.display()))? {
        let path = entry?.path();
        let changed = fs::metadata(&path)?.modified()?;
        entries.push((changed, path));
    }
    entries.sort();
    let surplus = entries.len().saturating_sub(kept);
    for (_, path) in entries.into_iter().take(surplus) {
        ensure!(
            path.starts_with(cache),
            "{} is not in the cache",
            path.display()
        );
        let removed = if path.is_dir() {
            fs::remove_dir_all(&path)
        } else {
            fs::remove_file(&path)
        };
        removed.with_context(|| format!("cannot delete {}", path.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_are_read_in_order_with_slashes() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir(folder.path().join("sub")).expect("creates");
        fs::write(folder.path().join("sub").join("a.txt"), "a").expect("writes");
        fs::write(folder.path().join("b.txt"), "b").expect("writes");
        let names: Vec<_> = read_tree(folder.path())
            .expect("reads")
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        assert_eq!(names, ["b.txt", "sub/a.txt"]);
    }

    #[test]
    fn pruning_keeps_the_youngest() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (age, name) in [(30, "old"), (20, "middle"), (10, "young")] {
            let file = fs::File::create(folder.path().join(name)).expect("creates");
            let then = std::time::SystemTime::now() - std::time::Duration::from_secs(age);
            file.set_modified(then).expect("sets the time");
        }
        prune(folder.path(), 2).expect("prunes");
        assert!(!folder.path().join("old").exists());
        assert!(folder.path().join("middle").exists());
        assert!(folder.path().join("young").exists());
    }
}
