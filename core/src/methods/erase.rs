//! Random erasing of images.

use rand::Rng;

/// Share of the image that a rectangle covers, as torchvision's `RandomErasing`.
const AREA: [f64; 2] = [0.02, 0.33];
/// Height over width of a rectangle, likewise.
const ASPECT: [f64; 2] = [0.3, 3.3];
/// Attempts at a rectangle that fits, likewise.
const ATTEMPTS: usize = 10;

/// Random erasing (Zhong et al. 2020): with `probability` an image loses a rectangle, whose area is drawn
/// evenly, its aspect evenly by logarithm, and its place evenly.
///
/// Returns factors `[B, size, size]`: 0 in the rectangle, 1 elsewhere.
pub fn erasing(batch: usize, size: usize, probability: f64, rng: &mut impl Rng) -> Vec<f32> {
    let mut kept = vec![1.0_f32; batch * size * size];
    for image in kept.chunks_exact_mut(size * size) {
        if !rng.random_bool(probability) {
            continue;
        }
        let Some([height, width]) = rectangle(size, rng) else {
            continue;
        };
        let top = rng.random_range(0..=size - height);
        let left = rng.random_range(0..=size - width);
        for row in image[top * size..].chunks_mut(size).take(height) {
            row[left..left + width].fill(0.0);
        }
    }
    kept
}

/// Height and width of a rectangle smaller than the image; `None` where none came up.
fn rectangle(size: usize, rng: &mut impl Rng) -> Option<[usize; 2]> {
    (0..ATTEMPTS).find_map(|_| {
        let area = rng.random_range(AREA[0]..AREA[1]) * (size * size) as f64;
        let aspect = rng.random_range(ASPECT[0].ln()..ASPECT[1].ln()).exp();
        let sides = [(area * aspect).sqrt(), (area / aspect).sqrt()];
        let sides = sides.map(|side| side.round() as usize);
        sides.iter().all(|side| *side < size).then_some(sides)
    })
}
