//! What folders can be taken for in two ways, in words.

use crate::ui::model::format;

/// Names shown of folders, and spellings of classes.
const NAMES: usize = 5;

/// What may be taken in two ways. The first is how images come in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ambiguity {
    /// Folders of these names are a division into training and testing, or domains.
    Splits(Vec<String>),
    /// Names that differ in small and capital letters only are one class, the first of each, or several.
    Spellings(Vec<Vec<String>>),
}

impl Ambiguity {
    /// How it is taken, in a sentence.
    pub(crate) fn said(&self, other_way: bool) -> String {
        match (self, other_way) {
            (Self::Splits(names), false) => {
                text!("own.layout.splits", names = format::listing(names, NAMES))
            }
            (Self::Splits(names), true) => {
                text!("own.layout.domains", names = format::listing(names, NAMES))
            }
            (Self::Spellings(classes), false) => {
                let all: Vec<String> = classes.iter().map(|names| one_of(names)).collect();
                text!("own.layout.one-class", classes = format::some(&all, NAMES))
            }
            (Self::Spellings(classes), true) => {
                let all: Vec<String> = classes.iter().flatten().cloned().collect();
                text!(
                    "own.layout.classes",
                    names = format::listing(&all, 2 * NAMES)
                )
            }
        }
    }

    /// What the button says that takes it the other way.
    pub(crate) fn offer(&self, other_way: bool) -> &'static str {
        match (self, other_way) {
            (Self::Splits(_), false) => text!("own.layout.as-domains"),
            (Self::Splits(_), true) => text!("own.layout.as-splits"),
            (Self::Spellings(_), false) => text!("own.layout.apart"),
            (Self::Spellings(_), true) => text!("own.layout.join"),
        }
    }
}

/// `“Dog” = “dog”`
fn one_of(names: &[String]) -> String {
    let quoted = names
        .iter()
        .map(|name| format::listing(std::slice::from_ref(name), 1));
    quoted.collect::<Vec<_>>().join(" = ")
}
