//! The curves, drawn by leptos-chartistry. style.css and runs.css give them the page's colours and
//! dashes; the library orders lines by name, which the selectors there rely on.

use leptos::{html, prelude::*};
use leptos_chartistry::{
    AspectRatio, AxisMarker, Chart, Colour, Interpolation, IntoInner, Line, Padding, Series,
    TickLabels, Tooltip, TooltipPlacement, XGuideLine, YGridLine,
};

use super::cross_hair::{CrossHair, CrossHairMark, step_under};
use crate::pure::overlay::{
    DASHES, LETTERS, MOST_OVERLAYS, Overlay, PER_OVERLAY, merge, nearest_step,
};
use crate::pure::trace::{Point, thin};
use crate::pure::{axis, colour, format};
use crate::session::{ARM_NAMES, CURVES, ERM, RSC, Session};

/// With this height, font and padding the vertical axis gets six labels, hence [`INTERVALS`].
const HEIGHT: f64 = 200.0;
const FONT_HEIGHT: f64 = 11.0;
const FONT_WIDTH: f64 = 6.6;
const INTERVALS: u32 = 5;
/// Room for a label of the horizontal axis, in characters: leaves four or five of them.
const LABEL_ROOM: usize = 12;
/// Curves of the accuracy chart: new and same domain of ERM, then of RSC.
const ACCURACIES: usize = 4;
/// Curves of any chart: its own, then those of other runs.
const WIDE: usize = ACCURACIES + MOST_OVERLAYS * PER_OVERLAY;

type Wide = Point<WIDE>;

/// How one of the chart's own curves looks.
#[derive(Debug, Clone, Copy)]
struct Stroke {
    name: &'static str,
    colour: [u8; 3],
    width: f64,
}

fn line(index: usize, name: impl Into<String>, [r, g, b]: [u8; 3], width: f64) -> Line<Wide, f64> {
    Line::new(move |point: &Wide| point.y[index])
        .with_name(name)
        .with_colour(Colour::from_rgb(r, g, b))
        .with_width(width)
        .with_interpolation(Interpolation::Linear)
}

/// The chart's own curves, then those of other runs, by letter and name.
fn lines(own: &[Stroke], others: &[(usize, String)]) -> Vec<Line<Wide, f64>> {
    let own_lines = own
        .iter()
        .enumerate()
        .map(|(i, stroke)| line(i, stroke.name, stroke.colour, stroke.width));
    let other_lines = others.iter().enumerate().flat_map(|(i, (slot, name))| {
        let first = own.len() + i * PER_OVERLAY;
        [(ERM, colour::ERM), (RSC, colour::RSC)]
            .map(|(arm, colour)| line(first + arm, other_name(*slot, name, arm), colour, 1.3))
    });
    own_lines.chain(other_lines).collect()
}

/// What the curve of another run is called.
fn other_name(slot: usize, run: &str, arm: usize) -> String {
    format!("{} · {run}, {}", LETTERS[slot], ARM_NAMES[arm])
}

