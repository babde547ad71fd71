//! The page's colours for data. Each hue has one meaning everywhere, and none of them lies on the
//! heat map's scale (viridis), so that a mark on a heat map stays readable for colour-blind eyes.

/// Muted features: magenta.
pub(crate) const MUTED: [u8; 3] = [0xd6, 0x2f, 0x87];
/// Kept features: teal.
pub(crate) const KEPT: [u8; 3] = [0x1f, 0x9e, 0x94];
/// The arm trained plainly: blue.
pub(crate) const ERM: [u8; 3] = [0x3b, 0x7d, 0xd8];
/// The challenged arm: orange.
pub(crate) const RSC: [u8; 3] = [0xe0, 0x76, 0x1b];

/// A third arm: a violet so dark (and, on a dark page, so light) that no kind of colour blindness
/// takes it for the blue. arms.css replaces it on a dark page.
pub(crate) const THIRD: [u8; 3] = [0x5b, 0x2a, 0x9d];
/// A fourth arm: the colour of text. arms.css replaces it on a dark page.
pub(crate) const FOURTH: [u8; 3] = [0x1b, 0x1f, 0x2a];
/// Colours for arms: as many as a run can have arms.
pub(crate) const MOST_ARMS: usize = 4;

/// The arms in their order.
pub(crate) const ARMS: [[u8; 3]; MOST_ARMS] = [ERM, RSC, THIRD, FOURTH];

/// `rgb(…)` for a canvas or a style.
pub(crate) fn css([r, g, b]: [u8; 3]) -> String {
    format!("rgb({r} {g} {b})")
}

/// `rgb(… / alpha)`.
pub(crate) fn css_alpha([r, g, b]: [u8; 3], alpha: f64) -> String {
    format!("rgb({r} {g} {b} / {alpha:.3})")
}

/// Viridis at `t`; values outside `0..=1` are clamped and `NaN` is the low end.
pub(crate) fn heat(t: f32) -> [u8; 3] {
    let t = if t.is_nan() { 0.0 } else { t.clamp(0.0, 1.0) };
    let colour = colorous::VIRIDIS.eval_continuous(f64::from(t));
    [colour.r, colour.g, colour.b]
}

/// What is muted on a sheet of values: a grey that is on neither scale.
pub(crate) const MUTED_CELL: [u8; 3] = [0x8a, 0x8f, 0x9c];

/// A signed value at `t` in `-1..=1`: orange below 0, white at 0, purple above (PuOr).
pub(crate) fn signed(t: f32) -> [u8; 3] {
    let t = if t.is_nan() { 0.0 } else { t.clamp(-1.0, 1.0) };
    let colour = colorous::PURPLE_ORANGE.eval_continuous(f64::from(0.5 + 0.5 * t));
    [colour.r, colour.g, colour.b]
}

/// The smallest and the largest of the finite values; `None` where there is none.
pub(crate) fn range<'a>(values: impl IntoIterator<Item = &'a f32>) -> Option<(f32, f32)> {
    let finite = values.into_iter().copied().filter(|v| v.is_finite());
    finite.fold(None, |range, value| {
        let (low, high) = range.unwrap_or((value, value));
        Some((low.min(value), high.max(value)))
    })
}

/// Values scaled to `0..=1` by their own range; `None` where a value is not finite.
///
/// A map without contrast has no high end to show: all its finite values become 0, and the second
/// result is `true`.
pub(crate) fn normalise(values: &[f32]) -> (Vec<Option<f32>>, bool) {
    scale(values, range(values))
}

/// Values scaled to `0..=1` by a range that may be wider than theirs, as [`normalise`] does it.
pub(crate) fn scale(values: &[f32], range: Option<(f32, f32)>) -> (Vec<Option<f32>>, bool) {
    let (low, high) = range.unwrap_or_default();
    let range = high - low;
    let scale = low.abs().max(high.abs()).max(f32::MIN_POSITIVE);
    let flat = !range.is_finite() || range <= scale * 1e-6;
    let scaled = values
        .iter()
        .map(|&v| {
            v.is_finite()
                .then(|| if flat { 0.0 } else { (v - low) / range })
        })
        .collect();
    (scaled, flat)
}

/// The heat map's scale as a CSS gradient.
pub(crate) fn ramp() -> String {
    let stops: Vec<String> = (0..=8).map(|i| css(heat(i as f32 / 8.0))).collect();
    format!("linear-gradient(to right, {})", stops.join(", ")) // not shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heat_is_clamped_and_survives_nan() {
        assert_eq!(heat(f32::NAN), heat(0.0));
        assert_eq!(heat(7.0), heat(1.0));
        assert_ne!(heat(0.0), heat(1.0));
    }

    #[test]
    fn maps_are_scaled_by_their_own_range() {
        let (scaled, flat) = normalise(&[-1.0, 0.0, 1.0, f32::NAN]);
        assert_eq!(scaled, vec![Some(0.0), Some(0.5), Some(1.0), None]);
        assert!(!flat);
    }

    #[test]
    fn maps_can_share_a_range() {
        let shared = range([1.0, f32::NAN, 3.0].iter().chain(&[5.0, f32::INFINITY]));
        assert_eq!(shared, Some((1.0, 5.0)));
        assert_eq!(scale(&[1.0, 3.0], shared).0, vec![Some(0.0), Some(0.5)]);
        // A map that is the same everywhere has its place on the scale of the others.
        assert_eq!(scale(&[5.0, 5.0], shared), (vec![Some(1.0); 2], false));
        assert_eq!(range(&[f32::NAN]), None);
    }

    #[test]
    fn flat_maps_are_flat() {
        assert_eq!(normalise(&[0.0, 0.0]), (vec![Some(0.0); 2], true));
        assert_eq!(normalise(&[3.0, 3.0]), (vec![Some(0.0); 2], true));
        assert!(normalise(&[f32::NAN]).1);
        assert!(normalise(&[]).1);
        assert!(!normalise(&[1e-12, 3e-12]).1);
    }

    #[test]
    fn css_text() {
        assert_eq!(css([1, 2, 3]), "rgb(1 2 3)");
        assert_eq!(css_alpha([1, 2, 3], 0.5), "rgb(1 2 3 / 0.500)");
    }
}
