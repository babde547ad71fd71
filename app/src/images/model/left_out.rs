//! Files that were not taken in, sorted by the reason, and what is said about them: what it is, why,
//! and what would help, all in one message.

use std::collections::BTreeMap;

use rsc_core::image_file::Problem;

use crate::images::model::limits::{
    LONGEST_SIDE, MOST_IMAGE_BYTES, MOST_IMAGES, MOST_KEPT, MOST_PIXELS, MOST_UNPACKED, megabytes,
};
use crate::ui::model::{format, naming};

/// Why a file was not taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reason {
    /// There is nothing in it.
    Empty,
    /// It is no image.
    NoImage,
    /// It is an SVG drawing.
    Drawing,
    /// Its end is missing.
    CutOff,
    /// It is damaged.
    Damaged,
    /// It is an image of a kind that this browser does not show.
    Unknown,
    /// It has too many pixels.
    ManyPixels,
    /// It has too many bytes.
    ManyBytes,
    /// All images of its zip file together have too many bytes.
    ManyUnpacked,
    /// The browser could not read it.
    Gone,
    /// It lies in no folder that would name a class.
    NoClass,
    /// There is no more room on the board.
    NoRoom,
}

impl From<Problem> for Reason {
    fn from(problem: Problem) -> Self {
        match problem {
            Problem::Empty => Self::Empty,
            Problem::NoImage => Self::NoImage,
            Problem::Drawing => Self::Drawing,
            Problem::CutOff => Self::CutOff,
            Problem::Damaged => Self::Damaged,
            Problem::TooManyBytes => Self::ManyBytes,
            Problem::TooManyPixels { .. } => Self::ManyPixels,
        }
    }
}

/// How many names are said of each reason.
const SHOWN: usize = 5;

/// What was not taken in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct LeftOut {
    files: BTreeMap<Reason, Vec<String>>,
    sentences: Vec<String>,
}

impl LeftOut {
    /// Notes a file.
    pub(crate) fn add(&mut self, reason: Reason, name: String) {
        self.files.entry(reason).or_default().push(name);
    }

    /// Notes what was said already.
    pub(crate) fn say(&mut self, sentence: String) {
        self.sentences.push(sentence);
    }

    /// What is said about all of them, and that others were `added`; `None` where nothing was left
    /// out.
    pub(crate) fn message(&self, added: bool) -> Option<String> {
        let mut sentences = self.sentences.clone();
        sentences.extend(
            self.files
                .iter()
                .map(|(reason, names)| said(*reason, names)),
        );
        if sentences.is_empty() {
            return None;
        }
        if added {
            sentences.push(text!("own.left.rest").to_owned());
        }
        Some(sentences.join(" "))
    }
}

fn said(reason: Reason, names: &[String]) -> String {
    let (n, files) = (names.len(), format::listing(names, SHOWN));
    match reason {
        Reason::Empty => plural!("own.left.empty", n, files = files),
        Reason::NoImage => plural!("own.left.no-image", n, files = files),
        Reason::Drawing => plural!("own.left.drawing", n, files = files),
        Reason::CutOff => plural!("own.left.cut-off", n, files = files),
        Reason::Damaged => plural!("own.left.damaged", n, files = files),
        Reason::Unknown => plural!("own.left.unknown", n, files = files),
        Reason::ManyPixels => plural!(
            "own.left.pixels",
            n,
            most = MOST_PIXELS / 1_000_000,
            side = format::thousands(LONGEST_SIDE as usize),
            files = files
        ),
        Reason::ManyBytes => plural!(
            "own.left.bytes",
            n,
            most = megabytes(MOST_IMAGE_BYTES),
            files = files
        ),
        Reason::ManyUnpacked => plural!(
            "own.left.unpacked",
            n,
            most = megabytes(MOST_UNPACKED),
            files = files
        ),
        Reason::Gone => plural!("own.left.gone", n, files = files),
        Reason::NoClass => plural!("own.left.homeless", n, files = files),
        Reason::NoRoom => plural!(
            "own.left.no-room",
            n,
            images = format::thousands(MOST_IMAGES),
            kept = megabytes(MOST_KEPT),
            files = files
        ),
    }
}

/// What is said of images that move; `None` where none does.
pub(crate) fn moving(names: &[String]) -> Option<String> {
    let files = format::listing(names, SHOWN);
    (!names.is_empty()).then(|| plural!("own.moving", names.len(), files = files))
}

/// A name for a message, with the size that is too much.
pub(crate) fn sized(name: &str, problem: Problem) -> String {
    match problem {
        Problem::TooManyPixels { width, height } => {
            let size = format!(
                "{} × {}",
                format::thousands(width),
                format::thousands(height)
            );
            format!("{} ({size})", naming::apart(name)) // not shown
        }
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Reason; 12] = [
        Reason::Empty,
        Reason::NoImage,
        Reason::Drawing,
        Reason::CutOff,
        Reason::Damaged,
        Reason::Unknown,
        Reason::ManyPixels,
        Reason::ManyBytes,
        Reason::ManyUnpacked,
        Reason::Gone,
        Reason::NoClass,
        Reason::NoRoom,
    ];

    #[test]
    fn nothing_left_out_is_nothing_said() {
        assert_eq!(LeftOut::default().message(true), None);
        assert_eq!(moving(&[]), None);
    }

    #[test]
    fn every_reason_has_a_sentence_of_its_own_that_names_its_files() {
        let mut all = LeftOut::default();
        let mut said = Vec::new();
        for (number, reason) in ALL.into_iter().enumerate() {
            for of in 0..=number {
                all.add(reason, format!("{reason:?}-{of}.png"));
            }
            let mut one = LeftOut::default();
            one.add(reason, String::from("a.png"));
            said.extend(one.message(false));
        }
        let message = all.message(true).unwrap_or_default();
        for (number, reason) in ALL.into_iter().enumerate() {
            assert!(
                message.contains(&format!("“{reason:?}-0.png”")),
                "{message}"
            );
            let more = message.contains(&format!("{reason:?}-{SHOWN}.png"));
            assert!(!more, "{number} of {reason:?} in {message}");
        }
        said.sort();
        said.dedup();
        assert_eq!(said.len(), ALL.len(), "two reasons sound alike: {said:#?}");
    }

    #[test]
    fn the_message_says_numbers_and_limits() {
        let mut left_out = LeftOut::default();
        for number in 0..9995 {
            left_out.add(Reason::NoClass, format!("{number}.png"));
        }
        let bomb = Problem::TooManyPixels {
            width: 60_000,
            height: 50_000,
        };
        left_out.add(Reason::from(bomb), sized("bomb.png", bomb));
        let message = left_out.message(true).unwrap_or_default();
        for part in ["9,995 files", "and 9990 more", "100 million", "32,768"] {
            assert!(message.contains(part), "{part} in {message}");
        }
        assert!(message.contains("bomb.png (60,000 × 50,000)"), "{message}");
    }
}
