//! A curve of bounded length: however many steps a run has, the chart gets a few hundred points.

/// Most points that a curve keeps.
pub(crate) const MOST_POINTS: usize = 400;

/// One point of a chart with `N` curves; `NaN` where a curve has no value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Point<const N: usize> {
    /// Step.
    pub(crate) x: f64,
    /// One value per curve.
    pub(crate) y: [f64; N],
}

#[derive(Debug, Clone, Copy)]
struct Bucket<const N: usize> {
    last_x: f64,
    samples: usize,
    sums: [f64; N],
    counts: [u32; N],
}

impl<const N: usize> Bucket<N> {
    fn absorb(&mut self, other: &Self) {
        self.last_x = other.last_x;
        self.samples += other.samples;
        for i in 0..N {
            self.sums[i] += other.sums[i];
            self.counts[i] += other.counts[i];
        }
    }
}

/// Averages neighbouring steps, twice as many each time the curve is full.
#[derive(Debug, Clone)]
pub(crate) struct Trace<const N: usize> {
    buckets: Vec<Bucket<N>>,
    per_bucket: usize,
}

impl<const N: usize> Default for Trace<N> {
    fn default() -> Self {
        Self {
            buckets: Vec::new(),
            per_bucket: 1,
        }
    }
}

impl<const N: usize> Trace<N> {
    /// Adds one step's values; those that are not finite are left out of the averages.
    pub(crate) fn push(&mut self, x: f64, y: [f64; N]) {
        let next = Bucket {
            last_x: x,
            samples: 1,
            sums: y.map(|v| if v.is_finite() { v } else { 0.0 }),
            counts: y.map(|v| u32::from(v.is_finite())),
        };
        match self.buckets.last_mut() {
            Some(last) if last.samples < self.per_bucket => last.absorb(&next),
            _ => self.buckets.push(next),
        }
        if self.buckets.len() > MOST_POINTS {
            self.halve();
        }
    }

    fn halve(&mut self) {
        self.per_bucket *= 2;
        self.buckets = self
            .buckets
            .chunks(2)
            .map(|pair| {
                let mut merged = pair[0];
                if let Some(second) = pair.get(1) {
                    merged.absorb(second);
                }
                merged
            })
            .collect();
    }

    /// A curve that goes on after `points`, the first of which is step 1's or the mean up to its
    /// step; a value that an average left out is taken for one that was there.
    pub(crate) fn after(points: &[Point<N>]) -> Self {
        let mut before = 0.0;
        let buckets: Vec<Bucket<N>> = points
            .iter()
            .map(|point| {
                let samples = (point.x - before).max(1.0) as usize;
                before = point.x;
                let there = |value: f64| value.is_finite();
                Bucket {
                    last_x: point.x,
                    samples,
                    sums: point
                        .y
                        .map(|v| if there(v) { v * samples as f64 } else { 0.0 }),
                    counts: point.y.map(|v| if there(v) { samples as u32 } else { 0 }),
                }
            })
            .collect();
        let largest = buckets.iter().map(|bucket| bucket.samples).max();
        Self {
            buckets,
            per_bucket: largest.unwrap_or(1).next_power_of_two(),
        }
    }

    /// The curve as it is to be drawn.
    pub(crate) fn points(&self) -> Vec<Point<N>> {
        self.buckets
            .iter()
            .map(|bucket| Point {
                x: bucket.last_x,
                y: std::array::from_fn(|i| {
                    if bucket.counts[i] == 0 {
                        f64::NAN
                    } else {
                        bucket.sums[i] / f64::from(bucket.counts[i])
                    }
                }),
            })
            .collect()
    }
}

/// Every `k`-th of `points`, and always the last, so that at most [`MOST_POINTS`] are left.
pub(crate) fn thin<T: Clone>(points: &[T]) -> Vec<T> {
    if points.len() <= MOST_POINTS {
        return points.to_vec();
    }
    let stride = points.len().div_ceil(MOST_POINTS - 1);
    let mut kept: Vec<T> = points.iter().step_by(stride).cloned().collect();
    if !(points.len() - 1).is_multiple_of(stride) {
        kept.extend(points.last().cloned());
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_run_stays_short_and_keeps_its_ends_and_mean() {
        let mut trace = Trace::<1>::default();
        for step in 1..=100_000 {
            trace.push(f64::from(step), [2.0]);
        }
        let points = trace.points();
        assert!(points.len() <= MOST_POINTS && points.len() >= MOST_POINTS / 2);
        assert_eq!(points.last().map(|p| p.x), Some(100_000.0));
        assert!(points.iter().all(|p| p.y == [2.0]));
        assert!(points.windows(2).all(|w| w[0].x < w[1].x));
    }

    #[test]
    fn a_curve_goes_on_after_its_points() {
        for stop in [1, 10, 399, 400, 401, 1234] {
            let mut whole = Trace::<1>::default();
            let mut first = Trace::<1>::default();
            for step in 1..=stop {
                whole.push(f64::from(step), [f64::from(step % 7)]);
                first.push(f64::from(step), [f64::from(step % 7)]);
            }
            let mut second = Trace::after(&first.points());
            for step in stop + 1..=3000 {
                whole.push(f64::from(step), [f64::from(step % 7)]);
                second.push(f64::from(step), [f64::from(step % 7)]);
            }
            let (whole, second) = (whole.points(), second.points());
            assert_eq!(whole.len(), second.len());
            for (a, b) in whole.iter().zip(&second) {
                assert_eq!(a.x, b.x);
                assert!((a.y[0] - b.y[0]).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn missing_values_leave_gaps_and_do_not_spoil_means() {
        let mut trace = Trace::<2>::default();
        trace.push(1.0, [f64::NAN, 3.0]);
        let points = trace.points();
        assert!(points[0].y[0].is_nan());
        assert_eq!(points[0].y[1], 3.0);
    }

    #[test]
    fn thinning_keeps_first_and_last() {
        let many: Vec<u32> = (0..1001).collect();
        let few = thin(&many);
        assert!(few.len() <= MOST_POINTS);
        assert_eq!((few.first(), few.last()), (Some(&0), Some(&1000)));
        assert_eq!(thin(&[1, 2, 3]), vec![1, 2, 3]);
    }
}
