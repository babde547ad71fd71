//! A setting of the edited arm's challenge, and what its controls do to it.

use leptos::prelude::*;
use serde::de::DeserializeOwned;

use rsc_core::config::ChallengeConfig;

use crate::settings::model::choice_name::named;
use crate::settings::model::number;
use crate::settings::state::Settings;
use crate::settings::widgets::Setting;

// In the words of the engine's checks; `refuse` translates them.
const FRACTION: &str = "a value from 0 to 1"; // not shown

/// A setting of the edited arm's challenge, with its way back to the default.
pub(super) fn setting<T: PartialEq + 'static>(
    settings: Settings,
    id: &'static str,
    field: &'static str,
    label: &'static str,
    get: fn(&ChallengeConfig) -> T,
    set: fn(&mut ChallengeConfig, T),
) -> Setting {
    Setting {
        id,
        field,
        label,
        at_default: Signal::derive(move || {
            get(&settings.challenge()) == get(&settings.default_challenge())
        }),
        to_default: Callback::new(move |()| {
            let default = untrack(|| get(&settings.default_challenge()));
            settings.change_challenge(field, |challenge| set(challenge, default));
        }),
        pending: Signal::from(false),
    }
}

/// What a select does: a name becomes a choice of the edited arm.
pub(super) fn choose<T: DeserializeOwned + 'static>(
    settings: Settings,
    field: &'static str,
    set: fn(&mut ChallengeConfig, T),
) -> Callback<String> {
    Callback::new(move |name: String| {
        if let Some(choice) = named(&name) {
            settings.change_challenge(field, |challenge| set(challenge, choice));
        }
    })
}

/// What a slider does.
pub(super) fn slide(
    settings: Settings,
    field: &'static str,
    set: fn(&mut ChallengeConfig, f64),
) -> Callback<String> {
    Callback::new(
        move |text: String| match number::real(field, &text, FRACTION) {
            // not shown
            Ok(value) => settings.change_challenge(field, |challenge| {
                set(challenge, number::slider_fraction(value));
            }),
            Err(error) => settings.refuse(field, &error),
        },
    )
}
