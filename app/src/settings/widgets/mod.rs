//! The controls that panels are built from. Each has a name, one plain sentence, a way back to its
//! default, and room for what is wrong with its value or when the value takes effect.

pub(crate) mod run_setting;

use leptos::{html, prelude::*};

use crate::settings::state::Settings;
use crate::ui::controls::{NumberInput, Toggle};
use crate::ui::icon::Icon;
use crate::ui::model::glossary;
use crate::ui::term::Term;

/// What every control has in common.
#[derive(Clone, Copy)]
pub(crate) struct Setting {
    /// Its `data-testid`, and the `id` that its label refers to.
    pub(crate) id: &'static str,
    /// Path of what it sets, as the engine's checks call it.
    pub(crate) field: &'static str,
    /// Its name.
    pub(crate) label: &'static str,
    /// Whether it has its default value.
    pub(crate) at_default: Signal<bool>,
    /// Goes back to the default.
    pub(crate) to_default: Callback<()>,
    /// Whether its value waits for a reset.
    pub(crate) pending: Signal<bool>,
}

impl Setting {
    /// What was said against its value.
    fn refusal(self, settings: Settings) -> Option<String> {
        settings
            .refused
            .with(|refused| refused.get(self.field).cloned())
    }

    /// What its name means, if that is a word of the field.
    fn meaning(self) -> Option<impl IntoView> {
        glossary::of_control(self.id).map(|of| {
            view! {
                <Term of=of>
                    <span aria-hidden="true">"?"</span>
                    <span class="visually-hidden">
                        {text!("settings.what-means", name = self.label)}
                    </span>
                </Term>
            }
        })
    }

    /// The way back to its default, which also takes back a refusal where the value behind it has
    /// not changed.
    pub(crate) fn reset_button(self, settings: Settings) -> impl IntoView {
        let at_default =
            Signal::derive(move || self.at_default.get() && self.refusal(settings).is_none());
        let to_default = move |_| {
            self.to_default.run(());
            settings.accept(self.field);
        };
        view! {
            <button
                class="to-default"
                class:unused=at_default
                data-testid=format!("{}-default", self.id)
                title=text!("settings.to-default", name = self.label)
                aria-label=text!("settings.to-default", name = self.label)
                disabled=at_default
                on:click=to_default
            >
                <Icon of=icondata_lu::LuRotateCcw />
            </button>
        }
    }

    /// When its value takes effect, and what is wrong with it.
    fn remarks(self, settings: Settings) -> impl IntoView {
        view! {
            <Show when=move || self.pending.get()>
                <p class="takes-effect">{text!("settings.on-reset")}</p>
            </Show>
            <p class="refusal" role="alert">{move || self.refusal(settings)}</p>
        }
    }
}

/// Label, reset button, the control itself, its sentence, and what is to be said about its value.
#[component]
pub(crate) fn Field(
    /// Which setting.
    setting: Setting,
    /// One plain sentence.
    #[prop(into)]
    hint: Signal<String>,
    /// The value in words, beside the label.
    #[prop(into, optional)]
    value: Option<Signal<String>>,
    /// The control.
    children: Children,
) -> impl IntoView {
    let settings = expect_context::<Settings>();
    view! {
        <div class="field" class:pending=setting.pending>
            <div class="field-head">
                <label for=setting.id>{setting.label}</label>
                {setting.meaning()}
                {value.map(|value| view! { <output for=setting.id>{value}</output> })}
                {setting.reset_button(settings)}
            </div>
            {children()}
            <p class="hint" id=format!("{}-hint", setting.id)>{hint}</p>
            {setting.remarks(settings)}
        </div>
    }
}

/// What a [`Choice`] offers: values and what they are called.
#[derive(Clone, Copy)]
pub(crate) struct Options(Signal<Vec<(String, String)>>);

impl From<Vec<(&'static str, &'static str)>> for Options {
    fn from(options: Vec<(&'static str, &'static str)>) -> Self {
        let owned = options.into_iter();
        let owned = owned.map(|(name, label)| (name.to_owned(), label.to_owned()));
        Self(Signal::stored(owned.collect()))
    }
}

