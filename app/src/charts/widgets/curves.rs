//! Curves over the steps of a run, drawn by leptos-chartistry. style.css gives them the page's colours
//! and curves.css their dashes, line by line in the library's order. With the focus on a chart, the
//! arrow keys move the cross-hair, and the values there are said below it.

use leptos::{ev, html, prelude::*};
use leptos_chartistry::{
    AspectRatio, AxisMarker, Chart, Colour, Interpolation, IntoInner, Line, Marker, MarkerShape,
    Padding, Series, TickLabels, Tooltip, TooltipPlacement, XGuideLine, YGridLine,
};

use crate::charts::model::axis;
use crate::charts::model::line_style::{self, Mark, OtherRun, Stroke};
use crate::charts::widgets::cross_hair::{By, CrossHair, CrossHairMark, step_under};
use crate::runs::model::chart_overlay::{
    MOST_OVERLAYS, Overlay, PER_OVERLAY, merge, nearest_step, walk,
};
use crate::runs::state::Runs;
use crate::settings::model::arms::{Arm, MOST_ARMS};
use crate::training::model::trace::Point;
use crate::training::state::Training;
use crate::ui::model::format;

/// With this height, font and padding the vertical axis gets six labels, hence [`INTERVALS`].
const HEIGHT: f64 = 200.0;
const FONT_HEIGHT: f64 = 11.0;
const FONT_WIDTH: f64 = 6.6;
const INTERVALS: u32 = 5;
/// Room for a label of the horizontal axis, in characters: leaves four or five of them.
const LABEL_ROOM: usize = 12;
/// Curves of the accuracy chart: new and same domain of each arm that a run can have.
pub(crate) const ACCURACIES: usize = 2 * MOST_ARMS;
/// Curves of any chart: its own, then those of other runs.
const WIDE: usize = ACCURACIES + MOST_OVERLAYS * PER_OVERLAY;

/// Up to so many points are marked one by one; of more, the line alone is clearer.
const MARKED: usize = 60;
/// Diameter of a mark in pixels, and of one of the library's for a line one pixel wide.
const MARK: f64 = 8.0;
const LIBRARY_MARK: f64 = 8.0;

pub(crate) type ChartPoint = Point<WIDE>;

fn shape(mark: Mark) -> MarkerShape {
    match mark {
        Mark::Disc => MarkerShape::Circle,
        Mark::Square => MarkerShape::Square,
        Mark::Triangle => MarkerShape::Triangle,
        Mark::Diamond => MarkerShape::Diamond,
    }
}

/// The library's line; marked while the points are `few`.
fn line(stroke: &Stroke, few: Memo<bool>) -> Line<ChartPoint, f64> {
    let (value, [r, g, b]) = (stroke.value, stroke.colour);
    let marker = Marker::default().with_scale(MARK / LIBRARY_MARK / stroke.width);
    if let Some(mark) = stroke.mark {
        let shown = marker.shape;
        Effect::new(move |_| {
            shown.set(if few.get() {
                shape(mark)
            } else {
                MarkerShape::None
            })
        });
    }
    Line::new(move |point: &ChartPoint| point.y[value])
        .with_name(stroke.name.clone())
        .with_colour(Colour::from_rgb(r, g, b))
        .with_width(stroke.width)
        .with_interpolation(Interpolation::Linear)
        .with_marker(marker)
}

/// Where the vertical axis ends.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Top {
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

/// The runs that are shown beside the current one.
fn beside(runs: Runs) -> Vec<OtherRun> {
    runs.overlays.with(|all| {
        let beside = |run: &Overlay| OtherRun {
            slot: run.slot,
            name: run.name.clone(),
            arms: run.arms.clone(),
        };
        all.iter().map(beside).collect()
    })
}

/// The lines of a chart. An arm of another run that has no such values has no line.
fn lines(
    own: &[Stroke],
    own_values: usize,
    others: &[OtherRun],
    points: &[ChartPoint],
) -> Vec<Stroke> {
    let mut lines = line_style::all(own, own_values, others);
    let drawn = |value: usize| points.iter().any(|point| point.y[value].is_finite());
    lines.retain(|line| line.value < own_values || drawn(line.value));
    lines
}

fn names(lines: &[Stroke]) -> String {
    let names: Vec<&str> = lines.iter().map(|line| line.name.as_str()).collect();
    names.join("|")
}

/// What a chart shows, with the runs beside the current one.
fn described(label: &str, others: &[OtherRun]) -> String {
    let names: Vec<&str> = others.iter().map(|run| run.name.as_str()).collect();
    if names.is_empty() {
        label.to_owned()
    } else {
        text!("charts.beside", label = label, names = names.join(", "))
    }
}

