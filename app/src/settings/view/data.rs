//! Which images to train on: built-in sets, or the visitor's own.

use std::collections::HashMap;

use leptos::prelude::*;

use rsc_core::config::{DataPreset, DataSource};

use crate::settings::model::thumbnail::Thumbnail;
use crate::settings::state::Settings;
use crate::settings::view::illustration::Illustration;
use crate::settings::widgets::Setting;
use crate::ui::pixels::Pixels;
use crate::ui::term::Term;
use crate::ui::text::text_of;

const HELD_OUT: &str = "data.held_out";

/// A preset's `data-testid`, and part of the keys of its words.
fn id(preset: DataPreset) -> &'static str {
    match preset {
        DataPreset::CornerCue => "preset-corner-cue",
        DataPreset::TintCue => "preset-tint-cue",
        DataPreset::Styles => "preset-styles",
        DataPreset::RotatedDigits => "preset-rotated-digits",
        DataPreset::ColouredDigits => "preset-coloured-digits",
        DataPreset::Emoji => "preset-emoji",
    }
}

/// The panel.
#[component]
pub(crate) fn Data(
    /// Pictures of the presets that have been prepared.
    thumbnails: RwSignal<HashMap<DataPreset, Vec<Thumbnail>>>,
    /// Has the settings take effect.
    apply: Callback<()>,
    /// What stands at its end.
    children: Children,
) -> impl IntoView {
    let settings = expect_context::<Settings>();
    let source = Memo::new(move |_| settings.draft.with(|draft| draft.data.source.clone()));
    let pending = move || {
        settings.pending(|config| {
            let data = &config.data;
            (data.source.clone(), data.held_out.clone(), data.together)
        })
    };
    let own_chosen = move || source.get() == DataSource::Own;
    let preset = move || match source.get() {
        DataSource::Preset { preset } => Some(preset),
        DataSource::Own => None,
    };
    let several_domains = move || preset().filter(|preset| preset.domains().len() > 2);
    let about = move || match preset() {
        Some(preset) => text_of(&format!("data.{}.text", id(preset))),
        None => text!("data.own.text"),
    };
    view! {
        <section class="panel data" aria-labelledby="data-title">
            <h2 id="data-title">
                <span class="number">"1"</span>
                {text!("data.title")}
            </h2>
            <div class="cards">
                {DataPreset::ALL
                    .into_iter()
                    .map(|preset| view! { <PresetCard preset=preset source=source thumbnails=thumbnails /> })
                    .collect_view()}
                <a
                    class="card own-card"
                    class:chosen=own_chosen
                    href="#your-images"
                    data-testid="to-own-images"
                >
                    <span class="card-title">{text!("data.own.title")}</span>
                    <span class="card-text">
                        {text!("data.own.text")}
                    </span>
                    <span class="card-more">{text!("data.own.more")}</span>
                </a>
            </div>
            <div class="about-data">
                <p class="card-text" data-testid="about-preset">
                    {about}
                </p>
                <p class="card-text">
                    {text!("data.lead.what")} <Term of="domain">{text!("data.lead.domain")}</Term>
                    {text!("data.lead.can-be")}
                    <Term of="held-out">{text!("data.lead.held-out")}</Term> {text!("data.lead.why")}
                </p>
                <For each=move || several_domains().into_iter() key=|preset| *preset let(preset)>
                    <HeldOut preset=preset />
                </For>
                {children()}
            </div>
            <Show when=pending>
                <p class="takes-effect">
                    {text!("data.pending")}
                    <button on:click=move |_| apply.run(())>{text!("data.apply")}</button>
                </p>
            </Show>
        </section>
    }
}

/// One preset as a card.
#[component]
fn PresetCard(
    preset: DataPreset,
    source: Memo<DataSource>,
    thumbnails: RwSignal<HashMap<DataPreset, Vec<Thumbnail>>>,
) -> impl IntoView {
    let settings = expect_context::<Settings>();
    let chosen = Memo::new(move |_| source.get() == DataSource::Preset { preset });
    let id = id(preset);
    let waits = move || chosen.get() && settings.pending(|config| config.data.source.clone());
    let real = Memo::new(move |_| thumbnails.with(|all| all.get(&preset).cloned()));
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
                data-testid=id
                aria-pressed=move || chosen.get().to_string()
                on:click=move |_| settings.choose_preset(preset)
            >
                <span class="card-title">
                    {text_of(&format!("data.{id}.title"))}
                    {move || waits().then(|| view! { <span class="tag">{text!("data.after-reset")}</span> })}
                </span>
                <span class="thumbnails">
                    <span class="thumbnail-row">
                        <span class="thumbnail-label">{text!("data.row.train")}</span>
                        <span class="thumbnail-pictures">{move || row(false)}</span>
                    </span>
                    <span class="thumbnail-row">
                        <span class="thumbnail-label">{text!("data.row.new")}</span>
                        <span class="thumbnail-pictures">{move || row(true)}</span>
                    </span>
                </span>
            </button>
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
    let settings = expect_context::<Settings>();
    let styles = preset.domains();
    let last = styles.last().copied().unwrap_or_default();
    let value = Memo::new(move |_| {
        settings
            .draft
            .with(|draft| draft.data.held_out.clone())
            .unwrap_or_else(|| last.to_owned())
    });
    let setting = Setting {
        id: "held-out",
        field: HELD_OUT,
        label: text!("data.held-out"),
        at_default: Signal::derive(move || value.with(|value| value == last)),
        to_default: Callback::new(move |()| {
            settings.change(HELD_OUT, |draft| draft.data.held_out = None);
        }),
        pending: Signal::from(false),
    };
    view! {
        <div class="inline-choice">
            <label for="held-out">{text!("data.held-out")}</label>
            <select
                id="held-out"
                data-testid="held-out"
                on:change=move |event| {
                    let style = event_target_value(&event);
                    settings.change(HELD_OUT, |draft| {
                        draft.data.held_out = Some(style);
                        draft.data.together = false;
                    });
                }
            >
                {styles
                    .iter()
                    .map(|&style| {
                        view! {
                            <option
                                value=style
                                prop:selected=move || value.with(|value| value == style)
                            >
                                {style}
                            </option>
                        }
                    })
                    .collect_view()}
            </select>
            {setting.reset_button(settings)}
        </div>
    }
}
