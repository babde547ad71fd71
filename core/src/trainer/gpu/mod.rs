//! Loss, metrics and optimizer step on the GPU device, each one shader or two. The plain operations in
//! the folder above define what is computed, and the tests compare with them.

pub(super) mod cross_entropy;
pub(super) mod metrics;
pub(super) mod optimizer;

#[cfg(test)]
mod tests;
