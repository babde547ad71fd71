//! The colours of the figures, the same as the page's: each hue has one meaning.

use image::Rgba;

/// Muted features: magenta.
pub const MUTED: [u8; 3] = [0xd6, 0x2f, 0x87];
/// Kept features: teal.
pub const KEPT: [u8; 3] = [0x1f, 0x9e, 0x94];
/// Plain training: blue.
pub const ERM: [u8; 3] = [0x3b, 0x7d, 0xd8];
/// The challenged arm: orange.
pub const RSC: [u8; 3] = [0xe0, 0x76, 0x1b];

/// Heat (viridis) at `t`; values outside `0..=1` are clamped and `NaN` is the low end.
pub fn heat(t: f32) -> [u8; 3] {
    let t = if t.is_nan() { 0.0 } else { t.clamp(0.0, 1.0) };
    let colour = colorous::VIRIDIS.eval_continuous(f64::from(t));
    [colour.r, colour.g, colour.b]
}

/// Activation at `t`, clamped as [`heat`]: from paper to ink, so that it is not mistaken for heat.
pub fn ink(t: f32) -> [u8; 3] {
    let t = if t.is_nan() { 0.0 } else { t.clamp(0.0, 1.0) };
    mix([0xf1, 0xf4, 0xf6], [0x12, 0x30, 0x3d], t)
}

/// `#rrggbb`.
pub fn hex([r, g, b]: [u8; 3]) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// `from` at 0, `to` at 1.
pub(super) fn mix(from: [u8; 3], to: [u8; 3], t: f32) -> [u8; 3] {
    let t = t.clamp(0.0, 1.0);
    std::array::from_fn(|i| {
        let (a, b) = (f32::from(from[i]), f32::from(to[i]));
        (a + (b - a) * t).round() as u8
    })
}

pub(super) fn opaque([r, g, b]: [u8; 3]) -> Rgba<u8> {
    Rgba([r, g, b, u8::MAX])
}

/// Values scaled to `0..=1` by their own range; `None` where a value is not finite. A map without
/// contrast has no high end to show: its finite values all become 0.
pub fn normalise(values: &[f32]) -> Vec<Option<f32>> {
    let finite = values.iter().copied().filter(|v| v.is_finite());
    let low = finite.clone().fold(f32::INFINITY, f32::min);
    let high = finite.fold(f32::NEG_INFINITY, f32::max);
    let range = high - low;
    let scale = low.abs().max(high.abs()).max(f32::MIN_POSITIVE);
    let flat = !range.is_finite() || range <= scale * 1e-6;
    values
        .iter()
        .map(|&v| {
            let scaled = if flat { 0.0 } else { (v - low) / range };
            v.is_finite().then_some(scaled)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_are_clamped_and_survive_nan() {
        assert_eq!(heat(f32::NAN), heat(0.0));
        assert_eq!(heat(7.0), heat(1.0));
        assert_ne!(heat(0.0), heat(1.0));
        assert_eq!(ink(f32::NAN), ink(-1.0));
        assert_eq!(hex([1, 2, 255]), "#0102ff");
    }

    #[test]
    fn maps_are_scaled_by_their_own_range() {
        let scaled = normalise(&[-1.0, 0.0, 1.0, f32::NAN]);
        assert_eq!(scaled, [Some(0.0), Some(0.5), Some(1.0), None]);
        assert_eq!(normalise(&[3.0, 3.0]), [Some(0.0); 2]);
        assert_eq!(normalise(&[f32::NAN, f32::INFINITY]), [None; 2]);
        assert_eq!(normalise(&[f32::MAX, -f32::MAX]), [Some(0.0); 2]);
        assert!(normalise(&[]).is_empty());
    }
}
