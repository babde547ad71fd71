//! The curves of other runs beside those of the current one, over one list of steps: the chart
//! wants all its curves to have their points at the same steps.

use crate::runs::model::usage::Measure;
use crate::runs::model::{Evaluation, RunRecord};
use crate::settings::model::arms::{Arm, MOST_ARMS};
use crate::training::model::curves::CURVES;
use crate::training::model::trace::{Point, thin};

/// Most runs beside the current one.
pub(crate) const MOST_OVERLAYS: usize = 4;
/// Curves of each: one for each arm that a run can have.
pub(crate) const PER_OVERLAY: usize = MOST_ARMS;
/// What each is called in charts: lower case, so that among lines ordered by name those of ERM and
/// RSC of the current run come first.
pub(crate) const LETTERS: [&str; MOST_OVERLAYS] = ["a", "b", "c", "d"];
/// How the lines of each are dashed, so that runs differ in more than hue.
pub(crate) const DASHES: [&str; MOST_OVERLAYS] = ["1 5", "13 5", "10 5 1 5", "10 5 1 5 1 5"];

/// One run beside the current one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Overlay {
    /// Which of the letters and dashes it has.
    pub(crate) slot: usize,
    /// Which run.
    pub(crate) id: u64,
    /// Its name.
    pub(crate) name: String,
    /// Its arms.
    pub(crate) arms: Vec<Arm>,
    /// Training loss of each.
    pub(crate) loss: Vec<Point<PER_OVERLAY>>,
    /// Accuracy in percent on the new domain; on the same where none was held out.
    pub(crate) accuracy: Vec<Point<PER_OVERLAY>>,
    /// Challenge gap of each.
    pub(crate) gap: Vec<Point<PER_OVERLAY>>,
    /// How evenly each uses its features, by each measure.
    pub(crate) usage: [Vec<Point<PER_OVERLAY>>; Measure::ALL.len()],
}

impl Overlay {
    /// What is drawn of a run.
    pub(crate) fn new(slot: usize, run: &RunRecord) -> Self {
        Self {
            slot,
            id: run.id,
            name: run.name.clone(),
            arms: run.arms(),
            loss: cut(&run.curves, 0),
            accuracy: accuracies(&run.evaluations),
            gap: cut(&run.curves, MOST_ARMS),
            usage: Measure::ALL.map(|measure| usages(&run.evaluations, measure)),
        }
    }
}

/// One value for each arm, from a place on.
fn cut(curves: &[Point<CURVES>], first: usize) -> Vec<Point<PER_OVERLAY>> {
    let points = curves.iter().map(|point| Point {
        x: point.x,
        y: std::array::from_fn(|arm| point.y[first + arm]),
    });
    points.collect()
}

fn usages(evaluations: &[Evaluation], measure: Measure) -> Vec<Point<PER_OVERLAY>> {
    let points = evaluations.iter().map(|evaluation| Point {
        x: evaluation.step as f64,
        y: std::array::from_fn(|arm| {
            let arm = evaluation.arms.get(arm);
            arm.map_or(f64::NAN, |arm| measure.saved(arm))
        }),
    });
    points.collect()
}

fn accuracies(evaluations: &[Evaluation]) -> Vec<Point<PER_OVERLAY>> {
    let new_domain = evaluations
        .iter()
        .any(|evaluation| evaluation.arms.iter().any(|arm| arm.new.is_some()));
    evaluations
        .iter()
        .map(|evaluation| Point {
            x: evaluation.step as f64,
            y: std::array::from_fn(|arm| {
                let arm = evaluation.arms.get(arm);
                let accuracy = arm.and_then(|arm| if new_domain { arm.new } else { arm.same });
                accuracy.map_or(f64::NAN, |value| f64::from(value) * 100.0)
            }),
        })
        .collect()
}

/// `own` curves first, then each of the others, at the steps that any of them has a point at.
/// Between two points a curve is a straight line; before its first and after its last it is `NaN`.
pub(crate) fn merge<const OWN: usize, const PER: usize, const N: usize>(
    own: &[Point<OWN>],
    others: &[&[Point<PER>]],
) -> Vec<Point<N>> {
    let mut steps: Vec<f64> = own.iter().map(|point| point.x).collect();
    if !others.is_empty() {
        steps.extend(others.iter().copied().flatten().map(|point| point.x));
        steps.sort_by(f64::total_cmp);
        steps.dedup();
        steps = thin(&steps);
    }
    steps
        .into_iter()
        .map(|x| {
            let mut y = [f64::NAN; N];
            fill(&mut y, 0, at(own, x));
            for (i, other) in others.iter().enumerate() {
                fill(&mut y, OWN + i * PER, at(other, x));
            }
            Point { x, y }
        })
        .collect()
}

