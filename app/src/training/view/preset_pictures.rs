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

/// The credits of the pictures that are shown.
#[component]
pub(crate) fn PictureCredits() -> impl IntoView {
    let training = expect_context::<Training>();
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
        <Show when=move || credited.get()>
            <EmojiCredits />
        </Show>
    }
}

/// How far a file is.
pub(crate) fn progress_text(loading: Loading) -> String {
    let stage = match loading.stage {
        Stage::Fetching => "fetching",
        Stage::Decoding => "decoding",
    };
    let percent = (loading.share * 100.0).floor();
    let key = format!("data.{}.{stage}", name(loading.file));
    text_with!(&key, percent = percent)
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
