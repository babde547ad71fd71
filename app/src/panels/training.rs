//! The run itself: curves of all arms, and what decides its length and its randomness.

use leptos::prelude::*;

use rsc_core::protocol::EvaluationMetrics;

use super::amounts::Amounts;
use super::augmentation::Augmentation;
use super::chart_runs::ChartRuns;
use super::charts::{AccuracyChart, GapChart, LossChart};
use super::cross_hair::CrossHair;
use super::network::{Network, fixed_setting};
use super::optimizer::Optimizer;
use crate::controls::{Number, Setting};
use crate::pure::{format, number};
use crate::session::Session;
use crate::term::Term;

/// The panel.
#[component]
pub(crate) fn Training() -> impl IntoView {
    let session = expect_context::<Session>();
    provide_context(CrossHair::new());
    view! {
        <section class="panel training" id="training" aria-labelledby="training-title" tabindex="-1">
            <h2 id="training-title">
                <span class="number">"3"</span>
                "Training"
            </h2>
            <FailureCallout />
            <Show when=move || session.anything_pending()>
                <div class="callout" data-testid="pending">
                    <p>"Some settings differ from this run's and take effect on reset."</p>
                    <button on:click=move |_| session.reset()>"Reset and apply"</button>
                </div>
            </Show>
            <ChartRuns />
            <div class="charts">
                <figure class="chart" data-testid="accuracy-chart">
                    <figcaption>
                        <span class="chart-title">
                            <Term of="accuracy">"Accuracy"</Term>
                        </span>
                        <span class="chart-key">
                            <span class="line solid"></span>
                            <Term of="new-domain">"new domain"</Term>
                            <span class="line dashed"></span>
                            <Term of="same-domain">"same domain"</Term>
                        </span>
                    </figcaption>
                    <AccuracyNumbers />
                    <AccuracyChart />
                </figure>
                <figure class="chart">
                    <figcaption>
                        <span class="chart-title">"Training " <Term of="loss">"loss"</Term></span>
                        <span class="chart-key">"of what the arm was shown, muted or whole"</span>
                    </figcaption>
                    <LossNumbers />
                    <LossChart />
                </figure>
                <details class="chart gap">
                    <summary>"Challenge gap Γ: how much the muting costs"</summary>
                    <p class="hint">
                        <Term of="challenge-gap">"The gap Γ"</Term>
                        " is the loss with the " <Term of="mask">"mask"</Term>
                        " minus the loss without it, as "
                        <Term of="cross-entropy">"cross-entropy"</Term> ". It rises at first and falls as other features take over (the paper's Fig. 2)."
                    </p>
                    <GapChart />
                </details>
            </div>
            <div class="fields">
                <LearningRate />
                <Epochs />
                <BatchSize />
                <Seed />
            </div>
            <Optimizer />
            <Amounts />
            <Augmentation />
            <Network />
        </section>
    }
}

/// What went wrong, what is left of it, and the way on.
#[component]
fn FailureCallout() -> impl IntoView {
    let session = expect_context::<Session>();
    let callout = move || {
        session.failure.get().map(|failure| {
            let way_on = if failure.engine {
                "Start the engine again"
            } else {
                "Reset and go on"
            };
            view! {
                <div class="callout error" role="alert" data-testid="failure">
                    <p>
                        <b>{failure.message}</b>
                    </p>
                    <p>{failure.kept}</p>
                    <button class="primary" on:click=move |_| session.reset()>
                        {way_on}
                    </button>
                </div>
            }
        })
    };
    view! { {callout} }
}

/// The last losses.
#[component]
fn LossNumbers() -> impl IntoView {
    let session = expect_context::<Session>();
    let loss = move |arm: usize| {
        session.latest.with(|arms| {
            arms.get(arm)
                .map_or_else(|| String::from("–"), |metrics| format::loss(metrics.loss))
        })
    };
    view! {
        <dl class="numbers">
            <For each=move || session.run_arms() key=Clone::clone let(arm)>
                <div>
                    <dt class=arm.class()>{arm.label()}</dt>
                    <dd data-testid=format!("loss-{}", arm.name)>{move || loss(arm.index)}</dd>
                </div>
            </For>
        </dl>
    }
}

