//! How far a photograph is scaled down before it is kept: enough for the network, light on memory.

/// Longest shorter side that is kept, in pixels: the largest that a network sees.
pub(crate) const SHORTER: u32 = 224;
/// The same on a board of very many images: a thousand of 224 pixels take 200 MB, in the page and in
/// each engine.
const SHORTER_OF_MANY: u32 = 128;
/// More images than these are very many.
const MANY: usize = 2000;
/// Longest longer side, for panoramas.
const LONGER: f64 = 1024.0;

/// The longest shorter side that is kept on a board of so many images.
pub(crate) fn shorter_side(images: usize) -> u32 {
    if images > MANY {
        SHORTER_OF_MANY
    } else {
        SHORTER
    }
}

/// Width and height to keep of an image, its aspect ratio unchanged, the shorter side `shorter` at most;
/// never larger than it is.
pub(crate) fn stored_size(width: u32, height: u32, shorter: u32) -> (u32, u32) {
    let (w, h) = (f64::from(width), f64::from(height));
    let scale = (f64::from(shorter) / w.min(h))
        .min(LONGER / w.max(h))
        .min(1.0);
    let side = |v: f64| (v * scale).round().max(1.0) as u32;
    (side(w), side(h))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shorter_side_is_bounded_and_the_shape_stays() {
        assert_eq!(stored_size(4000, 3000, 128), (171, 128));
        assert_eq!(stored_size(3000, 4000, 224), (224, 299));
        assert_eq!(stored_size(32, 48, 128), (32, 48));
        assert_eq!(stored_size(20_000, 100, 224), (1024, 5));
        assert_eq!(stored_size(20_000, 1, 224), (1024, 1));
    }

    #[test]
    fn few_images_are_kept_as_large_as_a_network_sees_them() {
        let [.., largest] = rsc_core::config::PretrainedNetwork::IMAGE_SIZES;
        assert_eq!(shorter_side(MANY), largest as u32);
        assert_eq!(shorter_side(MANY + 1), 128);
    }
}
