//! What the challenge does to single images under the weights of the moment.

use std::sync::Arc;

use leptos::{html, prelude::*};

use rsc_core::config::{Axis, Strategy};
use rsc_core::protocol::ImageInspection;

use super::overlay::{self, Overlay};
use crate::controls::Segments;
use crate::pure::{classes, colour, format};
use crate::session::{ARM_NAMES, ERM, Inspected, InspectedImage, PICKS, RSC, Session};
use crate::term::Term;

/// Most classes with a bar of their own.
const BARS: usize = 5;

/// The panel.
#[component]
pub(crate) fn Masks() -> impl IntoView {
    let session = expect_context::<Session>();
    let lens = session.lens;
    let opacity = RwSignal::new(0.45);
    let domains = Signal::derive(move || {
        session.info.with(|info| {
            info.as_ref().map_or_else(Vec::new, |info| {
                let name = |domain: &rsc_core::protocol::DomainInfo| {
                    let name = if domain.name.is_empty() {
                        "all images"
                    } else {
                        &domain.name
                    };
                    if domain.held_out {
                        format!("{name} (new)")
                    } else {
                        name.to_owned()
                    }
                };
                let named = info.domains.iter().enumerate();
                named.map(|(i, domain)| (i, name(domain), "")).collect()
            })
        })
    });
    let arms = Signal::derive(|| {
        vec![
            (ERM, ARM_NAMES[ERM].to_owned(), "arm erm"),
            (RSC, ARM_NAMES[RSC].to_owned(), "arm rsc"),
        ]
    });
    let seen = move || lens.seen.get();
    let off = move || session.challenge().strategy == Strategy::Off;
    let channels = move || {
        seen().is_some_and(|seen| {
            seen.images
                .iter()
                .any(|image| image.result.axis == Axis::Channel)
        })
    };
    let when = move || {
        seen().map(|seen| {
            let arm = ARM_NAMES.get(seen.arm).copied().unwrap_or("?");
            format!(
                "Weights of {arm} after {}.",
                format::count(seen.step as usize, "step", "steps")
            )
        })
    };

    view! {
        <section class="panel masks" id="masks" aria-labelledby="masks-title" data-testid="masks">
            <div class="masks-head">
                <div>
                    <h2 id="masks-title">"What is muted, image by image"</h2>
                    <p class="lead">
                        "Move " <Term of="p">"p"</Term>
                        " and watch: this needs no training " <Term of="step">"step"</Term>
                        ". The colours are the " <Term of="importance">"importance"</Term>
                        " of each " <Term of="position">"position"</Term> " or what the "
                        <Term of="channel">"channels"</Term> " bring there. "
                        <span class="facts">{when}</span>
                    </p>
                </div>
                <div class="masks-controls">
                    <div class="control" data-testid="mask-domain">
                        <span class="control-label">"Images from"</span>
                        <Segments
                            label="Domain of the images"
                            options=domains
                            value=lens.domain
                            on_choice=Callback::new(move |domain| session.look_at_domain(domain))
                        />
                    </div>
                    <div class="control">
                        <span class="control-label">"Weights of"</span>
                        <Segments
                            label="Arm whose weights are used"
                            options=arms
                            value=lens.arm
                            on_choice=Callback::new(move |arm| session.look_through(arm))
                        />
                    </div>
                    <div class="control">
                        <span class="control-label">"Other images"</span>
                        <div class="buttons">
                            <button data-testid="next-images" on:click=move |_| session.look_further()>
                                "Next"
                            </button>
                            <button data-testid="shuffle-images" on:click=move |_| session.look_anywhere()>
                                "Shuffle"
                            </button>
                        </div>
                    </div>
                    <label class="control opacity">
                        <span class="control-label">"Heat over image"</span>
                        <input
                            type="range"
                            min="0"
                            max="1"
                            step="0.05"
                            data-testid="opacity"
                            style:--filled=move || format!("{:.0}%", opacity.get() * 100.0)
                            prop:value=move || opacity.get().to_string()
                            on:input=move |event| {
                                if let Ok(value) = event_target_value(&event).parse() {
                                    opacity.set(value);
                                }
                            }
                        />
                    </label>
                </div>
            </div>
            <div class="legend" aria-hidden="true">
                <span class="scale">
                    "low"
                    <span class="ramp" style:background=ramp()></span>
                    "high"
                    <span class="scale-what">
                        {move || {
                            if channels() {
                                "what the muted channels bring at each place"
                            } else {
                                "importance, each image on its own scale"
                            }
                        }}
                    </span>
                </span>
                <span>
                    <span class="swatch muted"></span>
                    "muted"
                </span>
                <Show when=channels>
                    <span>
                        <span class="swatch kept"></span>
                        "kept channel, as high as its importance"
                    </span>
                </Show>
                <span>
                    <span class="swatch before"></span>
                    "probability before"
                </span>
                <span>
                    <span class="swatch after"></span>
                    "and after muting"
                </span>
            </div>
            <Show when=off>
                <p class="callout">"The strategy is off, so nothing is muted here."</p>
            </Show>
            <Show when=move || seen().is_none()>
                <p class="empty">"The images appear once the first run is prepared."</p>
            </Show>
            <div class="mask-grid">
                {(0..PICKS).map(|k| view! { <Card k=k opacity=opacity /> }).collect_view()}
            </div>
        </section>
    }
}

