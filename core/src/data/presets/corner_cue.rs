//! `corner-cue`: a shape, and a small patch in a random corner whose colour gives the class away;
//! in the second domain the colour is random. A local shortcut, which muting positions can remove.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::difficulty;
use super::shapes::{Canvas, Placed, Shape, color, inside};

/// The domain in which the patch tells the class.
const CUED: usize = 0;

pub(super) fn draw(size: usize, shape: Shape, domain: usize, rng: &mut ChaCha8Rng) -> Canvas {
    let background = color(difficulty::BACKGROUND_COLOR, rng);
    let foreground = color(difficulty::SHAPE_COLOR, rng);
    let placed = Placed::random(shape, size, rng);
    let corner = [rng.random::<bool>(), rng.random::<bool>()];
    let cue = if domain == CUED {
        shape.label()
    } else {
        rng.random_range(0..difficulty::PATCH_COLORS.len())
    };

    let mut canvas = Canvas::new(size, background);
    canvas.paint(|x, y| (inside(placed.distance(x, y)), foreground));
    // Whole pixels: at every size and in every corner the patch is equally strong.
    let side = (difficulty::PATCH_SIDE * size as f32).round();
    let margin = (difficulty::PATCH_MARGIN * size as f32).round();
    let start = corner.map(|far| {
        if far {
            size as f32 - margin - side
        } else {
            margin
        }
    });
    let within = |x: f32, start: f32| x > start && x < start + side;
    canvas.paint(|x, y| {
        let covered = within(x, start[0]) && within(y, start[1]);
        (f32::from(covered), difficulty::PATCH_COLORS[cue])
    });
    canvas.add_noise(difficulty::NOISE, rng);
    canvas
}
