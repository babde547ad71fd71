//! Which images to train on: built-in sets, or the visitor's own.

use leptos::prelude::*;

use rsc_core::config::{DataPreset, DataSource};

use super::illustration::Illustration;
use super::pixels::Pixels;
use crate::pure::format;
use crate::session::{Session, Thumbnail};
use crate::term::Term;

/// Name, and what it teaches with the outcome to expect, of a preset.
fn words(preset: DataPreset) -> (&'static str, &'static str) {
    match preset {
        DataPreset::CornerCue => (
            "Corner cue",
            "A patch in a corner gives the class away, until its colour turns random: a local shortcut. Muting positions helps a lot (94 % against 59 %, mean of three seeds); muting channels makes it worse.",
        ),
        DataPreset::TintCue => (
            "Tint cue",
            "The whole background gives the class away: a global shortcut. No variant of RSC helps; both end at chance, 25 %.",
        ),
        DataPreset::Styles => (
            "Styles",
            "The same shapes in four renderings, one never trained on. No cheat is built in: benchmarks of this kind find the two methods close, and which one wins depends on the style.",
        ),
        DataPreset::RotatedDigits => (
            "Rotated digits",
            "Real handwritten digits at five angles, tested at a sixth (DomainBed’s Rotated MNIST, small). There the two methods came out level: 97.6 % with RSC, 98.0 % without.",
        ),
        DataPreset::ColouredDigits => (
            "Coloured digits",
            "Real digits whose colour agrees with a noisy label, until it contradicts it (DomainBed’s Coloured MNIST, small). A global shortcut again: both ended at 10.0 % where the colour lies.",
        ),
    }
}

fn test_id(preset: DataPreset) -> &'static str {
    match preset {
        DataPreset::CornerCue => "preset-corner-cue",
        DataPreset::TintCue => "preset-tint-cue",
        DataPreset::Styles => "preset-styles",
        DataPreset::RotatedDigits => "preset-rotated-digits",
        DataPreset::ColouredDigits => "preset-coloured-digits",
    }
}

/// The panel.
#[component]
pub(crate) fn Data() -> impl IntoView {
    let session = expect_context::<Session>();
    let source = Memo::new(move |_| session.draft.with(|draft| draft.data.source.clone()));
    let pending = move || {
        session.pending(|config| (config.data.source.clone(), config.data.held_out.clone()))
    };
    let own_chosen = move || source.get() == DataSource::Own;
    view! {
        <section class="panel data" aria-labelledby="data-title">
            <h2 id="data-title">
                <span class="number">"1"</span>
                "Data"
            </h2>
            <p class="lead">
                "What the two networks look at. One " <Term of="domain">"domain"</Term> " can be "
                <Term of="held-out">"held out"</Term> " for testing."
            </p>
            {DataPreset::ALL
                .into_iter()
                .map(|preset| view! { <PresetCard preset=preset source=source /> })
                .collect_view()}
            <a
                class="card own-card"
                class:chosen=own_chosen
                href="#your-images"
                data-testid="to-own-images"
            >
                <span class="card-title">
                    "Your images"
                    {move || own_chosen().then(|| view! { <span class="tag">"in use"</span> })}
                </span>
                <span class="card-text">
                    "Sort photographs of your own into classes, or drop a folder. They stay on this machine."
                </span>
                <span class="card-more">"Add images ↓"</span>
            </a>
            <Show when=pending>
                <p class="takes-effect">
                    "This change takes effect on reset. "
                    <button on:click=move |_| session.reset()>"Reset and apply"</button>
                </p>
            </Show>
            <RunFacts />
        </section>
    }
}

/// One preset as a card.
#[component]
fn PresetCard(preset: DataPreset, source: Memo<DataSource>) -> impl IntoView {
    let session = expect_context::<Session>();
    let chosen = Memo::new(move |_| source.get() == DataSource::Preset { preset });
    let (title, text) = words(preset);
    let tag = move || {
        if session.pending(|config| config.data.source.clone()) {
            "after reset"
        } else {
            "in use"
        }
    };
    let real = Memo::new(move |_| session.thumbnails.with(|all| all.get(&preset).cloned()));
    let row = move |new_domain: bool| match real.get() {
        Some(pictures) => real_row(&pictures, new_domain),
        None => (0..4)
            .map(|index| view! { <Illustration preset=preset index=index new_domain=new_domain /> })
            .collect_view()
            .into_any(),
    };
    view! {
        <div class="card" class:chosen=chosen>
            <button
                class="card-button"
                data-testid=test_id(preset)
                aria-pressed=move || chosen.get().to_string()
                on:click=move |_| session.choose_preset(preset)
            >
                <span class="card-title">
                    {title}
                    {move || chosen.get().then(|| view! { <span class="tag">{tag}</span> })}
                </span>
                <span class="thumbnails">
                    <span class="thumbnail-row">
                        <span class="thumbnail-label">"train"</span>
                        <span class="thumbnail-pictures">{move || row(false)}</span>
                    </span>
                    <span class="thumbnail-row">
                        <span class="thumbnail-label">"new"</span>
                        <span class="thumbnail-pictures">{move || row(true)}</span>
                    </span>
                </span>
                <span class="card-text">{text}</span>
            </button>
            <Show when=move || { chosen.get() && preset.domains().len() > 2 }>
                <HeldOut preset=preset />
            </Show>
        </div>
    }
}

fn real_row(pictures: &[Thumbnail], new_domain: bool) -> AnyView {
    pictures
        .iter()
        .filter(|picture| picture.new_domain == new_domain)
        .map(|picture| {
            view! {
                <Pixels
                    pixels=picture.pixels.clone()
                    width=picture.side
                    height=picture.side
                    label=picture.name.clone()
                />
            }
        })
        .collect_view()
        .into_any()
}

/// Which of several domains is the new one.
#[component]
fn HeldOut(preset: DataPreset) -> impl IntoView {
    let session = expect_context::<Session>();
    let styles = preset.domains();
    let last = styles.last().copied().unwrap_or_default();
    let value = Memo::new(move |_| {
        session
            .draft
            .with(|draft| draft.data.held_out.clone())
            .unwrap_or_else(|| last.to_owned())
    });
    let initial = value.get_untracked();
    view! {
        <label class="inline-choice">
            <span>"Held out"</span>
            <select
                data-testid="held-out"
                prop:value=value
                on:change=move |event| {
                    let style = event_target_value(&event);
                    session.change("data.held_out", |draft| draft.data.held_out = Some(style));
                }
            >
                {styles
                    .iter()
                    .map(|&style| {
                        view! {
                            <option value=style selected=style == initial>
                                {style}
                            </option>
                        }
                    })
                    .collect_view()}
            </select>
        </label>
    }
}

/// What the run turned out to be.
#[component]
fn RunFacts() -> impl IntoView {
    let session = expect_context::<Session>();
    let facts = move || {
        session.info.with(|info| {
            let info = info.as_ref()?;
            let train: usize = info.domains.iter().map(|d| d.train).sum();
            let test: usize = info.domains.iter().map(|d| d.test).sum();
            let held_out = info.domains.iter().find(|d| d.held_out);
            Some(format!(
                "This run: {} for training and {} for testing, {} × {} pixels, {}{}.",
                format::count(train, "image", "images"),
                format::thousands(test),
                info.image_size,
                info.image_size,
                format::count(info.classes.len(), "class", "classes"),
                held_out.map_or_else(String::new, |d| format!(", “{}” held out", d.name)),
            ))
        })
    };
    view! { <p class="facts">{facts}</p> }
}
