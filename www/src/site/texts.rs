//! The page's texts: `app/texts/<language>/<area>.json` become one file for each language, with keys of
//! the form `<area>.<key>`. What stands in `language.json` goes into the list of languages instead,
//! which boot.js brings along.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value, json};

use super::bundle::Source;
use crate::files::read_tree;

/// The language that stands in for others, first in the list.
const ENGLISH: &str = "en";
/// A folder beside the languages: lists of texts that are alike in English and another language.
const NO_LANGUAGE: &str = "same";
/// The file about a language, without its ending.
const ABOUT: &str = "language";

/// All languages.
pub(super) struct Texts {
    /// One file of the site for each: `texts.en.json` and so on.
    pub(super) files: Vec<Source>,
    /// The list for boot.js, as JSON with placeholders for the files' names.
    pub(super) languages: String,
}

/// Reads every folder of texts, English first, the others by their codes.
pub(super) fn read(folder: &Path) -> Result<Texts> {
    let mut files = Vec::new();
    let mut languages = Vec::new();
    for code in codes(folder)? {
        let (texts, about) = of_language(&folder.join(&code))?;
        let file = format!("texts.{code}.json");
        languages.push(json!({
            "code": code,
            "url": format!("{{{{file:{file}}}}}"),
            "about": about,
        }));
        let bytes = serde_json::to_vec(&texts).context("cannot write the texts")?;
        files.push(Source::generated(file, bytes));
    }
    let languages = serde_json::to_string(&languages).context("cannot write the languages")?;
    Ok(Texts { files, languages })
}

/// The languages, by the names of their folders.
fn codes(folder: &Path) -> Result<Vec<String>> {
    let mut codes = Vec::new();
    let missing = || format!("the page's texts are missing: {}", folder.display());
    for entry in fs::read_dir(folder).with_context(missing)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_dir() && name != NO_LANGUAGE {
            codes.push(name);
        }
    }
    codes.sort_by_key(|code| (code != ENGLISH, code.clone()));
    ensure!(
        codes.first().is_some_and(|code| code == ENGLISH),
        "{} has no folder `{ENGLISH}`, which stands in for other languages; put it back",
        folder.display()
    );
    Ok(codes)
}

/// A language's texts, and what is in its `language.json`.
fn of_language(folder: &Path) -> Result<(BTreeMap<String, String>, Map<String, Value>)> {
    let files = read_tree(folder).context("the page's texts are missing")?;
    let mut texts = BTreeMap::new();
    let mut about = None;
    for (name, bytes) in files {
        let file = folder.join(&name);
        let Some(area) = name.strip_suffix(".json") else {
            bail!(
                "{} is no file of texts; name it `<area>.json` or move it away",
                file.display()
            );
        };
        let of_area: Map<String, Value> = serde_json::from_slice(&bytes).with_context(|| {
            format!(
                "{} is not one JSON object of texts; correct it there",
                file.display()
            )
        })?;
        for (key, value) in &of_area {
            let Value::String(text) = value else {
                bail!(
                    "in {}, the value of `{key}` is not a text; put it in quotation marks",
                    file.display()
                );
            };
            if area != ABOUT {
                texts.insert(format!("{area}.{key}"), text.clone());
            }
        }
        if area == ABOUT {
            about = Some(of_area);
        }
    }
    let about = about.with_context(|| {
        format!(
            "{} has no `{ABOUT}.json`; add one as in `{ABOUT}.json` of English",
            folder.display()
        )
    })?;
    Ok((texts, about))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(files: &[(&str, &str)]) -> Result<Texts> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let languages = [
            ("en/language.json", r#"{ "name": "English" }"#),
            ("de/language.json", r#"{ "name": "Deutsch" }"#),
            ("same/de/page.txt", "play"),
        ];
        for (name, text) in languages.iter().chain(files) {
            let file = folder.path().join(name);
            fs::create_dir_all(file.parent().expect("it lies in a folder")).expect("creates");
            fs::write(file, text).expect("writes");
        }
        read(folder.path())
    }

    #[test]
    fn areas_are_merged_under_their_names() {
        let files = [
            ("en/page.json", r#"{ "play": "Play" }"#),
            ("en/runs.json", r#"{ "title.one": "Run" }"#),
            ("de/page.json", r#"{ "play": "Start" }"#),
        ];
        let texts = texts(&files).expect("they are in order");
        assert_eq!(texts.files[0].name, "texts.en.json");
        assert_eq!(
            String::from_utf8_lossy(&texts.files[0].bytes),
            r#"{"page.play":"Play","runs.title.one":"Run"}"#
        );
        assert_eq!(texts.files[1].name, "texts.de.json");
    }

    #[test]
    fn a_folder_makes_a_language() {
        let czech = ("cs/language.json", r#"{ "name": "Čeština" }"#);
        let texts = texts(&[czech]).expect("they are in order");
        let list: Value = serde_json::from_str(&texts.languages).expect("it is JSON");
        let expected = json!([
            { "code": "en", "url": "{{file:texts.en.json}}", "about": { "name": "English" } },
            { "code": "cs", "url": "{{file:texts.cs.json}}", "about": { "name": "Čeština" } },
            { "code": "de", "url": "{{file:texts.de.json}}", "about": { "name": "Deutsch" } },
        ]);
        assert_eq!(list, expected);
        assert!(
            !texts.languages.starts_with("{{"),
            "no placeholder begins there"
        );
    }

    #[test]
    fn a_broken_file_is_named() {
        for (text, problem) in [
            ("{", "not one JSON object"),
            ("[]", "not one JSON object"),
            (r#"{ "play": 1 }"#, "`play`"),
        ] {
            let Err(error) = texts(&[("de/page.json", text)]) else {
                panic!("{text} is broken");
            };
            let said = format!("{error:#}");
            assert!(
                said.contains("page.json") && said.contains(problem),
                "{said}"
            );
        }
        for (file, problem) in [
            ("en/notes.txt", "notes.txt"),
            ("cs/page.json", "language.json"),
        ] {
            let Err(error) = texts(&[(file, "{}")]) else {
                panic!("{file} is not in order");
            };
            assert!(format!("{error:#}").contains(problem), "{error:#}");
        }
    }
}
