//! How far a photograph is scaled down before it is kept: enough for the network, light on memory.

/// Longest shorter side that is kept, in pixels; the network sees at most 96.
const SHORTER: f64 = 128.0;
/// Longest longer side, for panoramas.
const LONGER: f64 = 1024.0;

/// Width and height to keep of an image, its aspect ratio unchanged; never larger than it is.
pub(crate) fn stored_size(width: u32, height: u32) -> (u32, u32) {
    let (w, h) = (f64::from(width), f64::from(height));
    let scale = (SHORTER / w.min(h)).min(LONGER / w.max(h)).min(1.0);
    let side = |v: f64| (v * scale).round().max(1.0) as u32;
    (side(w), side(h))
}

#[cfg(test)]
mod tests {
    use super::stored_size;

    #[test]
    fn the_shorter_side_is_bounded_and_the_shape_stays() {
        assert_eq!(stored_size(4000, 3000), (171, 128));
        assert_eq!(stored_size(3000, 4000), (128, 171));
        assert_eq!(stored_size(32, 48), (32, 48));
        assert_eq!(stored_size(20_000, 100), (1024, 5));
        assert_eq!(stored_size(20_000, 1), (1024, 1));
    }
}