/// Names of all curves in the order in which the library draws them, for an exported picture.
fn names(own: &[Stroke], others: &[(usize, String)]) -> String {
    let own = own.iter().map(|stroke| stroke.name.to_owned());
    let others = others
        .iter()
        .flat_map(|(slot, run)| [ERM, RSC].map(|arm| other_name(*slot, run, arm)));
    let mut names: Vec<String> = own.chain(others).collect();
    names.sort();
    names.join("|")
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
fn Curves(
    /// Which chart: part of its `data-testid`.
    id: &'static str,
    /// Its own curves, in the order of their names.
    own: &'static [Stroke],
    /// The points: its own curves', then those of the other runs.
    data: Memo<Vec<Wide>>,
    /// Whether other runs can be shown beside the current one.
    #[prop(optional)]
    with_others: bool,
    /// Where the vertical axis ends.
    top: Top,
    /// Text of a label at the axis.
    axis_text: fn(f64) -> String,
    /// Text of a value under the pointer.
    value_text: fn(f64) -> String,
    /// What it shows, for screen readers.
    label: &'static str,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let cross_hair = expect_context::<CrossHair>();
    let element = NodeRef::<html::Div>::new();
    // The library takes its lines once and for all, so that other runs need another chart.
    let others = Memo::new(move |_| {
        if !with_others {
            return Vec::new();
        }
        session.runs.overlays.with(|all| {
            let runs = all.iter();
            runs.map(|run| (run.slot, run.name.clone()))
                .collect::<Vec<_>>()
        })
    });
    let total = Memo::new(move |_| {
        session
            .info
            .with(|info| info.as_ref().map(|i| i.total_steps))
    });
    let fitted = Memo::new(move |_| match top {
        Top::Fixed(top) => top,
        Top::Fitted => data.with(|points| {
            let values = points.iter().flat_map(|point| &point.y);
            axis::nice_top(values.copied().fold(f64::NAN, f64::max), INTERVALS)
        }),
    });
    let end = Memo::new(move |_| {
        let last = data.with(|points| points.last().map_or(0.0, |point| point.x));
        last.max(total.get().unwrap_or_default() as f64)
    });

    let chart = move || {
        let others = others.get();
        let series = Series::new(|point: &Wide| point.x)
            .lines(lines(own, &others))
            .with_min_y(0.0)
            .with_min_x(0.0);
        let (last, highest) = (series.max_x, series.max_y);
        Effect::new(move |_| last.set(total.get().map(|total| total as f64)));
        Effect::new(move |_| highest.set(Some(fitted.get())));
        let value = move |value: f64| {
            if value.is_nan() {
                // Another run has no value at this step.
                String::from("–")
            } else {
                value_text(value)
            }
        };
        let tooltip = Tooltip::new(
            TooltipPlacement::LeftCursor,
            TickLabels::aligned_floats()
                .with_format(|value: &f64, _| format!("step {}", step_label(*value))),
            TickLabels::aligned_floats().with_format(move |v: &f64, _| value(*v)),
        );
        view! {
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
        }
    };

    let point = move |client_x: i32| {
        let step = element.get_untracked().and_then(|element| {
            let under = step_under(&element, client_x, end.get_untracked())?;
            data.with_untracked(|points| nearest_step(points, under))
        });
        cross_hair.point(id, step);
    };
    let dash = move |place: usize| {
        others.with(|others| others.get(place).map_or("none", |(slot, _)| DASHES[*slot]))
    };
    let described = move || {
        others.with(|others| {
            let names: Vec<&str> = others.iter().map(|(_, name)| name.as_str()).collect();
            if names.is_empty() {
                label.to_owned()
            } else {
                format!("{label}; beside it the runs {}", names.join(", "))
            }
        })
    };
    view! {
        <div
            class="curves"
            node_ref=element
            role="img"
            aria-label=described
            data-testid=format!("chart-{id}")
            data-own=own.len().to_string()
            data-series=move || others.with(|others| names(own, others))
            style:--dash-1=move || dash(0)
            style:--dash-2=move || dash(1)
            style:--dash-3=move || dash(2)
            style:--dash-4=move || dash(3)
            on:pointermove=move |event| point(event.client_x())
            on:pointerleave=move |_| cross_hair.point(id, None)
            on:pointercancel=move |_| cross_hair.point(id, None)
        >
            <CrossHairMark chart=id element=element last=end />
            {chart}
        </div>
    }
}

/// The points of a chart: its own, and what `part` gives of the runs shown beside it.
fn with_others<const OWN: usize>(
    session: Session,
    own: impl Fn() -> Vec<Point<OWN>> + Send + Sync + 'static,
    part: fn(&Overlay) -> &[Point<PER_OVERLAY>],
) -> Memo<Vec<Wide>> {
    Memo::new(move |_| {
        session.runs.overlays.with(|all| {
            let others: Vec<_> = all.iter().map(part).collect();
            merge(&own(), &others)
        })
    })
}

/// Some of the curves per step.
fn curves<const OWN: usize>(session: Session, first: usize) -> Vec<Point<OWN>> {
    session.curves.with(|points: &Vec<Point<CURVES>>| {
        let cut = |point: &Point<CURVES>| Point {
            x: point.x,
            y: std::array::from_fn(|i| point.y[first + i]),
        };
        points.iter().map(cut).collect()
    })
}

const ERM_LOSS: Stroke = Stroke {
    name: "ERM",
    colour: colour::ERM,
    width: 1.6,
};
const RSC_LOSS: Stroke = Stroke {
    name: "RSC",
    colour: colour::RSC,
    width: 1.6,
};

/// Training loss of both arms.
#[component]
pub(super) fn LossChart() -> impl IntoView {
    let session = expect_context::<Session>();
    let own = move || curves::<PER_OVERLAY>(session, ERM);
    view! {
        <Curves
            id="loss"
            own=&[ERM_LOSS, RSC_LOSS]
            data=with_others(session, own, |run| &run.loss)
            with_others=true
            top=Top::Fitted
            axis_text=axis::label
            value_text=|value| format::loss(value as f32)
            label="Training loss of both arms by step"
        />
    }
}

/// The challenge gap of the challenged arm.
#[component]
pub(super) fn GapChart() -> impl IntoView {
    let session = expect_context::<Session>();
    let data = Memo::new(move |_| merge(&curves::<1>(session, CURVES - 1), &[]));
    view! {
        <Curves
            id="gap"
            own=&[RSC_LOSS]
            data=data
            top=Top::Fitted
            axis_text=axis::label
            value_text=|value| format::loss(value as f32)
            label="Challenge gap of the RSC arm by step"
        />
    }
}

/// Accuracy of both arms on images they were not trained on.
#[component]
pub(super) fn AccuracyChart() -> impl IntoView {
    let session = expect_context::<Session>();
    let own = move || {
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
    };
    view! {
        <Curves
            id="accuracy"
            own=&ACCURACY_STROKES
            data=with_others(session, own, |run| &run.accuracy)
            with_others=true
            top=Top::Fixed(100.0)
            axis_text=|value| format!("{value:.0} %")
            value_text=|value| format!("{value:.1} %")
            label="Accuracy of both arms in percent by step, on the same and on the new domain"
        />
    }
}

const ACCURACY_STROKES: [Stroke; ACCURACIES] = [
    Stroke {
        name: "ERM, new domain",
        colour: colour::ERM,
        width: 2.2,
    },
    Stroke {
        name: "ERM, same domain",
        colour: colour::ERM,
        width: 1.2,
    },
    Stroke {
        name: "RSC, new domain",
        colour: colour::RSC,
        width: 2.2,
    },
    Stroke {
        name: "RSC, same domain",
        colour: colour::RSC,
        width: 1.2,
    },
];
