//! The records of a project: settings, columns, images and runs. Each is a JSON text, so that every
//! one can be checked, and be unreadable, on its own.

use serde::{Deserialize, Serialize};

use rsc_core::config::RunConfig;
use rsc_core::image_layout::Part;

use crate::images::model::is_given;
use crate::settings::model::import;

/// One column of the visitor's images.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Column {
    /// What images refer to.
    pub(crate) id: u32,
    /// Name, as edited.
    pub(crate) name: String,
}

/// Everything that belongs to no single image or run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Columns {
    /// The columns, in their order.
    pub(crate) columns: Vec<Column>,
    /// The domain that is never trained on.
    pub(crate) held_out: Option<String>,
    /// Whether all domains are trained on as one.
    #[serde(default)]
    pub(crate) together: bool,
    /// The last id given to a column or image.
    pub(crate) last_id: u32,
    /// The last id given to a run.
    pub(crate) last_run: u64,
}

impl Columns {
    /// Whether there is nothing in it that a visitor made.
    pub(crate) fn is_untouched(&self) -> bool {
        let given = |column: &Column| !is_given(&column.name);
        self.last_run == 0 && self.columns.len() == 2 && !self.columns.iter().any(given)
    }

    /// Reads it.
    ///
    /// # Errors
    /// What is wrong, as a clause.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let read: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        for (i, column) in read.columns.iter().enumerate() {
            if read.columns[..i].iter().any(|other| other.id == column.id) {
                return Err(text!("kept.twin-columns", number = column.id));
            }
        }
        Ok(read)
    }
}

/// An image, but for its pixels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ImageFacts {
    /// The [`Column`] that it is in.
    pub(crate) class: u32,
    /// File name.
    pub(crate) name: String,
    /// Domain, empty where none was given.
    pub(crate) domain: String,
    /// Whether it is never trained on.
    #[serde(default)]
    pub(crate) test_only: bool,
    /// Whether it comes from a folder for training, and is not drawn for testing where others are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) train_only: bool,
    /// Width in pixels.
    pub(crate) width: u32,
    /// Height in pixels.
    pub(crate) height: u32,
}

impl ImageFacts {
    /// What it may be used for.
    pub(crate) fn part(&self) -> Part {
        part_of(self.test_only, self.train_only)
    }
}

/// What an image may be used for of which this is kept.
pub(crate) fn part_of(test_only: bool, train_only: bool) -> Part {
    match (test_only, train_only) {
        (true, _) => Part::Test,
        (false, true) => Part::Train,
        (false, false) => Part::Any,
    }
}

/// An image whose record is damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UnreadableImage;

impl ImageFacts {
    /// Reads it. `bytes` is how many bytes of pixels there are.
    ///
    /// # Errors
    /// Where it is no image of that many pixels.
    pub(crate) fn read(text: &str, bytes: usize) -> Result<Self, UnreadableImage> {
        let read: Self = serde_json::from_str(text).map_err(|_| UnreadableImage)?;
        let pixels = u64::from(read.width) * u64::from(read.height);
        match pixels.checked_mul(4) {
            Some(wanted) if wanted > 0 && wanted == bytes as u64 => Ok(read),
            _ => Err(UnreadableImage),
        }
    }
}

/// Reads settings, by the checks that a file of settings has to pass too.
///
/// # Errors
/// What is wrong, as a clause.
pub(crate) fn settings(text: &str) -> Result<RunConfig, String> {
    import::config_json(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(names: &[&str]) -> Columns {
        Columns {
            columns: (1..)
                .zip(names)
                .map(|(id, name)| Column {
                    id,
                    name: (*name).to_owned(),
                })
                .collect(),
            last_id: 9,
            ..Columns::default()
        }
    }

    #[test]
    fn what_is_written_is_read() -> Result<(), serde_json::Error> {
        let mut all = columns(&["cat", "dog", ""]);
        all.held_out = Some(String::new());
        let text = serde_json::to_string(&all)?;
        assert_eq!(Columns::read(&text), Ok(all));

        let image = ImageFacts {
            class: 2,
            name: String::from("a “b”.png"),
            domain: String::from("photo"),
            test_only: true,
            train_only: false,
            width: 3,
            height: 2,
        };
        let text = serde_json::to_string(&image)?;
        assert_eq!(ImageFacts::read(&text, 24), Ok(image));
        for bytes in [0, 23, 25] {
            assert_eq!(ImageFacts::read(&text, bytes), Err(UnreadableImage));
        }

        // As an earlier page wrote them.
        let columns = r#"{"columns":[],"held_out":"a","last_id":9,"last_run":3}"#;
        assert_eq!(Columns::read(columns).map(|it| it.together), Ok(false));
        let image = r#"{"class":1,"name":"a.png","domain":"","width":1,"height":1}"#;
        let image = ImageFacts::read(image, 4).map(|it| it.part());
        assert_eq!(image, Ok(Part::Any));

        let config = RunConfig::default();
        assert_eq!(settings(&serde_json::to_string(&config)?), Ok(config));
        Ok(())
    }

    #[test]
    fn what_is_damaged_is_refused() {
        for text in ["", "[]", "null", r#"{"columns": 3}"#] {
            assert!(Columns::read(text).is_err(), "{text}");
            assert!(ImageFacts::read(text, 4).is_err(), "{text}");
        }
        let mut twins = columns(&["cat", "dog"]);
        twins.columns[1].id = 1;
        let text = serde_json::to_string(&twins).unwrap_or_default();
        assert!(Columns::read(&text).is_err());
        let huge = r#"{"class":1,"name":"","domain":"","width":4294967295,"height":4294967295}"#;
        assert!(ImageFacts::read(huge, 4).is_err());
        assert!(settings(r#"{"from_the_future": 1}"#).is_err());
    }

    #[test]
    fn two_empty_columns_are_nobodys_work() {
        assert!(columns(&["class 1", "class 2"]).is_untouched());
        assert!(!columns(&["class 1", "dog"]).is_untouched());
        assert!(!columns(&["class 1", "class 2", "class 3"]).is_untouched());
        assert!(!columns(&["class 1"]).is_untouched());
        let mut trained = columns(&["class 1", "class 2"]);
        trained.last_run = 1;
        assert!(!trained.is_untouched());
    }
}
