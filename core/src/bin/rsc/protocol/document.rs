//! A text of TOML, with the lines that its fields stand in.

use std::{fs, path::Path};

use anyhow::{Context, Result, anyhow};
use serde::de::DeserializeOwned;
use toml::de::{DeTable, DeValue};

/// A file of TOML as it was read.
pub(crate) struct Document {
    /// The file as the user named it.
    name: String,
    text: String,
}

impl Document {
    /// Reads a file.
    ///
    /// # Errors
    /// Where it cannot be read or is no text.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let text = fs::read_to_string(path).with_context(|| {
            format!("{name}: the file cannot be read: name a protocol, a file of TOML")
        })?;
        Ok(Self { name, text })
    }

    /// The whole text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Its content by type.
    ///
    /// # Errors
    /// Where it is no TOML or of another shape, with the line.
    pub(crate) fn parse<T: DeserializeOwned>(&self) -> Result<T> {
        toml::from_str(&self.text).map_err(|error| {
            let line = error.span().map(|span| self.line_at(span.start));
            self.sentence(line, error.message())
        })
    }

    /// An error about a field, with the line of the deepest part of its path that stands in the file.
    pub(crate) fn problem(&self, path: &[&str], problem: &str) -> anyhow::Error {
        let line = (1..=path.len())
            .rev()
            .find_map(|depth| self.line(&path[..depth]));
        self.sentence(line, &format!("`{}`: {problem}", shown(path)))
    }

    /// The line of a field, counted from 1; `None` where the file does not have it. A step is a key, or the
    /// index of an entry of a list.
    pub(crate) fn line(&self, path: &[&str]) -> Option<usize> {
        let whole = DeTable::parse(&self.text).ok()?;
        let (first, rest) = path.split_first()?;
        let (key, value) = entry(whole.get_ref(), first)?;
        let mut start = key;
        let mut at = value;
        for step in rest {
            match at {
                DeValue::Table(table) => (start, at) = entry(table, step)?,
                DeValue::Array(list) => {
                    let found = list.get(step.parse::<usize>().ok()?)?;
                    (start, at) = (found.span().start, found.get_ref());
                }
                _ => return None,
            }
        }
        Some(self.line_at(start))
    }

    fn line_at(&self, byte: usize) -> usize {
        let before = self.text.as_bytes().iter().take(byte);
        1 + before.filter(|&&it| it == b'\n').count()
    }

    fn sentence(&self, line: Option<usize>, problem: &str) -> anyhow::Error {
        let problem = problem.trim_end().replace('\n', "; ");
        match line {
            Some(line) => anyhow!("{}, line {line}: {problem}", self.name),
            None => anyhow!("{}: {problem}", self.name),
        }
    }
}

/// The value of a key, and the byte at which the key begins.
fn entry<'a, 'text>(table: &'a DeTable<'text>, key: &str) -> Option<(usize, &'a DeValue<'text>)> {
    let found = table.iter().find(|(name, _)| name.get_ref() == key)?;
    Some((found.0.span().start, found.1.get_ref()))
}

/// A path as it is written: `methods[1].challenge.p`.
fn shown(path: &[&str]) -> String {
    let mut text = String::new();
    for step in path {
        if step.parse::<usize>().is_ok() {
            text.push_str(&format!("[{step}]"));
        } else {
            if !text.is_empty() {
                text.push('.');
            }
            text.push_str(step);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(text: &str) -> Document {
        Document {
            name: "a.toml".into(),
            text: text.into(),
        }
    }

    #[test]
    fn fields_are_found_by_their_lines() {
        let text = "name = \"x\"\n\n[settings.training]\nepochs = 3\n[[methods]]\nname = \"a\"\n\
                    [[methods]]\nname = \"b\"\n[grid]\n\"training.epochs\" = [1, 2]\n";
        let document = document(text);
        assert_eq!(document.line(&["name"]), Some(1));
        assert_eq!(document.line(&["settings", "training", "epochs"]), Some(4));
        assert_eq!(document.line(&["methods", "1", "name"]), Some(8));
        assert_eq!(document.line(&["grid", "training.epochs"]), Some(10));
        assert_eq!(document.line(&["grid", "training.epoch"]), None);
        let problem = document.problem(&["methods", "1", "nme"], "unknown field");
        assert_eq!(
            problem.to_string(),
            "a.toml, line 7: `methods[1].nme`: unknown field"
        );
    }

    #[test]
    fn what_is_no_toml_is_named_with_its_line() {
        let problem = document("a = 1\nb = = 2\n").parse::<toml::Table>();
        let said = problem.map_err(|it| it.to_string()).unwrap_err();
        assert!(said.starts_with("a.toml, line 2: "), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}
