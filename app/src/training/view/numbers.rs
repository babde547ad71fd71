//! The last losses and accuracies, as numbers.

use leptos::prelude::*;

use rsc_core::protocol::EvaluationMetrics;

use crate::training::state::Training;
use crate::training::widgets::untested::UntestedClasses;
use crate::ui::model::format;

/// The last losses.
#[component]
pub(crate) fn LossNumbers() -> impl IntoView {
    let training = expect_context::<Training>();
    let loss = move |arm: usize| {
        training.latest.with(|arms| {
            arms.get(arm)
                .map_or_else(|| String::from("–"), |metrics| format::loss(metrics.loss))
        })
    };
    view! {
        <dl class="numbers">
            <For each=move || training.run_arms() key=Clone::clone let(arm)>
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
pub(crate) fn AccuracyNumbers() -> impl IntoView {
    let training = expect_context::<Training>();
    let last = move |arm: usize, get: fn(&EvaluationMetrics) -> Option<f32>| {
        training.evaluations.with(|all| {
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
            <For each=move || training.run_arms() key=Clone::clone let(arm)>
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
        <UntestedClasses />
    }
}
