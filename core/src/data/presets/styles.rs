//! `styles`: the same shapes in four renderings, as in the domain-generalisation benchmarks: train
//! on three, test on the fourth.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::difficulty;
use super::shapes::{Canvas, Color, Field, Placed, Shape, color, inside, on_line};

pub(super) fn draw(size: usize, shape: Shape, domain: usize, rng: &mut ChaCha8Rng) -> Canvas {
    match domain {
        0 => filled(size, shape, rng),
        1 => outline(size, shape, rng),
        2 => textured(size, shape, rng),
        _ => sketch(size, shape, rng),
    }
}

/// Background and shape: light on dark or, as often, dark on light. With one of the two only, a
/// drawing on paper would be as foreign as a negative.
fn colors(rng: &mut ChaCha8Rng) -> (Color, Color) {
    let dark_on_light = rng.random();
    let (background, foreground) = if dark_on_light {
        (
            difficulty::LIGHT_BACKGROUND_COLOR,
            difficulty::DARK_SHAPE_COLOR,
        )
    } else {
        (difficulty::BACKGROUND_COLOR, difficulty::SHAPE_COLOR)
    };
    (color(background, rng), color(foreground, rng))
}

fn filled(size: usize, shape: Shape, rng: &mut ChaCha8Rng) -> Canvas {
    let (background, foreground) = colors(rng);
    let mut canvas = Canvas::new(size, background);
    let placed = Placed::random(shape, size, rng);
    canvas.paint(|x, y| (inside(placed.distance(x, y)), foreground));
    canvas.add_noise(difficulty::NOISE, rng);
    canvas
}

fn outline(size: usize, shape: Shape, rng: &mut ChaCha8Rng) -> Canvas {
    let (background, foreground) = colors(rng);
    let mut canvas = Canvas::new(size, background);
    let placed = Placed::random(shape, size, rng);
    let width = size as f32 * rng.random_range(difficulty::OUTLINE_WIDTH);
    canvas.paint(|x, y| (on_line(placed.distance(x, y), width), foreground));
    canvas.add_noise(difficulty::NOISE, rng);
    canvas
}

/// Stripes, checks or dots in the shape, and fainter ones of another kind behind it.
fn textured(size: usize, shape: Shape, rng: &mut ChaCha8Rng) -> Canvas {
    let (background, foreground) = colors(rng);
    let placed = Placed::random(shape, size, rng);
    let texture = Texture::random(size, rng);
    let behind = Texture::random(size, rng);
    let shade: f32 = rng.random_range(difficulty::TEXTURE_SHADE);

    let mut canvas = Canvas::new(size, background);
    let fainter = background.map(|channel| channel + 0.2 * (0.5 - channel));
    canvas.paint(|x, y| (behind.at(x, y), fainter));
    canvas.paint(|x, y| {
        let other = shade * texture.at(x, y);
        let color = [0, 1, 2].map(|c| foreground[c] + other * (background[c] - foreground[c]));
        (inside(placed.distance(x, y)), color)
    });
    canvas.add_noise(difficulty::NOISE, rng);
    canvas
}

/// Pencil on grainy paper: the outline drawn more than once, unsteadily, with a gap here and there,
/// and some hatching.
fn sketch(size: usize, shape: Shape, rng: &mut ChaCha8Rng) -> Canvas {
    let paper: f32 = rng.random_range(difficulty::PAPER);
    // A little warmer than grey.
    let mut canvas = Canvas::new(size, [paper, paper * 0.98, paper * 0.93]);
    let placed = Placed::random(shape, size, rng);
    let pencil = [rng.random_range(difficulty::PENCIL); 3];
    let hatching = Texture::stripes(size, rng);
    canvas.paint(|x, y| {
        let lines = hatching.at(x, y) * inside(placed.distance(x, y) + 1.0);
        (0.35 * lines, pencil)
    });
    let wobble = difficulty::WOBBLE * size as f32;
    for _ in 0..difficulty::STROKES {
        let (across, down) = (Field::random(size, 5, rng), Field::random(size, 5, rng));
        let pressure = Field::random(size, 4, rng);
        let width = size as f32 * rng.random_range(difficulty::STROKE_WIDTH);
        canvas.paint(|x, y| {
            let (moved_x, moved_y) = (x + wobble * across.at(x, y), y + wobble * down.at(x, y));
            let strength = (0.85 + 0.9 * pressure.at(x, y)).clamp(0.0, 1.0);
            let coverage = on_line(placed.distance(moved_x, moved_y), width);
            (strength * coverage, pencil)
        });
    }
    canvas.add_grain(difficulty::PAPER_NOISE, rng);
    canvas
}

/// A repeating pattern: 0 to 1 at each point.
struct Texture {
    kind: Kind,
    /// Where the period runs, as a vector of length 1 / period.
    direction: [f32; 2],
    phase: [f32; 2],
    period: f32,
}

#[derive(Clone, Copy)]
enum Kind {
    Stripes,
    Checks,
    Dots,
}

impl Texture {
    fn random(size: usize, rng: &mut ChaCha8Rng) -> Self {
        let kind = [Kind::Stripes, Kind::Checks, Kind::Dots][rng.random_range(0..3)];
        Self::new(kind, size, rng)
    }

    fn stripes(size: usize, rng: &mut ChaCha8Rng) -> Self {
        Self::new(Kind::Stripes, size, rng)
    }

    fn new(kind: Kind, size: usize, rng: &mut ChaCha8Rng) -> Self {
        let period = size as f32 * rng.random_range(difficulty::TEXTURE_PERIOD);
        // Any direction, from the tangent of its half angle (see `shapes`).
        let tangent: f32 = rng.random_range(-1.0..1.0);
        let square = tangent * tangent;
        let cosine = (1.0 - square) / (1.0 + square);
        let sine = 2.0 * tangent / (1.0 + square);
        Self {
            kind,
            direction: [cosine / period, sine / period],
            phase: [rng.random(), rng.random()],
            period,
        }
    }

    fn at(&self, x: f32, y: f32) -> f32 {
        let [cosine, sine] = self.direction;
        let u = x * cosine + y * sine + self.phase[0];
        let v = y * cosine - x * sine + self.phase[1];
        // Distance from the nearest line of the lattice, in periods: 0 to 1/2.
        let near = |t: f32| (t - t.round()).abs();
        match self.kind {
            Kind::Stripes => inside((near(u) - 0.25) * self.period),
            Kind::Checks => {
                let (a, b) = (
                    inside((near(u) - 0.25) * self.period),
                    inside((near(v) - 0.25) * self.period),
                );
                a + b - 2.0 * a * b
            }
            Kind::Dots => {
                let distance = (near(u) * near(u) + near(v) * near(v)).sqrt();
                inside((distance - 0.32) * self.period)
            }
        }
    }
}
