//! Where the weights of the chosen network stand, and how to bring some.

use leptos::{html, prelude::*};
use web_sys::File;

use rsc_core::config::PretrainedNetwork;

use crate::ui::model::format;
use crate::weights::model::{EXTENSIONS, Stage, progress};
use crate::weights::state::Weights;

/// The stage of this network's weights; `None` where nobody has asked for them yet.
pub(crate) fn stage_of(weights: Weights, network: PretrainedNetwork) -> Option<Stage> {
    weights.status.with(|status| {
        let status = status.as_ref().filter(|it| it.network == network)?;
        Some(status.stage.clone())
    })
}

/// Where they stand, in words.
pub(crate) fn stage_text(network: PretrainedNetwork, stage: &Stage) -> String {
    match stage {
        Stage::NeedsFile => text!("weights.choose").to_owned(),
        Stage::Loading { received, total } => {
            let progress = progress(*received, *total);
            text!("weights.loading", progress = progress)
        }
        Stage::Checking => text!("weights.checking").to_owned(),
        Stage::Read { values } => {
            let values = format::amount(*values);
            text!("weights.read", values = values)
        }
        Stage::Failed(problem) => {
            let network = network.title();
            text!("weights.failed", network = network, problem = problem)
        }
        Stage::Refused(problem) => text!("weights.refused", problem = problem),
    }
}

/// The weights of the network that the controls describe.
#[component]
pub(crate) fn WeightsField(
    /// The weights.
    weights: Weights,
    /// The network, if it is a pretrained one.
    network: Signal<Option<PretrainedNetwork>>,
    /// Takes a file of the visitor's.
    on_file: Callback<(PretrainedNetwork, File)>,
) -> impl IntoView {
    let stage = Memo::new(move |_| stage_of(weights, network.get()?));
    let words = move || {
        let (network, stage) = (network.get()?, stage.get()?);
        Some(stage_text(network, &stage))
    };
    let wrong = move || stage.with(|it| matches!(it, Some(Stage::Failed(_) | Stage::Refused(_))));
    let hint = move || match network.get() {
        Some(PretrainedNetwork::EfficientNetLite0) => text!("weights.included-hint"),
        Some(PretrainedNetwork::ResNet18) => text!("weights.resnet18-hint"),
        Some(PretrainedNetwork::ResNet50) => text!("weights.resnet50-hint"),
        None => "",
    };
    let brought = Memo::new(move |_| network.get().is_some_and(|it| !it.is_included()));
    view! {
        <div class="field weights" data-testid="weights">
            <div class="field-head">
                <span class="field-name">{text!("weights.label")}</span>
            </div>
            <Show when=move || brought.get()>
                <FileInput id="weights-file" network=network on_file=on_file />
            </Show>
            <LoadingBar stage=stage.into() />
            <p
                class:refusal=wrong
                class="said"
                role="status"
                data-testid="weights-status"
            >
                {words}
            </p>
            <p class="hint">{hint}</p>
        </div>
    }
}

/// How far the weights are, while they are on their way.
#[component]
pub(crate) fn LoadingBar(stage: Signal<Option<Stage>>) -> impl IntoView {
    let share = move || {
        stage.with(|stage| match stage {
            Some(Stage::Loading { received, total }) if *total > 0 => {
                Some(*received as f64 / *total as f64)
            }
            _ => None,
        })
    };
    view! {
        <Show when=move || share().is_some()>
            <progress
                class="weights-progress"
                max="1"
                prop:value=share
                value=share
                data-testid="weights-progress"
                aria-label=text!("weights.label")
            ></progress>
        </Show>
    }
}

/// A button that picks a file of weights.
#[component]
pub(crate) fn FileInput(
    /// Its `data-testid`.
    id: &'static str,
    /// The network whose weights they are.
    network: Signal<Option<PretrainedNetwork>>,
    /// Takes the file.
    on_file: Callback<(PretrainedNetwork, File)>,
) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    let picked = move |_| {
        let Some(input) = input.get_untracked() else {
            return;
        };
        let file = input.files().and_then(|files| files.get(0));
        if let Some(chosen) = network.get_untracked().zip(file) {
            on_file.run(chosen);
        }
        // So that the same file can be chosen again.
        input.set_value("");
    };
    view! {
        <label class="button">
            {text!("weights.choose-file")}
            <input
                node_ref=input
                class="visually-hidden"
                type="file"
                accept=EXTENSIONS.join(",")
                data-testid=id
                on:change=picked
            />
        </label>
    }
}
