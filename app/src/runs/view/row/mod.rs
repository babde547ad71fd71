//! One run in the list: its name, what it changed, what came of it, and what can be done with it.

mod accuracies;
mod actions;
mod differences;

use leptos::{ev, html, prelude::*};

use rsc_core::protocol::RunState;

use self::accuracies::Accuracies;
use self::actions::{Actions, TakeBack};
use self::differences::Differences;
use crate::runs::model::chart_overlay::LETTERS;
use crate::runs::model::{Facts, LONGEST_NAME, RunRecord};
use crate::runs::state::Runs;
use crate::ui::browser;
use crate::ui::model::format;

/// A run, or, for a while after it was deleted, the way back to it.
#[component]
pub(crate) fn RunRow(
    /// Which run.
    id: u64,
) -> impl IntoView {
    let runs = expect_context::<Runs>();
    let facts = Memo::new(move |_| runs.run_facts(id));
    let name = Memo::new(move |_| facts.with(|facts| facts.name.clone()));
    let current = Memo::new(move |_| runs.is_current(id));
    let deleted = Memo::new(move |_| {
        runs.list
            .with(|list| list.get(id).is_some_and(RunRecord::deleted))
    });
    let slot = Memo::new(move |_| runs.slot(id));
    // Set once something was deleted: the focus goes to where the button was that had it.
    let follow = StoredValue::new(false);
    view! {
        <li
            class="run"
            class:current=current
            class:deleted=deleted
            data-testid=format!("run-{id}")
            aria-label=move || text!("runs.run", name = name.get())
        >
            <Show
                when=move || !deleted.get()
                fallback=move || view! { <TakeBack id=id name=name follow=follow /> }
            >
                <div class="run-what">
                    <div class="run-head">
                        <Name id=id name=name />
                        <Show when=move || current.get()>
                            <span class="tag">{text!("runs.current")}</span>
                        </Show>
                        {move || {
                            slot.get()
                                .map(|slot| {
                                    view! {
                                        <span class="run-letter" title=text!("runs.letter")>
                                            {LETTERS[slot]}
                                        </span>
                                    }
                                })
                        }}
                    </div>
                    <p class="run-state" data-testid=format!("run-state-{id}")>
                        {move || facts.with(|facts| state_label(facts, current.get()))}
                    </p>
                    <p class="hint">{move || facts.with(circumstances)}</p>
                </div>
                <Differences id=id current=current facts=facts />
                <Accuracies id=id facts=facts />
                <Actions id=id name=name current=current facts=facts follow=follow />
            </Show>
        </li>
    }
}

/// The name, edited in place.
#[component]
fn Name(id: u64, name: Memo<String>) -> impl IntoView {
    let runs = expect_context::<Runs>();
    let input = NodeRef::<html::Input>::new();
    let invalid = RwSignal::new(false);
    let show = move |text: &str| {
        if let Some(input) = input.get_untracked() {
            input.set_value(text);
        }
    };
    let change = move |event: ev::Event| {
        let taken = runs.rename_run(id, &event_target_value(&event));
        invalid.set(!taken);
        if taken {
            // Without the spaces that were typed around it.
            show(&name.get_untracked());
        }
    };
    let restore = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" {
            show(&name.get_untracked());
            invalid.set(false);
        }
    };
    view! {
        <input
            node_ref=input
            type="text"
            class="run-name"
            data-testid=format!("run-name-{id}")
            aria-label=text!("runs.name")
            title=text!("runs.name.hint")
            maxlength=LONGEST_NAME.to_string()
            autocomplete="off"
            spellcheck="false"
            aria-invalid=move || invalid.get().then_some("true")
            prop:value=name
            on:change=change
            on:keydown=restore
        />
    }
}

/// `paused at step 12 of 640`.
fn state_label(facts: &Facts, current: bool) -> String {
    let step = match facts.total_steps {
        0 => format::thousands(facts.steps as usize),
        total => text!(
            "runs.step-of",
            step = format::thousands(facts.steps as usize),
            total = format::thousands(total as usize)
        ),
    };
    match facts.state {
        None => text!("runs.state.preparing").to_owned(),
        Some(RunState::Failed) => text!("runs.state.failed", step = step),
        Some(RunState::Ready) => text!("runs.state.ready").to_owned(),
        Some(RunState::Training) => text!("runs.state.training", step = step),
        Some(RunState::Paused) if current => text!("runs.state.paused", step = step),
        Some(RunState::Paused) => text!("runs.state.stopped", step = step),
        Some(RunState::Done) => text!("runs.state.done", step = step),
    }
}

/// Seed, time and device.
fn circumstances(facts: &Facts) -> String {
    let mut parts = vec![text!("runs.seed", seed = facts.seed)];
    if facts.step_ms > 0.0 {
        parts.push(text!("runs.pace", ms = format::milliseconds(facts.step_ms)));
    }
    if !facts.device.is_empty() {
        parts.push(facts.device.clone());
    }
    if let Some(started) = facts.started {
        parts.push(text!("runs.begun", time = browser::local_time(started)));
    }
    parts.join(" · ")
}
