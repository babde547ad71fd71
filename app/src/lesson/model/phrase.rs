//! The phrases of the lesson: what its words do, show or explain.

use crate::lesson::model::action::Action;

/// A piece of a paragraph.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Span {
    /// Plain words.
    Say(&'static str),
    /// Words that do something.
    Do(Action, &'static str),
    /// Words that show the control or panel with this `data-testid`.
    Show(&'static str, &'static str),
    /// A word of the glossary, by its key.
    Term(&'static str, &'static str),
    /// Words that lead to another page.
    Link(&'static str, &'static str),
}

/// A phrase of a paragraph, without its words.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Phrase {
    /// Does something.
    Do(Action),
    /// Shows the control or panel with this `data-testid`.
    Show(&'static str),
    /// A word of the glossary, by its key.
    Term(&'static str),
    /// Leads to another page, by its name here.
    Link(&'static str),
}

impl Phrase {
    /// What a text calls it.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Do(action) => action.name(),
            Self::Show(name) | Self::Term(name) | Self::Link(name) => name.to_owned(),
        }
    }

    fn with(self, words: &'static str) -> Span {
        match self {
            Self::Do(action) => Span::Do(action, words),
            Self::Show(testid) => Span::Show(testid, words),
            Self::Term(key) => Span::Term(key, words),
            Self::Link(name) => Span::Link(address(name), words),
        }
    }
}

/// Where a link leads.
fn address(name: &str) -> &'static str {
    match name {
        "paper" => "https://arxiv.org/abs/2007.02454",
        _ => "https://arxiv.org/abs/2007.01434",
    }
}

/// The pieces of a text with these phrases in it, in any order. Words in brackets that name none
/// of them stay plain.
pub(crate) fn pieces(text: &'static str, phrases: &[Phrase]) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut rest = text;
    while let Some((said, words, name, after)) = bracketed(rest) {
        if !said.is_empty() {
            spans.push(Span::Say(said));
        }
        let phrase = phrases.iter().find(|phrase| phrase.name() == name);
        spans.push(phrase.map_or(Span::Say(words), |phrase| phrase.with(words)));
        rest = after;
    }
    if !rest.is_empty() {
        spans.push(Span::Say(rest));
    }
    spans
}

/// What stands before the first `[words](name)`, its words and its name, and what comes after it.
pub(crate) fn bracketed(text: &str) -> Option<(&str, &str, &str, &str)> {
    let (said, rest) = text.split_once('[')?;
    let (words, rest) = rest.split_once("](")?;
    let (name, rest) = rest.split_once(')')?;
    Some((said, words, name, rest))
}

#[cfg(test)]
impl Span {
    /// Its words.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Say(words)
            | Self::Do(_, words)
            | Self::Show(_, words)
            | Self::Term(_, words)
            | Self::Link(_, words) => words,
        }
    }
}
