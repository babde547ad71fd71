//! The charts of loss, challenge gap and accuracy.

pub(crate) mod chart_runs;

use leptos::prelude::*;

use crate::charts::model::{axis, line_style};
use crate::charts::widgets::curves::{ACCURACIES, Curves, Top, arms_as, with_others};
use crate::runs::state::Runs;
use crate::settings::model::arms::{Arm, MOST_ARMS, has_gap};
use crate::settings::state::Settings;
use crate::training::model::curves::CURVES;
use crate::training::model::trace::{Point, thin};
use crate::training::state::Training;
use crate::ui::model::format;

/// Some of the curves per step.
fn curves<const OWN: usize>(training: Training, first: usize) -> Vec<Point<OWN>> {
    training.curves.with(|points: &Vec<Point<CURVES>>| {
        let cut = |point: &Point<CURVES>| Point {
            x: point.x,
            y: std::array::from_fn(|i| point.y[first + i]),
        };
        points.iter().map(cut).collect()
    })
}

/// Training loss of every arm.
#[component]
pub(crate) fn LossChart() -> impl IntoView {
    let (training, runs) = (expect_context::<Training>(), expect_context::<Runs>());

    let points = move || curves::<MOST_ARMS>(training, 0);
    view! {
        <Curves
            id="loss"
            own=arms_as(training, line_style::each)
            own_values=MOST_ARMS
            data=with_others(runs, points, |run| &run.loss)
            with_others=true
            top=Top::Fitted
            axis_text=axis::label
            value_text=|value| format::loss(value as f32)
            label=text!("charts.loss")
        />
    }
}

/// The challenge gap of every challenged arm.
#[component]
pub(crate) fn GapChart() -> impl IntoView {
    let (training, runs) = (expect_context::<Training>(), expect_context::<Runs>());
    let settings = expect_context::<Settings>();
    let own = Memo::new(move |_| {
        let challenged = |arm: &Arm| {
            settings.applied.with(|applied| {
                let config = applied.as_ref().and_then(|run| run.arms.get(arm.index));
                config.is_some_and(|config| has_gap(arm.index, config))
            })
        };
        let arms = training.run_arms().into_iter().filter(challenged);
        line_style::each(&arms.collect::<Vec<_>>())
    });
    let points = move || curves::<MOST_ARMS>(training, MOST_ARMS);
    view! {
        <Curves
            id="gap"
            own=own
            own_values=MOST_ARMS
            data=with_others(runs, points, |run| &run.gap)
            with_others=true
            top=Top::Fitted
            axis_text=axis::label
            value_text=|value| format::loss(value as f32)
            label=text!("charts.gap")
        />
    }
}

/// Accuracy of every arm on images it was not trained on.
#[component]
pub(crate) fn AccuracyChart() -> impl IntoView {
    let (training, runs) = (expect_context::<Training>(), expect_context::<Runs>());
    let points = move || {
        training.evaluations.with(|all| {
            let points: Vec<Point<ACCURACIES>> = all
                .iter()
                .map(|record| {
                    let percent = |v: Option<f32>| v.map_or(f64::NAN, |v| f64::from(v) * 100.0);
                    Point {
                        x: record.step as f64,
                        y: std::array::from_fn(|curve| {
                            let metrics = record.arms.get(curve / 2);
                            percent(metrics.and_then(|metrics| match curve % 2 {
                                0 => metrics.accuracy_new_domain,
                                _ => Some(metrics.accuracy_same_domain),
                            }))
                        }),
                    }
                })
                .collect();
            thin(&points)
        })
    };
    view! {
        <Curves
            id="accuracy"
            own=arms_as(training, line_style::accuracies)
            own_values=ACCURACIES
            data=with_others(runs, points, |run| &run.accuracy)
            with_others=true
            top=Top::Fixed(100.0)
            axis_text=|value| format!("{value:.0} %")
            value_text=|value| format::local(format!("{value:.1} %"))
            label=text!("charts.accuracy")
        />
    }
}
