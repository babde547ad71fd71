//! Sizes that the rows share.

/// Side of the image, the importance and the mask.
pub(super) const LARGE: f64 = 132.0;
/// Pixels embedded for each unit drawn: sharp on dense screens.
const DENSITY: f64 = 2.0;

/// Whole pixels for each of `count` cells (or pixels of the image) across `side`.
pub(super) fn scale(side: f64, count: usize) -> u32 {
    (side * DENSITY / count.max(1) as f64).ceil() as u32
}
