//! The page's texts: `app/texts/<language>/<area>.json` become one file for each language, with keys of
//! the form `<area>.<key>`.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};

use super::bundle::Source;
use crate::files::read_tree;

/// The languages, by the names of their folders.
const LANGUAGES: [&str; 2] = ["en", "de"];

/// One file of the site for each language: `texts.en.json` and so on.
pub(super) fn merged(folder: &Path) -> Result<Vec<Source>> {
    LANGUAGES
        .iter()
        .map(|language| {
            let texts = of_language(&folder.join(language))?;
            let bytes = serde_json::to_vec(&texts).context("cannot write the texts")?;
            Ok(Source::generated(format!("texts.{language}.json"), bytes))
        })
        .collect()
}

fn of_language(folder: &Path) -> Result<BTreeMap<String, String>> {
    let files = read_tree(folder).context("the page's texts are missing")?;
    let mut texts = BTreeMap::new();
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
        for (key, value) in of_area {
            let Value::String(text) = value else {
                bail!(
                    "in {}, the value of `{key}` is not a text; put it in quotation marks",
                    file.display()
                );
            };
            texts.insert(format!("{area}.{key}"), text);
        }
    }
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn texts(files: &[(&str, &str)]) -> Result<Vec<Source>> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for language in LANGUAGES {
            fs::create_dir(folder.path().join(language)).expect("creates");
        }
        for (name, text) in files {
            fs::write(folder.path().join(name), text).expect("writes");
        }
        merged(folder.path())
    }

    #[test]
    fn areas_are_merged_under_their_names() {
        let files = [
            ("en/page.json", r#"{ "play": "Play" }"#),
            ("en/runs.json", r#"{ "title.one": "Run" }"#),
            ("de/page.json", r#"{ "play": "Start" }"#),
        ];
        let sources = texts(&files).expect("they are in order");
        assert_eq!(sources[0].name, "texts.en.json");
        assert_eq!(
            String::from_utf8_lossy(&sources[0].bytes),
            r#"{"page.play":"Play","runs.title.one":"Run"}"#
        );
        assert_eq!(sources[1].name, "texts.de.json");
    }

    #[test]
    fn a_broken_file_is_named() {
        for (text, problem) in [
            ("{", "not one JSON object"),
            ("[]", "not one JSON object"),
            (r#"{ "play": 1 }"#, "`play`"),
        ] {
            let error = texts(&[("de/page.json", text)]).expect_err("it is broken");
            let said = format!("{error:#}");
            assert!(
                said.contains("page.json") && said.contains(problem),
                "{said}"
            );
        }
        let error = texts(&[("en/notes.txt", "")]).expect_err("it is no file of texts");
        assert!(format!("{error:#}").contains("notes.txt"), "{error:#}");
    }
}