fn fill<const M: usize>(y: &mut [f64], from: usize, values: [f64; M]) {
    for (place, value) in y.iter_mut().skip(from).zip(values) {
        *place = value;
    }
}

fn at<const M: usize>(points: &[Point<M>], x: f64) -> [f64; M] {
    let next = points.partition_point(|point| point.x < x);
    match (next.checked_sub(1).map(|i| &points[i]), points.get(next)) {
        (_, Some(point)) if point.x == x => point.y,
        (Some(left), Some(right)) => {
            let t = (x - left.x) / (right.x - left.x);
            std::array::from_fn(|i| left.y[i] + t * (right.y[i] - left.y[i]))
        }
        _ => [f64::NAN; M],
    }
}

/// Where a key leads from one step among `points`, or from none, to another: `None` where it leads
/// nowhere, `Some(None)` where it leaves them.
pub(crate) fn walk<const N: usize>(
    points: &[Point<N>],
    now: Option<f64>,
    key: &str,
) -> Option<Option<f64>> {
    let last = points.len().checked_sub(1)?;
    let at = now.map(|now| points.partition_point(|point| point.x < now).min(last));
    let far = points.len().div_ceil(10);
    let next = match (key, at) {
        ("Escape", Some(_)) => return Some(None),
        ("Home", _) | ("ArrowRight" | "PageDown", None) => 0,
        ("End", _) | ("ArrowLeft" | "PageUp", None) => last,
        ("ArrowRight", Some(at)) => at + 1,
        ("ArrowLeft", Some(at)) => at.saturating_sub(1),
        ("PageDown", Some(at)) => at + far,
        ("PageUp", Some(at)) => at.saturating_sub(far),
        _ => return None,
    };
    Some(points.get(next.min(last)).map(|point| point.x))
}

