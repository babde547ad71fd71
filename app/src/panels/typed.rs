//! A setting of the run that is typed as a number: from the engine's path and range to a control.

use leptos::prelude::*;

use rsc_core::config::RunConfig;

use super::network::fixed_setting;
use crate::controls::Number;
use crate::pure::number;
use crate::session::Session;

/// A typed fraction or other number with decimals.
#[derive(Clone, Copy)]
pub(super) struct Real {
    /// `data-testid`.
    pub(super) id: &'static str,
    /// Path, as the engine's checks call it.
    pub(super) field: &'static str,
    /// Name.
    pub(super) label: fn() -> &'static str,
    /// One plain sentence.
    pub(super) hint: fn() -> &'static str,
    /// What the engine accepts, in the words of its own check, which decides.
    pub(super) expected: &'static str,
    /// The value.
    pub(super) get: fn(&RunConfig) -> f64,
    /// Changes the value.
    pub(super) set: fn(&mut RunConfig, f64),
}

impl Real {
    /// The control.
    pub(super) fn control(self, session: Session) -> impl IntoView {
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
                setting=fixed_setting(session, id, field, label(), get, set)
                hint=hint()
                value=Signal::derive(move || session.draft.with(get).to_string())
                min="0"
                max="1"
                step="any"
                on_change=Callback::new(move |text: String| {
                    match number::real(field, &text, expected) {
                        Ok(value) => session.change(field, |draft| set(draft, value)),
                        Err(error) => session.refuse(field, &error),
                    }
                })
            />
        }
    }
}

/// A typed whole number.
#[derive(Clone, Copy)]
pub(super) struct Whole {
    /// `data-testid`.
    pub(super) id: &'static str,
    /// Path, as the engine's checks call it.
    pub(super) field: &'static str,
    /// Name.
    pub(super) label: fn() -> &'static str,
    /// One plain sentence.
    pub(super) hint: fn() -> &'static str,
    /// Smallest and largest value, for the check and for the browser's arrows.
    pub(super) range: ((u64, &'static str), (u64, &'static str)),
    /// The value.
    pub(super) get: fn(&RunConfig) -> usize,
    /// Changes the value.
    pub(super) set: fn(&mut RunConfig, usize),
}

impl Whole {
    /// The control.
    pub(super) fn control(self, session: Session) -> impl IntoView {
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
                setting=fixed_setting(session, id, field, label(), get, set)
                hint=hint()
                value=Signal::derive(move || session.draft.with(get).to_string())
                min=min
                max=max
                on_change=Callback::new(move |text: String| {
                    match number::whole(field, &text, low, high) {
                        Ok(value) => session.change(field, |draft| set(draft, value as usize)),
                        Err(error) => session.refuse(field, &error),
                    }
                })
            />
        }
    }
}
