//! A setting of the run that is typed as a number: from the engine's path and range to a control.

use leptos::prelude::*;

use rsc_core::config::RunConfig;

use crate::settings::model::number;
use crate::settings::state::Settings;
use crate::settings::widgets::Number;
use crate::settings::widgets::run_setting::run_setting;

/// A typed fraction or other number with decimals.
#[derive(Clone, Copy)]
pub(crate) struct Real {
    /// `data-testid`.
    pub(crate) id: &'static str,
    /// Path, as the engine's checks call it.
    pub(crate) field: &'static str,
    /// Name.
    pub(crate) label: fn() -> &'static str,
    /// One plain sentence.
    pub(crate) hint: fn() -> &'static str,
    /// What the engine accepts, in the words of its own check, which decides.
    pub(crate) expected: &'static str,
    /// The value.
    pub(crate) get: fn(&RunConfig) -> f64,
    /// Changes the value.
    pub(crate) set: fn(&mut RunConfig, f64),
}

impl Real {
    /// The control.
    pub(crate) fn control(self, settings: Settings) -> impl IntoView {
        let Self {
            id,
            field,
            label,
            hint,
            expected,
            get,
            set,
        } = self;
        view! {
            <Number
                setting=run_setting(settings, id, field, label(), get, set)
                hint=hint()
                value=Signal::derive(move || settings.draft.with(get).to_string())
                min="0"
                max="1"
                step="any"
                on_change=Callback::new(move |text: String| {
                    match number::real(field, &text, expected) {
                        Ok(value) => settings.change(field, |draft| set(draft, value)),
                        Err(error) => settings.refuse(field, &error),
                    }
                })
            />
        }
    }
}

/// A typed whole number.
#[derive(Clone, Copy)]
pub(crate) struct Whole {
    /// `data-testid`.
    pub(crate) id: &'static str,
    /// Path, as the engine's checks call it.
    pub(crate) field: &'static str,
    /// Name.
    pub(crate) label: fn() -> &'static str,
    /// One plain sentence.
    pub(crate) hint: fn() -> &'static str,
    /// Smallest and largest value, for the check and for the browser's arrows.
    pub(crate) range: ((u64, &'static str), (u64, &'static str)),
    /// The value.
    pub(crate) get: fn(&RunConfig) -> usize,
    /// Changes the value.
    pub(crate) set: fn(&mut RunConfig, usize),
}

impl Whole {
    /// The control.
    pub(crate) fn control(self, settings: Settings) -> impl IntoView {
        let Self {
            id,
            field,
            label,
            hint,
            range: ((low, min), (high, max)),
            get,
            set,
        } = self;
        view! {
            <Number
                setting=run_setting(settings, id, field, label(), get, set)
                hint=hint()
                value=Signal::derive(move || settings.draft.with(get).to_string())
                min=min
                max=max
                on_change=Callback::new(move |text: String| {
                    match number::whole(field, &text, low, high) {
                        Ok(value) => settings.change(field, |draft| set(draft, value as usize)),
                        Err(error) => settings.refuse(field, &error),
                    }
                })
            />
        }
    }
}
