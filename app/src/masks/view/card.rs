//! One image of the masks panel, through the weights of one arm or of several side by side.

use std::sync::Arc;

use leptos::{html, prelude::*};

use rsc_core::config::Axis;
use rsc_core::protocol::ImageRef;

use crate::masks::model::scales::Ends;
use crate::masks::state::Masks;
use crate::masks::state::{Inspected, InspectedImage};
use crate::masks::widgets::{bars, empty_bars};
use crate::settings::model::arms::Arm;
use crate::training::state::Training;
use crate::ui::icon::Icon;
use crate::ui::model::{colour, format};
use crate::ui::overlay;
use crate::ui::overlay::Overlay;

/// The `k`-th image as the `j`-th of the arms shown sees it.
fn image(row: &[Arc<Inspected>], j: usize, k: usize) -> Option<&InspectedImage> {
    row.get(j)?.images.get(k)
}

/// One image with a picture for each arm that is shown.
#[component]
pub(crate) fn Card(
    /// Which of the images.
    k: usize,
    /// Puts an image under the microscope, as an arm sees it; `None` where there is no microscope.
    look_closer: Option<Callback<(usize, ImageRef)>>,
    /// Opacity of the heat maps.
    opacity: RwSignal<f64>,
    /// The ends of the colours, for each image.
    ends: Memo<Vec<Ends>>,
) -> impl IntoView {
    let masks = expect_context::<Masks>();
    let row = masks.row;
    let there = Memo::new(move |_| row.with(|row| image(row, 0, k).is_some()));
    let present = Memo::new(move |_| there.get() || masks.classes_awaited().is_some());
    let pictures = Memo::new(move |_| masks.arms_shown());
    let several = move || pictures.get() > 1;
    let name = Memo::new(move |_| {
        row.with(|row| image(row, 0, k).map_or_else(String::new, |it| it.result.name.clone()))
    });
    view! {
        <div class="mask-card" role="group" aria-label=name inert=move || !there.get() hidden=move || !present.get()>
            <Show when=several>
                <p class="mask-name" title=name>
                    <bdi>{name}</bdi>
                </p>
            </Show>
            <div class="mask-arms">
                <For each=move || 0..pictures.get() key=|j| *j let(j)>
                    <Picture look_closer=look_closer j=j k=k opacity=opacity ends=ends />
                </For>
            </div>
        </div>
    }
}

/// Which picture: the `k`-th image through the `j`-th of the arms shown.
#[derive(Clone, Copy)]
struct CardState {
    row: RwSignal<Vec<Arc<Inspected>>>,
    j: usize,
    k: usize,
    /// Whose picture it is, where there are several.
    arm: Memo<Option<Arm>>,
    /// What the image is called.
    name: Memo<String>,
    /// The end of its `data-testid`s.
    suffix: Memo<String>,
}

impl CardState {
    fn new(masks: Masks, training: Training, j: usize, k: usize) -> Self {
        let row = masks.row;
        let arm = Memo::new(move |_| {
            if masks.arms_shown() < 2 {
                return None;
            }
            let index = row.with(|row| row.get(j).map(|it| it.arm));
            training.run_arm(index.unwrap_or(j))
        });
        // The first picture has the plain name: it is there whoever is looked at.
        let suffix = Memo::new(move |_| match arm.get() {
            Some(arm) if j > 0 => format!("{k}-{}", arm.name),
            _ if j > 0 => format!("{k}-{j}"),
            _ => k.to_string(),
        });
        let name = Memo::new(move |_| {
            row.with(|row| image(row, j, k).map_or_else(String::new, |it| it.result.name.clone()))
        });
        Self {
            row,
            j,
            k,
            arm,
            name,
            suffix,
        }
    }

    /// Something of the image, if it is there.
    fn with<T>(self, get: impl FnOnce(&InspectedImage) -> T) -> Option<T> {
        self.row.with(|row| image(row, self.j, self.k).map(get))
    }

    /// How many features are muted, in words.
    fn muted(self) -> Option<String> {
        self.with(|image| {
            let muted = image.result.muted.iter().filter(|&&m| m).count();
            let count = format::of(muted, image.result.muted.len());
            if image.result.axis == Axis::Channel {
                text!("masks.muted-channels", count = count)
            } else {
                text!("masks.muted-positions", count = count)
            }
        })
    }

    /// The same beside other arms, where there is room for the count alone.
    fn muted_briefly(self) -> Option<String> {
        if self.arm.with(Option::is_none) {
            return self.muted();
        }
        self.with(|image| {
            let muted = image.result.muted.iter().filter(|&&m| m).count();
            format::of(muted, image.result.muted.len())
        })
    }

    /// The picture in words.
    fn described(self) -> String {
        let through = self.arm.with(|arm| arm.as_ref().map(Arm::label));
        let muted = self.muted().unwrap_or_default();
        match through {
            Some(arm) => text!(
                "masks.described-arm",
                image = self.name.get(),
                arm = arm,
                muted = muted
            ),
            None => text!("masks.described", image = self.name.get(), muted = muted),
        }
    }
}

