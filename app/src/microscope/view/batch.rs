//! The batch that was trained on last: how far muting dropped each sample's probability, and which
//! samples were challenged for it.

use leptos::prelude::*;

use rsc_core::config::Strategy;

use crate::microscope::state::Microscope;
use crate::microscope::state::batches::LastBatch;
use crate::settings::state::Settings;
use crate::training::state::Training;
use crate::ui::model::{format, naming};
use crate::ui::pixels::Pixels;

/// A view to unfold; nothing is asked of the engine while it is closed.
#[component]
pub(crate) fn BatchView() -> impl IntoView {
    let microscope = expect_context::<Microscope>();
    let seen = microscope.batches.seen;
    let body = move || match seen.get() {
        Some(batch) => view! { <Samples batch=batch /> }.into_any(),
        None => view! {
            <p class="empty">{text!("batch.empty")}</p>
        }
        .into_any(),
    };
    view! {
        <details
            class="batch"
            data-testid="batch"
            on:toggle=move |event| {
                let open = event_target::<web_sys::Element>(&event).has_attribute("open");
                microscope.watch_batches(open);
            }
        >
            <summary>{text!("batch.title")}</summary>
            {body}
        </details>
    }
}

/// What the rule came to, in a sentence.
fn summary(batch: &LastBatch, arm: &str, plain: bool) -> String {
    let all = batch.samples.len();
    let chosen = batch.samples.iter().filter(|(it, _)| it.challenged).count();
    let step = format::thousands(batch.step as usize);
    match batch.threshold {
        _ if plain && chosen == 0 => {
            text!("batch.plain", step = step, arm = arm)
        }
        _ if chosen == 0 => text!("batch.none", step = step, arm = arm, all = all),
        None => text!("batch.all", step = step, arm = arm, all = all),
        Some(threshold) => text!(
            "batch.some",
            step = step,
            arm = arm,
            b = format::fraction(batch.b),
            chosen = chosen,
            all = all,
            threshold = format::short(threshold)
        ),
    }
}

#[component]
fn Samples(batch: std::sync::Arc<LastBatch>) -> impl IntoView {
    let settings = expect_context::<Settings>();
    let training = expect_context::<Training>();
    let classes = training
        .info
        .with_untracked(|info| info.as_ref().map_or_else(Vec::new, |it| it.classes.clone()));
    let arm = untrack(|| training.arm_label(batch.arm));
    let plain = settings.applied.with_untracked(|applied| {
        let config = applied.as_ref().and_then(|run| run.arms.get(batch.arm));
        config.is_some_and(|arm| arm.challenge.strategy == Strategy::Off)
    });
    let said = summary(&batch, &arm, plain);
    let side = batch.side;
    let most = batch
        .samples
        .iter()
        .filter_map(|(sample, _)| sample.drop)
        .fold(f32::MIN_POSITIVE, |most, drop| most.max(drop.abs()));
    let samples = batch
        .samples
        .iter()
        .map(|(sample, pixels)| {
            let class = classes.get(sample.label).cloned().unwrap_or_default();
            let fate = if sample.challenged {
                text!("batch.challenged")
            } else {
                text!("batch.left-alone")
            };
            let drop = sample.drop;
            let about = match drop {
                Some(drop) => text!(
                    "batch.sample.drop",
                    name = naming::apart(&sample.name),
                    class = naming::apart(&class),
                    drop = format::change(drop),
                    fate = fate
                ),
                None => text!(
                    "batch.sample",
                    name = naming::apart(&sample.name),
                    class = naming::apart(&class),
                    fate = fate
                ),
            };
            let share = drop.map_or(0.0, |drop| 100.0 * drop.abs() / most);
            view! {
                <li class="batch-sample" class:challenged=sample.challenged title=about.clone()>
                    <Pixels pixels=pixels.clone() width=side height=side label=about.clone() />
                    <span class="batch-bar" aria-hidden="true">
                        <span
                            class:negative=drop.is_some_and(|drop| drop < 0.0)
                            style:width=format!("{share:.1}%")
                        ></span>
                    </span>
                    <span class="batch-drop">
                        {drop.map_or_else(|| String::from("–"), format::change)}
                        {sample.degenerate.then(|| text!("batch.flat"))}
                    </span>
                </li>
            }
        })
        .collect_view();
    view! {
        <p class="facts" data-testid="batch-summary">{said}</p>
        <ol class="batch-samples" data-figure=text!("batch.figure")>
            {samples}
        </ol>
        <p class="hint">
            {text!("batch.hint")}
        </p>
    }
}
