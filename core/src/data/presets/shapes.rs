//! The four shapes and a small anti-aliased canvas to draw them on.
//!
//! Only additions, multiplications, divisions and exact roundings, in a fixed order: every platform
//! draws the same bytes. A rotation therefore comes from the tangent of its half angle, and noise
//! from sums of uniform bytes.

use std::ops::Range;

use rand::{Rng, RngCore};
use rand_chacha::ChaCha8Rng;

use super::difficulty;

/// Red, green and blue, `0..=1` each.
pub(super) type Color = [f32; 3];

/// What there is to recognise; the index in [`Self::ALL`] is the label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Disc,
    Square,
    Triangle,
    Plus,
}

impl Shape {
    /// All shapes, in the order of the labels.
    pub(super) const ALL: [Self; 4] = [Self::Disc, Self::Square, Self::Triangle, Self::Plus];

    /// The class's name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Disc => "disc",
            Self::Square => "square",
            Self::Triangle => "triangle",
            Self::Plus => "plus",
        }
    }

    /// The label.
    pub(super) fn label(self) -> usize {
        self as usize
    }

    /// Distance from the outline of the shape of radius 1, negative inside. Corners are mitred: on
    /// an outline they stay sharp. The sizes make the four look equally large.
    fn distance(self, x: f32, y: f32) -> f32 {
        let bar =
            |half_width: f32, half_height: f32| (x.abs() - half_width).max(y.abs() - half_height);
        match self {
            Self::Disc => (x * x + y * y).sqrt() - 1.0,
            Self::Square => bar(0.88, 0.88),
            Self::Triangle => {
                // Sides at 60°; the centre a little below the middle, where the eye seeks it.
                let y = y - 0.12;
                let slope = 0.866_025_4 * x.abs() - 0.5 * y;
                slope.max(y) - 0.66
            }
            Self::Plus => bar(1.08, 0.36).min(bar(0.36, 1.08)),
        }
    }
}

/// A shape somewhere in the image.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placed {
    shape: Shape,
    centre: [f32; 2],
    /// Half the width and half the height, in pixels.
    radii: [f32; 2],
    cosine: f32,
    sine: f32,
}

impl Placed {
    /// Draws position, size, proportions and rotation within [`difficulty`].
    pub(super) fn random(shape: Shape, size: usize, rng: &mut ChaCha8Rng) -> Self {
        let side = size as f32;
        let centre = [
            side * rng.random_range(difficulty::CENTRE),
            side * rng.random_range(difficulty::CENTRE),
        ];
        let radius = side * rng.random_range(difficulty::RADIUS);
        let aspect: f32 = rng.random_range(difficulty::ASPECT);
        let root = aspect.sqrt();
        let tangent: f32 = rng.random_range(difficulty::HALF_TURN);
        let square = tangent * tangent;
        Self {
            shape,
            centre,
            radii: [radius / root, radius * root],
            cosine: (1.0 - square) / (1.0 + square),
            sine: 2.0 * tangent / (1.0 + square),
        }
    }

    /// Distance of a point from the outline in pixels, negative inside.
    pub(super) fn distance(&self, x: f32, y: f32) -> f32 {
        let (x, y) = (x - self.centre[0], y - self.centre[1]);
        let across = (x * self.cosine + y * self.sine) / self.radii[0];
        let down = (y * self.cosine - x * self.sine) / self.radii[1];
        self.shape.distance(across, down) * self.radii[0].min(self.radii[1])
    }
}

/// An image being drawn, in `0..=1` floats.
pub(super) struct Canvas {
    size: usize,
    pixels: Vec<Color>,
}

impl Canvas {
    /// A canvas of one colour.
    pub(super) fn new(size: usize, color: Color) -> Self {
        Self {
            size,
            pixels: vec![color; size * size],
        }
    }

