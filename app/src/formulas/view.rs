//! The formulas that a step follows now, with the numbers of the moment.

use leptos::prelude::*;

use crate::formulas::model::{Formula, Live, Numbers, formulas};
use crate::masks::model::threshold::kth_largest;
use crate::microscope::state::Microscope;
use crate::settings::state::Settings;
use crate::training::state::Training;

/// The formulas, folded away at first.
#[component]
pub(crate) fn Formulas() -> impl IntoView {
    let settings = expect_context::<Settings>();
    let training = expect_context::<Training>();
    let microscope = expect_context::<Microscope>();
    let challenge = Memo::new(move |_| settings.challenge());
    // Measured numbers change with every step: they are only followed while somebody looks.
    let open = RwSignal::new(false);
    let epoch = Memo::new(move |_| training.progress.with(|progress| progress.epoch));
    let numbers = Memo::new(move |_| {
        let (features, classes, domains) = training.info.with(|info| {
            let info = info.as_ref()?;
            let trained = info.domains.iter().filter(|domain| domain.train > 0);
            Some((info.features, info.classes.len(), trained.count().max(1)))
        })?;
        let index = settings.edited_arm().index;
        let (training_config, objective, regularizer) = settings.applied.with(|applied| {
            let config = applied.as_ref()?;
            let arm = config.arms.get(index);
            let methods = arm.map(|arm| (arm.objective, arm.regularizer));
            let (objective, regularizer) = methods.unwrap_or_default();
            let mut training = config.training.clone();
            if config.draws_per_domain() {
                training.batch_size = training.batch_size / domains * domains;
            }
            Some((training, objective, regularizer))
        })?;
        Some(Numbers {
            challenge: challenge.get(),
            objective,
            regularizer,
            training: training_config,
            features,
            classes,
            epoch: epoch.get(),
            live: if open.get() {
                live(microscope, training, challenge.get().p)
            } else {
                Live::default()
            },
        })
    });
    let list = move || {
        numbers.with(|numbers| {
            let all = formulas(numbers.as_ref()?);
            Some(all.into_iter().map(formula_view).collect_view())
        })
    };
    view! {
        <details
            class="formulas"
            on:toggle=move |event| {
                open.set(event_target::<web_sys::Element>(&event).has_attribute("open"));
            }
        >
            <summary id="formulas-title" data-testid="formulas">{text!("formulas.title")}</summary>
            <p class="hint">
                {move || text!("formulas.hint", arm = settings.edited_arm().label())}
            </p>
            <Show when=move || numbers.with(Option::is_none)>
                <p class="empty">{text!("formulas.empty")}</p>
            </Show>
            // Long formulas scroll, by keyboard too: all together, so that Tab stops only once.
            <ol tabindex="0" aria-labelledby="formulas-title">
                {list}
            </ol>
        </details>
    }
}

/// What the arm that is edited came to.
fn live(microscope: Microscope, training: Training, p: f64) -> Live {
    let arm = training.edited_in_run();
    let (threshold, true_class) = microscope.seen.with(|seen| {
        let Some(seen) = seen else {
            return (None, None);
        };
        let result = &seen.result;
        let at = kth_largest(&result.importance, p).map(|at| (result.axis, at));
        let of = |all: &[f32]| all.get(result.label).copied();
        (at, of(&result.before).zip(of(&result.after)))
    });
    let batch_drop = microscope.batches.seen.with(|batch| {
        let batch = batch.as_ref().filter(|batch| Some(batch.arm) == arm)?;
        batch.threshold
    });
    let gap = training.latest.with(|arms| {
        let metrics = arms.get(arm?)?;
        metrics.axis.map(|_| (metrics.loss, metrics.challenge_gap))
    });
    let usage = training.evaluations.with(|all| {
        let metrics = all.last()?.arms.get(arm?)?;
        Some(metrics.usage.clone())
    });
    Live {
        threshold,
        true_class,
        batch_drop,
        gap,
        usage,
    }
}

fn formula_view(formula: Formula) -> impl IntoView {
    let lines = formula
        .lines
        .into_iter()
        .map(|line| view! { <div class="math" inner_html=line></div> })
        .collect_view();
    view! {
        <li data-testid=format!("formula-{}", formula.id)>
            <b>{formula.name}</b>
            {lines}
            <p class="hint">{formula.note}</p>
        </li>
    }
}
