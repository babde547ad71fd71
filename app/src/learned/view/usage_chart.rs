//! How evenly every arm uses its channels, along training.

use leptos::prelude::*;

use crate::charts::model::{axis, line_style};
use crate::charts::widgets::curves::{Curves, Top, arms_as, with_others};
use crate::runs::model::chart_overlay::{Overlay, PER_OVERLAY};
use crate::runs::model::usage::Measure;
use crate::runs::state::Runs;
use crate::settings::model::arms::MOST_ARMS;
use crate::training::model::trace::{Point, thin};
use crate::training::state::Training;

/// How evenly every arm uses its channels, evaluation by evaluation, by one measure.
#[component]
pub(crate) fn UsageChart(measure: Measure) -> impl IntoView {
    let (training, runs) = (expect_context::<Training>(), expect_context::<Runs>());
    let points = move || {
        training.evaluations.with(|all| {
            let points: Vec<Point<MOST_ARMS>> = all
                .iter()
                .map(|record| Point {
                    x: record.step as f64,
                    y: std::array::from_fn(|arm| {
                        let metrics = record.arms.get(arm);
                        metrics.map_or(f64::NAN, |arm| measure.of(&arm.usage))
                    }),
                })
                .collect();
            thin(&points)
        })
    };
    let part: fn(&Overlay) -> &[Point<PER_OVERLAY>] = match measure {
        Measure::EffectiveNumber => |run| &run.usage[0],
        Measure::Gini => |run| &run.usage[1],
        Measure::TopTenth => |run| &run.usage[2],
    };
    let (top, axis_text): (Top, fn(f64) -> String) = match measure {
        Measure::EffectiveNumber => (Top::Fitted, axis::label),
        Measure::Gini => (Top::Fixed(1.0), axis::label),
        Measure::TopTenth => (Top::Fixed(100.0), |value| format!("{value:.0} %")),
    };
    let (value_text, label): (fn(f64) -> String, _) = match measure {
        Measure::EffectiveNumber => (
            |value| Measure::EffectiveNumber.text(value),
            text!("charts.usage"),
        ),
        Measure::Gini => (
            |value| Measure::Gini.text(value),
            text!("charts.usage-gini"),
        ),
        Measure::TopTenth => (
            |value| Measure::TopTenth.text(value),
            text!("charts.usage-top"),
        ),
    };
    view! {
        <Curves
            id=measure.chart()
            own=arms_as(training, line_style::marked)
            own_values=MOST_ARMS
            data=with_others(runs, points, part)
            with_others=true
            top=top
            axis_text=axis_text
            value_text=value_text
            label=label
        />
    }
}
