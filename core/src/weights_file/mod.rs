//! Reads weights files that somebody brings: safetensors, and what PyTorch's `torch.save` writes, as a
//! zip archive (1.6 and later), a legacy stream or a tar archive (before 0.1.10). From bytes to tensors
//! only: what a network is, this module does not know.
//!
//! The kind of a file is decided by its content. A pickle is interpreted by a small stack machine
//! ([`pickle`]) that knows how a dictionary of tensors is described and can do nothing else: no code
//! that a file names is run, and a file that asks for any is refused.
//!
//! Nothing is allocated on a claim of the file alone. Every length is compared with the bytes that are
//! there, and the floats of all tensors together are limited to [`MOST_WEIGHTS_BYTES`].

mod archive;
mod bytes;
mod fit;
mod kind;
mod known;
mod legacy;
mod lite0;
mod pickle;
mod rebuild;
mod resnet;
mod safetensors;
mod select;
mod sniff;
mod state_dict;
mod storage;
mod tar;
mod zip;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::{
    error::{Error, Result},
    limits::MOST_WEIGHTS_BYTES,
};

pub use fit::{fit, is_classifier};
pub use known::recognise;
pub use lite0::{lite0_from_timm, lite0_name_from_timm, lite0_names};
pub use resnet::{RESNET_DEPTHS, resnet_names};

use sniff::Format;

/// Tensors by name: a shape, and its values row by row.
pub type Tensors = BTreeMap<String, (Vec<usize>, Vec<f32>)>;

/// Names of tensors with their shapes, as a network expects them.
pub type Shapes = BTreeMap<String, Vec<usize>>;

/// The result of a part of the reader. A problem is the rest of a sentence that begins with the file's
/// name.
type Read<T> = std::result::Result<T, String>;

/// Refuses a file that is too large, before anybody reads it.
///
/// # Errors
/// [`Error::Data`] naming the file, its size and the limit.
pub fn check_size(name: &str, bytes: u64) -> Result<()> {
    if bytes <= MOST_WEIGHTS_BYTES {
        return Ok(());
    }
    Err(problem(
        name,
        &format!(
            "has {} MB, and weights files of up to {} MB are read: save the weights alone, \
             `model.state_dict()`, without the state of the optimizer",
            bytes.div_ceil(1 << 20),
            MOST_WEIGHTS_BYTES >> 20
        ),
    ))
}

/// The tensors of a weights file, as 32-bit floats. Counters and other integers are left out, as are
/// the prefixes `module.` of `DataParallel` and `_orig_mod.` of `torch.compile`; of a checkpoint, its
/// `state_dict`, `model_state_dict` or `model` is read.
///
/// `name` is the file's name, for messages alone.
///
/// # Errors
/// [`Error::Data`] with one sentence that names the file, the problem and the remedy.
pub fn read(name: &str, file: &[u8]) -> Result<Tensors> {
    check_size(name, file.len() as u64)?;
    let read = match sniff::format(file) {
        Ok(Format::Safetensors) => safetensors::read(file),
        Ok(Format::Zip) => archive::read(file),
        Ok(Format::Legacy) => legacy::read(file),
        Ok(Format::Tar) => tar::read(file),
        Err(what) => Err(what),
    };
    read.and_then(select::checked)
        .map_err(|what| problem(name, &what))
}

fn problem(name: &str, what: &str) -> Error {
    Error::Data(format!("{} {what}", shown(name)))
}

/// Longest part of a foreign name that a message shows.
const SHOWN: usize = 80;

/// A name out of a file, or of a file, fit for a message: shortened, and without characters that are not
/// seen or that turn the direction of a text.
fn shown(name: &str) -> String {
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
fn cut_off() -> String {
    "is cut off, its end is missing: download or copy it anew".into()
}

/// Says that the file contradicts itself.
fn damaged(what: &str) -> String {
    format!("is damaged ({what}): download or copy it anew")
}

/// What to do with a file that PyTorch can still read.
const SAVE_AGAIN: &str = "load it with PyTorch and save `model.state_dict()`";
