//! A setting of the run that only a reset can change.

use leptos::prelude::*;

use rsc_core::config::RunConfig;

use crate::settings::state::Settings;
use crate::settings::widgets::Setting;

/// A setting of the run that only a reset can change.
pub(crate) fn run_setting<T: PartialEq + Send + Sync + 'static>(
    settings: Settings,
    id: &'static str,
    field: &'static str,
    label: &'static str,
    get: fn(&RunConfig) -> T,
    set: fn(&mut RunConfig, T),
) -> Setting {
    Setting {
        id,
        field,
        label,
        at_default: Signal::derive(move || {
            settings
                .draft
                .with(|draft| get(draft) == get(&RunConfig::for_source(&draft.data.source)))
        }),
        to_default: Callback::new(move |()| {
            settings.change(field, |draft| {
                let defaults = RunConfig::for_source(&draft.data.source);
                set(draft, get(&defaults));
            });
        }),
        pending: Signal::derive(move || settings.pending(get)),
    }
}
