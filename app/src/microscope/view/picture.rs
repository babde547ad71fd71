//! The stages that are drawn over the image's own shape: the input, the importance, the mask.

use leptos::{ev, html, prelude::*};

use rsc_core::config::Axis;

use crate::microscope::model::rounds::View;
use crate::microscope::state::Magnified;
use crate::microscope::state::Marked;
use crate::microscope::state::Microscope;
use crate::microscope::view::sheet::step;
use crate::microscope::view::visible_round::{VisibleRound, stage_figure};
use crate::training::state::Training;
use crate::ui::browser;
use crate::ui::canvas;
use crate::ui::model::colour;
use crate::ui::model::format;
use crate::ui::overlay;
use crate::ui::overlay::Overlay;

use crate::ui::term::Term;

/// Opacity of the heat under the mask.
const HEAT: f64 = 0.35;

/// A picture divided into the positions of the feature map, with the marked one framed.
#[component]
fn Grid(
    /// `data-testid` of the canvas.
    id: &'static str,
    /// What it shows, for screen readers.
    label: &'static str,
    /// Draws it.
    draw: fn(&View, &web_sys::HtmlCanvasElement, &Magnified),
) -> impl IntoView {
    let microscope = expect_context::<Microscope>();
    let scope = microscope;
    let shows = expect_context::<VisibleRound>();
    let canvas = NodeRef::<html::Canvas>::new();
    let marks = NodeRef::<html::Canvas>::new();
    let grid = Memo::new(move |_| {
        scope
            .seen
            .with(|seen| seen.as_ref().map(|seen| (seen.shape[1], seen.shape[2])))
    });
    Effect::new(move |_| {
        if let Some(canvas) = canvas.get() {
            let view = shows.0.get();
            scope.seen.with(|seen| {
                if let Some((view, seen)) = view.as_ref().zip(seen.as_ref()) {
                    draw(view, &canvas, seen);
                }
            });
        }
    });
    Effect::new(move |_| {
        let (Some(canvas), Some((rows, columns))) = (marks.get(), grid.get()) else {
            return;
        };
        let Some(context) = canvas::context(&canvas) else {
            return;
        };
        let side = f64::from(overlay::SIDE);
        context.clear_rect(0.0, 0.0, side, side);
        if let Some(position) = scope.marked.get().position {
            let (w, h) = (side / columns as f64, side / rows as f64);
            let (x, y) = (
                (position % columns) as f64 * w,
                (position / columns) as f64 * h,
            );
            for (width, ink) in [(7.0, "rgb(255 255 255)"), (3.0, "rgb(20 22 30)")] {
                context.set_line_width(width);
                context.set_stroke_style_str(ink);
                context.stroke_rect(x, y, w, h);
            }
        }
    });
    let point = move |event: ev::PointerEvent| {
        let place = grid.get_untracked().zip(browser::place_in_target(&event));
        let position = place.map(|((rows, columns), (x, y))| {
            let at = |part: f64, count: usize| {
                ((part * count as f64).max(0.0) as usize).min(count.saturating_sub(1))
            };
            at(y, rows) * columns + at(x, columns)
        });
        scope.marked.update(|marked| marked.position = position);
    };
    let key = move |event: ev::KeyboardEvent| {
        let Some((rows, columns)) = grid.get_untracked() else {
            return;
        };
        let now = scope.marked.get_untracked().position.unwrap_or(0);
        if let Some(position) = step(&event.key(), now, rows * columns, columns) {
            scope
                .marked
                .update(|marked| marked.position = Some(position));
            event.prevent_default();
        } else if event.key() == "Escape" {
            scope.marked.set(Marked::default());
        }
    };
    view! {
        <div class="stage-picture">
            <canvas
                node_ref=canvas
                data-testid=id
                width=overlay::SIDE
                height=overlay::SIDE
                tabindex="0"
                role="img"
                aria-label=text!("microscope.move", label = label)
                on:pointermove=point
                on:pointerdown=point
                on:pointerleave=move |_| scope.marked.update(|marked| marked.position = None)
                on:keydown=key
            ></canvas>
            <canvas
                node_ref=marks
                class="marks"
                width=overlay::SIDE
                height=overlay::SIDE
                aria-hidden="true"
            ></canvas>
        </div>
    }
}

/// The image as the network sees it.
#[component]
pub(crate) fn InputStage() -> impl IntoView {
    let microscope = expect_context::<Microscope>();
    let training = expect_context::<Training>();
    let class = move || {
        let label = microscope
            .seen
            .with(|seen| seen.as_ref().map(|seen| seen.result.label));
        training.info.with(|info| {
            let name = info.as_ref()?.classes.get(label?)?;
            Some(text!("microscope.true-class", class = name))
        })
    };
    view! {
        <li class="stage" id="stage-input" data-figure=stage_figure(text!("microscope.input"))>
            <h3>{text!("microscope.input")}</h3>
            <Grid
                id="stage-input"
                label=text!("microscope.input.about")
                draw=|_, canvas, seen| {
                    canvas::draw_pixels(canvas, &seen.pixels, seen.side, seen.side);
                }
            />
            <p class="stage-about">{class}</p>
        </li>
    }
}

