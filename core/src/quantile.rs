//! The counting rule behind every mask and selection: how many of `n` values lie at or above a
//! linearly interpolated quantile. Plain integers and floats, so that the page can use it too.

/// How many of `n` values the rule `value < quantile(values, 1 − fraction)` does *not* keep.
///
/// With linear interpolation and a strict comparison, exactly `⌈q⌉` values are kept, where
/// `q = (1 − fraction)(n − 1)`; so `k = n − ⌈q⌉` are muted (for a mask) or selected (for a batch).
/// `q` is first rounded to the nearest integer where it lies within `1e-6·n` of one: `fraction = 1/3`,
/// `n = 49` gives 17 as in the official code, where plain floating point gives 16.
///
/// `fraction = 0` means "none" by definition (the literal formula would still take the maximum).
/// Values outside `0..=1` are clamped.
///
/// ```
/// use rsc_core::quantile::count_at_or_above;
/// assert_eq!(count_at_or_above(49, 1.0 / 3.0), 17);
/// assert_eq!(count_at_or_above(64, 1.0 / 3.0), 22);
/// assert_eq!(count_at_or_above(49, 0.0), 0);
/// assert_eq!(count_at_or_above(49, 1.0), 49);
/// ```
pub fn count_at_or_above(n: usize, fraction: f64) -> usize {
    if n == 0 || fraction.is_nan() || fraction <= 0.0 {
        return 0;
    }
    let q = (1.0 - fraction.min(1.0)) * (n - 1) as f64;
    let nearest = q.round();
    let kept = if (q - nearest).abs() <= 1e-6 * n as f64 {
        nearest
    } else {
        q.ceil()
    };
    n - kept as usize
}

/// The quantile of `values` at `fraction` of their ranks, with linear interpolation between the
/// two nearest: `v[⌊q⌋] + (q − ⌊q⌋)(v[⌈q⌉] − v[⌊q⌋])` with `q = fraction·(n − 1)`, as in NumPy and
/// PyTorch. `None` without values; values that are not finite rank highest.
///
/// For showing where a threshold lies; masks are decided by [`count_at_or_above`], which does not
/// depend on rounding.
pub fn interpolated(values: &[f32], fraction: f64) -> Option<f32> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f32::total_cmp);
    let last = sorted.len().checked_sub(1)?;
    let q = fraction.clamp(0.0, 1.0) * last as f64;
    let (low, high) = (sorted[q.floor() as usize], sorted[q.ceil() as usize]);
    let part = (q - q.floor()) as f32;
    Some(if part > 0.0 {
        low + part * (high - low)
    } else {
        low
    })
}

#[cfg(test)]
mod tests {
    use super::{count_at_or_above, interpolated};

    #[test]
    fn quantiles_lie_between_the_nearest_ranks() {
        let values = [4.0, 1.0, 3.0, 2.0];
        for (fraction, expected) in [(0.0, 1.0), (1.0, 4.0), (0.5, 2.5), (0.25, 1.75)] {
            assert_eq!(interpolated(&values, fraction), Some(expected));
        }
        assert_eq!(interpolated(&[], 0.5), None);
        assert_eq!(interpolated(&[7.0], 0.3), Some(7.0));
        assert_eq!(interpolated(&[5.0, 1.0], 0.25), Some(2.0));
        let endless = [1.0, f32::INFINITY, f32::INFINITY];
        assert_eq!(interpolated(&endless, 0.0), Some(1.0));
        assert_eq!(interpolated(&endless, 1.0), Some(f32::INFINITY));
    }

    #[test]
    fn matches_the_interpolated_quantile_by_brute_force() {
        for n in 1..80_usize {
            for step in 1..=40 {
                let fraction = step as f64 / 41.0;
                let q = (1.0 - fraction) * (n - 1) as f64;
                if (q - q.round()).abs() <= 1e-6 * n as f64 {
                    continue;
                }
                // The values 0..n: the quantile of rank q is q itself.
                let muted = (0..n).filter(|&v| v as f64 >= q).count();
                assert_eq!(
                    count_at_or_above(n, fraction),
                    muted,
                    "n {n}, fraction {fraction}"
                );
            }
        }
    }

    #[test]
    fn a_rank_that_is_nearly_whole_is_taken_for_whole() {
        // As the official code counts; plain floating point gives 16.
        assert_eq!(count_at_or_above(49, 1.0 / 3.0), 17);
        assert_eq!(count_at_or_above(64, 1.0 / 3.0), 22);
        // Of 1001 values a thousandth of a rank is near enough, two are not.
        assert_eq!(count_at_or_above(1001, 0.5), 501);
        assert_eq!(count_at_or_above(1001, 0.499_999_5), 501);
        assert_eq!(count_at_or_above(1001, 0.499_998), 500);
    }

    #[test]
    fn is_monotone_in_the_fraction() {
        for n in [1, 2, 7, 49, 64, 100] {
            let counts: Vec<_> = (0..=100)
                .map(|i| count_at_or_above(n, f64::from(i) / 100.0))
                .collect();
            assert!(counts.windows(2).all(|w| w[0] <= w[1]), "n {n}: {counts:?}");
            assert_eq!(counts[0], 0);
            assert_eq!(counts[100], n);
        }
    }

    #[test]
    fn out_of_range_fractions_are_clamped() {
        assert_eq!(count_at_or_above(10, -1.0), 0);
        assert_eq!(count_at_or_above(10, 2.0), 10);
        assert_eq!(count_at_or_above(10, f64::NAN), 0);
        assert_eq!(count_at_or_above(0, 0.5), 0);
    }
}
