//! Reads weights files that somebody brings: safetensors, and what PyTorch's `torch.save` writes, as a
//! zip archive (1.6 and later), a legacy stream or a tar archive (before 0.1.10). From bytes to tensors
//! only: of networks this module knows no more than the names and shapes of published ones.
//!
//! The kind of a file is decided by its content. A pickle is interpreted by a small stack machine
//! (`pickle.rs`) that knows how a dictionary of tensors is described and can do nothing else: no code
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
mod problem;
mod rebuild;
mod resnet;
mod safetensors;
mod select;
mod sniff;
mod state_dict;
mod storage;
mod tar;
mod tensors;
mod zip;

#[cfg(test)]
mod names;
#[cfg(test)]
mod tests;

use crate::{error::Result, limits::MOST_WEIGHTS_BYTES};

pub use fit::fit;
pub use lite0::lite0_from_timm;
#[cfg(test)]
pub(crate) use names::{lite0_names, resnet_names};
pub use tensors::{Shapes, Tensors};

use problem::problem;
use sniff::Format;

/// Refuses a file that is too large, before anybody reads it.
///
/// # Errors
/// [`Error::Data`](crate::Error::Data) naming the file, its size and the limit.
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
/// [`Error::Data`](crate::Error::Data) with one sentence that names the file, the problem and the remedy.
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
