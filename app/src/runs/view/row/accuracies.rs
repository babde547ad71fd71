//! The accuracies of the last evaluation.

use leptos::prelude::*;

use crate::runs::model::{Accuracy, Facts};
use crate::settings::model::arms::Arm;
use crate::ui::model::format;

/// The accuracies of the last evaluation.
#[component]
pub(super) fn Accuracies(id: u64, facts: Memo<Facts>) -> impl IntoView {
    let last = Memo::new(move |_| facts.with(|facts| facts.last.clone()));
    let value = move |arm: usize, get: fn(&Accuracy) -> Option<f32>| {
        last.with(|last| {
            last.as_ref()
                .and_then(|last| last.arms.get(arm))
                .and_then(get)
                .map_or_else(|| String::from("–"), format::percent)
        })
    };
    let when = move || {
        last.with(|last| {
            last.as_ref()
                .map(|last| text!("runs.tested", step = format::thousands(last.step as usize)))
        })
    };
    let arms = Memo::new(move |_| facts.with(|facts| facts.arms.clone()));
    let row = move |arm: Arm| {
        let testid = |domain: &str| format!("run-{domain}-{}-{id}", arm.name);
        let (new, same) = (testid("new"), testid("same"));
        let index = arm.index;
        view! {
            <div>
                <dt class=arm.class()>{arm.label()}</dt>
                <dd>
                    <b data-testid=new>{move || value(index, |a| a.new)}</b>
                    <small>{text!("runs.new")}</small>
                    <span data-testid=same>{move || value(index, |a| a.same)}</span>
                    <small>{text!("runs.same")}</small>
                </dd>
            </div>
        }
    };
    view! {
        <div class="run-accuracy">
            <dl class="numbers">
                <For each=move || arms.get() key=Clone::clone children=row />
            </dl>
            <p class="hint">{when}</p>
        </div>
    }
}
