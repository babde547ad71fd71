//! The lesson as data: which phrases of its chapters set or show something, and when a chapter
//! counts as done. In the chapters' texts `[words](name)` stands for the phrase with that name.

pub(crate) mod action;
pub(crate) mod chapters;
pub(crate) mod check;
pub(crate) mod progress;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use action::{Action, Availability};
pub(crate) use chapters::CHAPTERS;
pub(crate) use check::{Facts, Since, Status, check};
pub(crate) use progress::{Progress, Sheet};

use crate::ui::text::text_of;

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
fn pieces(text: &'static str, phrases: &[Phrase]) -> Vec<Span> {
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
fn bracketed(text: &str) -> Option<(&str, &str, &str, &str)> {
    let (said, rest) = text.split_once('[')?;
    let (words, rest) = rest.split_once("](")?;
    let (name, rest) = rest.split_once(')')?;
    Some((said, words, name, rest))
}

#[cfg(test)]
impl Span {
    /// Its words.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Say(words)
            | Self::Do(_, words)
            | Self::Show(_, words)
            | Self::Term(_, words)
            | Self::Link(_, words) => words,
        }
    }
}

/// What decides whether a chapter is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Task {
    /// Look at images of a training domain of the corner cue.
    LookAtTraining,
    /// Train on the corner cue.
    TrainOnCorner,
    /// Mute half the positions.
    MuteHalf,
    /// Train on the corner cue with channels muted, from the first step on.
    TrainChannels,
    /// Train on the tint cue.
    TrainOnTint,
    /// Train on the corner cue with the gradient of the loss, from the first step on.
    TrainWithLoss,
    /// Meet a constant importance.
    Degenerate,
}

/// One chapter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Chapter {
    /// What remembers it between visits, and what its texts are called by.
    pub(crate) id: &'static str,
    /// The phrases of its paragraphs.
    paragraphs: &'static [&'static [Phrase]],
    /// Those of what to watch.
    watch: &'static [Phrase],
    /// What ticks it off.
    pub(crate) task: Task,
}

impl Chapter {
    /// Its title.
    pub(crate) fn title(&self) -> &'static str {
        text_of(&format!("lesson.{}.title", self.id))
    }

    /// Its paragraphs.
    pub(crate) fn paragraphs(&self) -> Vec<Vec<Span>> {
        let paragraph = |(number, phrases): (usize, &&[Phrase])| {
            let text = text_of(&format!("lesson.{}.p{}", self.id, number + 1));
            pieces(text, phrases)
        };
        self.paragraphs.iter().enumerate().map(paragraph).collect()
    }

    /// What to watch.
    pub(crate) fn watch(&self) -> Vec<Span> {
        pieces(text_of(&format!("lesson.{}.watch", self.id)), self.watch)
    }

    /// A question to think about.
    pub(crate) fn question(&self) -> &'static str {
        text_of(&format!("lesson.{}.question", self.id))
    }

    /// All pieces of its text.
    #[cfg(test)]
    fn spans(&self) -> impl Iterator<Item = Span> {
        let paragraphs = self.paragraphs().into_iter().flatten();
        paragraphs.chain(self.watch())
    }
}
