//! The languages of the page and their texts, as `app/texts` has them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

/// The language that stands in for others.
pub(crate) const ENGLISH: &str = "en";

/// A language's texts by area and key, and what its `language.json` says under `language`.
pub(crate) type Texts = BTreeMap<String, String>;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../app/texts")
}

/// The codes of all languages but English.
pub(crate) fn other_languages() -> Result<Vec<String>> {
    let mut codes = Vec::new();
    for entry in fs::read_dir(folder())? {
        let path = entry?.path();
        let code = path.file_name().context("a name")?.to_string_lossy();
        if code != ENGLISH && path.join("language.json").is_file() {
            codes.push(code.into_owned());
        }
    }
    codes.sort();
    ensure!(codes.len() > 1, "only {codes:?} in app/texts");
    Ok(codes)
}

/// The page's texts in a language.
pub(crate) fn texts(language: &str) -> Result<Texts> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder().join(language))? {
        let path = entry?.path();
        let area = path.file_stem().context("an area")?.to_string_lossy();
        let read: BTreeMap<String, String> = serde_json::from_str(&fs::read_to_string(&path)?)?;
        all.extend(
            read.into_iter()
                .map(|(k, text)| (format!("{area}.{k}"), text)),
        );
    }
    Ok(all)
}
