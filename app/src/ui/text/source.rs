//! The string literals of Rust files with their places, read as the compiler reads them: comments,
//! documentation and tests do not count.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// Where a literal stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// In `text!("…")` or `text_of("…")`.
    Text,
    /// In `plural!("…")`.
    Plural,
    /// In `text_of(&format!("…"))`, `text_with!(&format!("…"))` or `find(&format!("…"))`.
    Computed,
    /// Between the tags of a `view!`.
    Markup,
    /// The value of this attribute in a `view!`.
    Attribute(String),
    /// Anywhere else.
    Code,
}

/// A string literal.
#[derive(Debug, Clone)]
pub(crate) struct Literal {
    /// Its file, below `app/src`.
    pub(crate) file: String,
    /// Its line, counted from 1.
    pub(crate) line: usize,
    /// What stands between its quotation marks.
    pub(crate) value: String,
    /// Where it stands.
    pub(crate) place: Place,
    /// Whether its line says `// not shown`.
    exempt: bool,
}

/// Attributes whose values people read or hear.
const SHOWN: &[&str] = &[
    "title",
    "label",
    "alt",
    "placeholder",
    "hint",
    "valuetext",
    "roledescription",
];

/// Attributes whose values are made of words that nobody reads.
const NOT_SHOWN: &[&str] = &[
    "class",
    "d",
    "points",
    "rel",
    "accept",
    "sandbox",
    "allow",
    "transform",
    "style",
];

/// Whether the group of an attribute says that what follows is for tests.
fn marks_tests(group: &Group) -> bool {
    group.stream().to_string().replace(' ', "") == "cfg(test)"
}

impl Literal {
    /// Whether it looks like words for people: between tags and in attributes that people read,
    /// any word; elsewhere two words of small letters with a space between.
    pub(crate) fn looks_shown(&self) -> bool {
        if self.exempt {
            return false;
        }
        match &self.place {
            Place::Text | Place::Plural | Place::Computed => false,
            Place::Markup => has_word(&self.value),
            Place::Attribute(name) if SHOWN.contains(&name.as_str()) => has_word(&self.value),
            Place::Attribute(name) if NOT_SHOWN.contains(&name.as_str()) => false,
            Place::Attribute(_) | Place::Code => has_two_words(&self.value),
        }
    }
}

/// Two letters in a row outside of `{…}`.
fn has_word(value: &str) -> bool {
    let mut depth = 0;
    let mut before = false;
    value.chars().any(|letter| {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        let is = depth == 0 && letter.is_alphabetic();
        std::mem::replace(&mut before, is) && is
    })
}

fn has_two_words(value: &str) -> bool {
    let small = |word: &str| {
        let word = word.trim_matches(|c: char| c.is_ascii_punctuation());
        word.chars().count() >= 2
            && word
                .chars()
                .all(|c| c.is_lowercase() || c == '-' || c == '\'')
    };
    let words: Vec<&str> = value.split(' ').collect();
    // A comma or colon after a word does not part it from the next, but other signs do.
    words
        .windows(2)
        .any(|pair| small(pair[0]) && small(pair[1]))
}

/// All string literals of a file, those of its tests left out.
pub(crate) fn literals(file: &str, text: &str) -> Vec<Literal> {
    if file.ends_with("tests.rs") || file.contains("/tests/") || file.starts_with("ui/text/source")
    {
        return Vec::new();
    }
    let tokens: TokenStream = text
        .parse()
        .unwrap_or_else(|error| panic!("{file}: {error}"));
    let exempt: Vec<bool> = text
        .lines()
        .map(|line| line.ends_with("// not shown"))
        .collect();
    let mut reader = Reader {
        file,
        exempt,
        found: Vec::new(),
    };
    reader.code(tokens, None);
    reader.found
}

struct Reader<'a> {
    file: &'a str,
    exempt: Vec<bool>,
    found: Vec<Literal>,
}

