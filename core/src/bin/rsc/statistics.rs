//! What samples say about more than themselves: intervals of means and proportions, paired differences
//! and their tests.

use serde::Serialize;
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// Mean over seeds, and how sure it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Spread {
    pub(crate) mean: f64,
    /// Sample standard deviation (`n − 1` below the root; 0 for a single seed).
    pub(crate) deviation: f64,
    /// Half the width of the 95 % interval of the mean, by Student's t; none for a single seed.
    pub(crate) interval_95: Option<f64>,
    pub(crate) values: Vec<f64>,
}

impl Spread {
    /// That of some values; `None` where there are none.
    pub(crate) fn of(values: Vec<f64>) -> Option<Self> {
        let n = values.len() as f64;
        if values.is_empty() {
            return None;
        }
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let deviation = (squares / (n - 1.0).max(1.0)).sqrt();
        Some(Self {
            mean,
            deviation,
            interval_95: half_width_95(deviation, values.len()),
            values,
        })
    }

    /// As people read it.
    pub(crate) fn percent(&self) -> String {
        let mean = self.mean * 100.0;
        match self.interval_95 {
            Some(half) => format!("{mean:.1} ± {:.1} %", half * 100.0),
            None => format!("{mean:.1} %"),
        }
    }
}

/// Half the width of the 95 % interval of a mean of `count` values: the 97.5 % quantile of Student's t
/// with `count − 1` degrees of freedom, times the standard error. `None` below two values.
pub(crate) fn half_width_95(deviation: f64, count: usize) -> Option<f64> {
    let freedom = count.checked_sub(1)? as f64;
    let student = StudentsT::new(0.0, 1.0, freedom).ok()?;
    Some(student.inverse_cdf(0.975) * deviation / (count as f64).sqrt())
}

/// The 95 % interval of a proportion of `correct` in `n`, Wilson's score interval (Wilson 1927, "Probable
/// inference, the law of succession, and statistical inference"), with `z` the 97.5 % quantile of the
/// normal distribution and `q = correct / n`:
/// `(q + z²/2n ± z·√(q(1 − q)/n + z²/4n²)) / (1 + z²/n)`. `None` where `n` is 0.
pub(crate) fn wilson_95(correct: usize, n: usize) -> Option<[f64; 2]> {
    if n == 0 {
        return None;
    }
    let z = Normal::standard().inverse_cdf(0.975);
    let count = n as f64;
    let q = correct as f64 / count;
    let middle = q + z * z / (2.0 * count);
    let half = z * (q * (1.0 - q) / count + (z / (2.0 * count)).powi(2)).sqrt();
    let scale = 1.0 + z * z / count;
    // Where none or all are correct, an end is 0 or 1 but for rounding.
    let low = if correct == 0 {
        0.0
    } else {
        (middle - half) / scale
    };
    let high = if correct == n {
        1.0
    } else {
        (middle + half) / scale
    };
    Some([low, high])
}

/// The differences between two samples whose values belong together in pairs, as two arms with the same
/// seeds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Paired {
    /// Number of pairs.
    pub(crate) n: usize,
    /// Mean of the differences.
    pub(crate) mean: f64,
    /// Half the width of the 95 % interval of the mean difference, by Student's t; none for one pair.
    pub(crate) interval_95: Option<f64>,
    /// Two-sided p of the paired t-test (Student 1908): `t = mean / (s / √n)` with `n − 1` degrees of
    /// freedom, `s` the sample deviation of the differences. None for one pair, and where all differences
    /// are the same, for which t is not defined.
    pub(crate) p: Option<f64>,
}

/// The paired differences `a − b`; `None` where there is no pair or the samples are not equally long.
///
/// Differences count as the same where their standard error is below ten roundings of the largest value,
/// as in R's `t.test`; since the values are 32-bit floats or fractions of them, roundings are theirs.
pub(crate) fn paired(a: &[f64], b: &[f64]) -> Option<Paired> {
    if a.len() != b.len() {
        return None;
    }
    let differences = a.iter().zip(b).map(|(a, b)| a - b);
    let Spread {
        mean,
        deviation,
        interval_95,
        values,
    } = Spread::of(differences.collect())?;
    let n = values.len();
    let error = deviation / (n as f64).sqrt();
    let largest = a
        .iter()
        .chain(b)
        .fold(0.0, |most: f64, it| most.max(it.abs()));
    let varies = error > 10.0 * f64::from(f32::EPSILON) * largest;
    let student = StudentsT::new(0.0, 1.0, n.saturating_sub(1) as f64).ok();
    let p = student.filter(|_| varies);
    let p = p.map(|student| 2.0 * student.sf((mean / error).abs()));
    Some(Paired {
        n,
        mean,
        interval_95,
        p,
    })
}

