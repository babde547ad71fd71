//! The published ways to challenge, as buttons.

use leptos::prelude::*;

use rsc_core::config::{ChallengeConfig, MethodPreset};

use crate::settings::state::Settings;
use crate::ui::text::text_of;

/// The published ways to do it, as buttons.
#[component]
pub(super) fn Methods(challenge: Memo<ChallengeConfig>) -> impl IntoView {
    let settings = expect_context::<Settings>();
    let methods = [
        MethodPreset::Paper,
        MethodPreset::Official,
        MethodPreset::DomainBed,
        MethodPreset::Replication,
        MethodPreset::Erm,
    ];
    view! {
        <div class="methods" role="group" aria-label=text!("challenge.methods")>
            <span class="methods-label">{text!("challenge.as-in")}</span>
            {methods
                .into_iter()
                .map(|method| {
                    let id = method.name();
                    view! {
                        <button
                            class="chip"
                            data-testid=format!("method-{id}")
                            title=text_of(&format!("challenge.method.{id}.about"))
                            aria-pressed=move || {
                                (challenge.get() == method.challenge()).to_string()
                            }
                            on:click=move |_| {
                                settings.change_challenge("challenge", |c| *c = method.challenge());
                            }
                        >
                            {text_of(&format!("challenge.method.{id}.title"))}
                        </button>
                    }
                })
                .collect_view()}
        </div>
    }
}