/// The last accuracies.
#[component]
fn AccuracyNumbers() -> impl IntoView {
    let session = expect_context::<Session>();
    let last = move |arm: usize, get: fn(&EvaluationMetrics) -> Option<f32>| {
        session.evaluations.with(|all| {
            all.last()
                .and_then(|record| record.arms.get(arm))
                .and_then(get)
                .map_or_else(|| String::from("–"), format::percent)
        })
    };
    let same = move |arm| last(arm, |m| Some(m.accuracy_same_domain));
    let new = move |arm| last(arm, |m| m.accuracy_new_domain);
    view! {
        <dl class="numbers">
            <For each=move || session.run_arms() key=Clone::clone let(arm)>
                <div>
                    <dt class=arm.class()>{arm.label()}</dt>
                    <dd>
                        <b data-testid=format!("accuracy-new-{}", arm.name)>
                            {move || new(arm.index)}
                        </b>
                        <small>"new"</small>
                        <span data-testid=format!("accuracy-same-{}", arm.name)>
                            {move || same(arm.index)}
                        </span>
                        <small>"same"</small>
                    </dd>
                </div>
            </For>
        </dl>
    }
}

#[component]
fn LearningRate() -> impl IntoView {
    let session = expect_context::<Session>();
    let field = "training.learning_rate";
    let setting = Setting {
        pending: Signal::from(false),
        ..fixed_setting(
            session,
            "learning-rate",
            field,
            "Learning rate",
            |c| c.training.learning_rate,
            |c, v| c.training.learning_rate = v,
        )
    };
    let value = Signal::derive(move || {
        session
            .draft
            .with(|draft| draft.training.learning_rate.to_string())
    });
    view! {
        <Number
            setting=setting
            hint="Size of each step; takes effect at the next one."
            value=value
            min="0"
            max="10"
            step="any"
            on_change=Callback::new(move |text: String| {
                match number::real(field, &text, "a value above 0 and at most 10") {
                    Ok(rate) => session.change(field, |c| c.training.learning_rate = rate),
                    Err(error) => session.refuse(field, &error),
                }
            })
        />
    }
}

#[component]
fn Epochs() -> impl IntoView {
    let session = expect_context::<Session>();
    let field = "training.epochs";
    let setting = fixed_setting(
        session,
        "epochs",
        field,
        "Epochs",
        |c| c.training.epochs,
        |c, v| c.training.epochs = v,
    );
    let value = Signal::derive(move || session.draft.with(|d| d.training.epochs.to_string()));
    view! {
        <Number
            setting=setting
            hint="How often the run goes through all training images."
            value=value
            min="1"
            max="1000"
            on_change=Callback::new(move |text: String| {
                match number::whole(field, &text, 1, 1000) {
                    Ok(epochs) => session.change(field, |c| c.training.epochs = epochs as u32),
                    Err(error) => session.refuse(field, &error),
                }
            })
        />
    }
}

#[component]
fn BatchSize() -> impl IntoView {
    let session = expect_context::<Session>();
    let field = "training.batch_size";
    let setting = fixed_setting(
        session,
        "batch-size",
        field,
        "Batch size",
        |c| c.training.batch_size,
        |c, v| c.training.batch_size = v,
    );
    let value = Signal::derive(move || session.draft.with(|d| d.training.batch_size.to_string()));
    view! {
        <Number
            setting=setting
            hint="Images in one step."
            value=value
            min="2"
            max="512"
            on_change=Callback::new(move |text: String| {
                match number::whole(field, &text, 2, 512) {
                    Ok(size) => session.change(field, |c| c.training.batch_size = size as usize),
                    Err(error) => session.refuse(field, &error),
                }
            })
        />
    }
}

#[component]
fn Seed() -> impl IntoView {
    let session = expect_context::<Session>();
    let field = "training.seed";
    let setting = fixed_setting(
        session,
        "seed",
        field,
        "Seed",
        |c| c.training.seed,
        |c, v| c.training.seed = v,
    );
    let value = Signal::derive(move || session.draft.with(|d| d.training.seed.to_string()));
    view! {
        <Number
            setting=setting
            hint="The same seed gives the same images, weights and batches."
            value=value
            min="0"
            max="9007199254740991"
            on_change=Callback::new(move |text: String| {
                match number::whole(field, &text, 0, (1 << 53) - 1) {
                    Ok(seed) => session.change(field, |c| c.training.seed = seed),
                    Err(error) => session.refuse(field, &error),
                }
            })
        />
    }
}
