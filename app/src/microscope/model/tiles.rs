//! A feature map as a sheet of tiles, one per channel: where each value stands on the sheet, in
//! which colour, and what lies under the pointer.

use crate::ui::model::colour;

/// Layout of `channels` tiles of `height × width` values with lines of one pixel between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sheet {
    /// Tiles in all.
    pub(crate) channels: usize,
    /// Rows of a tile.
    pub(crate) height: usize,
    /// Columns of a tile.
    pub(crate) width: usize,
    /// Tiles in a row of the sheet.
    pub(crate) across: usize,
}

/// Which way the values are coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scale {
    /// From 0 to the largest (viridis).
    Magnitude,
    /// From minus to plus the largest magnitude, 0 in the middle.
    Signed,
}

impl Sheet {
    /// A sheet about as wide as high.
    pub(crate) fn new([channels, height, width]: [usize; 3]) -> Self {
        let across = (channels as f64 * (height + 1) as f64 / (width + 1) as f64).sqrt();
        Self {
            channels,
            height,
            width,
            across: (across.ceil() as usize).clamp(1, channels.max(1)),
        }
    }

    /// Size of the sheet in pixels, one per value.
    pub(crate) fn size(self) -> (usize, usize) {
        let down = self.channels.div_ceil(self.across);
        (
            self.across * (self.width + 1) + 1,
            down * (self.height + 1) + 1,
        )
    }

    /// Upper left pixel of the tile at `slot`.
    pub(crate) fn corner(self, slot: usize) -> (usize, usize) {
        (
            slot % self.across * (self.width + 1) + 1,
            slot / self.across * (self.height + 1) + 1,
        )
    }

    /// The tile, by slot, and the position within it at a place of the sheet (`0..1` each way).
    pub(crate) fn at(self, x: f64, y: f64) -> Option<(usize, usize)> {
        let (width, height) = self.size();
        let pixel = |place: f64, size: usize| {
            (0.0..1.0)
                .contains(&place)
                .then_some((place * size as f64) as usize)
        };
        // The line to the left and above belongs to the tile.
        let (x, y) = (pixel(x, width - 1)?, pixel(y, height - 1)?);
        let slot = y / (self.height + 1) * self.across + x / (self.width + 1);
        let column = (x % (self.width + 1)).saturating_sub(1).min(self.width - 1);
        let row = (y % (self.height + 1))
            .saturating_sub(1)
            .min(self.height - 1);
        (slot < self.channels).then_some((slot, row * self.width + column))
    }

    /// The sheet's RGBA pixels. `order[slot]` is the channel in a slot; values that are not finite
    /// and the lines stay transparent; `kept` of a channel and position decides whether a value is
    /// shown in colour or as muted.
    pub(crate) fn paint(
        self,
        values: &[f32],
        order: &[usize],
        scale: Scale,
        kept: impl Fn(usize, usize) -> bool,
    ) -> Vec<u8> {
        let (width, height) = self.size();
        let mut pixels = vec![0; 4 * width * height];
        let largest = values
            .iter()
            .copied()
            .filter(|v| v.is_finite())
            .fold(0.0_f32, |most, v| most.max(v.abs()));
        let positions = self.height * self.width;
        for (slot, &channel) in order.iter().enumerate().take(self.channels) {
            let (left, top) = self.corner(slot);
            for position in 0..positions {
                let value = values.get(channel * positions + position);
                let Some(value) = value.filter(|v| v.is_finite()) else {
                    continue;
                };
                let part = if largest > 0.0 { value / largest } else { 0.0 };
                let rgb = match scale {
                    _ if !kept(channel, position) => colour::MUTED_CELL,
                    Scale::Magnitude => colour::heat(part),
                    Scale::Signed => colour::signed(part),
                };
                let x = left + position % self.width;
                let y = top + position / self.width;
                let at = 4 * (y * width + x);
                pixels[at..at + 3].copy_from_slice(&rgb);
                pixels[at + 3] = 255;
            }
        }
        pixels
    }
}

