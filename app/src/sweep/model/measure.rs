//! What the heat map shows of a run, and in which colours.

use rsc_core::protocol::{EvaluationMetrics, EvaluationRecord};

use crate::settings::model::arms::{ERM, RSC};
use crate::sweep::model::CellValue;
use crate::ui::model::format;
use crate::ui::text::text_of;

/// One number of a run's last evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Measure {
    /// Accuracy of the challenged arm in the new domain.
    NewRsc,
    /// Accuracy of the plain arm in the new domain.
    NewErm,
    /// The first minus the second.
    Gain,
    /// Accuracy of the challenged arm in the same domain.
    SameRsc,
    /// Accuracy of the plain arm in the same domain.
    SameErm,
}

impl Measure {
    /// All of them, in the order offered.
    pub(crate) const ALL: [Self; 5] = [
        Self::NewRsc,
        Self::NewErm,
        Self::Gain,
        Self::SameRsc,
        Self::SameErm,
    ];

    /// Its name in the list of choices.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::NewRsc => "new-rsc",
            Self::NewErm => "new-erm",
            Self::Gain => "gain",
            Self::SameRsc => "same-rsc",
            Self::SameErm => "same-erm",
        }
    }

    /// Finds one by [`Self::name`].
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|measure| measure.name() == name)
    }

    /// What it is, in words.
    pub(crate) fn label(self) -> &'static str {
        let name = self.name();
        text_of(&format!("sweep.measure.{name}"))
    }

    /// What it is, in the head of a column.
    pub(crate) fn short(self) -> &'static str {
        let name = self.name();
        text_of(&format!("sweep.column.{name}"))
    }

    /// What its numbers count.
    pub(crate) fn unit(self) -> &'static str {
        match self {
            Self::Gain => text!("sweep.unit.points"),
            _ => text!("sweep.unit.percent"),
        }
    }

    /// Its number of an evaluation; `None` where no domain is held out.
    pub(crate) fn of(self, record: &EvaluationRecord) -> Option<f64> {
        let new = |arm: &EvaluationMetrics| arm.accuracy_new_domain.map(f64::from);
        let (erm, rsc) = (record.arms.get(ERM), record.arms.get(RSC));
        match self {
            Self::NewRsc => new(rsc?),
            Self::NewErm => new(erm?),
            Self::Gain => Some(new(rsc?)? - new(erm?)?),
            Self::SameRsc => Some(f64::from(rsc?.accuracy_same_domain)),
            Self::SameErm => Some(f64::from(erm?.accuracy_same_domain)),
        }
    }

    /// A deviation of it, without a sign.
    pub(crate) fn deviation(self, value: f64) -> String {
        format::local(format!("{:.1}", value * 100.0))
    }

    /// A number of it, as it stands in a cell: percent, or points with a sign.
    pub(crate) fn text(self, value: f64) -> String {
        match self {
            Self::Gain => format::points(value as f32),
            _ => format::local(format!("{:.1}", value * 100.0)),
        }
    }
}

/// The smallest and the largest mean, the ends of the colour scale.
pub(crate) fn scale<'a>(cells: impl IntoIterator<Item = &'a CellValue>) -> Option<(f64, f64)> {
    let means = cells.into_iter().filter_map(|shown| match shown {
        CellValue::Value(spread) => Some(spread.mean),
        _ => None,
    });
    means.fold(None, |ends, mean| match ends {
        None => Some((mean, mean)),
        Some((low, high)) => Some((mean.min(low), mean.max(high))),
    })
}

/// Where a mean lies on the colour scale, `0..=1`; in its middle where all are the same.
pub(crate) fn position(mean: f64, (low, high): (f64, f64)) -> f32 {
    if high > low {
        ((mean - low) / (high - low)) as f32
    } else {
        0.5
    }
}

/// The colour for text on this background, black or white, whichever has more contrast.
pub(crate) fn ink(background: [u8; 3]) -> &'static str {
    // Relative luminance as WCAG defines it. Black and white are equally far at 0.179.
    let linear = |channel: u8| {
        let c = f64::from(channel) / 255.0;
        if c <= 0.040_45 {
            c / 12.92
        } else {
            ((c + 0.055) / 1.055).powf(2.4)
        }
    };
    let [r, g, b] = background.map(linear);
    if 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 {
        "#000"
    } else {
        "#fff"
    }
}

#[cfg(test)]
mod tests {
    use super::super::results::tests::record;
    use super::*;
    use crate::sweep::model::Spread;
    use crate::ui::model::colour::heat;

    #[test]
    fn numbers_of_an_evaluation() {
        let both = record(Some(0.25), Some(0.75));
        assert_eq!(Measure::NewRsc.of(&both), Some(0.75));
        assert_eq!(Measure::NewErm.of(&both), Some(0.25));
        assert_eq!(Measure::Gain.of(&both), Some(0.5));
        let same = Measure::SameRsc.of(&both);
        assert!(same.is_some_and(|same| (same - 0.9).abs() < 1e-6));
        assert_eq!(Measure::Gain.of(&record(Some(0.25), None)), None);
        assert_eq!(Measure::Gain.text(0.226), "+22.6");
        assert_eq!(Measure::NewErm.text(0.226), "22.6");
        for measure in Measure::ALL {
            assert_eq!(Measure::from_name(measure.name()), Some(measure));
        }
    }

    #[test]
    fn the_scale_has_the_means_as_ends() {
        let value = |mean| {
            CellValue::Value(Spread {
                count: 1,
                mean,
                deviation: None,
            })
        };
        let cells = [
            CellValue::Waiting,
            value(0.5),
            value(-0.25),
            CellValue::Running,
        ];
        assert_eq!(scale(&cells), Some((-0.25, 0.5)));
        assert_eq!(scale(&cells[..1]), None);
        assert_eq!(position(0.5, (-0.25, 0.5)), 1.0);
        assert_eq!(position(0.5, (0.5, 0.5)), 0.5);
    }

    #[test]
    fn text_on_viridis_is_readable() {
        assert_eq!(ink(heat(0.0)), "#fff");
        assert_eq!(ink(heat(1.0)), "#000");
    }
}