/// Overlay, channels and probabilities of one image through one arm.
#[component]
fn Picture(
    look_closer: Option<Callback<(usize, ImageRef)>>,
    j: usize,
    k: usize,
    opacity: RwSignal<f64>,
    ends: Memo<Vec<Ends>>,
) -> impl IntoView {
    let (masks, training) = (expect_context::<Masks>(), expect_context::<Training>());
    let card = CardState::new(masks, training, j, k);
    let classes = move || {
        training
            .info
            .with(|i| i.as_ref().map_or_else(Vec::new, |i| i.classes.clone()))
    };
    let bars = move || match card.with(|image| bars(&image.result, &classes()).into_any()) {
        Some(bars) => bars,
        None => empty_bars(masks.classes_awaited().unwrap_or_default()).into_any(),
    };
    view! {
        <figure class="mask-arm">
            <HeatMap card=card opacity=opacity ends=ends />
            <ChannelStrip card=card />
            <Caption card=card look_closer=look_closer />
            <div class="probabilities">{bars}</div>
        </figure>
    }
}

/// The image under its heat map and mask.
#[component]
fn HeatMap(card: CardState, opacity: RwSignal<f64>, ends: Memo<Vec<Ends>>) -> impl IntoView {
    let CardState { row, j, k, .. } = card;
    let canvas = NodeRef::<html::Canvas>::new();
    // Probabilities come later than masks: what they leave as it is is not drawn again.
    let drawn = Memo::new(move |_| {
        row.with(|row| {
            let (seen, image) = (row.get(j)?, image(row, j, k)?);
            let muted = match image.result.axis {
                Axis::Channel => Vec::new(),
                _ => image.result.muted.clone(),
            };
            let heat = image.result.heat.clone();
            Some((seen.side, seen.grid, image.pixels.clone(), heat, muted))
        })
    });
    Effect::new(move |_| {
        let Some(canvas) = canvas.get() else {
            return;
        };
        let opacity = opacity.get();
        let range = ends.with(|ends| ends.get(k).copied().flatten());
        drawn.with(|drawn| {
            if let Some((side, grid, pixels, heat, muted)) = drawn {
                let overlay = Overlay {
                    pixels,
                    side: *side,
                    grid: *grid,
                    heat,
                    range,
                    muted,
                    opacity,
                };
                overlay::draw(&canvas, &overlay);
            }
        });
    });
    let flat = move || {
        let flat =
            card.with(|image| image.result.degenerate || colour::normalise(&image.result.heat).1);
        flat.unwrap_or(false)
    };
    view! {
        <div class="mask-picture">
            <canvas
                node_ref=canvas
                width=overlay::SIDE
                height=overlay::SIDE
                data-testid=move || format!("overlay-{}", card.suffix.get())
                role="img"
                aria-label=move || card.described()
            ></canvas>
            <Show when=flat>
                <span class="flat">{text!("masks.flat")}</span>
            </Show>
        </div>
    }
}

/// The importance of each channel, where channels are muted.
#[component]
fn ChannelStrip(card: CardState) -> impl IntoView {
    let CardState { row, j, k, .. } = card;
    let strip = NodeRef::<html::Canvas>::new();
    let by_channel = Memo::new(move |_| {
        row.with(|row| image(row, j, k).is_some_and(|it| it.result.axis == Axis::Channel))
    });
    Effect::new(move |_| {
        let Some(strip) = strip.get() else {
            return;
        };
        row.with(|row| {
            if let Some(image) = image(row, j, k) {
                overlay::draw_strip(&strip, &image.result.importance, &image.result.muted);
            }
        });
    });
    view! {
        <canvas
            class="strip"
            class:absent=move || !by_channel.get()
            node_ref=strip
            width=overlay::STRIP.0
            height=overlay::STRIP.1
            data-testid=move || format!("channels-{}", card.suffix.get())
            role="img"
            aria-label=text!("masks.strip")
        ></canvas>
    }
}

/// Name or arm, how much is muted, and the way to the microscope.
#[component]
fn Caption(card: CardState, look_closer: Option<Callback<(usize, ImageRef)>>) -> impl IntoView {
    let CardState {
        row,
        j,
        k,
        arm,
        name,
        suffix,
    } = card;
    let head = move || match arm.get() {
        Some(arm) => {
            view! { <span class=format!("mask-name {}", arm.class())>{arm.label()}</span> }
                .into_any()
        }
        None => view! { <span class="mask-name" title=name>{name}</span> }.into_any(),
    };
    let closer = move |look_closer: Callback<(usize, ImageRef)>| {
        let found =
            row.with_untracked(|row| Some((row.get(j)?.arm, image(row, j, k)?.result.image)));
        if let Some((arm, image)) = found {
            look_closer.run((arm, image));
        }
    };
    let there = Memo::new(move |_| card.with(|_| ()).is_some());
    let button = look_closer.map(|look_closer| {
        view! {
            <button
                class="to-microscope"
                data-testid=move || format!("to-microscope-{}", suffix.get())
                aria-label=move || text!("masks.closer", image = name.get())
                title=move || text!("masks.closer", image = name.get())
                hidden=move || !there.get()
                on:click=move |_| closer(look_closer)
            >
                <Icon of=icondata_lu::LuMicroscope />
            </button>
        }
    });
    view! {
        <figcaption>
            {head}
            <span class="mask-count">
                <span title=move || card.muted()>{move || card.muted_briefly()}</span>
                {button}
            </span>
        </figcaption>
    }
}