/// A chart over the steps of the run.
#[component]
pub(crate) fn Curves(
    /// Which chart: part of its `data-testid`.
    id: &'static str,
    /// Its own curves.
    own: Memo<Vec<Stroke>>,
    /// How many values of a point are its own.
    own_values: usize,
    /// The points: its own curves', then those of the other runs.
    data: Memo<Vec<ChartPoint>>,
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
    let runs = expect_context::<Runs>();
    let training = expect_context::<Training>();
    let cross_hair = expect_context::<CrossHair>();
    let element = NodeRef::<html::Div>::new();
    let others = Memo::new(move |_| with_others.then_some(runs).map(beside).unwrap_or_default());
    // The library takes its lines once and for all, so that other arms and runs need another chart.
    let lines = Memo::new(move |_| {
        own.with(|own| others.with(|others| data.with(|data| lines(own, own_values, others, data))))
    });
    follow_dashes(element, lines);
    let total = Memo::new(move |_| {
        training
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
    let drawn = ChartContent {
        lines,
        data,
        total,
        fitted,
        axis_text,
        value_text,
    };

    let point = move |client_x: i32| {
        let step = element.get_untracked().and_then(|element| {
            let under = step_under(&element, client_x, end.get_untracked())?;
            data.with_untracked(|points| nearest_step(points, under))
        });
        cross_hair.point(id, By::Pointer, step);
    };
    let key = move |event: ev::KeyboardEvent| {
        if event.ctrl_key() || event.alt_key() || event.meta_key() {
            return;
        }
        let now = cross_hair.step();
        let next = data.with_untracked(|points| walk(points, now, &event.key()));
        if let Some(step) = next {
            cross_hair.point(id, By::Keys, step);
            event.prevent_default();
        }
    };
    let said = move || said(cross_hair.by_keys(id)?, data, lines, value_text);
    view! {
        <div
            class="curves"
            node_ref=element
            role="img"
            aria-label=move || others.with(|others| described(label, others))
            data-testid=format!("chart-{id}")
            data-own=move || own.with(Vec::len).to_string()
            // For an exported picture.
            data-series=move || lines.with(|lines| names(lines))
            tabindex="0"
            aria-describedby="chart-keys"
            on:pointermove=move |event| point(event.client_x())
            on:pointerleave=move |_| cross_hair.point(id, By::Pointer, None)
            on:pointercancel=move |_| cross_hair.point(id, By::Pointer, None)
            on:keydown=key
            on:blur=move |_| cross_hair.leave(id)
        >
            <CrossHairMark chart=id element=element last=end />
            {move || drawn.chart()}
        </div>
        <p class="chart-said" role="status" data-testid=format!("chart-said-{id}")>
            {said}
        </p>
    }
}

/// Gives the element the dashes of the lines, in the library's order, for curves.css.
fn follow_dashes(element: NodeRef<html::Div>, lines: Memo<Vec<Stroke>>) {
    Effect::new(move |_| {
        if let Some(element) = element.get() {
            lines.with(|lines| {
                for (i, line) in lines.iter().enumerate() {
                    let name = format!("--dash-{}", i + 1);
                    // Without it the line is whole, and its colour and width still tell.
                    let style = web_sys::HtmlElement::style(&element);
                    let _ = style.set_property(&name, line.dash);
                }
            });
        }
    });
}

/// What is drawn, and in which texts.
#[derive(Clone, Copy)]
struct ChartContent {
    lines: Memo<Vec<Stroke>>,
    data: Memo<Vec<ChartPoint>>,
    total: Memo<Option<u64>>,
    /// Where the vertical axis ends.
    fitted: Memo<f64>,
    axis_text: fn(f64) -> String,
    value_text: fn(f64) -> String,
}

impl ChartContent {
    /// The library's chart. It follows the data by itself, and is made anew for other lines.
    fn chart(self) -> impl IntoView {
        let Self {
            lines,
            data,
            total,
            fitted,
            axis_text,
            value_text,
        } = self;
        let few = Memo::new(move |_| data.with(Vec::len) <= MARKED);
        let of = |stroke: &Stroke| line(stroke, few);
        let series = Series::new(|point: &ChartPoint| point.x)
            .lines(lines.with(|lines| lines.iter().map(of).collect::<Vec<_>>()))
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
                .with_format(|value: &f64, _| text!("charts.step", step = step_label(*value))),
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
    }
}

/// The values at a step, for those who read them and those who hear them.
fn said(
    step: f64,
    data: Memo<Vec<ChartPoint>>,
    lines: Memo<Vec<Stroke>>,
    value_text: fn(f64) -> String,
) -> Option<String> {
    let values = data.with(|points| {
        let point = points.iter().find(|point| point.x >= step)?;
        let values = lines.with(|lines| {
            let known = lines.iter().filter(|line| point.y[line.value].is_finite());
            let text = |line: &Stroke| {
                let value = value_text(point.y[line.value]);
                text!("charts.value", name = line.name, value = value)
            };
            known.map(text).collect::<Vec<_>>()
        });
        Some(values.join(", "))
    })?;
    let step = text!("charts.step", step = step_label(step));
    Some(text!("charts.at", step = step, values = values))
}

/// The points of a chart: its own, and what `part` gives of the runs shown beside it.
pub(crate) fn with_others<const OWN: usize>(
    runs: Runs,
    own: impl Fn() -> Vec<Point<OWN>> + Send + Sync + 'static,
    part: fn(&Overlay) -> &[Point<PER_OVERLAY>],
) -> Memo<Vec<ChartPoint>> {
    Memo::new(move |_| {
        runs.overlays.with(|all| {
            let others: Vec<_> = all.iter().map(part).collect();
            merge(&own(), &others)
        })
    })
}

/// The arms of the run, in lines.
pub(crate) fn arms_as(training: Training, lines: fn(&[Arm]) -> Vec<Stroke>) -> Memo<Vec<Stroke>> {
    Memo::new(move |_| lines(&training.run_arms()))
}
