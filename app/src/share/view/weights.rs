//! The arms' weights, and the program that loads them elsewhere.

use leptos::{prelude::*, task::spawn_local};

use crate::settings::model::arms::Arm;
use crate::settings::model::arms::RSC;
use crate::settings::state::Settings;
use crate::share::model::pytorch;
use crate::share::state::WeightExports;
use crate::training::state::Training;
use crate::ui::clipboard;

/// A button for each arm, and the program.
#[component]
pub(crate) fn Weights() -> impl IntoView {
    let exports = expect_context::<WeightExports>();
    let training = expect_context::<Training>();
    let button = move |Arm { index: arm, name }: Arm| {
        let waiting = move || {
            exports
                .asked
                .with(|all| all.iter().any(|asked| asked.arm == arm))
        };
        view! {
            <button
                data-testid=format!("export-weights-{name}")
                disabled=move || !exports.has_weights() || waiting()
                on:click=move |_| exports.save_weights(arm)
            >
                {text!("share.weights.of", arm = training.arm_label(arm))}
            </button>
        }
    };
    view! {
        <section class="share-part" aria-labelledby="weights-title">
            <h3 id="weights-title">{text!("share.weights")}</h3>
            <p class="hint">
                {text!("share.weights.as")} <code>{text!("share.weights.safetensors")}</code>
                {text!("share.weights.pytorch")}
            </p>
            <div class="buttons">
                <For each=move || training.run_arms() key=Clone::clone children=button />
            </div>
            <p class="said" role="status" data-testid="weights-said">{exports.outcome}</p>
            <Program />
        </section>
    }
}

/// The PyTorch program for this run's network.
#[component]
fn Program() -> impl IntoView {
    let settings = expect_context::<Settings>();
    let training = expect_context::<Training>();
    let program = Memo::new(move |_| {
        let network = settings
            .applied
            .with(|applied| applied.as_ref().map(|config| config.network.clone()))?;
        // The two belong together once the run is prepared.
        training.state.get()?;
        training.info.with(|info| {
            let info = info.as_ref()?;
            let arm = info
                .arms
                .get(RSC)
                .or(info.arms.first())
                .map_or("rsc", String::as_str);
            Some(pytorch::snippet(&network, info, arm))
        })
    });
    let said = RwSignal::new("");
    let copy = move |_| {
        let text = program.get_untracked().unwrap_or_default();
        spawn_local(async move {
            let copied = clipboard::copy(&text).await;
            let _ = said.try_set(if copied {
                text!("share.copied")
            } else {
                text!("share.program.by-hand")
            });
        });
    };
    view! {
        <Show when=move || program.with(Option::is_some)>
            <details class="program">
                <summary>{text!("share.program")}</summary>
                <pre tabindex="0">
                    <code data-testid="pytorch-snippet">{move || program.get()}</code>
                </pre>
                <div class="buttons">
                    <button data-testid="copy-snippet" on:click=copy>
                        {text!("share.program.copy")}
                    </button>
                    <span class="said" role="status">
                        {said}
                    </span>
                </div>
            </details>
        </Show>
    }
}
