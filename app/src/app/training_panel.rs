//! The current run: on the first screen what it says in words, its accuracies and losses with their curves; in a
//! view of its own all that decides its length and its randomness, and the network.

use leptos::prelude::*;

use crate::app::deferred_parts::DeferredPart;
use crate::app::placeholder::Placeholder;
use crate::settings::state::Settings;
use crate::settings::view::amounts::Amounts;
use crate::settings::view::training::TrainingFields;
use crate::training::state::Training;
use crate::training::view::numbers::{AccuracyNumbers, LossNumbers};
use crate::ui::term::Term;

/// What stands above every view: a failure, what a run waits for, settings that wait for a fresh start.
#[component]
pub(crate) fn RunMessages() -> impl IntoView {
    let settings = expect_context::<Settings>();
    let training = expect_context::<Training>();
    view! {
        <div class="run-messages">
            <Placeholder of=DeferredPart::Failure />
            <Placeholder of=DeferredPart::Waiting />
            <Show when=move || settings.anything_pending()>
                <div class="callout" data-testid="pending">
                    <p>{text!("training.pending")}</p>
                    <button on:click=move |_| training.reset()>{text!("training.reset-and-apply")}</button>
                </div>
            </Show>
            <p id="chart-keys" hidden>
                {text!("charts.keys")}
            </p>
        </div>
    }
}

/// The run in words, its accuracies and losses and their curves.
#[component]
pub(crate) fn TrainingPanel() -> impl IntoView {
    view! {
        <section class="panel training" id="training" aria-labelledby="training-title" tabindex="-1">
            <h2 id="training-title">
                <span class="number">"3"</span>
                {text!("training.title")}
            </h2>
            <Placeholder of=DeferredPart::Story />
            <figure class="chart" data-testid="accuracy-chart">
                <figcaption>
                    <span class="chart-title">
                        <Term of="accuracy">{text!("training.accuracy")}</Term>
                    </span>
                    <span class="chart-key">
                        <span class="line solid"></span>
                        <Term of="new-domain">{text!("training.new-domain")}</Term>
                        <span class="line dashed"></span>
                        <Term of="same-domain">{text!("training.same-domain")}</Term>
                    </span>
                </figcaption>
                <AccuracyNumbers />
                <Placeholder of=DeferredPart::AccuracyChart />
            </figure>
            <Placeholder of=DeferredPart::ChartRuns />
            <Losses />
        </section>
    }
}

/// The loss, and what the muting costs.
#[component]
fn Losses() -> impl IntoView {
    view! {
        <figure class="chart">
            <figcaption>
                <span class="chart-title">
                    {text!("training.loss-of")} <Term of="loss">{text!("training.loss")}</Term>
                </span>
                <span class="chart-key">{text!("training.loss-key")}</span>
            </figcaption>
            <LossNumbers />
            <Placeholder of=DeferredPart::LossChart />
        </figure>
        <details class="chart gap">
            <summary>{text!("training.gap")}</summary>
            <p class="hint">
                <Term of="challenge-gap">{text!("training.gap.it")}</Term>
                {text!("training.gap.with")} <Term of="mask">{text!("training.gap.mask")}</Term>
                {text!("training.gap.without")}
                <Term of="cross-entropy">{text!("training.gap.cross-entropy")}</Term>
                {text!("training.gap.course")}
            </p>
            <Placeholder of=DeferredPart::GapChart />
        </details>
    }
}

/// What decides the length and the randomness of a run, and its network.
#[component]
pub(crate) fn RunPanel() -> impl IntoView {
    view! {
        <section class="panel run-settings" aria-labelledby="run-settings-title">
            <h2 id="run-settings-title">{text!("training.network-and-training")}</h2>
            <TrainingFields />
            <div class="run-columns">
                <div>
                    <Placeholder of=DeferredPart::Optimizer />
                    <Amounts />
                </div>
                <div>
                    <Placeholder of=DeferredPart::Network />
                    <Placeholder of=DeferredPart::Augmentation />
                </div>
            </div>
        </section>
    }
}
