//! What differs from the run before, and what was changed on the way.

use leptos::prelude::*;

use crate::runs::model::{Change, Difference, Facts};
use crate::runs::state::Runs;

/// What differs from the run before, and what was changed on the way.
#[component]
pub(super) fn Differences(id: u64, current: Memo<bool>, facts: Memo<Facts>) -> impl IntoView {
    let runs = expect_context::<Runs>();
    let before = Memo::new(move |_| runs.run_before(id));
    let before_id = Memo::new(move |_| before.with(|before| before.as_ref().map(|b| b.0)));
    let differences = Memo::new(move |_| {
        before_id
            .get()
            .map(|before| runs.run_differences(id, before, current.get()))
    });
    let changes = Memo::new(move |_| facts.with(|facts| facts.changes.clone()));
    let against = move || before.with(|before| before.as_ref().map(|b| b.1.clone()));
    let text = move || match (against(), differences.get()) {
        (Some(before), Some(found)) if found.is_empty() => {
            view! { <p class="hint">{text!("runs.same-settings", before = before)}</p> }.into_any()
        }
        (Some(before), Some(found)) => view! {
            <p class="hint">{text!("runs.against", before = before)}</p>
            <ul>{found.iter().map(difference).collect_view()}</ul>
        }
        .into_any(),
        _ => view! { <p class="hint">{text!("runs.first")}</p> }.into_any(),
    };
    view! {
        <div class="run-differences" data-testid=format!("run-differences-{id}")>
            {text}
            <Show when=move || changes.with(|changes| !changes.is_empty())>
                <div class="run-changes" data-testid=format!("run-changes-{id}")>
                    <p class="hint">{text!("runs.changed")}</p>
                    <ul>
                        {move || changes.with(|all| all.iter().map(changed).collect_view())}
                    </ul>
                </div>
            </Show>
        </div>
    }
}

fn difference(difference: &Difference) -> impl IntoView + use<> {
    let Difference {
        field,
        label,
        before,
        after,
    } = difference.clone();
    view! {
        <li data-field=field>
            {label} ": " {before} <span aria-hidden="true">" → "</span>
            <span class="visually-hidden">{text!("runs.became")}</span> <b>{after}</b>
        </li>
    }
}

fn changed(change: &Change) -> impl IntoView + use<> {
    view! { <li data-field=change.difference.field.clone()>{change.description()}</li> }
}