/// The heat map's scale as a CSS gradient.
pub(super) fn ramp() -> String {
    let stops: Vec<String> = (0..=8)
        .map(|i| colour::css(colour::heat(i as f32 / 8.0)))
        .collect();
    format!("linear-gradient(to right, {})", stops.join(", "))
}

/// The `k`-th image of what was seen last.
fn image(seen: &Option<Arc<Inspected>>, k: usize) -> Option<&InspectedImage> {
    seen.as_ref()?.images.get(k)
}

/// One image: overlay, channels, probabilities.
#[component]
fn Card(k: usize, opacity: RwSignal<f64>) -> impl IntoView {
    let session = expect_context::<Session>();
    let seen = session.lens.seen;
    let canvas = NodeRef::<html::Canvas>::new();
    let strip = NodeRef::<html::Canvas>::new();
    let present = Memo::new(move |_| seen.with(|seen| image(seen, k).is_some()));
    let by_channel = Memo::new(move |_| {
        seen.with(|seen| image(seen, k).is_some_and(|image| image.result.axis == Axis::Channel))
    });

    Effect::new(move |_| {
        let Some(canvas) = canvas.get() else {
            return;
        };
        let opacity = opacity.get();
        seen.with(|seen| {
            if let (Some(seen), Some(image)) = (seen, image(seen, k)) {
                let channel = image.result.axis == Axis::Channel;
                let overlay = Overlay {
                    pixels: &image.pixels,
                    side: seen.side,
                    grid: seen.grid,
                    heat: &image.result.heat,
                    muted: if channel { &[] } else { &image.result.muted },
                    opacity,
                };
                overlay::draw(&canvas, &overlay);
            }
        });
    });
    Effect::new(move |_| {
        let Some(strip) = strip.get() else {
            return;
        };
        seen.with(|seen| {
            if let Some(image) = image(seen, k) {
                overlay::draw_strip(&strip, &image.result.importance, &image.result.muted);
            }
        });
    });

    let classes = move || {
        session
            .info
            .with(|i| i.as_ref().map_or_else(Vec::new, |i| i.classes.clone()))
    };
    let name = move || {
        seen.with(|seen| image(seen, k).map_or_else(String::new, |image| image.result.name.clone()))
    };
    let muted = move || {
        seen.with(|seen| {
            image(seen, k).map(|image| {
                let muted = image.result.muted.iter().filter(|&&m| m).count();
                let what = if image.result.axis == Axis::Channel {
                    "channels"
                } else {
                    "positions"
                };
                format!(
                    "{} {what} muted",
                    format::of(muted, image.result.muted.len())
                )
            })
        })
    };
    let flat = move || {
        seen.with(|seen| {
            image(seen, k).is_some_and(|image| {
                image.result.degenerate || colour::normalise(&image.result.heat).1
            })
        })
    };
    let described = move || {
        format!(
            "{}: importance and mask over the image. {}.",
            name(),
            muted().unwrap_or_default()
        )
    };
    let bars =
        move || seen.with(|seen| image(seen, k).map(|image| bars(&image.result, &classes())));

    view! {
        <figure class="mask-card" hidden=move || !present.get()>
            <div class="mask-picture">
                <canvas
                    node_ref=canvas
                    width=overlay::SIDE
                    height=overlay::SIDE
                    data-testid=format!("overlay-{k}")
                    role="img"
                    aria-label=described
                ></canvas>
                <Show when=flat>
                    <span class="flat">"flat: the same everywhere"</span>
                </Show>
            </div>
            <canvas
                class="strip"
                class:absent=move || !by_channel.get()
                node_ref=strip
                width=overlay::STRIP.0
                height=overlay::STRIP.1
                data-testid=format!("channels-{k}")
                role="img"
                aria-label="Importance of each channel; muted ones are hatched"
            ></canvas>
            <figcaption>
                <span class="mask-name" title=name>{name}</span>
                <span class="mask-count">{muted}</span>
            </figcaption>
            <div class="probabilities">{bars}</div>
        </figure>
    }
}

/// Probabilities before and after, the true class marked.
pub(super) fn bars(result: &ImageInspection, names: &[String]) -> impl IntoView + use<> {
    let at = |values: &[f32], i: usize| {
        values
            .get(i)
            .copied()
            .filter(|v| v.is_finite())
            .unwrap_or(0.0)
    };
    classes::shown(&result.before, &result.after, result.label, BARS)
        .into_iter()
        .map(|i| {
            let (before, after) = (at(&result.before, i), at(&result.after, i));
            let name = names
                .get(i)
                .cloned()
                .unwrap_or_else(|| format!("class {i}"));
            let about = format!(
                "{name}: {} before, {} after muting",
                format::percent(before),
                format::percent(after)
            );
            let label = about.clone();
            let width = |value: f32| format!("{:.1}%", value * 100.0);
            view! {
                <div class="probability" class:true-class=i == result.label title=about>
                    <span class="probability-name">{name}</span>
                    <span class="probability-bars" role="img" aria-label=label>
                        <span class="before" style:width=width(before)></span>
                        <span class="after" style:width=width(after)></span>
                    </span>
                    <span class="probability-value">{format!("{:.0}", after * 100.0)}</span>
                </div>
            }
        })
        .collect_view()
}