/// The step among `points` that is nearest to `x`.
pub(crate) fn nearest_step<const N: usize>(points: &[Point<N>], x: f64) -> Option<f64> {
    let next = points.partition_point(|point| point.x < x);
    let right = points.get(next).map(|point| point.x);
    let left = next.checked_sub(1).map(|i| points[i].x);
    match (left, right) {
        (Some(left), Some(right)) => Some(if right - x < x - left { right } else { left }),
        (left, right) => left.or(right),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runs::model::Accuracy;
    use crate::training::model::trace::MOST_POINTS;

    fn curve<const N: usize>(points: &[(f64, [f64; N])]) -> Vec<Point<N>> {
        points.iter().map(|&(x, y)| Point { x, y }).collect()
    }

    #[test]
    fn alone_the_own_curves_are_as_they_were() {
        let own = curve(&[(1.0, [2.0]), (5.0, [f64::NAN])]);
        let merged: Vec<Point<3>> = merge::<1, 2, 3>(&own, &[]);
        assert_eq!(merged.len(), 2);
        assert_eq!((merged[0].x, merged[0].y[0]), (1.0, 2.0));
        assert!(merged[0].y[1].is_nan() && merged[1].y[0].is_nan());
    }

    #[test]
    fn curves_meet_at_common_steps() {
        let own = curve(&[(2.0, [4.0]), (4.0, [8.0])]);
        let other = curve(&[
            (1.0, [1.0, 10.0]),
            (3.0, [3.0, f64::NAN]),
            (6.0, [6.0, 0.0]),
        ]);
        let merged: Vec<Point<3>> = merge(&own, &[&other]);
        let steps: Vec<f64> = merged.iter().map(|point| point.x).collect();
        assert_eq!(steps, [1.0, 2.0, 3.0, 4.0, 6.0]);
        let first: Vec<f64> = merged[1..4].iter().map(|point| point.y[0]).collect();
        assert_eq!(first, [4.0, 6.0, 8.0]);
        assert!(merged[0].y[0].is_nan() && merged[4].y[0].is_nan());
        let second: Vec<f64> = merged.iter().map(|point| point.y[1]).collect();
        assert_eq!(second, [1.0, 2.0, 3.0, 4.0, 6.0]);
        assert!(merged[1].y[2].is_nan() && merged[4].y[2] == 0.0);
    }

    #[test]
    fn many_runs_are_still_few_points() {
        let own: Vec<Point<1>> = (0..400)
            .map(|i| Point {
                x: f64::from(i),
                y: [0.0],
            })
            .collect();
        let other: Vec<Point<2>> = (0..400)
            .map(|i| Point {
                x: f64::from(i) * 7.3,
                y: [1.0; 2],
            })
            .collect();
        let merged: Vec<Point<3>> = merge(&own, &[&other]);
        assert!(merged.len() <= MOST_POINTS);
        assert_eq!(merged.last().map(|p| p.x), Some(399.0 * 7.3));
    }

    #[test]
    fn accuracy_is_of_the_new_domain_where_there_is_one() {
        let evaluation = |new| Evaluation {
            step: 32,
            epoch: 0,
            arms: vec![
                Accuracy {
                    same: Some(0.5),
                    new,
                    ..Accuracy::default()
                };
                PER_OVERLAY
            ],
        };
        assert_eq!(
            accuracies(&[evaluation(Some(0.25))])[0].y,
            [25.0; PER_OVERLAY]
        );
        assert_eq!(accuracies(&[evaluation(None)])[0].y, [50.0; PER_OVERLAY]);
    }

    #[test]
    fn gap_and_usage_of_a_run_are_drawn_beside_the_current_one() {
        let curves = vec![Point {
            x: 7.0,
            y: std::array::from_fn(|i| i as f64),
        }];
        let arm = Accuracy {
            effective_number: Some(12.5),
            gini: Some(0.5),
            top_tenth: Some(0.25),
            ..Accuracy::default()
        };
        let evaluation = Evaluation {
            step: 32,
            epoch: 0,
            arms: vec![arm, Accuracy::default()],
        };
        let config = rsc_core::config::RunConfig::default();
        let facts = crate::runs::model::Facts::default();
        let run = RunRecord::new(3, facts, config, curves, vec![evaluation]);
        let drawn = Overlay::new(0, &run);
        assert_eq!(
            (drawn.gap[0].x, drawn.gap[0].y),
            (7.0, [4.0, 5.0, 6.0, 7.0])
        );
        assert_eq!(drawn.loss[0].y, [0.0, 1.0, 2.0, 3.0]);
        let first = drawn.usage.map(|points| points[0].y[0]);
        assert_eq!(first, [12.5, 0.5, 25.0]);
        let nothing_kept = Overlay::new(0, &run).usage.map(|points| points[0].y[1]);
        assert!(nothing_kept.iter().all(|value| value.is_nan()));
    }

    #[test]
    fn keys_walk_along_the_steps() {
        let points = curve(&[(1.0, [0.0]), (5.0, [0.0]), (9.0, [0.0])]);
        for (now, key, next) in [
            (None, "ArrowRight", Some(Some(1.0))),
            (None, "ArrowLeft", Some(Some(9.0))),
            (Some(1.0), "ArrowRight", Some(Some(5.0))),
            (Some(9.0), "ArrowRight", Some(Some(9.0))),
            (Some(1.0), "ArrowLeft", Some(Some(1.0))),
            (Some(5.0), "Home", Some(Some(1.0))),
            (Some(5.0), "End", Some(Some(9.0))),
            (Some(5.0), "PageDown", Some(Some(9.0))),
            (Some(5.0), "Escape", Some(None)),
            (None, "Escape", None),
            (Some(5.0), "a", None),
        ] {
            assert_eq!(walk(&points, now, key), next, "{key} from {now:?}");
        }
        assert_eq!(walk::<1>(&[], None, "End"), None);
    }

    #[test]
    fn the_nearest_step_is_found() {
        let points = curve(&[(1.0, [0.0]), (5.0, [0.0]), (9.0, [0.0])]);
        for (x, step) in [(-3.0, 1.0), (2.0, 1.0), (4.0, 5.0), (9.0, 9.0), (99.0, 9.0)] {
            assert_eq!(nearest_step(&points, x), Some(step));
        }
        assert_eq!(nearest_step::<1>(&[], 1.0), None);
    }
}
