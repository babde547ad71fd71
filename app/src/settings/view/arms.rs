//! The arms: whose challenge is set, one more, one less, and their names.

use leptos::prelude::*;

use rsc_core::config::RunConfig;

use crate::settings::model::arms::RSC;
use crate::settings::model::arms::{MOST_ARMS, usual_name};
use crate::settings::state::Settings;
use crate::settings::state::arms::ARM_NAME;
use crate::settings::widgets::{Field, Setting};

fn names(config: &RunConfig) -> Vec<String> {
    config.arms.iter().map(|arm| arm.name.clone()).collect()
}

/// A tab for each arm, and what can be done with the chosen one.
#[component]
pub(crate) fn Arms() -> impl IntoView {
    let settings = expect_context::<Settings>();
    let full = move || settings.draft.with(|draft| draft.arms.len() >= MOST_ARMS);
    let edited = Memo::new(move |_| settings.edited_arm());
    let stays = move || edited.get().index <= RSC;
    view! {
        <div class="arms">
            <div class="segments" role="group" aria-label=text!("arms.tabs")>
                <For each=move || settings.draft_arms() key=Clone::clone let(arm)>
                    <button
                        class=arm.class()
                        data-testid=format!("arm-tab-{}", arm.index + 1)
                        aria-pressed=move || (edited.get().index == arm.index).to_string()
                        on:click=move |_| settings.edit_arm(arm.index)
                    >
                        {arm.label()}
                    </button>
                </For>
            </div>
            <button
                class="chip"
                data-testid="add-arm"
                title=text!("arms.add.title")
                disabled=full
                on:click=move |_| settings.add_arm()
            >
                {text!("arms.add")}
            </button>
        </div>
        <Show when=move || settings.pending(names)>
            <p class="takes-effect" data-testid="arms-pending">
                {text!("arms.pending")}
            </p>
        </Show>
        <details class="more arm-more" data-testid="more-arm">
            <summary>
                {move || text!("arms.more", arm = edited.get().label())}
            </summary>
            <Name />
            <button
                class="quiet"
                data-testid="remove-arm"
                disabled=stays
                on:click=move |_| settings.remove_arm(edited.get_untracked().index)
            >
                {text!("arms.remove")}
            </button>
            <p class="hint">
                {text!("arms.hint")}
            </p>
        </details>
    }
}

/// The name of the chosen arm.
#[component]
fn Name() -> impl IntoView {
    let settings = expect_context::<Settings>();
    let edited = Memo::new(move |_| settings.edited_arm());
    let invalid = move || settings.refused.with(|r| r.contains_key(ARM_NAME));
    let rename = move |name: &str| settings.rename_arm(edited.get_untracked().index, name);
    let input = NodeRef::<leptos::html::Input>::new();
    // A refused name stays for correction, until the refusal is gone.
    Effect::new(move |was: Option<bool>| {
        let invalid = invalid();
        if let (Some(true), false, Some(input)) = (was, invalid, input.get_untracked()) {
            input.set_value(&edited.get_untracked().name);
        }
        invalid
    });
    let setting = Setting {
        id: "arm-name",
        field: ARM_NAME,
        label: text!("arms.name"),
        at_default: Signal::derive(move || {
            let arm = edited.get();
            arm.name == usual_name(arm.index)
        }),
        to_default: Callback::new(move |()| rename(usual_name(edited.get_untracked().index))),
        pending: Signal::from(false),
    };
    view! {
        <Field
            setting=setting
            hint=text!("arms.name-hint")
        >
            <input
                node_ref=input
                type="text"
                id="arm-name"
                data-testid="arm-name"
                maxlength="40"
                spellcheck="false"
                autocomplete="off"
                aria-describedby="arm-name-hint"
                aria-invalid=move || invalid().then_some("true")
                prop:value=move || edited.get().name
                on:change=move |event| rename(&event_target_value(&event))
            />
        </Field>
    }
}
