//! What a run and the masks show of the challenge that is set.

use leptos::prelude::*;

/// Signals for the panel of the challenge, filled by the rooms above.
#[derive(Clone, Copy)]
pub(crate) struct Observed {
    /// Muted and all features of the first image that is shown.
    pub(crate) muted: Signal<Option<(usize, usize)>>,
    /// `[channels, height, width]` of the run's feature map.
    pub(crate) features: Signal<Option<[usize; 3]>>,
    /// Samples of the last batch whose importance was constant.
    pub(crate) degenerate_in_batch: Signal<u32>,
    /// Whether the importance of an image that is shown is constant.
    pub(crate) degenerate_in_view: Signal<bool>,
}
