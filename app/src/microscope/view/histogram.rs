//! The importances as a histogram, with the line that p draws: it can be dragged, and moved by the
//! arrow keys one feature at a time.

use leptos::{ev, html, prelude::*, svg};

use rsc_core::config::{Axis, Strategy};

use crate::masks::model::threshold;
use crate::masks::model::threshold::Histogram;
use crate::microscope::model::rounds::View;
use crate::microscope::state::Microscope;
use crate::microscope::view::visible_round::{VisibleRound, stage_figure};
use crate::settings::state::Settings;
use crate::ui::browser;
use crate::ui::model::{colour, format};

use crate::ui::term::Term;

const BINS: usize = 24;
/// Size of the drawing.
const WIDTH: f64 = 240.0;
const HEIGHT: f64 = 120.0;
/// Room at both sides, so that the line can be grasped at the ends.
const MARGIN: f64 = 10.0;
const FIELD: &str = "challenge.p";

/// A bar: left, width, height of the muted and of the kept part.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Bar {
    left: f64,
    width: f64,
    muted: f64,
    kept: f64,
}

fn bars(view: &View) -> Vec<Bar> {
    let Some(all) = Histogram::of(&view.candidates(), BINS) else {
        return Vec::new();
    };
    let mut silenced = vec![0_usize; BINS];
    for (i, &value) in view.importance.iter().enumerate() {
        if view.mutes(i) {
            let bin = (all.place(value) * BINS as f64) as usize;
            silenced[bin.min(BINS - 1)] += 1;
        }
    }
    let most = all.counts.iter().copied().max().unwrap_or(1).max(1) as f64;
    let width = (WIDTH - 2.0 * MARGIN) / BINS as f64;
    let high = |count: usize| count as f64 / most * (HEIGHT - 14.0);
    let counts = all.counts.iter().zip(silenced).enumerate();
    counts
        .map(|(i, (&count, silenced))| Bar {
            left: MARGIN + i as f64 * width,
            width: width - 1.0,
            muted: high(silenced.min(count)),
            kept: high(count.saturating_sub(silenced)),
        })
        .collect()
}

/// What the stage shows, and what moving its threshold does.
#[derive(Clone, Copy)]
struct Threshold {
    microscope: Microscope,
    settings: Settings,
    shows: VisibleRound,
    /// Muted features, and all that are ranked.
    count: Memo<Option<(usize, usize)>>,
    /// Where the threshold stands, and its value.
    line: Memo<Option<(f64, Option<f32>)>>,
    /// Whether p decides what is muted.
    live: Signal<bool>,
}

/// Where a place from 0 to 1 along the histogram is drawn.
fn across(place: f64) -> f64 {
    MARGIN + place * (WIDTH - 2.0 * MARGIN)
}

impl Threshold {
    fn new(microscope: Microscope, settings: Settings, shows: VisibleRound) -> Self {
        let live = Signal::derive(move || {
            matches!(
                settings.challenge().strategy,
                Strategy::TopGradient | Strategy::TopActivation
            )
        });
        let line = Memo::new(move |_| {
            shows.0.with(|view| {
                let view = view.as_ref()?;
                let histogram = Histogram::of(&view.candidates(), BINS)?;
                let place = view.threshold.map_or(1.0, |at| histogram.place(at));
                Some((across(place), view.threshold))
            })
        });
        Self {
            microscope,
            settings,
            shows,
            count: Memo::new(move |_| shows.0.with(|view| Some(view.as_ref()?.count()))),
            line,
            live,
        }
    }

    /// Chooses p so that `count` of `n` features are muted.
    fn mute(self, count: usize, n: usize) {
        let p = threshold::p_for_count(count.min(n), n);
        self.settings
            .change_challenge(FIELD, |challenge| challenge.p = p);
    }

    /// Moves the threshold to the pointer.
    fn drag_to(self, drawing: &web_sys::Element, event: &ev::PointerEvent) {
        let Some((x, _)) = browser::place_in(drawing, event) else {
            return;
        };
        let place = (x * WIDTH - MARGIN) / (WIDTH - 2.0 * MARGIN);
        let count = self.shows.0.with_untracked(|view| {
            let importance = view.as_ref()?.candidates();
            let histogram = Histogram::of(&importance, BINS)?;
            let above = if place >= 1.0 {
                0
            } else {
                threshold::at_or_above(&importance, histogram.value(place))
            };
            Some((above, importance.len()))
        });
        if let Some((count, n)) = count {
            self.mute(count, n);
        }
    }

    /// Moves the threshold by keys.
    fn on_key(self, event: &ev::KeyboardEvent) {
        let Some((now, n)) = self.count.get_untracked() else {
            return;
        };
        let wanted = match event.key().as_str() {
            "ArrowLeft" | "ArrowUp" => now + 1,
            "ArrowRight" | "ArrowDown" => now.saturating_sub(1),
            "PageUp" => now + n.div_ceil(10),
            "PageDown" => now.saturating_sub(n.div_ceil(10)),
            "Home" => n,
            "End" => 0,
            _ => return,
        };
        event.prevent_default();
        if self.live.get_untracked() {
            self.mute(wanted, n);
        }
    }

