//! The page's own source files, for tests that compare what one file names with what others have.

use std::fs;
use std::path::{Path, PathBuf};

const READABLE: &str = "app/src can be read"; // not shown

/// Every Rust file under `app/src`: its path within, and its text.
pub(crate) fn of_the_page() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect(READABLE) {
            let path = entry.expect(READABLE).path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let name = path.strip_prefix(&root).expect("it lies within"); // not shown
                let name = name.display().to_string();
                found.push((name, fs::read_to_string(&path).expect("sources are text"))); // not shown
            }
        }
    }
    found
}
