//! How evenly a network uses its features: the three measures along training, and the usage curve as
//! an SVG path.

use rsc_core::protocol::FeatureUsage;

use crate::runs::model::Accuracy;
use crate::ui::model::format;

/// One number that says how evenly the features are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Measure {
    /// Effective number of features.
    EffectiveNumber,
    /// Gini coefficient.
    Gini,
    /// Share of the most used tenth, in percent.
    TopTenth,
}

impl Measure {
    /// All of them, in the order of the table.
    pub(crate) const ALL: [Self; 3] = [Self::EffectiveNumber, Self::Gini, Self::TopTenth];

    /// Its chart's name in `data-testid`s.
    pub(crate) fn chart(self) -> &'static str {
        match self {
            Self::EffectiveNumber => "usage",
            Self::Gini => "usage-gini",
            Self::TopTenth => "usage-top",
        }
    }

    /// Its key in the glossary.
    pub(crate) fn term(self) -> &'static str {
        match self {
            Self::EffectiveNumber => "effective-number",
            Self::Gini => "gini",
            Self::TopTenth => "top-tenth",
        }
    }

    /// Its value.
    pub(crate) fn of(self, usage: &FeatureUsage) -> f64 {
        match self {
            Self::EffectiveNumber => f64::from(usage.effective_number),
            Self::Gini => f64::from(usage.gini),
            Self::TopTenth => 100.0 * f64::from(usage.top_tenth),
        }
    }

    /// Its value as it was kept of a run; `NaN` where it was not.
    pub(crate) fn saved(self, arm: &Accuracy) -> f64 {
        let value = match self {
            Self::EffectiveNumber => arm.effective_number,
            Self::Gini => arm.gini,
            Self::TopTenth => arm.top_tenth.map(|share| 100.0 * share),
        };
        value.map_or(f64::NAN, f64::from)
    }

    /// Its value in words.
    pub(crate) fn text(self, value: f64) -> String {
        match self {
            Self::EffectiveNumber => format::local(format!("{value:.1}")),
            Self::Gini => format::local(format!("{value:.2}")),
            Self::TopTenth => format!("{value:.0}\u{a0}%"),
        }
    }
}

/// A line through `curve`, from left to right over the whole width, its values as parts of `most`.
pub(crate) fn path(curve: &[f32], most: f32, width: f64, height: f64) -> String {
    let steps = curve.len().saturating_sub(1).max(1) as f64;
    let mut path = String::new();
    for (rank, &share) in curve.iter().enumerate() {
        let x = rank as f64 / steps * width;
        let y = (1.0 - f64::from(share / most).clamp(0.0, 1.0)) * (height - 2.0) + 1.0;
        let verb = if rank == 0 { 'M' } else { 'L' };
        path.push_str(&format!("{verb}{x:.1} {y:.1}"));
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_falls_from_the_left_to_the_right() {
        assert_eq!(
            path(&[0.5, 0.25, 0.0], 0.5, 100.0, 22.0),
            "M0.0 1.0L50.0 11.0L100.0 21.0"
        );
        assert_eq!(path(&[], 1.0, 10.0, 10.0), "");
        assert_eq!(path(&[1.0], 1.0, 10.0, 12.0), "M0.0 1.0");
    }

    #[test]
    fn a_measure_is_the_same_of_a_run_that_goes_on_and_of_one_that_is_kept() {
        let usage = FeatureUsage {
            effective_number: 12.5,
            gini: 0.25,
            top_tenth: 0.5,
            curve: Vec::new(),
        };
        let kept = Accuracy {
            effective_number: Some(12.5),
            gini: Some(0.25),
            top_tenth: Some(0.5),
            ..Accuracy::default()
        };
        let texts = Measure::ALL.map(|measure| {
            assert!((measure.of(&usage) - measure.saved(&kept)).abs() < 1e-9);
            assert!(measure.saved(&Accuracy::default()).is_nan());
            measure.text(measure.of(&usage))
        });
        assert_eq!(texts, ["12.5", "0.25", "50\u{a0}%"]);
    }
}
