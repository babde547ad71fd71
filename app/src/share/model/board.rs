//! The board of own images in a `project.zip`.

use serde::{Deserialize, Serialize};

use crate::settings::model::hold_out::HoldOut;
use crate::share::model::project_zip::IMAGES;

/// An image on the board. Its path tells only so much: some systems do not have all names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BoardImage {
    /// Where in the zip its pixels lie.
    pub(crate) path: String,
    /// File name.
    pub(crate) name: String,
    /// Class.
    pub(crate) class: String,
    /// Domain, empty for none.
    pub(crate) domain: String,
    /// Whether it is never trained on.
    pub(crate) test_only: bool,
    /// Whether it comes from a folder for training, and is not drawn for testing where others are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) train_only: bool,
}

/// The board.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Board {
    /// The domain that is never trained on.
    pub(crate) held_out: Option<String>,
    /// Whether all domains are trained on as one.
    pub(crate) together: bool,
    /// The images.
    pub(crate) images: Vec<BoardImage>,
}

impl Board {
    /// What is held out.
    pub(crate) fn choice(&self) -> HoldOut {
        HoldOut {
            held_out: self.held_out.clone(),
            together: self.together && self.held_out.is_none(),
        }
    }

    /// The list of images that are for testing only; `None` without any.
    pub(crate) fn test_only(&self) -> Option<String> {
        self.list(|image| image.test_only)
    }

    /// The list of images that come from a folder for training; `None` without any.
    pub(crate) fn train_only(&self) -> Option<String> {
        self.list(|image| image.train_only)
    }

    fn list(&self, wanted: impl Fn(&&BoardImage) -> bool) -> Option<String> {
        let marked = self.images.iter().filter(wanted);
        let lines: String = marked
            .map(|image| {
                let path = image.path.strip_prefix(IMAGES).unwrap_or(&image.path);
                format!("{path}\n")
            })
            .collect();
        (!lines.is_empty()).then_some(lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::share::model::project_zip::{Entry, TEST_ONLY, TRAIN_ONLY};

    #[test]
    fn what_is_for_testing_only_is_listed_as_the_program_reads_it() {
        let image = |path: &str, test_only| BoardImage {
            path: path.to_owned(),
            name: String::from("a.jpg"),
            class: String::from("cat"),
            domain: String::from("photo"),
            test_only,
            train_only: !test_only,
        };
        let mut board = Board {
            images: vec![image("images/photo/cat/a.png", false)],
            ..Board::default()
        };
        assert_eq!(board.test_only(), None);
        board.images.push(image("images/photo/cat/b.png", true));
        board.images.push(image("images/dog/c.png", true));
        let listed = board.test_only();
        assert_eq!(listed.as_deref(), Some("photo/cat/b.png\ndog/c.png\n"));
        assert_eq!(board.train_only().as_deref(), Some("photo/cat/a.png\n"));
        for path in [TEST_ONLY, TRAIN_ONLY] {
            let (path, bytes) = (path.to_owned(), Vec::new());
            assert!(!Entry { path, bytes }.is_image());
        }
        let text = serde_json::to_string(&board).unwrap_or_default();
        assert_eq!(serde_json::from_str::<Board>(&text).ok(), Some(board));
    }
}
