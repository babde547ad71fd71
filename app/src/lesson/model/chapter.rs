//! A chapter of the lesson: its texts, and the task that completes it.

use crate::lesson::model::phrase::{Phrase, Span, pieces};
use crate::ui::text::text_of;

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
    /// Train on images of one's own with one domain held out.
    TrainElsewhere,
}

/// One chapter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Chapter {
    /// What remembers it between visits, and what its texts are called by.
    pub(crate) id: &'static str,
    /// The phrases of its paragraphs.
    pub(crate) paragraphs: &'static [&'static [Phrase]],
    /// Those of what to watch.
    pub(crate) watch: &'static [Phrase],
    /// The paragraph that tells what was measured, for after the visitor's guess; `None` where nothing is
    /// to be guessed.
    pub(crate) told: Option<usize>,
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
    pub(crate) fn spans(&self) -> impl Iterator<Item = Span> {
        let paragraphs = self.paragraphs().into_iter().flatten();
        paragraphs.chain(self.watch())
    }
}
