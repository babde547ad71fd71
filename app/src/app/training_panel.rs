//! The run itself: curves of all arms, and what decides its length and its randomness.

use leptos::prelude::*;

use crate::app::deferred_parts::DeferredPart;
use crate::app::placeholder::Placeholder;
use crate::charts::widgets::cross_hair::CrossHair;
use crate::settings::state::Settings;
use crate::settings::view::amounts::Amounts;
use crate::settings::view::training::TrainingFields;
use crate::training::state::Training;
use crate::training::view::numbers::{AccuracyNumbers, LossNumbers};
use crate::ui::term::Term;

/// The panel.
#[component]
pub(crate) fn TrainingPanel() -> impl IntoView {
    let settings = expect_context::<Settings>();
    let training = expect_context::<Training>();
    provide_context(CrossHair::new());
    view! {
        <section class="panel training" id="training" aria-labelledby="training-title" tabindex="-1">
            <h2 id="training-title">
                <span class="number">"3"</span>
                {text!("training.title")}
            </h2>
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
            <Placeholder of=DeferredPart::ChartRuns />
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
                    <Placeholder of=DeferredPart::AccuracyChart />
                </figure>
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
            </div>
            <TrainingFields />
            <Placeholder of=DeferredPart::Optimizer />
            <Amounts />
            <Placeholder of=DeferredPart::Augmentation />
            <Placeholder of=DeferredPart::Network />
        </section>
    }
}