    /// Paints over every pixel: `coverage` (0 to 1) and colour as functions of the pixel's middle.
    pub(super) fn paint(&mut self, paint: impl Fn(f32, f32) -> (f32, Color)) {
        for (index, pixel) in self.pixels.iter_mut().enumerate() {
            let x = (index % self.size) as f32 + 0.5;
            let y = (index / self.size) as f32 + 0.5;
            let (coverage, color) = paint(x, y);
            let coverage = coverage.clamp(0.0, 1.0);
            for (channel, new) in pixel.iter_mut().zip(color) {
                *channel += coverage * (new - *channel);
            }
        }
    }

    /// Adds independent noise to each channel of each pixel.
    pub(super) fn add_noise(&mut self, deviation: f32, rng: &mut ChaCha8Rng) {
        for channel in self.pixels.iter_mut().flatten() {
            *channel += deviation * noise(rng);
        }
    }

    /// Adds independent noise to the brightness of each pixel.
    pub(super) fn add_grain(&mut self, deviation: f32, rng: &mut ChaCha8Rng) {
        for pixel in &mut self.pixels {
            let grain = deviation * noise(rng);
            *pixel = pixel.map(|channel| channel + grain);
        }
    }

    /// RGB bytes, row by row.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        let channels = self.pixels.into_iter().flatten();
        // The cast saturates.
        channels
            .map(|channel| (channel * 255.0 + 0.5) as u8)
            .collect()
    }
}

/// How much of a pixel lies inside an edge at this distance (in pixels, negative inside).
pub(super) fn inside(distance: f32) -> f32 {
    (0.5 - distance).clamp(0.0, 1.0)
}

/// How much of a pixel lies on a line of this width at this distance from its middle.
pub(super) fn on_line(distance: f32, width: f32) -> f32 {
    inside(distance.abs() - width / 2.0)
}

/// A colour whose channels are drawn from the same range.
pub(super) fn color(range: Range<f32>, rng: &mut ChaCha8Rng) -> Color {
    [(); 3].map(|()| rng.random_range(range.clone()))
}

/// Approximately standard normal: the sum of four uniform bytes.
fn noise(rng: &mut ChaCha8Rng) -> f32 {
    let sum: u32 = rng
        .next_u32()
        .to_le_bytes()
        .into_iter()
        .map(u32::from)
        .sum();
    // Mean 4 · 255/2; variance 4 · (256² − 1)/12 = 147.8².
    (sum as f32 - 510.0) / 147.8
}

/// A smooth random function of the position, −1 to 1: random values on a coarse grid, joined
/// smoothly.
pub(super) struct Field {
    cells: usize,
    scale: f32,
    values: Vec<f32>,
}

impl Field {
    /// A function over an image of `size` pixels with `cells` bumps along each side.
    pub(super) fn random(size: usize, cells: usize, rng: &mut ChaCha8Rng) -> Self {
        let corners = (cells + 1) * (cells + 1);
        Self {
            cells,
            scale: cells as f32 / size as f32,
            values: (0..corners).map(|_| rng.random_range(-1.0..1.0)).collect(),
        }
    }

    /// The value at a point of the image.
    pub(super) fn at(&self, x: f32, y: f32) -> f32 {
        let (column, across) = self.cell(x);
        let (row, down) = self.cell(y);
        let value = |row: usize, column: usize| self.values[row * (self.cells + 1) + column];
        let join = |from: f32, to: f32, share: f32| from + (to - from) * share;
        join(
            join(value(row, column), value(row, column + 1), across),
            join(value(row + 1, column), value(row + 1, column + 1), across),
            down,
        )
    }

    /// The cell a coordinate falls into and the eased share of the way through it.
    fn cell(&self, coordinate: f32) -> (usize, f32) {
        let position = (coordinate * self.scale).clamp(0.0, self.cells as f32);
        let cell = (position as usize).min(self.cells - 1);
        let share = position - cell as f32;
        (cell, share * share * (3.0 - 2.0 * share))
    }
}
