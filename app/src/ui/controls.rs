//! Controls that know no setting: a switch, a row of buttons, the input of a number.

use leptos::{html, prelude::*};

/// The input of a typed number. A refused text stays for correction, until the refusal is gone.
#[component]
pub(crate) fn NumberInput(
    /// `data-testid` and `id`.
    #[prop(into)]
    id: String,
    /// Its name, where it has no label of its own.
    #[prop(into, optional)]
    label: Option<String>,
    /// The `id` of the sentence about it.
    #[prop(into)]
    described_by: String,
    /// The value as text.
    #[prop(into)]
    value: Signal<String>,
    /// Whether what it shows was refused.
    #[prop(into)]
    invalid: Signal<bool>,
    /// Smallest value, for the browser's arrows.
    #[prop(into)]
    min: String,
    /// Largest value.
    #[prop(into)]
    max: String,
    /// Distance of the arrows, or `any`.
    #[prop(default = "1")]
    step: &'static str,
    /// Called with each new text once it is complete.
    on_change: Callback<String>,
) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    Effect::new(move |was: Option<bool>| {
        let invalid = invalid.get();
        if let (Some(true), false, Some(input)) = (was, invalid, input.get_untracked()) {
            input.set_value(&value.get_untracked());
        }
        invalid
    });
    view! {
        <input
            node_ref=input
            type="number"
            inputmode="decimal"
            id=id.clone()
            data-testid=id
            aria-label=label
            min=min
            max=max
            step=step
            aria-describedby=described_by
            aria-invalid=move || invalid.get().then_some("true")
            prop:value=value
            on:change=move |event| on_change.run(event_target_value(&event))
        />
    }
}

/// A yes or no.
#[component]
pub(crate) fn Toggle(
    /// `data-testid`.
    id: &'static str,
    /// What it switches, as a sentence.
    label: &'static str,
    /// Whether it is on.
    #[prop(into)]
    value: Signal<bool>,
    /// Called with the new state.
    on_change: Callback<bool>,
    /// Whether it means nothing at present.
    #[prop(into, optional)]
    disabled: Signal<bool>,
) -> impl IntoView {
    view! {
        <label class="toggle">
            <input
                type="checkbox"
                data-testid=id
                disabled=disabled
                prop:checked=value
                on:change=move |event| on_change.run(event_target_checked(&event))
            />
            <span>{label}</span>
        </label>
    }
}

/// A few buttons of which one is pressed.
#[component]
pub(crate) fn Segments(
    /// What is chosen here, for screen readers.
    label: &'static str,
    /// The choices: index, name and CSS class.
    #[prop(into)]
    options: Signal<Vec<(usize, String, &'static str)>>,
    /// The index chosen.
    #[prop(into)]
    value: Signal<usize>,
    /// Called with an index.
    on_choice: Callback<usize>,
) -> impl IntoView {
    view! {
        <div class="segments" role="group" aria-label=label>
            <For each=move || options.get() key=Clone::clone let((index, name, class))>
                <button
                    class=class
                    aria-pressed=move || (value.get() == index).to_string()
                    on:click=move |_| on_choice.run(index)
                >
                    {name}
                </button>
            </For>
        </div>
    }
}
