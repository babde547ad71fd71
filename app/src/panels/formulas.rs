//! The formulas that a step follows now, with the numbers of the moment.

use leptos::prelude::*;

use crate::pure::formula::{Formula, Numbers, formulas};
use crate::session::Session;

/// The formulas, folded away at first.
#[component]
pub(super) fn Formulas() -> impl IntoView {
    let session = expect_context::<Session>();
    let challenge = Memo::new(move |_| session.challenge());
    let epoch = Memo::new(move |_| session.progress.with(|progress| progress.epoch));
    let numbers = Memo::new(move |_| {
        let (features, classes) = session.info.with(|info| {
            let info = info.as_ref()?;
            Some((info.features, info.classes.len()))
        })?;
        let training = session.applied.with(|applied| {
            let config = applied.as_ref()?;
            Some(config.training.clone())
        })?;
        Some(Numbers {
            challenge: challenge.get(),
            training,
            features,
            classes,
            epoch: epoch.get(),
        })
    });
    let list = move || {
        numbers.with(|numbers| {
            let all = formulas(numbers.as_ref()?);
            Some(all.into_iter().map(shown).collect_view())
        })
    };
    view! {
        <details class="formulas">
            <summary id="formulas-title" data-testid="formulas">{text!("formulas.title")}</summary>
            <p class="hint">
                {move || text!("formulas.hint", arm = session.edited_arm().label())}
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

fn shown(formula: Formula) -> impl IntoView {
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