    /// The threshold in words.
    fn said(self) -> Option<String> {
        let (microscope, settings) = (self.microscope, self.settings);
        let (muted, n) = self.count.get()?;
        let channels = microscope.seen.with(|seen| {
            let axis = seen.as_ref().map(|seen| seen.result.axis);
            axis == Some(Axis::Channel)
        });
        let at = self.line.get().and_then(|(_, at)| at);
        let p = format::fraction(settings.challenge().p);
        let count = format::of(muted, n);
        let features = if channels {
            text!("microscope.of-channels", count = count)
        } else {
            text!("microscope.of-positions", count = count)
        };
        let rounds = microscope
            .seen
            .with(|seen| Some(seen.as_ref()?.rounds.len()))?;
        let p = if rounds > 1 {
            let round = microscope.round.get().saturating_add(1).min(rounds);
            text!(
                "microscope.line.round",
                p = p,
                round = round,
                rounds = rounds
            )
        } else {
            p
        };
        Some(match at {
            Some(at) => text!(
                "microscope.line-at",
                p = p,
                features = features,
                threshold = format::short(at)
            ),
            None => text!("microscope.line", p = p, features = features),
        })
    }
}

/// The stage.
#[component]
pub(crate) fn ImportanceHistogram() -> impl IntoView {
    let shows = expect_context::<VisibleRound>();
    let threshold = Threshold::new(
        expect_context::<Microscope>(),
        expect_context::<Settings>(),
        shows,
    );
    let Threshold { count, live, .. } = threshold;
    let dragging = RwSignal::new(false);
    let drawing = NodeRef::<svg::Svg>::new();
    let handle = NodeRef::<html::Div>::new();
    let drag = move |event: &ev::PointerEvent| {
        if let Some(drawing) = drawing.get_untracked() {
            threshold.drag_to(&drawing, event);
        }
    };
    view! {
        <li
            class="stage wide"
            id="stage-histogram"
            data-figure=stage_figure(text!("microscope.histogram"))
        >
            <h3>
                <Term of="histogram">{text!("microscope.histogram")}</Term>
            </h3>
            <div
                node_ref=handle
                class="histogram"
                class:dragging=dragging
                data-testid="histogram"
                role="slider"
                tabindex="0"
                aria-label=text!("microscope.threshold")
                aria-valuemin="0"
                aria-valuemax=move || count.get().map(|(_, n)| n.to_string())
                aria-valuenow=move || count.get().map(|(muted, _)| muted.to_string())
                aria-valuetext=move || threshold.said()
                aria-disabled=move || (!live.get()).then_some("true")
                on:pointerdown=move |event| {
                    if !live.get_untracked() {
                        return;
                    }
                    if let Some(handle) = handle.get_untracked() {
                        let _ = handle.set_pointer_capture(event.pointer_id());
                    }
                    dragging.set(true);
                    drag(&event);
                }
                on:pointermove=move |event| {
                    if dragging.get_untracked() {
                        drag(&event);
                    }
                }
                on:pointerup=move |_| dragging.set(false)
                on:pointercancel=move |_| dragging.set(false)
                on:keydown=move |event| threshold.on_key(&event)
            >
                <Drawing threshold=threshold drawing=drawing />
            </div>
            <p class="stage-about">
                <span class="swatch" style:background=colour::css(colour::KEPT)></span>
                {text!("microscope.kept")} <span class="swatch muted"></span> {text!("microscope.muted")}
                <span data-testid="histogram-text">{move || threshold.said()}</span>
            </p>
        </li>
    }
}

/// The bars, the threshold, and the mark of the feature that is picked out.
#[component]
fn Drawing(threshold: Threshold, drawing: NodeRef<svg::Svg>) -> impl IntoView {
    let Threshold {
        microscope,
        shows,
        line,
        ..
    } = threshold;
    let drawn = move || {
        shows.0.with(|view| {
            let bars = bars(view.as_ref()?).into_iter().map(|bar| {
                let Bar { left, width, muted, kept } = bar;
                view! {
                    <rect class="bar-kept" x=left y=HEIGHT - kept width=width height=kept></rect>
                    <rect class="bar-muted" x=left y=HEIGHT - kept - muted width=width height=muted></rect>
                }
            });
            Some(bars.collect_view())
        })
    };
    // Where the feature that is picked out stands.
    let marked = Memo::new(move |_| {
        let marked = microscope.marked.get();
        let axis = microscope
            .seen
            .with(|seen| Some(seen.as_ref()?.result.axis))?;
        let index = match axis {
            Axis::Channel => marked.channel?,
            Axis::Spatial | Axis::Mixed => marked.position?,
        };
        shows.0.with(|view| {
            let view = view.as_ref().filter(|view| view.is_candidate(index))?;
            let histogram = Histogram::of(&view.candidates(), BINS)?;
            Some(across(histogram.place(*view.importance.get(index)?)))
        })
    });
    view! {
        <svg
            node_ref=drawing
            viewBox=format!("0 0 {WIDTH} {}", HEIGHT + 2.0) // not shown
            aria-hidden="true"
        >
            {drawn}
            {move || {
                marked
                    .get()
                    .map(|x| {
                        view! {
                            <g class="histogram-mark" data-testid="histogram-mark">
                                <line x1=x x2=x y1="0" y2=HEIGHT></line>
                                <path d=format!(
                                    "M{} {HEIGHT}l-5 -8h10z", // not shown
                                    x,
                                )></path>
                            </g>
                        }
                    })
            }}
            {move || {
                line.get()
                    .map(|(x, _)| {
                        view! {
                            <line class="threshold" x1=x x2=x y1="0" y2=HEIGHT></line>
                            <circle class="threshold-knob" cx=x cy="9" r="7"></circle>
                        }
                    })
            }}
        </svg>
    }
}
