//! How large a sweep may be.

/// Most values of one setting.
pub(crate) const MOST_VALUES: usize = 12;
/// Most seeds.
pub(crate) const MOST_SEEDS: usize = 20;
