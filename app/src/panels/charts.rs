//! The curves, drawn by leptos-chartistry. style.css gives them the page's colours and dashes; the
//! library orders lines by name, which the selectors there rely on.

use leptos::prelude::*;
use leptos_chartistry::{
    AspectRatio, AxisMarker, Chart, Colour, Interpolation, IntoInner, Line, Padding, Series,
    TickLabels, Tooltip, TooltipPlacement, XGuideLine, YGridLine,
};

use crate::pure::trace::{Point, thin};
use crate::pure::{axis, colour, format};
use crate::session::{CURVES, ERM, RSC, Session};

/// With this height, font and padding the vertical axis gets six labels, hence [`INTERVALS`].
const HEIGHT: f64 = 200.0;
const FONT_HEIGHT: f64 = 11.0;
const FONT_WIDTH: f64 = 6.6;
const INTERVALS: u32 = 5;
/// Room for a label of the horizontal axis, in characters: leaves four or five of them.
const LABEL_ROOM: usize = 12;
/// Curves of the accuracy chart: new and same domain of ERM, then of RSC.
const ACCURACIES: usize = 4;

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
    // For the legend of an exported picture, in the order in which the library draws.
    let mut names: Vec<String> = lines.iter().map(|l| l.name.get_untracked()).collect();
    names.sort();
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
        <div class="curves" role="img" aria-label=label data-series=names.join("|")>
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

/// Training loss of both arms.
#[component]
pub(super) fn LossChart() -> impl IntoView {
    let session = expect_context::<Session>();
    let lines: Vec<Line<Point<CURVES>, f64>> = vec![
        line(ERM, "ERM", colour::ERM, 1.6),
        line(RSC, "RSC", colour::RSC, 1.6),
    ];
    view! {
        <Curves
            lines=lines
            data=session.curves.into()
            top=Top::Fitted
            axis_text=axis::label
            value_text=|value| format::loss(value as f32)
            shown=ERM..RSC + 1
            label="Training loss of both arms by step"
        />
    }
}

/// The challenge gap of the challenged arm.
#[component]
pub(super) fn GapChart() -> impl IntoView {
    let session = expect_context::<Session>();
    let lines: Vec<Line<Point<CURVES>, f64>> = vec![line(CURVES - 1, "RSC", colour::RSC, 1.6)];
    view! {
        <Curves
            lines=lines
            data=session.curves.into()
            top=Top::Fitted
            axis_text=axis::label
            value_text=|value| format::loss(value as f32)
            shown=CURVES - 1..CURVES
            label="Challenge gap of the RSC arm by step"
        />
    }
}

/// Accuracy of both arms on images they were not trained on.
#[component]
pub(super) fn AccuracyChart() -> impl IntoView {
    let session = expect_context::<Session>();
    let data = Signal::derive(move || {
        session.evaluations.with(|all| {
            let points: Vec<Point<ACCURACIES>> = all
                .iter()
                .map(|record| {
                    let arm = |i: usize| record.arms.get(i);
                    let percent = |v: Option<f32>| v.map_or(f64::NAN, |v| f64::from(v) * 100.0);
                    let new = |i| percent(arm(i).and_then(|m| m.accuracy_new_domain));
                    let same = |i| percent(arm(i).map(|m| m.accuracy_same_domain));
                    Point {
                        x: record.step as f64,
                        y: [new(ERM), same(ERM), new(RSC), same(RSC)],
                    }
                })
                .collect();
            thin(&points)
        })
    });
    let lines: Vec<Line<Point<ACCURACIES>, f64>> = vec![
        line(0, "ERM, new domain", colour::ERM, 2.2),
        line(1, "ERM, same domain", colour::ERM, 1.2),
        line(2, "RSC, new domain", colour::RSC, 2.2),
        line(3, "RSC, same domain", colour::RSC, 1.2),
    ];
    view! {
        <Curves
            lines=lines
            data=data
            top=Top::Fixed(100.0)
            axis_text=|value| format!("{value:.0} %")
            value_text=|value| format!("{value:.1} %")
            shown=0..ACCURACIES
            label="Accuracy of both arms in percent by step, on the same and on the new domain"
        />
    }
}
