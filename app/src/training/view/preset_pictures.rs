//! The pictures that presets are made from: how far they are loaded, and whose they are.

use leptos::prelude::*;

use rsc_core::config::{DataPreset, DataSource};

use crate::training::state::Training;
use crate::training::state::preset_files::{Loading, Stage, name};

const FLUENT: &str = "https://github.com/microsoft/fluentui-emoji"; // not shown
const NOTO: &str = "https://github.com/googlefonts/noto-emoji"; // not shown
const TWEMOJI: &str = "https://github.com/twitter/twemoji"; // not shown
const MIT: &str = "https://github.com/microsoft/fluentui-emoji/blob/main/LICENSE"; // not shown
const APACHE: &str = "https://www.apache.org/licenses/LICENSE-2.0"; // not shown
const CC_BY: &str = "https://creativecommons.org/licenses/by/4.0/"; // not shown

/// What is loaded, and the credits of what is shown.
#[component]
pub(crate) fn PresetPictures() -> impl IntoView {
    let training = expect_context::<Training>();
    let loading = training.files.loading;
    let emoji = DataSource::Preset {
        preset: DataPreset::Emoji,
    };
    // Their thumbnails stay when another preset is chosen.
    let credited = Memo::new(move |_| {
        let chosen = training
            .settings
            .draft
            .with(|draft| draft.data.source == emoji);
        chosen
            || training
                .thumbnails
                .with(|all| all.contains_key(&DataPreset::Emoji))
    });
    view! {
        {move || loading.get().map(progress)}
        <Show when=move || credited.get()>
            <EmojiCredits />
        </Show>
    }
}

/// How far a file is.
fn progress(loading: Loading) -> AnyView {
    let Loading { file, stage, share } = loading;
    let stage = match stage {
        Stage::Fetching => "fetching",
        Stage::Decoding => "decoding",
    };
    let percent = (share * 100.0).floor();
    let text = text_with!(&format!("data.{}.{stage}", name(file)), percent = percent);
    view! {
        <p class="facts file-progress" data-testid="file-progress">
            <span>{text.clone()}</span>
            <progress max="1" value=share aria-label=text></progress>
        </p>
    }
    .into_any()
}

/// Whose icons they are, and under which licences.
#[component]
fn EmojiCredits() -> impl IntoView {
    let sets = [
        (
            FLUENT,
            text!("data.credits.fluent"),
            MIT,
            text!("data.credits.mit"),
        ),
        (
            NOTO,
            text!("data.credits.noto"),
            APACHE,
            text!("data.credits.apache"),
        ),
        (
            TWEMOJI,
            text!("data.credits.twemoji"),
            CC_BY,
            text!("data.credits.cc-by"),
        ),
    ];
    view! {
        <p class="facts" data-testid="emoji-credits">
            {text!("data.credits.icons")}
            {sets
                .into_iter()
                .map(|(source, set, licence, terms)| {
                    view! {
                        " "
                        <a href=source rel="noreferrer">
                            {set}
                        </a>
                        " ("
                        <a href=licence rel="noreferrer license">
                            {terms}
                        </a>
                        ");"
                    }
                })
                .collect_view()}
            " "
            {text!("data.credits.changes")}
        </p>
    }
}
