//! What p does to one image's importances, as the engine does it: how many are muted, which, where
//! the threshold lies, and which p puts it somewhere else. For drawing at once; the engine's own
//! answer follows.

use rsc_core::config::{ChallengeConfig, Strategy};
use rsc_core::quantile::{count_at_or_above, interpolated};

/// Whether importances found for one challenge are those of another too, which then mutes by
/// [`muted`]: one round that follows the importance, and at most other values of p, b and the like.
/// (Heat maps of channels show what is muted, and so wait for the engine.)
pub(crate) fn stays_valid_for(found: &ChallengeConfig, now: &ChallengeConfig) -> bool {
    let by_importance = matches!(
        now.strategy,
        Strategy::TopGradient | Strategy::TopActivation
    );
    let alike = (now.strategy, now.axis, now.importance, now.signal)
        == (found.strategy, found.axis, found.importance, found.signal);
    by_importance && alike && now.rounds == 1 && found.rounds == 1
}

/// Which of the importances the rule `importance < quantile(importance, 1 − p)` mutes: the `k`
/// largest and what is tied with the last of them.
pub(crate) fn muted(importance: &[f32], p: f64) -> Vec<bool> {
    match kth_largest(importance, p) {
        Some(smallest) => importance.iter().map(|&value| value >= smallest).collect(),
        None => vec![false; importance.len()],
    }
}

/// The smallest importance that the rule mutes, the `k`-th largest; `None` where p mutes nothing.
pub(crate) fn kth_largest(importance: &[f32], p: f64) -> Option<f32> {
    let k = count_at_or_above(importance.len(), p);
    let mut sorted = importance.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    sorted.get(k.checked_sub(1)?).copied()
}

/// The value from which on features are muted, `quantile(importance, 1 − p)`; `None` where p mutes
/// nothing.
pub(crate) fn threshold(importance: &[f32], p: f64) -> Option<f32> {
    if count_at_or_above(importance.len(), p) == 0 {
        return None;
    }
    interpolated(importance, 1.0 - p)
}

/// A p that mutes exactly `count` of `n`: in the middle of all those that do.
pub(crate) fn p_for_count(count: usize, n: usize) -> f64 {
    match (count, n) {
        (0, _) => 0.0,
        (_, 0 | 1) => 1.0,
        (count, n) => ((count as f64 - 0.5) / (n - 1) as f64).min(1.0),
    }
}

/// How many of the importances lie at or above a value.
pub(crate) fn at_or_above(importance: &[f32], value: f32) -> usize {
    importance.iter().filter(|&&it| it >= value).count()
}

/// Rank of a feature, 1 for the most important; ties share the better rank.
pub(crate) fn rank(importance: &[f32], index: usize) -> usize {
    let Some(&own) = importance.get(index) else {
        return importance.len();
    };
    1 + importance.iter().filter(|&&it| it > own).count()
}

/// How many values fall into each part of their range.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Histogram {
    /// Smallest value.
    pub(crate) low: f32,
    /// Largest value.
    pub(crate) high: f32,
    /// Values in each of equally wide parts of that range; the largest value is in the last.
    pub(crate) counts: Vec<usize>,
}

impl Histogram {
    /// Counts the finite ones of `values` in `bins` parts; `None` where there is none. Where all
    /// are the same, the first part has them.
    pub(crate) fn of(values: &[f32], bins: usize) -> Option<Self> {
        let finite = values.iter().copied().filter(|v| v.is_finite());
        let low = finite.clone().reduce(f32::min)?;
        let high = finite.clone().reduce(f32::max)?;
        let mut counts = vec![0; bins.max(1)];
        let last = counts.len() - 1;
        for value in finite {
            let part = f64::from(value - low) / f64::from(high - low);
            let bin = (part * counts.len() as f64) as usize;
            counts[bin.min(last)] += 1;
        }
        Some(Self { low, high, counts })
    }

