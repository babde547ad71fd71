//! One formula as the page shows it.

use super::along::Along;
use crate::ui::text::text_of;

/// One formula with its name and its numbers in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Formula {
    /// What it works out, the same in every language.
    pub(crate) id: String,
    /// What it works out, in words.
    pub(crate) name: String,
    /// It, as one or more lines of MathML.
    pub(crate) lines: Vec<String>,
    /// What its signs stand for and what it comes to.
    pub(crate) note: String,
}

impl Formula {
    pub(super) fn new(id: &str, lines: Vec<String>, note: impl Into<String>) -> Self {
        Self {
            id: id.to_owned(),
            name: text_of(&format!("formulas.name.{id}")).to_owned(),
            lines,
            note: note.into(),
        }
    }

    /// Says in its name what it is of, where there are two of its kind.
    pub(super) fn named_along(mut self, along: Along, says: bool) -> Self {
        if says {
            let of = along.id();
            self.id = format!("{}-{of}", self.id);
            self.name = text_with!(&format!("formulas.along.{of}"), name = self.name);
        }
        self
    }
}
