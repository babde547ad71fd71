//! A Firefox for the one test that runs in it. Without a Firefox that test is skipped.

use std::path::{Path, PathBuf};

use super::apt;
use crate::process;
use crate::progress::Progress;

const NAMES: &[&str] = &["firefox-esr", "firefox"];

const MAC: &str = "/Applications/Firefox.app/Contents/MacOS/firefox";

/// `FIREFOX` if it is set, else a browser in `PATH` or in its default folder, else Debian's package.
pub(crate) fn provide(progress: &mut Progress) -> Option<PathBuf> {
    let found = find();
    if found.is_some() {
        return found;
    }
    if apt::usable() {
        let installed = progress.stage_with_output("install Firefox (Debian's)", || {
            apt::install(&["firefox-esr"])
        });
        if let Err(error) = installed {
            eprintln!("{error:#}");
        }
    }
    let found = find();
    if found.is_none() {
        eprintln!("There is no Firefox: its test is skipped. Install it, or set FIREFOX.");
    }
    found
}

fn find() -> Option<PathBuf> {
    let given = std::env::var_os("FIREFOX").filter(|value| !value.is_empty());
    if let Some(given) = given {
        return Some(given.into());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    process::find_in_path(NAMES, &path)
        .or_else(|| Path::new(MAC).is_file().then(|| PathBuf::from(MAC)))
}
