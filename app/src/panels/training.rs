//! The run itself: curves of all arms, and what decides its length and its randomness.

use leptos::prelude::*;

use rsc_core::protocol::EvaluationMetrics;

use super::amounts::Amounts;
use super::cross_hair::CrossHair;
use super::later::{Later, Piece};
use super::network::fixed_setting;
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
                {text!("training.title")}
            </h2>
            <Later of=Piece::Failure />
            <Show when=move || session.anything_pending()>
                <div class="callout" data-testid="pending">
                    <p>{text!("training.pending")}</p>
                    <button on:click=move |_| session.reset()>{text!("training.reset-and-apply")}</button>
                </div>
            </Show>
            <p id="chart-keys" hidden>
                {text!("charts.keys")}
            </p>
            <Later of=Piece::ChartRuns />
            <div class="charts">
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
                    <Later of=Piece::AccuracyChart />
                </figure>
                <figure class="chart">
                    <figcaption>
                        <span class="chart-title">
                            {text!("training.loss-of")} <Term of="loss">{text!("training.loss")}</Term>
                        </span>
                        <span class="chart-key">{text!("training.loss-key")}</span>
                    </figcaption>
                    <LossNumbers />
                    <Later of=Piece::LossChart />
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
                    <Later of=Piece::GapChart />
                </details>
            </div>
            <div class="fields">
                <LearningRate />
                <Epochs />
                <BatchSize />
                <Seed />
            </div>
            <Later of=Piece::Optimizer />
            <Amounts />
            <Later of=Piece::Augmentation />
            <Later of=Piece::Network />
        </section>
    }
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
                        <small>{text!("training.new")}</small>
                        <span data-testid=format!("accuracy-same-{}", arm.name)>
                            {move || same(arm.index)}
                        </span>
                        <small>{text!("training.same")}</small>
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
            text!("training.learning-rate"),
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
            hint=text!("training.learning-rate.hint")
            value=value
            min="0"
            max="10"
            step="any"
            on_change=Callback::new(move |text: String| {
                match number::real(field, &text, text!("training.learning-rate.range")) {
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
        text!("training.epochs"),
        |c| c.training.epochs,
        |c, v| c.training.epochs = v,
    );
    let value = Signal::derive(move || session.draft.with(|d| d.training.epochs.to_string()));
    view! {
        <Number
            setting=setting
            hint=text!("training.epochs.hint")
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
        text!("training.batch-size"),
        |c| c.training.batch_size,
        |c, v| c.training.batch_size = v,
    );
    let value = Signal::derive(move || session.draft.with(|d| d.training.batch_size.to_string()));
    view! {
        <Number
            setting=setting
            hint=text!("training.batch-size.hint")
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
        text!("training.seed"),
        |c| c.training.seed,
        |c, v| c.training.seed = v,
    );
    let value = Signal::derive(move || session.draft.with(|d| d.training.seed.to_string()));
    view! {
        <Number
            setting=setting
            hint=text!("training.seed.hint")
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