/// The importance of each position, or of each channel.
#[component]
pub(crate) fn ImportanceStage() -> impl IntoView {
    let microscope = expect_context::<Microscope>();
    let channels = Memo::new(move |_| {
        microscope.seen.with(|seen| {
            let seen = seen.as_ref()?;
            (seen.result.axis == Axis::Channel).then_some(seen.shape[0])
        })
    });
    let about = move || match channels.get() {
        Some(_) => text!("microscope.importance.channels"),
        None => text!("microscope.importance.positions"),
    };
    view! {
        <li class="stage" id="stage-importance" data-figure=stage_figure(text!("microscope.importance"))>
            <h3>
                <Term of="importance">{text!("microscope.importance")}</Term>
            </h3>
            <div class:absent=move || channels.get().is_some()>
                <Grid
                    id="stage-importance"
                    label=text!("microscope.importance.about")
                    draw=draw_importance
                />
            </div>
            <ImportanceStrip channels=channels />
            <p class="stage-about">{about}</p>
        </li>
    }
}

/// The importance of each position, as a picture of the feature map's size.
fn draw_importance(view: &View, canvas: &web_sys::HtmlCanvasElement, seen: &Magnified) {
    let (scaled, _) = colour::normalise(&view.among_left());
    let pixels: Vec<u8> = scaled
        .into_iter()
        .flat_map(|value| {
            let [r, g, b] = value.map_or(colour::MUTED_CELL, colour::heat);
            [r, g, b, 255]
        })
        .collect();
    let [_, height, width] = seen.shape;
    if pixels.len() == 4 * height * width {
        canvas::draw_pixels(canvas, &pixels, width as u32, height as u32);
    }
}

/// The importance of each channel as a strip, on which a channel can be picked out.
#[component]
fn ImportanceStrip(
    /// How many channels there are, where channels are ranked.
    channels: Memo<Option<usize>>,
) -> impl IntoView {
    let microscope = expect_context::<Microscope>();
    let shows = expect_context::<VisibleRound>();
    let strip = NodeRef::<html::Canvas>::new();
    let marks = NodeRef::<html::Canvas>::new();
    Effect::new(move |_| {
        let view = shows.0.get().filter(|_| channels.get().is_some());
        if let Some((strip, view)) = strip.get().zip(view) {
            overlay::draw_strip(&strip, &view.among_left(), &view.muted);
        }
    });
    Effect::new(move |_| {
        let (Some(marks), Some(count)) = (marks.get(), channels.get()) else {
            return;
        };
        overlay::mark_bar(&marks, count, microscope.marked.get().channel);
    });
    let point = move |event: ev::PointerEvent| {
        let place = channels
            .get_untracked()
            .zip(browser::place_in_target(&event));
        let channel = place.map(|(count, (x, _))| {
            ((x * count as f64).max(0.0) as usize).min(count.saturating_sub(1))
        });
        microscope.marked.update(|marked| marked.channel = channel);
    };
    let key = move |event: ev::KeyboardEvent| {
        let Some(count) = channels.get_untracked() else {
            return;
        };
        let now = microscope.marked.get_untracked().channel;
        let wanted = match (event.key().as_str(), now) {
            ("Escape", _) => None,
            ("Home", _) => Some(0),
            ("End", _) => count.checked_sub(1),
            ("ArrowLeft" | "ArrowRight", None) => Some(0),
            // One row: up and down lead nowhere.
            (key, Some(now)) => match step(key, now, count, count) {
                Some(next) => Some(next),
                None => return,
            },
            _ => return,
        };
        microscope.marked.update(|marked| marked.channel = wanted);
        event.prevent_default();
    };
    view! {
        <div class="stage-picture" class:absent=move || channels.get().is_none()>
            <canvas
                class="strip tall"
                node_ref=strip
                width=overlay::STRIP.0
                height=overlay::STRIP.1
                data-testid="stage-strip"
                tabindex="0"
                role="img"
                aria-label=text!("microscope.strip")
                on:pointermove=point
                on:pointerdown=point
                on:pointerleave=move |_| microscope.marked.update(|marked| marked.channel = None)
                on:keydown=key
            ></canvas>
            <canvas
                node_ref=marks
                class="marks"
                width=overlay::STRIP.0
                height=overlay::STRIP.1
                data-testid="strip-mark"
                aria-hidden="true"
            ></canvas>
        </div>
    }
}

/// The mask over the image.
#[component]
pub(crate) fn MaskStage() -> impl IntoView {
    let microscope = expect_context::<Microscope>();
    let shows = expect_context::<VisibleRound>();
    let about = move || {
        microscope.seen.with(|seen| {
            seen.as_ref().map(|seen| {
                let muted = shows.muted();
                let count = muted.iter().filter(|&&it| it).count();
                let count = format::of(count, muted.len());
                match seen.result.axis {
                    Axis::Channel => text!("microscope.muted-channels", count = count),
                    Axis::Spatial | Axis::Mixed => {
                        text!("microscope.muted-positions", count = count)
                    }
                }
            })
        })
    };
    view! {
        <li class="stage" id="stage-mask" data-figure=stage_figure(text!("microscope.mask"))>
            <h3>
                <Term of="mask">{text!("microscope.mask")}</Term>
            </h3>
            <Grid
                id="stage-mask"
                label=text!("microscope.mask.about")
                draw=|view, canvas, seen| {
                    let channel = seen.result.axis == Axis::Channel;
                    let drawn = Overlay {
                        pixels: &seen.pixels,
                        side: seen.side,
                        grid: [seen.shape[1], seen.shape[2]],
                        heat: &seen.result.heat,
                        range: None,
                        muted: if channel { &[] } else { &view.muted },
                        opacity: if channel { HEAT + 0.2 } else { HEAT },
                    };
                    overlay::draw(canvas, &drawn);
                }
            />
            <p class="stage-about" data-testid="microscope-muted">{about}</p>
        </li>
    }
}