/// Channels in the network's order, or the most important first.
pub(crate) fn order(importance: &[f32], by_importance: bool) -> Vec<usize> {
    let mut order: Vec<usize> = (0..importance.len()).collect();
    if by_importance {
        order.sort_by(|&a, &b| importance[b].total_cmp(&importance[a]));
    }
    order
}

/// The channels that a sheet has room for: all, or the `most` most important ones of more.
pub(crate) fn chosen(importance: &[f32], by_importance: bool, most: usize) -> Vec<usize> {
    if importance.len() <= most {
        return order(importance, by_importance);
    }
    let mut chosen = order(importance, true);
    chosen.truncate(most);
    if !by_importance {
        chosen.sort_unstable();
    }
    chosen
}

/// What each channel brings to the true class's logit by itself: the mean of `Z·G` over the
/// positions of channel after channel.
pub(crate) fn channel_importance(features: &[f32], gradient: &[f32], positions: usize) -> Vec<f32> {
    let product = features.iter().zip(gradient).map(|(z, g)| z * g);
    product
        .collect::<Vec<_>>()
        .chunks(positions.max(1))
        .map(|channel| channel.iter().sum::<f32>() / channel.len() as f32)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_channels_the_most_important_are_chosen() {
        let importance = [0.1, 0.9, 0.2, 0.5, 0.7];
        assert_eq!(chosen(&importance[..2], false, 2), [0, 1]);
        assert_eq!(chosen(&importance, true, 3), [1, 4, 3]);
        assert_eq!(chosen(&importance, false, 3), [1, 3, 4]);
    }

    const SHEET: Sheet = Sheet {
        channels: 5,
        height: 2,
        width: 3,
        across: 2,
    };

    #[test]
    fn sixty_four_maps_make_a_square() {
        let sheet = Sheet::new([64, 8, 8]);
        assert_eq!(sheet.across, 8);
        assert_eq!(sheet.size(), (73, 73));
        assert_eq!(Sheet::new([1, 4, 4]).across, 1);
    }

    #[test]
    fn the_pointer_finds_what_was_painted() {
        let (width, height) = SHEET.size();
        assert_eq!((width, height), (9, 10));
        for slot in 0..5 {
            let (left, top) = SHEET.corner(slot);
            for position in 0..6 {
                let x = left + position % 3;
                let y = top + position / 3;
                let middle = |pixel: usize, size: usize| (pixel as f64 + 0.5) / (size - 1) as f64;
                if x < width - 1 && y < height - 1 {
                    assert_eq!(
                        SHEET.at(middle(x, width), middle(y, height)),
                        Some((slot, position))
                    );
                }
            }
        }
        assert_eq!(SHEET.at(0.9, 0.95), None, "the sixth tile is missing");
        assert_eq!(SHEET.at(-0.1, 0.5), None);
    }

    #[test]
    fn values_muted_values_and_gaps_differ() {
        let values: Vec<f32> = (0..30).map(|i| i as f32).collect();
        let order: Vec<usize> = (0..5).rev().collect();
        let pixels = SHEET.paint(&values, &order, Scale::Magnitude, |channel, _| channel != 3);
        let pixel = |x: usize, y: usize| &pixels[4 * (y * 9 + x)..4 * (y * 9 + x) + 4];
        assert_eq!(pixel(0, 0)[3], 0, "a line");
        // Slot 0 holds channel 4, whose last value is the largest.
        assert_eq!(pixel(3, 2)[..3], colour::heat(1.0));
        // Slot 1 holds channel 3.
        assert_eq!(pixel(5, 1)[..3], colour::MUTED_CELL);
    }

    #[test]
    fn channels_are_sorted_by_what_they_bring() {
        let importance = channel_importance(&[1.0, 1.0, 2.0, 0.0], &[1.0, 3.0, 5.0, 9.0], 2);
        assert_eq!(importance, [2.0, 5.0]);
        assert_eq!(order(&importance, true), [1, 0]);
        assert_eq!(order(&importance, false), [0, 1]);
    }
}