    /// Where a value lies in the range, `0..=1`.
    pub(crate) fn place(&self, value: f32) -> f64 {
        let range = f64::from(self.high - self.low);
        if range > 0.0 {
            (f64::from(value - self.low) / range).clamp(0.0, 1.0)
        } else {
            0.0
        }
    }

    /// The value at a place of the range.
    pub(crate) fn value(&self, place: f64) -> f32 {
        self.low + (self.high - self.low) * place.clamp(0.0, 1.0) as f32
    }
}

#[cfg(test)]
mod tests {
    use rsc_core::config::{Axis, Signal};

    use super::*;

    #[test]
    fn importances_serve_another_p_but_no_other_challenge() {
        let found = ChallengeConfig::default();
        let other = |change: fn(&mut ChallengeConfig)| {
            let mut now = found.clone();
            change(&mut now);
            stays_valid_for(&found, &now)
        };
        assert!(other(|now| now.p = 0.9));
        assert!(other(|now| now.b = 0.9));
        assert!(!other(|now| now.axis = Axis::Channel));
        assert!(!other(|now| now.rounds = 2));
        assert!(!other(|now| now.strategy = Strategy::Random));
        assert!(!other(|now| now.signal = Signal::Loss));
        let random = ChallengeConfig {
            strategy: Strategy::Random,
            ..found.clone()
        };
        assert!(
            !stays_valid_for(&random, &random),
            "random masks are the engine's"
        );
    }

    #[test]
    fn p_for_count_mutes_exactly_so_many() {
        for n in [1, 2, 7, 49, 64, 196] {
            for count in 0..=n {
                assert_eq!(count_at_or_above(n, p_for_count(count, n)), count, "{n}");
            }
        }
    }

    #[test]
    fn the_largest_are_muted() {
        let importance = [0.1, 0.9, -0.5, 0.4];
        assert_eq!(muted(&importance, 0.0), [false; 4]);
        assert_eq!(
            muted(&importance, p_for_count(2, 4)),
            [false, true, false, true]
        );
        assert_eq!(muted(&importance, 1.0), [true; 4]);
        assert_eq!(muted(&[1.0; 4], 0.3), [true; 4], "ties go together");
        assert_eq!(kth_largest(&importance, p_for_count(2, 4)), Some(0.4));
        assert_eq!(kth_largest(&importance, 0.0), None);
    }

    #[test]
    fn the_threshold_divides_muted_from_kept() {
        let importance: Vec<f32> = (0..49).map(|i| ((i * 29) % 49) as f32).collect();
        for p in [0.1, 1.0 / 3.0, 0.5, 0.9] {
            let at = threshold(&importance, p).unwrap_or(f32::NAN);
            let above: Vec<bool> = importance.iter().map(|&it| it >= at).collect();
            assert_eq!(above, muted(&importance, p), "{p}");
        }
        assert_eq!(threshold(&importance, 0.0), None);
    }

    #[test]
    fn ranks_count_from_one() {
        let importance = [0.1, 0.9, 0.9, 0.4];
        assert_eq!(rank(&importance, 1), 1);
        assert_eq!(rank(&importance, 2), 1);
        assert_eq!(rank(&importance, 3), 3);
        assert_eq!(rank(&importance, 0), 4);
    }

    #[test]
    fn every_finite_value_is_counted_once() {
        let values = [0.0, 0.1, 0.5, 1.0, f32::NAN];
        let histogram = Histogram::of(&values, 4).expect("there are values");
        assert_eq!(histogram.counts, [2, 0, 1, 1]);
        assert!((histogram.place(0.5) - 0.5).abs() < 1e-9);
        assert!((histogram.value(0.25) - 0.25).abs() < 1e-6);
        assert_eq!(Histogram::of(&[], 4), None);
        let flat = Histogram::of(&[2.0, 2.0], 3).expect("there are values");
        assert_eq!(flat.counts, [2, 0, 0]);
        assert!(flat.place(2.0).abs() < 1e-9);
    }
}
