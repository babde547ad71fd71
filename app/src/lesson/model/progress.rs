//! The reader's progress, as it is saved between visits.

use crate::lesson::model::CHAPTERS;

/// How much of the lesson is on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Sheet {
    /// Nothing.
    #[default]
    Closed,
    /// Only its bar, on a small screen.
    Folded,
    /// All of it.
    Open,
}

impl Sheet {
    /// The word that stands for it in what is kept, and in the page's `data-lesson`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Folded => "folded",
            Self::Open => "open",
        }
    }
}

/// Where the reader stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Progress {
    /// How much is on the screen.
    pub(crate) sheet: Sheet,
    /// Index of the chapter.
    pub(crate) chapter: usize,
    /// Which chapters are done.
    pub(crate) done: [bool; CHAPTERS.len()],
}

impl Progress {
    /// As text for the next visit: sheet, chapter, chapters done.
    pub(crate) fn write(&self) -> String {
        let chapter = CHAPTERS.get(self.chapter).map_or("", |chapter| chapter.id);
        let mut text = format!("{} {chapter}", self.sheet.name());
        for (chapter, done) in CHAPTERS.iter().zip(self.done) {
            if done {
                text.push(' ');
                text.push_str(chapter.id);
            }
        }
        text
    }

    /// From such a text; what it does not know (of another version, or invalid) is left out.
    pub(crate) fn read(text: &str) -> Self {
        let mut words = text.split_whitespace();
        let sheet = match words.next() {
            Some("open") => Sheet::Open,
            Some("folded") => Sheet::Folded,
            _ => Sheet::Closed,
        };
        let index = |id: &str| CHAPTERS.iter().position(|chapter| chapter.id == id);
        let mut progress = Self {
            sheet,
            chapter: words.next().and_then(index).unwrap_or(0),
            ..Self::default()
        };
        for chapter in words.filter_map(index) {
            progress.done[chapter] = true;
        }
        progress
    }

    /// How many chapters are done.
    pub(crate) fn count(&self) -> usize {
        self.done.iter().filter(|&&done| done).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn survives_writing_and_reading() {
        for sheet in [Sheet::Closed, Sheet::Folded, Sheet::Open] {
            for chapter in 0..CHAPTERS.len() {
                let mut progress = Progress {
                    sheet,
                    chapter,
                    ..Progress::default()
                };
                progress.done[chapter] = true;
                progress.done[0] = true;
                assert_eq!(Progress::read(&progress.write()), progress);
            }
        }
    }

    #[test]
    fn spoilt_text_is_a_fresh_start() {
        assert_eq!(Progress::read(""), Progress::default());
        assert_eq!(Progress::read("🦀 {} 99"), Progress::default());
        let some = Progress::read("open nowhere erm moon");
        assert_eq!((some.sheet, some.chapter), (Sheet::Open, 0));
        assert_eq!(some.count(), 1);
    }
}
