//! What must hold of the page's words: every text that the page calls is there, in every
//! language, and no words stand anywhere else.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::ui::model::sources;
use crate::ui::text::language::{ENGLISH, Language};
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
        if area == "language" {
            continue;
        }
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

fn english() -> BTreeMap<String, String> {
    of(Language::of(ENGLISH).expect("English is there"))
}

fn others() -> impl Iterator<Item = Language> {
    Language::all().filter(|language| language.code() != ENGLISH)
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
    let english = english();
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
    let english = english();
    let idle: Vec<_> = english.keys().filter(|key| !called(key)).collect();
    assert!(idle.is_empty(), "nobody calls {idle:#?}");
}

#[test]
fn all_languages_have_the_same_texts() {
    let english = english();
    for language in others() {
        let other = of(language);
        let (code, about) = (language.code(), language.about());
        let expected: BTreeMap<String, &String> = english
            .iter()
            .flat_map(|(key, text)| forms(&english, key, &about.plurals, text))
            .collect();
        let missing: Vec<_> = expected
            .keys()
            .filter(|key| !other.contains_key(*key))
            .collect();
        let surplus: Vec<_> = other
            .keys()
            .filter(|key| !expected.contains_key(*key))
            .collect();
        assert!(missing.is_empty(), "not in app/texts/{code}: {missing:#?}");
        assert!(surplus.is_empty(), "only in app/texts/{code}: {surplus:#?}");
        for (key, text) in expected {
            let its = &other[&key];
            assert_eq!(placeholders(text), placeholders(its), "{key} in {code}");
            assert!(!its.trim().is_empty(), "{key} is empty in {code}");
        }
    }
}

/// The keys that a language needs for an English one, each with the English text that it says: its
/// own plural forms in place of the English.
fn forms<'a>(
    english: &'a BTreeMap<String, String>,
    key: &str,
    plurals: &str,
    text: &'a String,
) -> Vec<(String, &'a String)> {
    let stem = stem(key);
    let of = |form: &str| english.get(&format!("{stem}.{form}"));
    if of("one").is_none() || of("other").is_none() {
        return vec![(key.to_owned(), text)];
    }
    if key.ends_with(".one") {
        return Vec::new();
    }
    let forms = plurals.split(' ');
    forms
        .map(|form| (format!("{stem}.{form}"), of(form).unwrap_or(text)))
        .collect()
}

/// Texts whose points are no decimal marks: what is typed into a field, versions of licences.
const POINTS: &[&str] = &["sweep.values.", "data.credits.", "weights.included-hint"];

/// Whether a text has a number such as `0.5`, but for one with marks between thousands.
fn has_decimal_point(text: &str, thousands: &str) -> bool {
    let letters: Vec<char> = text.chars().collect();
    let digit = |i: usize| letters.get(i).is_some_and(char::is_ascii_digit);
    (1..letters.len()).any(|i| {
        let grouped = thousands == "." && (1..=3).all(|k| digit(i + k)) && !digit(i + 4);
        letters[i] == '.' && digit(i - 1) && digit(i + 1) && !grouped
    })
}

#[test]
fn numbers_in_texts_have_the_marks_of_the_language() {
    for language in others() {
        let about = language.about();
        if about.decimal == "." {
            continue;
        }
        let texts = of(language).into_iter();
        let texts = texts.filter(|(key, _)| !POINTS.iter().any(|start| key.starts_with(start)));
        let wrong: Vec<_> = texts
            .filter(|(_, text)| {
                // What stands behind the words of a phrase is a name.
                let words = text.split("](").enumerate().map(|(i, part)| {
                    let end = part.find(')').filter(|_| i > 0);
                    end.map_or(part, |end| &part[end..])
                });
                words
                    .into_iter()
                    .any(|words| has_decimal_point(words, &about.thousands))
            })
            .collect();
        let (code, mark) = (language.code(), &about.decimal);
        assert!(wrong.is_empty(), "not with `{mark}` in {code}: {wrong:#?}");
    }
    assert!(has_decimal_point("0.5 to 1", ",") && has_decimal_point("10.05", "."));
    assert!(!has_decimal_point("70.000 of a. 5 or 0,5", "."));
}

#[test]
fn every_folder_says_what_its_language_is() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("texts");
    for folder in fs::read_dir(root).expect("the texts are there") {
        let code = folder.expect("it can be listed").file_name();
        let code = code.to_str().expect("a code of letters");
        if code == "same" {
            continue;
        }
        // As the browser knows languages, which it asks for its plural rules.
        let parts = code.split('-');
        let known = |part: &str| (2..=8).contains(&part.len()) && part.is_ascii();
        assert!(
            parts.into_iter().all(known),
            "{code} is no code of a language"
        );
        let language = Language::all().find(|language| language.code() == code);
        let language = language.unwrap_or_else(|| {
            panic!("app/texts/{code} has no language.json with all that English has")
        });
        let about = language.about();
        assert!(
            ["ltr", "rtl"].contains(&about.direction.as_str()),
            "{code}: the direction is {}",
            about.direction
        );
        let known = ["zero", "one", "two", "few", "many", "other"];
        let forms: Vec<&str> = about.plurals.split(' ').collect();
        assert!(
            forms.iter().all(|form| known.contains(form)) && forms.contains(&"other"),
            "{code}: the plurals are {forms:?}"
        );
        assert!(about.thousands_from.parse::<usize>().is_ok(), "{code}");
        let words = [&about.name, &about.decimal, &about.thousands, &about.class];
        let words = words.into_iter().chain([&about.range_to, &about.range_in]);
        assert!(words.into_iter().all(|word| !word.is_empty()), "{code}");
    }
}

/// `app/texts/same/<language>/<area>.txt` lists the keys whose text is right to be as the English.
#[test]
fn every_language_is_translated() {
    let english = english();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("texts/same");
    // Without words in them, such as `%{done} / %{all}`, they are the same in every language.
    let wordless = |text: &str| {
        let mut rest = text.to_owned();
        for name in placeholders(text) {
            rest = rest.replace(&format!("%{{{name}}}"), "");
        }
        !rest.chars().any(char::is_alphabetic)
    };
    for language in others() {
        let (code, texts) = (language.code(), of(language));
        let listed = listed(&folder.join(code));
        let same: BTreeSet<_> = english
            .iter()
            .filter(|(key, text)| texts.get(*key) == Some(text) && !wordless(text))
            .map(|(key, _)| key.clone())
            .collect();
        let untold: Vec<_> = same.difference(&listed).collect();
        assert!(
            untold.is_empty(),
            "not translated, nor in texts/same/{code}: {untold:#?}"
        );
        let idle: Vec<_> = listed.difference(&same).collect();
        assert!(
            idle.is_empty(),
            "in texts/same/{code}, but not the same: {idle:#?}"
        );
    }
}

/// The keys in the files of a folder of `same`; none where there is no such folder.
fn listed(folder: &Path) -> BTreeSet<String> {
    let mut listed = BTreeSet::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.expect("the lists can be read").path();
        let area = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .expect("a name");
        let list = fs::read_to_string(&path).expect("the lists can be read");
        let keys = list.lines().filter(|line| !line.trim().is_empty());
        listed.extend(keys.map(|key| format!("{area}.{}", key.trim())));
    }
    listed
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
