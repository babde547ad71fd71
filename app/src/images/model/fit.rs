//! An image as the network sees it: made square by the rule of `core/src/data/resize.rs`, which the
//! page cannot call because it lives beside the engine.

use rsc_core::config::Fit;

/// RGBA pixels of `size` squared. Every image on the board is opaque already. `None` where the
/// pixels are not `width × height`.
pub(crate) fn as_seen(
    pixels: &[u8],
    (width, height): (u32, u32),
    size: u32,
    fit: Fit,
) -> Option<Vec<u8>> {
    let (width, height, size) = (width as usize, height as usize, size as usize);
    if width == 0 || height == 0 || size == 0 || pixels.len() != 4 * width * height {
        return None;
    }
    let whole = Picture {
        width,
        height,
        pixels: pixels.iter().map(|&value| f32::from(value)).collect(),
    };
    let fitted = match fit {
        Fit::CenterCrop => whole.middle().resized(size, size),
        Fit::Contain => {
            let longer = width.max(height);
            let scaled = |side: usize| ((side * size * 2 + longer) / (2 * longer)).max(1);
            let small = whole.resized(scaled(width), scaled(height));
            small.on_ground(size, whole.mean())
        }
    };
    let bytes = fitted.pixels.iter().map(|value| value.round() as u8);
    Some(bytes.collect())
}

struct Picture {
    width: usize,
    height: usize,
    pixels: Vec<f32>,
}

impl Picture {
    fn row(&self, y: usize, left: usize, width: usize) -> &[f32] {
        let start = 4 * (y * self.width + left);
        &self.pixels[start..start + 4 * width]
    }

    /// The square in the middle.
    fn middle(&self) -> Self {
        let side = self.width.min(self.height);
        let (left, top) = ((self.width - side) / 2, (self.height - side) / 2);
        let rows = (top..top + side).flat_map(|y| self.row(y, left, side));
        Self {
            width: side,
            height: side,
            pixels: rows.copied().collect(),
        }
    }

    fn mean(&self) -> [f32; 4] {
        let mut sums = [0.0_f64; 4];
        for (i, &value) in self.pixels.iter().enumerate() {
            sums[i % 4] += f64::from(value);
        }
        sums.map(|sum| (sum / (self.width * self.height) as f64).round() as f32)
    }

    fn on_ground(&self, size: usize, ground: [f32; 4]) -> Self {
        let mut pixels = ground.repeat(size * size);
        let (left, top) = ((size - self.width) / 2, (size - self.height) / 2);
        for y in 0..self.height {
            let start = 4 * ((top + y) * size + left);
            pixels[start..start + 4 * self.width].copy_from_slice(self.row(y, 0, self.width));
        }
        Self {
            width: size,
            height: size,
            pixels,
        }
    }

    fn resized(&self, width: usize, height: usize) -> Self {
        let mut across = Vec::with_capacity(4 * width * self.height);
        let columns = weights(self.width, width);
        for y in 0..self.height {
            let row = self.row(y, 0, self.width);
            for (first, shares) in &columns {
                across.extend(mixed(shares, |i| 4 * (first + i), row));
            }
        }
        let mut pixels = Vec::with_capacity(4 * width * height);
        for (first, shares) in weights(self.height, height) {
            for x in 0..width {
                pixels.extend(mixed(&shares, |i| 4 * ((first + i) * width + x), &across));
            }
        }
        Self {
            width,
            height,
            pixels,
        }
    }
}

fn mixed(shares: &[f32], at: impl Fn(usize) -> usize, values: &[f32]) -> [f32; 4] {
    let mut mixed = [0.0; 4];
    for (i, share) in shares.iter().enumerate() {
        let pixel = &values[at(i)..at(i) + 4];
        for (sum, value) in mixed.iter_mut().zip(pixel) {
            *sum += share * value;
        }
    }
    mixed.map(|value| value.clamp(0.0, 255.0))
}

/// For each new pixel along one side: the first old one under its triangle and the share of each.
fn weights(old: usize, new: usize) -> Vec<(usize, Vec<f32>)> {
    let ratio = old as f32 / new as f32;
    let reach = ratio.max(1.0);
    (0..new)
        .map(|i| {
            let centre = (i as f32 + 0.5) * ratio;
            let first = ((centre - reach).floor().max(0.0) as usize).min(old - 1);
            let last = ((centre + reach).ceil() as usize).clamp(first + 1, old);
            let triangle = |j: usize| {
                let distance = (j as f32 - (centre - 0.5)).abs() / reach;
                (1.0 - distance).max(0.0)
            };
            let sum: f32 = (first..last).map(triangle).sum();
            let share = |j: usize| triangle(j) / sum;
            (first, (first..last).map(share).collect())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RED: [u8; 4] = [255, 0, 0, 255];
    const GREEN: [u8; 4] = [0, 255, 0, 255];
    const BLUE: [u8; 4] = [0, 0, 255, 255];

    fn image(width: u32, height: u32, pixel: impl Fn(u32, u32) -> [u8; 4]) -> Vec<u8> {
        let positions = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        positions.flat_map(|(x, y)| pixel(x, y)).collect()
    }

    #[test]
    fn the_crop_keeps_the_middle() {
        let squares = image(96, 32, |x, _| [RED, GREEN, BLUE][x as usize / 32]);
        let seen = as_seen(&squares, (96, 32), 16, Fit::CenterCrop).unwrap_or_default();
        assert_eq!(seen, GREEN.repeat(256));
    }

    #[test]
    fn contain_keeps_everything_and_fills_with_the_mean() {
        let squares = image(96, 32, |x, _| [RED, GREEN, BLUE][x as usize / 32]);
        let seen = as_seen(&squares, (96, 32), 48, Fit::Contain).unwrap_or_default();
        let pixel = |x: usize, y: usize| &seen[4 * (y * 48 + x)..4 * (y * 48 + x) + 4];
        for (x, colour) in [(8, RED), (24, GREEN), (40, BLUE)] {
            assert_eq!(pixel(x, 16), colour);
            assert_eq!(pixel(x, 31), colour);
            assert_eq!(pixel(x, 15), [85, 85, 85, 255]);
            assert_eq!(pixel(x, 32), [85, 85, 85, 255]);
        }
    }

    #[test]
    fn shrinking_averages_and_the_same_size_is_the_same() {
        let checks = image(64, 64, |x, y| if (x + y) % 2 == 0 { RED } else { BLUE });
        let seen = as_seen(&checks, (64, 64), 16, Fit::CenterCrop).unwrap_or_default();
        assert!(seen.chunks(4).all(|p| (126..=129).contains(&p[0])));
        let same = as_seen(&checks, (64, 64), 64, Fit::Contain);
        assert_eq!(same, Some(checks));
    }

    #[test]
    fn threads_dots_and_wrong_sizes() {
        for (width, height) in [(1, 1), (1000, 1), (1, 1000)] {
            let green = image(width, height, |_, _| GREEN);
            for fit in [Fit::CenterCrop, Fit::Contain] {
                let seen = as_seen(&green, (width, height), 16, fit);
                assert_eq!(seen, Some(GREEN.repeat(256)), "{width}×{height}");
            }
        }
        assert_eq!(as_seen(&[0; 3], (1, 1), 16, Fit::Contain), None);
        assert_eq!(as_seen(&[], (0, 3), 16, Fit::Contain), None);
    }
}