impl Reader<'_> {
    fn keep(&mut self, literal: &proc_macro2::Literal, place: Place) {
        let written = literal.to_string();
        let plain = written.trim_start_matches('r').trim_matches('#');
        let Some(value) = plain
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'))
        else {
            return;
        };
        let line = literal.span().start().line;
        self.found.push(Literal {
            file: self.file.to_owned(),
            line,
            value: value.to_owned(),
            place,
            exempt: self.exempt.get(line - 1) == Some(&true),
        });
    }

    /// Rust. Where a key is expected, the first literal is that key.
    fn code(&mut self, tokens: TokenStream, mut key: Option<Place>) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at] {
                TokenTree::Literal(literal) => {
                    self.keep(literal, key.take().unwrap_or(Place::Code));
                }
                TokenTree::Group(group) if is_attribute(&tokens, at) && marks_tests(group) => {
                    at = end_of_item(&tokens, at + 1);
                }
                TokenTree::Group(_) if is_attribute(&tokens, at) => {}
                TokenTree::Group(group) => self.group(group, &called(&tokens, at), key.take()),
                // `text_of(key)`: what follows is no key.
                TokenTree::Ident(name) if name != "format" => key = None,
                _ => {}
            }
            at += 1;
        }
    }

    /// What stands in brackets after `called`.
    fn group(&mut self, group: &Group, called: &str, key: Option<Place>) {
        let tokens = group.stream();
        match called {
            "view!" => self.markup(tokens),
            "text!" | "text_of" | "text_with!" => self.code(tokens, Some(Place::Text)),
            "plural!" | "form" => self.code(tokens, Some(Place::Plural)),
            "format!" => self.code(tokens, key.map(|_| Place::Computed)),
            _ => self.code(tokens, None),
        }
    }

    /// What stands in a `view!`: tags, literals between them, and Rust in brackets.
    fn markup(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        for (at, token) in tokens.iter().enumerate() {
            match token {
                TokenTree::Literal(literal) => {
                    self.keep(literal, attribute(&tokens, at).unwrap_or(Place::Markup));
                }
                TokenTree::Group(group) => self.group(group, &called(&tokens, at), None),
                _ => {}
            }
        }
    }
}

fn is(token: Option<&TokenTree>, sign: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == sign)
}

fn name(token: Option<&TokenTree>) -> Option<String> {
    match token {
        Some(TokenTree::Ident(name)) => Some(name.to_string()),
        _ => None,
    }
}

fn before(tokens: &[TokenTree], at: usize, steps: usize) -> Option<&TokenTree> {
    tokens.get(at.checked_sub(steps)?)
}

/// Whether brackets belong to `#[…]` or `#![…]`.
fn is_attribute(tokens: &[TokenTree], at: usize) -> bool {
    let inner = is(before(tokens, at, 1), '!') && is(before(tokens, at, 2), '#');
    let square = matches!(&tokens[at], TokenTree::Group(g) if g.delimiter() == Delimiter::Bracket);
    square && (inner || is(before(tokens, at, 1), '#'))
}

/// The last token of the item that begins at or after `at`.
fn end_of_item(tokens: &[TokenTree], at: usize) -> usize {
    let ends = |token: &TokenTree| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        other => is(Some(other), ';'),
    };
    let length = tokens[at..].iter().position(ends);
    length.map_or(tokens.len(), |length| at + length)
}

/// `name` or `name!` before brackets.
fn called(tokens: &[TokenTree], at: usize) -> String {
    if is(before(tokens, at, 1), '!') {
        name(before(tokens, at, 2)).map_or_else(String::new, |name| name + "!")
    } else {
        name(before(tokens, at, 1)).unwrap_or_default()
    }
}

/// The attribute that a literal is the value of, by the last part of its name.
fn attribute(tokens: &[TokenTree], at: usize) -> Option<Place> {
    let is_value = is(before(tokens, at, 1), '=');
    is_value.then(|| Place::Attribute(name(before(tokens, at, 2)).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let shown = literals("x.rs", text);
        let shown = shown.into_iter().filter(Literal::looks_shown);
        shown.map(|literal| literal.value).collect()
    }

    #[test]
    fn words_for_people_are_told_from_others() {
        let text = r##"
            //! "A comment is not read."
            #[expect(unused, reason = "nor is a reason")]
            const A: &str = "some words";
            const B: &str = "arm.hint";
            const C: &str = "GPU";
            const D: &str = "log this line"; // not shown
            fn view() {
                let done = text!("run.done", name = "two words");
                view! {
                    <b class="arm erm" title="Go" aria-label=text!("a.b") data-testid="go">
                        "Go" {text!("a.c")} {move || if x { "▶" } else { "go on" }} " " "·"
                    </b>
                }
            }
            #[cfg(test)]
            mod tests { const E: &str = "test words here"; }
            const F: &str = "after the tests";
        "##;
        assert_eq!(
            shown(text),
            [
                "some words",
                "two words",
                "Go",
                "Go",
                "go on",
                "after the tests"
            ]
        );
    }

    #[test]
    fn keys_are_found_where_they_are_called() {
        let text = r#"
            fn all(id: &str) {
                text!("a.one"); plural!("a.two", n); text_of(&format!("a.{id}.three"));
                text_of(key); find("a.four"); format!("a five");
            }
        "#;
        let places: Vec<_> = literals("x.rs", text)
            .into_iter()
            .map(|literal| (literal.value, literal.place))
            .collect();
        let expected = [
            ("a.one", Place::Text),
            ("a.two", Place::Plural),
            ("a.{id}.three", Place::Computed),
            ("a.four", Place::Code),
            ("a five", Place::Code),
        ];
        assert_eq!(
            places,
            expected.map(|(value, place)| (value.to_owned(), place))
        );
    }
}
