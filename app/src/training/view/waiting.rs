//! What the next run waits for, and the ways on.

use leptos::prelude::*;

use rsc_core::config::PretrainedNetwork;

use crate::training::model::waiting::Waiting;
use crate::training::state::Training;
use crate::weights::model::Stage;
use crate::weights::widgets::{FileInput, LoadingBar, stage_of, stage_text};

/// Shown while a run cannot be prepared yet.
#[component]
pub(crate) fn WaitingCallout() -> impl IntoView {
    let training = expect_context::<Training>();
    let callout = move || match training.blocked.get()? {
        Waiting::Memory(sentence) => Some(
            view! {
                <div class="callout" role="alert" data-testid="waiting">
                    <p>{sentence}</p>
                </div>
            }
            .into_any(),
        ),
        Waiting::Weights(network) => Some(view! { <WeightsCallout network=network /> }.into_any()),
    };
    view! { {callout} }
}

/// The weights that the run waits for.
#[component]
fn WeightsCallout(network: PretrainedNetwork) -> impl IntoView {
    let training = expect_context::<Training>();
    let stage = Memo::new(move |_| stage_of(training.weights, network));
    let words = move || {
        let words = stage.get().map(|stage| stage_text(network, &stage));
        words.unwrap_or_else(|| text!("weights.needed", network = network.title()))
    };
    let buttons = move || {
        let stage = stage.get()?;
        let again = matches!(stage, Stage::Failed(_)) && network.is_included();
        let file =
            !network.is_included() && !matches!(stage, Stage::Loading { .. } | Stage::Checking);
        let small = again || file || matches!(stage, Stage::Refused(_));
        let on_file = Callback::new(move |(network, file)| training.bring_weights(network, file));
        small.then(|| {
            view! {
                <div class="buttons">
                    {again.then(|| view! {
                        <button
                            class="primary"
                            data-testid="weights-again"
                            on:click=move |_| training.configure()
                        >
                            {text!("weights.again")}
                        </button>
                    })}
                    {file.then(|| view! {
                        <FileInput
                            id="waiting-weights-file"
                            network=Signal::stored(Some(network))
                            on_file=on_file
                        />
                    })}
                    <button
                        data-testid="weights-small-cnn"
                        on:click=move |_| training.settings.choose_small_cnn()
                    >
                        {text!("weights.small-cnn")}
                    </button>
                </div>
            }
        })
    };
    view! {
        <div class="callout" role="status" data-testid="waiting">
            <p>{words}</p>
            <LoadingBar stage=stage.into() />
            {buttons}
        </div>
    }
}