/// The p values of several tests, adjusted for their number, in the same order (Holm 1979, "A simple
/// sequentially rejective multiple test procedure"): of `m` values in ascending order the `i`-th, counted
/// from 0, becomes `max_{j ≤ i} min(1, (m − j)·p_j)`.
pub(crate) fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let mut adjusted = vec![1.0; p.len()];
    let mut largest: f64 = 0.0;
    for (rank, index) in order.into_iter().enumerate() {
        largest = largest.max((p.len() - rank) as f64 * p[index]).min(1.0);
        adjusted[index] = largest;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64, within: f64) {
        assert!((a - b).abs() <= within, "{a} is not {b}");
    }

    #[test]
    fn spread_is_the_sample_deviation() {
        let spread = Spread::of(vec![1.0, 2.0, 3.0]).map(|it| (it.mean, it.deviation));
        assert_eq!(spread, Some((2.0, 1.0)));
        assert_eq!(Spread::of(vec![0.5]).map(|it| it.deviation), Some(0.0));
        assert_eq!(Spread::of(vec![]), None);
    }

    #[test]
    fn intervals_are_those_of_the_tables() {
        // Quantiles as printed in tables of Student's t.
        for (count, quantile) in [(2, 12.706), (3, 4.303), (10, 2.262), (31, 2.042)] {
            let half = half_width_95(1.0, count).unwrap_or_default();
            let expected = quantile / (count as f64).sqrt();
            assert!((half - expected).abs() < 5e-4, "{count}: {half}");
        }
        assert_eq!(half_width_95(0.0, 1), None);
        assert_eq!(half_width_95(0.0, 0), None);
    }

    #[test]
    fn intervals_of_proportions_are_wilsons() {
        // Newcombe 1998, "Two-sided confidence intervals for the single proportion", Table I, method 3.
        for (correct, n, [low, high]) in [
            (81, 263, [0.2553, 0.3662]),
            (15, 148, [0.0624, 0.1605]),
            (0, 20, [0.0, 0.1611]),
            (1, 29, [0.0061, 0.1718]),
        ] {
            let [below, above] = wilson_95(correct, n).unwrap();
            close(below, low, 5e-5);
            close(above, high, 5e-5);
        }
        for n in 1..50 {
            let [[low, _], [_, high]] = [0, n].map(|correct| wilson_95(correct, n).unwrap());
            assert_eq!((low, high), (0.0, 1.0));
        }
        assert_eq!(wilson_95(0, 0), None);
    }

    /// Hours of sleep that two drugs added (Student 1908, "The probable error of a mean"; R's data set
    /// `sleep`).
    const SLEEP: [[f64; 10]; 2] = [
        [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0],
        [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4],
    ];

    #[test]
    fn the_paired_test_is_that_of_students_own_example() {
        // R: t.test(extra ~ group, data = sleep, paired = TRUE) prints t = -4.0621, df = 9,
        // p-value = 0.002833, and the 95 percent confidence interval -2.4598858 -0.7001142.
        let [first, second] = SLEEP;
        let paired = paired(&first, &second).unwrap();
        assert_eq!(paired.n, 10);
        close(paired.mean, -1.58, 1e-12);
        let half = paired.interval_95.unwrap();
        close(paired.mean - half, -2.459_885_8, 5e-8);
        close(paired.mean + half, -0.700_114_2, 5e-8);
        close(paired.p.unwrap(), 0.002_833, 5e-7);
    }

    #[test]
    fn what_has_no_test_has_no_p() {
        let one = paired(&[0.75], &[0.5]).unwrap();
        assert_eq!((one.n, one.mean), (1, 0.25));
        assert_eq!((one.interval_95, one.p), (None, None));
        // Thirds as 32-bit floats, which are not exactly as far apart.
        let thirds = [0.0, 1.0, 2.0, 3.0].map(|it| f64::from(it / 3.0_f32));
        let same = paired(&thirds[1..], &thirds[..3]).unwrap();
        close(same.mean, 1.0 / 3.0, 1e-7);
        assert_eq!(same.p, None);
        assert_eq!(paired(&SLEEP[0], &SLEEP[0]).unwrap().p, None);
        assert_eq!(paired(&[1.0, 2.0], &[1.0]), None);
        assert_eq!(paired(&[], &[]), None);
    }

    #[test]
    fn p_is_adjusted_as_holm_does() {
        let expect = |p: &[f64], adjusted: &[f64]| {
            let given = holm(p);
            assert_eq!(given.len(), adjusted.len());
            for (given, adjusted) in given.into_iter().zip(adjusted) {
                close(given, *adjusted, 1e-12);
            }
        };
        // R: p.adjust(c(0.01, 0.02, 0.03, 0.04, 0.05), method = "holm").
        let equal = [0.01, 0.02, 0.03, 0.04, 0.05];
        expect(&equal, &[0.05, 0.08, 0.09, 0.09, 0.09]);
        // The example of Wikipedia's "Holm–Bonferroni method".
        expect(&[0.01, 0.04, 0.03, 0.005], &[0.03, 0.06, 0.06, 0.02]);
        expect(&[0.7, 0.6], &[1.0, 1.0]);
        expect(&[0.2], &[0.2]);
        expect(&[], &[]);
    }
}
