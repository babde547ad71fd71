//! Learning rate, epochs, batch size and seed.

use leptos::prelude::*;

use crate::settings::model::number;
use crate::settings::state::Settings;
use crate::settings::widgets::run_setting::run_setting;
use crate::settings::widgets::{Number, Setting};

/// Learning rate, epochs, batch size and seed.
#[component]
pub(crate) fn TrainingFields() -> impl IntoView {
    view! {
        <div class="fields">
            <LearningRate />
            <Epochs />
            <BatchSize />
            <Seed />
        </div>
    }
}

#[component]
fn LearningRate() -> impl IntoView {
    let settings = expect_context::<Settings>();
    let field = "training.learning_rate";
    let setting = Setting {
        pending: Signal::from(false),
        ..run_setting(
            settings,
            "learning-rate",
            field,
            text!("training.learning-rate"),
            |c| c.training.learning_rate,
            |c, v| c.training.learning_rate = v,
        )
    };
    let value = Signal::derive(move || {
        settings
            .draft
            .with(|draft| draft.training.learning_rate.to_string())
    });
    view! {
        <Number
            setting=setting
            hint=text!("training.learning-rate.hint")
            value=value
            min="0"
            max="10"
            step="any"
            on_change=Callback::new(move |text: String| {
                match number::real(field, &text, text!("training.learning-rate.range")) {
                    Ok(rate) => settings.change(field, |c| c.training.learning_rate = rate),
                    Err(error) => settings.refuse(field, &error),
                }
            })
        />
    }
}

#[component]
fn Epochs() -> impl IntoView {
    let settings = expect_context::<Settings>();
    let field = "training.epochs";
    let setting = run_setting(
        settings,
        "epochs",
        field,
        text!("training.epochs"),
        |c| c.training.epochs,
        |c, v| c.training.epochs = v,
    );
    let value = Signal::derive(move || settings.draft.with(|d| d.training.epochs.to_string()));
    view! {
        <Number
            setting=setting
            hint=text!("training.epochs.hint")
            value=value
            min="1"
            max="1000"
            on_change=Callback::new(move |text: String| {
                match number::whole(field, &text, 1, 1000) {
                    Ok(epochs) => settings.change(field, |c| c.training.epochs = epochs as u32),
                    Err(error) => settings.refuse(field, &error),
                }
            })
        />
    }
}

#[component]
fn BatchSize() -> impl IntoView {
    let settings = expect_context::<Settings>();
    let field = "training.batch_size";
    let setting = run_setting(
        settings,
        "batch-size",
        field,
        text!("training.batch-size"),
        |c| c.training.batch_size,
        |c, v| c.training.batch_size = v,
    );
    let value = Signal::derive(move || settings.draft.with(|d| d.training.batch_size.to_string()));
    view! {
        <Number
            setting=setting
            hint=text!("training.batch-size.hint")
            value=value
            min="2"
            max="512"
            on_change=Callback::new(move |text: String| {
                match number::whole(field, &text, 2, 512) {
                    Ok(size) => settings.change(field, |c| c.training.batch_size = size as usize),
                    Err(error) => settings.refuse(field, &error),
                }
            })
        />
    }
}

#[component]
fn Seed() -> impl IntoView {
    let settings = expect_context::<Settings>();
    let field = "training.seed";
    let setting = run_setting(
        settings,
        "seed",
        field,
        text!("training.seed"),
        |c| c.training.seed,
        |c, v| c.training.seed = v,
    );
    let value = Signal::derive(move || settings.draft.with(|d| d.training.seed.to_string()));
    view! {
        <Number
            setting=setting
            hint=text!("training.seed.hint")
            value=value
            min="0"
            max="9007199254740991"
            on_change=Callback::new(move |text: String| {
                match number::whole(field, &text, 0, (1 << 53) - 1) {
                    Ok(seed) => settings.change(field, |c| c.training.seed = seed),
                    Err(error) => settings.refuse(field, &error),
                }
            })
        />
    }
}
