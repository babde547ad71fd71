//! `tint-cue`: a shape on a background whose tint gives the class away; in the second domain the
//! tint is random. A global shortcut: it is at every position, and no variant of RSC removes it.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::difficulty;
use super::shapes::{Canvas, Placed, Shape, color, inside};

/// The domain in which the tint tells the class.
const TINTED: usize = 0;

pub(super) fn draw(size: usize, shape: Shape, domain: usize, rng: &mut ChaCha8Rng) -> Canvas {
    let foreground = color(difficulty::SHAPE_COLOR, rng);
    let placed = Placed::random(shape, size, rng);
    let cue = if domain == TINTED {
        shape.label()
    } else {
        rng.random_range(0..difficulty::TINTS.len())
    };
    let background = difficulty::TINTS[cue].map(|channel| {
        channel + rng.random_range(-difficulty::TINT_JITTER..difficulty::TINT_JITTER)
    });

    let mut canvas = Canvas::new(size, background);
    canvas.paint(|x, y| (inside(placed.distance(x, y)), foreground));
    canvas.add_noise(difficulty::NOISE, rng);
    canvas
}
