//! Paths that the documents name exist.

use std::path::Path;

/// The documents that are checked.
const DOCUMENTS: [&str; 3] = ["ARCHITECTURE.md", "README.md", "tests/FAULTS.md"];
/// Where a path that a document names may begin.
const ROOTS: [&str; 4] = ["", "app/src", "core/src", "tests/browser"];

/// Paths in backticks: with a folder, and a file of the sources or the folder itself.
fn paths(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().flat_map(|(number, line)| {
        let quoted = line.split('`').skip(1).step_by(2);
        let is_path = |text: &&str| {
            let plain = |c: char| c.is_ascii_alphanumeric() || "/_-.".contains(c);
            text.contains('/')
                && text.chars().all(plain)
                && (text.ends_with('/')
                    || text.ends_with(".rs")
                    || text.ends_with(".md")
                    || text.ends_with(".js")
                    || text.ends_with(".css")
                    || text.ends_with(".toml"))
        };
        quoted.filter(is_path).map(move |path| (number + 1, path))
    })
}

/// Paths of the documents under `root` that do not exist.
pub(crate) fn offences(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for document in DOCUMENTS {
        let text = std::fs::read_to_string(root.join(document)).expect("a document can be read");
        for (line, path) in paths(&text) {
            let exists = |start: &str| root.join(start).join(path).exists();
            if !ROOTS.into_iter().any(exists) {
                found.push(format!(
                    "{document}:{line}: `{path}` does not exist: name what took its place"
                ));
            }
        }
    }
    found
}

#[test]
fn only_paths_are_taken_for_paths() {
    let text = "`core/src/usage.rs`, `a/b` and `text!(\"a/b.rs\")`\n`tests/fuzz/`";
    let found: Vec<_> = paths(text).collect();
    assert_eq!(found, [(1, "core/src/usage.rs"), (2, "tests/fuzz/")]);
}
