//! How long a file may be.

use crate::sources::Files;

/// Most lines of a file.
const MOST_LINES: usize = 400;

/// Files that are longer, each with the reason why splitting would make it worse.
pub(crate) const LONG_FILES: &[(&str, &str)] = &[];

/// Files that are too long, and exceptions that are no longer needed.
pub(crate) fn offences(files: &Files, exceptions: &[(&str, &str)]) -> Vec<String> {
    let mut found = Vec::new();
    for (file, text) in files {
        let lines = text.lines().count();
        let excepted = exceptions.iter().any(|(name, _)| name == file);
        if lines > MOST_LINES && !excepted {
            found.push(format!(
                "{file}:{MOST_LINES}: {lines} lines, more than {MOST_LINES}: split it by concept"
            ));
        }
        if lines <= MOST_LINES && excepted {
            found.push(format!(
                "{file}: no longer needs its exception in tests/architecture/size.rs"
            ));
        }
    }
    let gone = exceptions
        .iter()
        .filter(|(name, _)| !files.contains_key(*name));
    found.extend(gone.map(|(name, _)| format!("{name}: an exception for a file that is gone")));
    found
}
