//! A Chromium for the browser tests and the benchmark: any recent one with WebGPU.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::apt;
use crate::process;
use crate::progress::Progress;

const NAMES: &[&str] = &[
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
];

const MAC: &[&str] = &[
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
];

const WINDOWS: &[&str] = &[
    r"Google\Chrome\Application\chrome.exe",
    r"Chromium\Application\chrome.exe",
    r"Microsoft\Edge\Application\msedge.exe",
];

/// `CHROME` if it is set, else a browser in `PATH` or in its default folder, else Debian's package.
pub(crate) fn provide(progress: &mut Progress) -> Result<PathBuf> {
    if let Some(found) = find(&Environment::current(), &Path::is_file)? {
        return Ok(found);
    }
    if apt::usable() {
        progress.stage_with_output("install Chromium (Debian's)", || {
            apt::install(&["chromium", "fonts-dejavu-core"])
        })?;
        return find(&Environment::current(), &Path::is_file)?
            .context("Debian's package `chromium` is installed but left no `chromium` in PATH");
    }
    bail!(
        "the browser tests need Chromium or Chrome, and none was found. Install one, or set \
         CHROME to its program, or run `cargo lab test --native-only`"
    )
}

/// What the search reads from the environment.
struct Environment {
    chrome: Option<OsString>,
    path: OsString,
    program_folders: Vec<PathBuf>,
}

impl Environment {
    fn current() -> Self {
        let folders = ["ProgramFiles", "ProgramFiles(x86)", "LocalAppData"];
        Self {
            chrome: std::env::var_os("CHROME").filter(|value| !value.is_empty()),
            path: std::env::var_os("PATH").unwrap_or_default(),
            program_folders: folders
                .iter()
                .filter_map(std::env::var_os)
                .map(PathBuf::from)
                .collect(),
        }
    }
}

fn find(environment: &Environment, is_file: &dyn Fn(&Path) -> bool) -> Result<Option<PathBuf>> {
    if let Some(chrome) = &environment.chrome {
        let chrome = PathBuf::from(chrome);
        if !is_file(&chrome) {
            bail!(
                "CHROME is {}, which is no file; correct or unset it",
                chrome.display()
            );
        }
        return Ok(Some(chrome));
    }
    if let Some(found) = process::find_in_path(NAMES, &environment.path) {
        return Ok(Some(found));
    }
    let windows = environment
        .program_folders
        .iter()
        .flat_map(|folder| WINDOWS.iter().map(move |program| folder.join(program)));
    Ok(MAC
        .iter()
        .map(PathBuf::from)
        .chain(windows)
        .find(|file| is_file(file)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn empty() -> Environment {
        Environment {
            chrome: None,
            path: OsString::new(),
            program_folders: Vec::new(),
        }
    }

    #[test]
    fn the_variable_comes_first() {
        let environment = Environment {
            chrome: Some("/opt/chrome".into()),
            ..empty()
        };
        let found = find(&environment, &|_| true).expect("the file is there");
        assert_eq!(found, Some(PathBuf::from("/opt/chrome")));
    }

    #[test]
    fn a_wrong_variable_is_an_error_and_not_ignored() {
        let environment = Environment {
            chrome: Some("/opt/none".into()),
            ..empty()
        };
        let error = find(&environment, &|_| false).expect_err("no such file");
        assert!(error.to_string().contains("/opt/none"));
    }

    #[test]
    fn default_folders_come_last() {
        let mac = find(&empty(), &|file| {
            file.starts_with("/Applications/Chromium.app")
        });
        assert_eq!(
            mac.expect("no variable is set"),
            Some(PathBuf::from(MAC[1]))
        );
        assert_eq!(
            find(&empty(), &|_| false).expect("no variable is set"),
            None
        );
    }
}
