//! All constants that decide how hard the presets are.
//!
//! Lengths are fractions of the image's side; the comments give them in pixels of a 32 px image.
//! Brightness runs from 0 to 1. What makes a shortcut tempting is the distance between how easy the
//! cue is and how hard the shapes are: wider ranges, lower contrast and more noise make the shapes
//! harder.

use std::ops::Range;

/// The shape's centre, across and down: 12.5 to 19.5 px.
pub(super) const CENTRE: Range<f32> = 0.39..0.61;
/// The shape's radius: 5.8 to 9.3 px.
pub(super) const RADIUS: Range<f32> = 0.18..0.29;
/// The shape's height over its width.
pub(super) const ASPECT: Range<f32> = 0.92..1.09;
/// Tangent of half the shape's rotation: ±7°.
pub(super) const HALF_TURN: Range<f32> = -0.06..0.06;

/// Brightness of each colour channel of the shape.
pub(super) const SHAPE_COLOR: Range<f32> = 0.4..0.9;
/// Brightness of each colour channel of the background.
pub(super) const BACKGROUND_COLOR: Range<f32> = 0.0..0.3;
/// Standard deviation of the noise on each channel of each pixel.
pub(super) const NOISE: f32 = 0.05;

/// `corner-cue`: side of the patch, 5 px.
pub(super) const PATCH_SIDE: f32 = 5.0 / 32.0;
/// `corner-cue`: the patch's distance from the border, 1 px.
pub(super) const PATCH_MARGIN: f32 = 1.0 / 32.0;
/// `corner-cue`: the patch's colour for each class. Far from one another for every kind of colour
/// vision, and stronger than any shape's.
pub(super) const PATCH_COLORS: [[f32; 3]; 4] = [
    [0.95, 0.25, 0.15],
    [0.10, 0.80, 0.45],
    [0.15, 0.40, 1.00],
    [1.00, 0.85, 0.10],
];

/// `tint-cue`: the background's colour for each class.
pub(super) const TINTS: [[f32; 3]; 4] = [
    [0.42, 0.08, 0.08],
    [0.05, 0.33, 0.14],
    [0.08, 0.14, 0.48],
    [0.36, 0.29, 0.03],
];
/// `tint-cue`: how far each channel of the tint may stray.
pub(super) const TINT_JITTER: f32 = 0.04;

/// `styles`: the background, where it is light.
pub(super) const LIGHT_BACKGROUND_COLOR: Range<f32> = 0.7..1.0;
/// `styles`: the shape, where the background is light.
pub(super) const DARK_SHAPE_COLOR: Range<f32> = 0.1..0.6;
/// `styles`: width of the outline, 1.6 to 3 px.
pub(super) const OUTLINE_WIDTH: Range<f32> = 0.05..0.095;
/// `styles`: period of the texture, 4 to 7 px.
pub(super) const TEXTURE_PERIOD: Range<f32> = 0.125..0.22;
/// `styles`: how far a texture's other parts go from the shape's colour to the background's.
pub(super) const TEXTURE_SHADE: Range<f32> = 0.35..0.7;
/// `styles`: brightness of the sketch's paper.
pub(super) const PAPER: Range<f32> = 0.75..0.95;
/// `styles`: brightness of the sketch's pencil.
pub(super) const PENCIL: Range<f32> = 0.1..0.3;
/// `styles`: width of a pencil stroke, 1 to 1.5 px.
pub(super) const STROKE_WIDTH: Range<f32> = 0.03..0.047;
/// `styles`: how far a stroke strays from the outline, up to 1.3 px.
pub(super) const WOBBLE: f32 = 0.04;
/// `styles`: how many times the pencil goes round.
pub(super) const STROKES: usize = 2;
/// `styles`: standard deviation of the paper's grain.
pub(super) const PAPER_NOISE: f32 = 0.08;
