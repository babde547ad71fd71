//! The curves, drawn by leptos-chartistry. style.css gives them the page's colours and dashes; the
//! library orders lines by name, which the selectors there rely on.

use leptos::prelude::*;
use leptos_chartistry::{
    AspectRatio, AxisMarker, Chart, Colour, Interpolation, IntoInner, Line, Padding, Series,
    TickLabels, Tooltip, TooltipPlacement, XGuideLine, YGridLine,
};

use crate::pure::arms::{Arm, MOST_ARMS, has_gap};
use crate::pure::trace::{Point, thin};
use crate::pure::{axis, colour, format};
use crate::session::{CURVES, Session};

/// With this height, font and padding the vertical axis gets six labels, hence [`INTERVALS`].
const HEIGHT: f64 = 200.0;
const FONT_HEIGHT: f64 = 11.0;
const FONT_WIDTH: f64 = 6.6;
const INTERVALS: u32 = 5;
/// Room for a label of the horizontal axis, in characters: leaves four or five of them.
const LABEL_ROOM: usize = 12;
/// Curves of the accuracy chart: new and same domain of each arm that a run can have.
const ACCURACIES: usize = 2 * MOST_ARMS;

fn line<const N: usize>(
    index: usize,
    name: &str,
    [r, g, b]: [u8; 3],
    width: f64,
) -> Line<Point<N>, f64> {
    Line::new(move |point: &Point<N>| point.y[index])
        .with_name(name)
        .with_colour(Colour::from_rgb(r, g, b))
        .with_width(width)
        .with_interpolation(Interpolation::Linear)
}

/// The curves of `arms`, with what is not one of them taking no place: `first` is the index of the
/// first arm's curve.
fn arm_lines(arms: &[Arm], first: usize) -> Vec<Line<Point<CURVES>, f64>> {
    let drawn = arms.iter();
    drawn
        .map(|arm| {
            line(
                first + arm.index,
                &arm.label(),
                colour::ARMS[arm.index],
                1.6,
            )
        })
        .collect()
}

/// Where the vertical axis ends.
#[derive(Debug, Clone, Copy)]
enum Top {
    /// Always here.
    Fixed(f64),
    /// At a round number above the values.
    Fitted,
}

/// Labels in full: the library's own cut digits off, so that 88.9 reads 80.
fn labels(text: fn(f64) -> String) -> TickLabels<f64> {
    TickLabels::aligned_floats().with_format(move |value, _| text(*value))
}

fn step_label(step: f64) -> String {
    format::thousands(step.max(0.0).round() as usize)
}

/// A chart over the steps of the run.
#[component]
fn Curves<const N: usize>(
    /// What is drawn.
    lines: Vec<Line<Point<N>, f64>>,
    /// The points.
    data: Signal<Vec<Point<N>>>,
    /// Where the vertical axis ends.
    top: Top,
    /// Text of a label at the axis.
    axis_text: fn(f64) -> String,
    /// Text of a value under the pointer.
    value_text: fn(f64) -> String,
    /// What it shows, for screen readers.
    label: &'static str,
    /// Which of a point's values are drawn.
    shown: std::ops::Range<usize>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let series = Series::new(|point: &Point<N>| point.x)
        .lines(lines)
        .with_min_y(0.0)
        .with_min_x(0.0);
    let (last, highest) = (series.max_x, series.max_y);
    let total = Memo::new(move |_| {
        session
            .info
            .with(|info| info.as_ref().map(|i| i.total_steps))
    });
    Effect::new(move |_| last.set(total.get().map(|total| total as f64)));
    let fitted = Memo::new(move |_| match top {
        Top::Fixed(top) => top,
        Top::Fitted => data.with(|points| {
            let values = points.iter().flat_map(|point| &point.y[shown.clone()]);
            axis::nice_top(values.copied().fold(f64::NAN, f64::max), INTERVALS)
        }),
    });
    Effect::new(move |_| highest.set(Some(fitted.get())));
    let tooltip = Tooltip::new(
        TooltipPlacement::LeftCursor,
        TickLabels::aligned_floats()
            .with_format(|value: &f64, _| format!("step {}", step_label(*value))),
        labels(value_text),
    );
    view! {
        <div class="curves" role="img" aria-label=label>
            <Chart
                aspect_ratio=AspectRatio::from_env_width(HEIGHT)
                font_height=FONT_HEIGHT
                font_width=FONT_WIDTH
                padding=Padding::hv(8.0, 4.0)
                left=labels(axis_text)
                bottom=labels(step_label).with_min_chars(LABEL_ROOM)
                inner=[
                    YGridLine::default().into_inner(),
                    AxisMarker::bottom_edge().with_arrow(false).into_inner(),
                    XGuideLine::over_data().into_inner(),
                ]
                tooltip=tooltip.skip_missing(true)
                series=series
                data=data
            />
        </div>
    }
}

/// Training loss of every arm.
#[component]
pub(super) fn LossChart() -> impl IntoView {
    let session = expect_context::<Session>();
    // The library takes its lines once and for all, so that other arms need another chart.
    let arms = Memo::new(move |_| session.run_arms());
    let chart = move || {
        view! {
            <Curves
                lines=arm_lines(&arms.get(), 0)
                data=session.curves.into()
                top=Top::Fitted
                axis_text=axis::label
                value_text=|value| format::loss(value as f32)
                shown=0..MOST_ARMS
                label="Training loss of each arm by step"
            />
        }
    };
    view! { {chart} }
}

/// The challenge gap of every challenged arm.
#[component]
pub(super) fn GapChart() -> impl IntoView {
    let session = expect_context::<Session>();
    let arms = Memo::new(move |_| {
        let challenged = |arm: &Arm| {
            session.applied.with(|applied| {
                let config = applied.as_ref().and_then(|run| run.arms.get(arm.index));
                config.is_some_and(|config| has_gap(arm.index, config))
            })
        };
        let all = session.run_arms().into_iter();
        all.filter(challenged).collect::<Vec<_>>()
    });
    let chart = move || {
        view! {
            <Curves
                lines=arm_lines(&arms.get(), MOST_ARMS)
                data=session.curves.into()
                top=Top::Fitted
                axis_text=axis::label
                value_text=|value| format::loss(value as f32)
                shown=MOST_ARMS..CURVES
                label="Challenge gap of each challenged arm by step"
            />
        }
    };
    view! { {chart} }
}

/// Accuracy of every arm on images they were not trained on.
#[component]
pub(super) fn AccuracyChart() -> impl IntoView {
    let session = expect_context::<Session>();
    let arms = Memo::new(move |_| session.run_arms());
    let data = Signal::derive(move || {
        session.evaluations.with(|all| {
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
    });
    let lines = move || {
        let both = |arm: &Arm| {
            let (label, colour) = (arm.label(), colour::ARMS[arm.index]);
            let curve = 2 * arm.index;
            // In the order of their names new comes before same, which style.css relies on.
            [
                line(curve, &format!("{label}, new domain"), colour, 2.2),
                line(curve + 1, &format!("{label}, same domain"), colour, 1.2),
            ]
        };
        arms.get().iter().flat_map(both).collect::<Vec<_>>()
    };
    let chart = move || {
        view! {
            <Curves
                lines=lines()
                data=data
                top=Top::Fixed(100.0)
                axis_text=|value| format!("{value:.0} %")
                value_text=|value| format!("{value:.1} %")
                shown=0..ACCURACIES
                label="Accuracy of each arm in percent by step, on the same and on the new domain"
            />
        }
    };
    view! { {chart} }
}
