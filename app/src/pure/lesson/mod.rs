//! The lesson as data: what its chapters say, which phrases set or show something, and when a
//! chapter counts as done.

mod action;
mod chapters;
mod check;
mod progress;

pub(crate) use action::{Action, Availability};
pub(crate) use chapters::CHAPTERS;
pub(crate) use check::{Facts, Since, Status, check};
pub(crate) use progress::{Progress, Sheet};

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
    /// What remembers it between visits.
    pub(crate) id: &'static str,
    /// Its title.
    pub(crate) title: &'static str,
    /// Its paragraphs.
    pub(crate) paragraphs: &'static [&'static [Span]],
    /// What to watch.
    pub(crate) watch: &'static [Span],
    /// A question to think about.
    pub(crate) question: &'static str,
    /// What ticks it off.
    pub(crate) task: Task,
}

impl Chapter {
    /// All pieces of its text.
    #[cfg(test)]
    fn spans(&self) -> impl Iterator<Item = Span> {
        let paragraphs = self.paragraphs.iter().flat_map(|p| p.iter().copied());
        paragraphs.chain(self.watch.iter().copied())
    }
}

#[cfg(test)]
mod tests;
