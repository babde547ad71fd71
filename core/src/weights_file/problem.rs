//! What is wrong with a file, in one sentence that begins with its name.

use crate::error::Error;

/// The result of a part of the reader. A problem is the rest of a sentence that begins with the file's
/// name.
pub(super) type Read<T> = std::result::Result<T, String>;

pub(super) fn problem(name: &str, what: &str) -> Error {
    Error::Data(format!("{} {what}", shown(name)))
}

/// Longest part of a foreign name that a message shows.
const SHOWN: usize = 80;

/// A name out of a file, or of a file, fit for a message: shortened, and without characters that are not
/// seen or that turn the direction of a text.
pub(super) fn shown(name: &str) -> String {
    let mut text: String = name.chars().take(SHOWN).collect();
    if text.len() < name.len() {
        text.push('…');
    }
    let unseen = |it: char| {
        it.is_control()
            || matches!(it, '`' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
    };
    let text = text.replace(unseen, "\u{fffd}");
    format!("`{text}`")
}

/// Says that the end of the file is missing.
pub(super) fn cut_off() -> String {
    "is cut off, its end is missing: download or copy it anew".into()
}

/// Says that the file contradicts itself.
pub(super) fn damaged(what: &str) -> String {
    format!("is damaged ({what}): download or copy it anew")
}

/// What to do with a file that PyTorch can still read.
pub(super) const SAVE_AGAIN: &str = "load it with PyTorch and save `model.state_dict()`";
