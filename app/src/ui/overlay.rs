//! Drawing an inspection: the image, its importance as a heat map, and what is muted, hatched.

use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

use crate::ui::canvas;
use crate::ui::model::colour;

/// Side of an overlay's canvas in pixels.
pub(crate) const SIDE: u32 = 256;
/// Size of a channel strip's canvas in pixels.
pub(crate) const STRIP: (u32, u32) = (512, 88);

/// What is drawn over an image.
pub(crate) struct Overlay<'a> {
    /// RGBA pixels of a square.
    pub(crate) pixels: &'a [u8],
    /// Side of that square.
    pub(crate) side: u32,
    /// `[height, width]` of the feature map.
    pub(crate) grid: [usize; 2],
    /// One value per position.
    pub(crate) heat: &'a [f32],
    /// Lowest and highest end of the colours; by the map's own values where there are none.
    pub(crate) range: Option<(f32, f32)>,
    /// One flag per position; empty where positions are not what is muted.
    pub(crate) muted: &'a [bool],
    /// Opacity of the heat map, `0..=1`.
    pub(crate) opacity: f64,
}

/// Draws all of it.
pub(crate) fn draw(canvas: &HtmlCanvasElement, overlay: &Overlay<'_>) {
    canvas::draw_pixels(canvas, overlay.pixels, overlay.side, overlay.side);
    let [rows, columns] = overlay.grid;
    let Some(context) = canvas::context(canvas).filter(|_| rows * columns > 0) else {
        return;
    };
    let cell = (
        f64::from(canvas.width()) / columns as f64,
        f64::from(canvas.height()) / rows as f64,
    );
    let place = |index: usize| {
        let (x, y) = ((index % columns) as f64, (index / columns) as f64);
        (x * cell.0, y * cell.1)
    };

    let range = overlay.range.or_else(|| colour::range(overlay.heat));
    let mut heat = vec![0; 4 * rows * columns];
    let (scaled, _) = colour::scale(overlay.heat, range);
    for (cell, value) in heat.chunks_exact_mut(4).zip(scaled) {
        if let Some(value) = value {
            let [r, g, b] = colour::heat(value);
            cell.copy_from_slice(&[r, g, b, (255.0 * overlay.opacity).round() as u8]);
        }
    }
    canvas::draw_over(canvas, &heat, columns as u32, rows as u32);

    let muted = |row: usize, column: usize| {
        row < rows && column < columns && overlay.muted.get(row * columns + column) == Some(&true)
    };
    if overlay.muted.contains(&true) {
        context.save();
        context.begin_path();
        for index in (0..rows * columns).filter(|i| muted(i / columns, i % columns)) {
            let (x, y) = place(index);
            context.rect(x, y, cell.0, cell.1);
        }
        context.clip();
        hatch(&context, canvas.width(), canvas.height(), 11.0, 3.0);
        context.restore();
        border(&context, [rows, columns], cell, muted);
    }
}

/// Diagonal lines in the hue of what is muted, on a light veil, over the whole clipped canvas.
fn hatch(context: &CanvasRenderingContext2d, width: u32, height: u32, gap: f64, thickness: f64) {
    let (w, h) = (f64::from(width), f64::from(height));
    context.set_fill_style_str(&colour::css_alpha(colour::MUTED, 0.22));
    context.fill_rect(0.0, 0.0, w, h);
    context.set_stroke_style_str(&colour::css(colour::MUTED));
    context.set_line_width(thickness);
    context.begin_path();
    let mut x = -h;
    while x < w {
        context.move_to(x, h);
        context.line_to(x + h, 0.0);
        x += gap;
    }
    context.stroke();
}

/// A line between what is muted and what is kept.
fn border(
    context: &CanvasRenderingContext2d,
    [rows, columns]: [usize; 2],
    (w, h): (f64, f64),
    muted: impl Fn(usize, usize) -> bool,
) {
    context.set_stroke_style_str(&colour::css(colour::MUTED));
    context.set_line_width(3.5);
    context.begin_path();
    for row in 0..rows {
        for column in 0..columns {
            if !muted(row, column) {
                continue;
            }
            let (x, y) = (column as f64 * w, row as f64 * h);
            if row == 0 || !muted(row - 1, column) {
                context.move_to(x, y);
                context.line_to(x + w, y);
            }
            if !muted(row + 1, column) {
                context.move_to(x, y + h);
                context.line_to(x + w, y + h);
            }
            if column == 0 || !muted(row, column - 1) {
                context.move_to(x, y);
                context.line_to(x, y + h);
            }
            if !muted(row, column + 1) {
                context.move_to(x + w, y);
                context.line_to(x + w, y + h);
            }
        }
    }
    context.stroke();
}

/// Frames one of `count` bars of a strip, or none.
pub(crate) fn mark_bar(canvas: &HtmlCanvasElement, count: usize, bar: Option<usize>) {
    let Some(context) = canvas::context(canvas) else {
        return;
    };
    let (width, height) = (f64::from(canvas.width()), f64::from(canvas.height()));
    context.clear_rect(0.0, 0.0, width, height);
    let Some(bar) = bar.filter(|&bar| bar < count) else {
        return;
    };
    let step = width / count as f64;
    for (line, ink) in [(7.0, "rgb(255 255 255)"), (3.0, "rgb(20 22 30)")] {
        context.set_line_width(line);
        context.set_stroke_style_str(ink);
        context.stroke_rect(bar as f64 * step, 1.5, step, height - 3.0);
    }
}

/// One bar per channel, as high as its importance; muted ones hatched, kept ones plain.
pub(crate) fn draw_strip(canvas: &HtmlCanvasElement, importance: &[f32], muted: &[bool]) {
    let Some(context) = canvas::context(canvas).filter(|_| !importance.is_empty()) else {
        return;
    };
    let (width, height) = (f64::from(canvas.width()), f64::from(canvas.height()));
    context.clear_rect(0.0, 0.0, width, height);
    let step = width / importance.len() as f64;
    let bar = (step - if step > 4.0 { 2.0 } else { 0.0 }).max(1.0);
    let (scaled, _) = colour::normalise(importance);
    let bars = |wanted: bool| {
        scaled
            .iter()
            .enumerate()
            .filter(move |(index, _)| (muted.get(*index) == Some(&true)) == wanted)
            .map(|(index, value)| {
                // A sliver for the least important keeps every channel countable.
                let high = (height - 6.0) * f64::from(value.unwrap_or(0.0)) + 6.0;
                (index as f64 * step, height - high, high)
            })
            .collect::<Vec<_>>()
    };
    context.set_fill_style_str(&colour::css(colour::KEPT));
    for (x, y, high) in bars(false) {
        context.fill_rect(x, y, bar, high);
    }
    let silenced = bars(true);
    if silenced.is_empty() {
        return;
    }
    context.save();
    context.begin_path();
    for (x, y, high) in silenced {
        context.rect(x, y, bar, high);
    }
    context.clip();
    hatch(&context, canvas.width(), canvas.height(), 7.0, 3.0);
    context.restore();
}
