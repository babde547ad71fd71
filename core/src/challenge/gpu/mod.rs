//! The challenge on the GPU device: with a head of global average pooling and a linear layer, one
//! shader for each sample's mask and one for the selection in the batch; with any other head, one
//! shader each for ranking and selection.
//!
//! The plain functions in the folder above define what is computed, and the tests compare with them.

pub(super) mod at_or_above_kth;
pub(super) mod challenge_samples;
pub(super) mod select_samples;

/// The longest row to rank by comparing all pairs of its values: with longer ones Burn's way is
/// faster.
const MAX_ROW: usize = 1_024;

#[cfg(test)]
mod tests;
