//! The heart of the method: which features of each sample are muted, as small pure functions on
//! tensors, each with the formula it implements, testable without a network.
//!
//! Shapes: features `Z` and gradients `G` are `[B, C, H, W]`; importances and masks `[B, n]` with
//! `n = H·W` positions or `n = C` channels; masks hold 1 (keep) or 0 (mute).

mod along;
#[cfg(feature = "gpu")]
mod gpu;
mod head;
mod importance;
mod mask;
mod pipeline;
mod plan;
mod rank;
mod selection;
mod signal;
#[cfg(not(feature = "gpu"))]
mod without_gpu;

#[cfg(not(feature = "gpu"))]
use without_gpu as gpu;

pub use along::Along;
pub use head::{Head, Layer};
pub use importance::{activation, degenerate, importance};
pub use mask::{apply, mask, next_round};
pub use pipeline::challenge;
pub use plan::{Challenge, Challenged, Ranking, Round};
pub use rank::at_or_above_kth;
pub use selection::{keep_selected, probability_drop, select};
pub use signal::{gradient, signal};

#[cfg(test)]
mod tests;
