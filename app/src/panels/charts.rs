//! The curves, drawn by leptos-chartistry. style.css gives them the page's colours and dashes; the
//! library orders lines by name, which the selectors there rely on.

use leptos::prelude::*;
use leptos_chartistry::{
    AspectRatio, AxisMarker, Chart, Colour, Interpolation, IntoInner, Line, Padding, Series,
    TickLabels, Tooltip, XGuideLine, YGridLine,
};

use crate::pure::colour;
use crate::pure::trace::{Point, thin};
use crate::session::{CURVES, ERM, RSC, Session};

const HEIGHT: f64 = 190.0;
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

/// A chart over the steps of the run.
#[component]
fn Curves<const N: usize>(
    /// What is drawn.
    lines: Vec<Line<Point<N>, f64>>,
    /// The points.
    data: Signal<Vec<Point<N>>>,
    /// Lowest value on the axis.
    low: Option<f64>,
    /// Highest value on the axis.
    high: Option<f64>,
    /// What it shows, for screen readers.
    label: &'static str,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let series = Series::new(|point: &Point<N>| point.x)
        .lines(lines)
        .with_y_range(low, high)
        .with_min_x(0.0);
    let last = series.max_x;
    Effect::new(move |_| {
        let total = session
            .info
            .with(|info| info.as_ref().map(|i| i.total_steps));
        last.set(total.map(|total| total as f64));
    });
    view! {
        <div class="curves" role="img" aria-label=label>
            <Chart
                aspect_ratio=AspectRatio::from_env_width(HEIGHT)
                font_height=11.0
                font_width=6.6
                padding=Padding::hv(3.0, 5.0)
                left=TickLabels::aligned_floats()
                bottom=TickLabels::aligned_floats()
                inner=[
                    YGridLine::default().into_inner(),
                    AxisMarker::bottom_edge().with_arrow(false).into_inner(),
                    XGuideLine::over_data().into_inner(),
                ]
                tooltip=Tooltip::left_cursor().skip_missing(true)
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
            low=Some(0.0)
            high=None
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
            low=Some(0.0)
            high=None
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
            low=Some(0.0)
            high=Some(100.0)
            label="Accuracy of both arms in percent by step, on the same and on the new domain"
        />
    }
}
