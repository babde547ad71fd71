//! Round numbers for an axis with a fixed number of intervals.

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
    String::from(trimmed.strip_suffix('.').unwrap_or(trimmed))
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
}