impl From<Signal<Vec<(String, String)>>> for Options {
    fn from(options: Signal<Vec<(String, String)>>) -> Self {
        Self(options)
    }
}

/// One of a few named choices.
#[component]
pub(crate) fn Choice(
    /// Which setting.
    setting: Setting,
    /// One plain sentence.
    #[prop(into)]
    hint: Signal<String>,
    /// Values and what they are called; they may follow other settings.
    #[prop(into)]
    options: Options,
    /// The value chosen.
    #[prop(into)]
    value: Signal<String>,
    /// Called with a value.
    on_choice: Callback<String>,
    /// Whether the choice means nothing at present.
    #[prop(into, optional)]
    disabled: Signal<bool>,
) -> impl IntoView {
    let select = NodeRef::<html::Select>::new();
    let choose = move |event| {
        on_choice.run(event_target_value(&event));
        // What was refused must not look chosen.
        if let Some(select) = select.get_untracked() {
            select.set_value(&value.get_untracked());
        }
    };
    view! {
        <Field setting=setting hint=hint>
            <select
                node_ref=select
                id=setting.id
                data-testid=setting.id
                aria-describedby=format!("{}-hint", setting.id)
                disabled=disabled
                on:change=choose
            >
                <For each=move || options.0.get() key=Clone::clone let((name, label))>
                    <option
                        value=name.clone()
                        prop:selected=move || value.with(|value| *value == name)
                    >
                        {label}
                    </option>
                </For>
            </select>
        </Field>
    }
}

/// A fraction on a slider.
#[component]
pub(crate) fn Slider(
    /// Which setting.
    setting: Setting,
    /// One plain sentence.
    #[prop(into)]
    hint: Signal<String>,
    /// The fraction.
    #[prop(into)]
    value: Signal<f64>,
    /// The fraction in words.
    #[prop(into)]
    shown: Signal<String>,
    /// Called with each new text of the slider.
    on_move: Callback<String>,
    /// Whether the fraction means nothing at present.
    #[prop(into, optional)]
    disabled: Signal<bool>,
) -> impl IntoView {
    // `step=any`: with steps of 0.01 the browser would round the exact third away.
    view! {
        <Field setting=setting hint=hint value=shown>
            <input
                type="range"
                id=setting.id
                data-testid=setting.id
                min="0"
                max="1"
                step="any"
                aria-describedby=format!("{}-hint", setting.id)
                aria-valuetext=shown
                disabled=disabled
                style:--filled=move || format!("{:.2}%", value.get() * 100.0)
                prop:value=move || value.get().to_string()
                on:input=move |event| on_move.run(event_target_value(&event))
            />
        </Field>
    }
}

/// A typed number.
#[component]
pub(crate) fn Number(
    /// Which setting.
    setting: Setting,
    /// One plain sentence.
    #[prop(into)]
    hint: Signal<String>,
    /// The value as text.
    #[prop(into)]
    value: Signal<String>,
    /// Smallest value, for the browser's arrows.
    min: &'static str,
    /// Largest value.
    max: &'static str,
    /// Distance of the arrows, or `any`.
    #[prop(default = "1")]
    step: &'static str,
    /// Called with each new text once it is complete.
    on_change: Callback<String>,
) -> impl IntoView {
    let settings = expect_context::<Settings>();
    let invalid = Signal::derive(move || settings.refused.with(|r| r.contains_key(setting.field)));
    view! {
        <Field setting=setting hint=hint>
            <NumberInput
                id=setting.id
                described_by=format!("{}-hint", setting.id)
                value=value
                invalid=invalid
                min=min
                max=max
                step=step
                on_change=on_change
            />
        </Field>
    }
}

/// A yes or no among the settings.
#[component]
pub(crate) fn Switch(
    /// Which setting.
    setting: Setting,
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
    let settings = expect_context::<Settings>();
    view! {
        <div class="switch" class:pending=setting.pending>
            <div class="field-head">
                <Toggle
                    id=setting.id
                    label=label
                    value=value
                    on_change=on_change
                    disabled=disabled
                />
                {setting.meaning()}
                {setting.reset_button(settings)}
            </div>
            {setting.remarks(settings)}
        </div>
    }
}
