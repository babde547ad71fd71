//! What must hold of the page's words: every text that the page calls is there, in every
//! language, and no words stand anywhere else.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::ui::model::sources;
use crate::ui::text::Language;
use crate::ui::text::source::{Literal, Place, literals};

/// Areas and keys in the order of their files, for one language.
fn texts(language: Language) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("texts");
    let mut all = Vec::new();
    for entry in fs::read_dir(folder.join(language.code())).expect("the folder is there") {
        let path = entry.expect("the folder can be read").path();
        let name = path.display();
        let area = path.file_stem().and_then(|stem| stem.to_str());
        let area = area.unwrap_or_else(|| panic!("{name}: no area"));
        let file = fs::read_to_string(&path).expect("texts can be read");
        let read: BTreeMap<String, String> =
            serde_json::from_str(&file).unwrap_or_else(|error| panic!("{name}: {error}"));
        let lines = file.lines().filter(|line| line.starts_with("  \"")).count();
        assert_eq!(
            lines,
            read.len(),
            "{name}: one text on a line, and no key twice"
        );
        all.extend(
            read.into_iter()
                .map(|(key, text)| (format!("{area}.{key}"), text)),
        );
    }
    all.sort();
    all
}

fn of(language: Language) -> BTreeMap<String, String> {
    texts(language).into_iter().collect()
}

/// The names in `%{…}`.
fn placeholders(text: &str) -> BTreeSet<&str> {
    let parts = text.split("%{").skip(1);
    parts
        .filter_map(|part| Some(part.split_once('}')?.0))
        .collect()
}

/// All string literals of the page, tests left out.
fn page() -> Vec<Literal> {
    sources::of_the_page()
        .iter()
        .flat_map(|(file, text)| literals(file, text))
        .collect()
}

/// Whether a key is the value of a literal, in which each `{…}` stands for anything.
fn made_by(key: &str, literal: &str) -> bool {
    let mut rest = key;
    for (i, part) in literal.split('{').enumerate() {
        let fixed = if i == 0 {
            part
        } else {
            part.split_once('}').map_or(part, |(_, fixed)| fixed)
        };
        match rest.find(fixed) {
            Some(0) => rest = &rest[fixed.len()..],
            Some(at) if i > 0 => rest = &rest[at + fixed.len()..],
            _ => return false,
        }
    }
    rest.is_empty() || literal.ends_with('}')
}

/// A plural's key, without its form.
fn stem(key: &str) -> &str {
    key.strip_suffix(".one")
        .or_else(|| key.strip_suffix(".other"))
        .unwrap_or(key)
}

#[test]
fn every_text_that_is_called_is_there() {
    let english = of(Language::En);
    let mut missing = Vec::new();
    for literal in page() {
        let Literal {
            value, line, file, ..
        } = &literal;
        let there = match literal.place {
            Place::Text => english.contains_key(value),
            Place::Plural => ["one", "other"]
                .iter()
                .all(|form| english.contains_key(&format!("{value}.{form}"))),
            Place::Computed => english.keys().any(|key| made_by(key, value)),
            _ => true,
        };
        if !there {
            missing.push(format!("{file}:{line}: {value}"));
        }
    }
    assert!(missing.is_empty(), "not in app/texts/en: {missing:#?}");
}

#[test]
fn every_text_is_called() {
    let page = page();
    let called = |key: &str| {
        page.iter().any(|literal| match literal.place {
            Place::Plural => literal.value == stem(key),
            // A key of its own, or `format!("area.{id}.hint")`.
            _ => {
                literal.value == key || literal.value.contains('.') && made_by(key, &literal.value)
            }
        })
    };
    let english = of(Language::En);
    let idle: Vec<_> = english.keys().filter(|key| !called(key)).collect();
    assert!(idle.is_empty(), "nobody calls {idle:#?}");
}

#[test]
fn all_languages_have_the_same_texts() {
    let english = of(Language::En);
    for language in Language::ALL {
        let other = of(language);
        let differ = |a: &BTreeMap<String, String>, b: &BTreeMap<String, String>| {
            let missing = a.keys().filter(|key| !b.contains_key(*key));
            missing.cloned().collect::<Vec<_>>()
        };
        let code = language.code();
        let (missing, surplus) = (differ(&english, &other), differ(&other, &english));
        assert!(missing.is_empty(), "not in app/texts/{code}: {missing:#?}");
        assert!(surplus.is_empty(), "only in app/texts/{code}: {surplus:#?}");
        for (key, text) in &english {
            let its = &other[key];
            assert_eq!(placeholders(text), placeholders(its), "{key} in {code}");
            assert!(!its.trim().is_empty(), "{key} is empty in {code}");
        }
    }
}

/// `app/texts/same/<area>.txt` lists the keys whose German is right to be as the English.
#[test]
fn german_is_german() {
    let (english, german) = (of(Language::En), of(Language::De));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("texts/same");
    let mut listed = BTreeSet::new();
    for entry in fs::read_dir(folder).expect("the lists are there") {
        let path = entry.expect("the lists can be read").path();
        let area = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .expect("a name");
        let list = fs::read_to_string(&path).expect("the lists can be read");
        let keys = list.lines().filter(|line| !line.trim().is_empty());
        listed.extend(keys.map(|key| format!("{area}.{}", key.trim())));
    }
    // Without words in them, such as `%{done} / %{all}`, they are the same in every language.
    let wordless = |text: &str| {
        let mut rest = text.to_owned();
        for name in placeholders(text) {
            rest = rest.replace(&format!("%{{{name}}}"), "");
        }
        !rest.chars().any(char::is_alphabetic)
    };
    let same: BTreeSet<_> = english
        .iter()
        .filter(|(key, text)| german.get(*key) == Some(text) && !wordless(text))
        .map(|(key, _)| key.clone())
        .collect();
    let untold: Vec<_> = same.difference(&listed).collect();
    assert!(
        untold.is_empty(),
        "not translated, nor in texts/same: {untold:#?}"
    );
    let idle: Vec<_> = listed.difference(&same).collect();
    assert!(
        idle.is_empty(),
        "in texts/same, but not the same: {idle:#?}"
    );
}

/// The rule of [`Literal::looks_shown`]; `// not shown` at the end of a line exempts it.
#[test]
fn words_stand_in_texts_only() {
    let stray: Vec<String> = page()
        .iter()
        .filter(|literal| literal.looks_shown())
        .map(|literal| format!("{}:{}: {}", literal.file, literal.line, literal.value))
        .collect();
    assert!(
        stray.is_empty(),
        "words outside app/texts (put them there, or end the line with `// not shown`): {stray:#?}"
    );
}

#[test]
fn texts_are_filled_and_counted() {
    assert_eq!(text!("page.language"), "Language");
    assert_eq!(
        text!("test-only.no-such-key"),
        "test-only.no-such-key",
        "a missing text shows its key"
    );
    assert_eq!(placeholders("%{a} of %{b}, %"), BTreeSet::from(["a", "b"]));
    assert!(made_by("optimizer.beta-1.hint", "optimizer.{id}.hint"));
    assert!(!made_by("optimizer.beta-1.label", "optimizer.{id}.hint"));
    assert!(made_by("runs.choice.sgd", "runs.choice.{name}"));
    assert!(!made_by("charts.choice.sgd", "runs.choice.{name}"));
}
