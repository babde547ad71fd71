//! Files of weights.

use crate::{
    error::Result,
    model::{Tensors, from_safetensors},
};

/// The tensors of a file.
///
/// # Errors
/// [`crate::Error::Data`] if it cannot be read.
pub fn read(_name: &str, file: Vec<u8>) -> Result<Tensors> {
    from_safetensors(&file)
}
