//! Round numbers for an axis with a fixed number of intervals.

use crate::ui::model::format::local;

/// The smallest number from `value` on whose `intervals`-th part is 1, 2, 4 or 5 times a power of
/// ten, so that all labels of the axis are round.
pub(crate) fn nice_top(value: f64, intervals: u32) -> f64 {
    if !value.is_finite() || value <= 0.0 {
        return 1.0;
    }
    let step = value / f64::from(intervals);
    let power = 10_f64.powf(step.log10().floor());
    let nice = [1.0, 2.0, 4.0, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * power)
        // A step that is round already stays as it is, in spite of rounding errors.
        .find(|nice| *nice >= step * (1.0 - 1e-9))
        .unwrap_or(10.0 * power);
    nice * f64::from(intervals)
}

/// A label with as many decimals as it needs, at most three.
pub(crate) fn label(value: f64) -> String {
    let text = format!("{value:.3}");
    let trimmed = text.trim_end_matches('0');
    local(String::from(trimmed.strip_suffix('.').unwrap_or(trimmed)))
}

/// Where a horizontal axis from 0 to `last` is drawn, in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Span {
    /// Pixel of 0.
    pub(crate) left: f64,
    /// Pixel of `last`.
    pub(crate) right: f64,
    /// The value at its end.
    pub(crate) last: f64,
}

impl Span {
    /// The value at a pixel, if that is on the axis.
    pub(crate) fn value_at(self, pixel: f64) -> Option<f64> {
        let width = self.right - self.left;
        let inside = width > 0.0 && (self.left..=self.right).contains(&pixel);
        (inside && self.last > 0.0).then(|| (pixel - self.left) / width * self.last)
    }

    /// The pixel of a value, if that is on the axis.
    pub(crate) fn pixel_of(self, value: f64) -> Option<f64> {
        let inside = self.last > 0.0 && (0.0..=self.last).contains(&value);
        inside.then(|| self.left + value / self.last * (self.right - self.left))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tops_are_round_and_high_enough() {
        for (value, top) in [
            (1.62, 2.0),
            (2.0, 2.0),
            (0.09, 0.1),
            (2.3, 2.5),
            (7.0, 10.0),
        ] {
            let found = nice_top(value, 5);
            assert!((found - top).abs() < 1e-9, "{value}: {found}");
        }
        assert_eq!(nice_top(f64::NAN, 5), 1.0);
        assert_eq!(nice_top(0.0, 5), 1.0);
    }

    #[test]
    fn labels_are_short() {
        assert_eq!(label(0.4), "0.4");
        assert_eq!(label(2.0), "2");
        assert_eq!(label(0.0), "0");
        assert_eq!(label(0.123_45), "0.123");
    }

    #[test]
    fn pixels_and_values_on_an_axis() {
        let span = Span {
            left: 40.0,
            right: 240.0,
            last: 640.0,
        };
        assert_eq!(span.value_at(140.0), Some(320.0));
        assert_eq!(span.pixel_of(320.0), Some(140.0));
        assert_eq!(span.value_at(39.0), None);
        assert_eq!(span.pixel_of(641.0), None);
        let empty = Span { last: 0.0, ..span };
        assert_eq!((empty.value_at(140.0), empty.pixel_of(0.0)), (None, None));
    }
}
