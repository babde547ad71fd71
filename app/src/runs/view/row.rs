//! One run in the list: its name, what it changed, what came of it, and what can be done with it.

use leptos::{ev, html, prelude::*};

use rsc_core::protocol::RunState;

use crate::runs::model::chart_overlay::LETTERS;
use crate::runs::model::{Accuracy, Change, Difference, Facts, LONGEST_NAME, RunRecord};
use crate::runs::state::Runs;
use crate::settings::model::arms::Arm;
use crate::ui::browser;
use crate::ui::model::format;

use crate::runs::state::Resume;

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
                        {move || facts.with(|facts| state_words(facts, current.get()))}
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
fn state_words(facts: &Facts, current: bool) -> String {
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

/// What differs from the run before, and what was changed on the way.
#[component]
fn Differences(id: u64, current: Memo<bool>, facts: Memo<Facts>) -> impl IntoView {
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
    view! { <li data-field=change.difference.field.clone()>{change.words()}</li> }
}

/// The accuracies of the last evaluation.
#[component]
fn Accuracies(id: u64, facts: Memo<Facts>) -> impl IntoView {
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

/// A run with all its steps is only looked at again.
fn go_on_words(facts: &Facts) -> &'static str {
    if facts.state == Some(RunState::Done) {
        text!("runs.open")
    } else {
        text!("runs.go-on")
    }
}

fn go_on_title(facts: &Facts) -> &'static str {
    if facts.state == Some(RunState::Done) {
        text!("runs.open.hint")
    } else {
        text!("runs.go-on.hint")
    }
}

/// Pin, show, go on, use, delete.
#[component]
fn Actions(
    id: u64,
    name: Memo<String>,
    current: Memo<bool>,
    facts: Memo<Facts>,
    follow: StoredValue<bool>,
) -> impl IntoView {
    let runs = expect_context::<Runs>();
    let resume = expect_context::<Resume>();
    let pinned = move || facts.with(|facts| facts.pinned);
    let shown = Memo::new(move |_| runs.slot(id).is_some());
    let pin = NodeRef::<html::Button>::new();
    let delete = NodeRef::<html::Button>::new();
    focus_after(delete, follow);
    let undo = format!("run-undo-{id}");
    view! {
        <div class="run-actions">
            <button
                node_ref=pin
                class="chip"
                data-testid=format!("run-pin-{id}")
                aria-pressed=move || pinned().to_string()
                aria-label=move || text!("runs.pin.label", name = name.get())
                title=text!("runs.pin.hint")
                on:click=move |_| {
                    // Taken now: by the next frame the row may be gone, and its signals with it.
                    let button = pin.get_untracked();
                    runs.toggle_pin(id);
                    // The row moves, and what moves loses the focus.
                    request_animation_frame(move || {
                        if let Some(button) = button {
                            let _ = button.focus();
                        }
                    });
                }
            >
                {text!("runs.pin")}
            </button>
            <Show when=move || !current.get()>
                <button
                    class="chip"
                    data-testid=format!("run-show-{id}")
                    aria-pressed=move || shown.get().to_string()
                    aria-label=move || text!("runs.show.label", name = name.get())
                    on:click=move |_| runs.toggle_overlay(id)
                >
                    {text!("runs.show")}
                </button>
            </Show>
            <Show when=move || !current.get() && runs.can_resume(id)>
                <button
                    class="chip"
                    data-testid=format!("run-go-on-{id}")
                    title=move || facts.with(go_on_title)
                    aria-label=move || {
                        format!("{}: {}", facts.with(go_on_words), name.get())
                    }
                    on:click=move |_| resume.0.run(id)
                >
                    {move || facts.with(go_on_words)}
                </button>
            </Show>
            <button
                class="chip"
                data-testid=format!("run-use-{id}")
                aria-label=move || text!("runs.use.label", name = name.get())
                on:click=move |_| runs.use_settings_of(id)
            >
                {text!("runs.use")}
            </button>
            <Show when=move || !current.get()>
                <button
                    node_ref=delete
                    class="chip"
                    data-testid=format!("run-delete-{id}")
                    aria-label=move || text!("runs.delete.label", name = name.get())
                    on:click={
                        let undo = undo.clone();
                        move |_| {
                            let undo = undo.clone();
                            follow.set_value(true);
                            runs.delete_run(id, move || browser::has_visible_focus(&undo));
                        }
                    }
                >
                    {text!("runs.delete")}
                </button>
            </Show>
        </div>
    }
}

/// Gives a button the focus once it is there, if `follow` says so.
fn focus_after(button: NodeRef<html::Button>, follow: StoredValue<bool>) {
    Effect::new(move |_| {
        if let Some(button) = button.get()
            && follow.get_value()
        {
            follow.set_value(false);
            // What was just put in cannot have the focus in the same turn.
            request_animation_frame(move || {
                let _ = button.focus();
            });
        }
    });
}

/// What stands in the place of a run that was deleted.
#[component]
fn TakeBack(id: u64, name: Memo<String>, follow: StoredValue<bool>) -> impl IntoView {
    let runs = expect_context::<Runs>();
    let button = NodeRef::<html::Button>::new();
    focus_after(button, follow);
    view! {
        <p class="run-gone" role="status">
            {move || text!("runs.deleted", name = name.get())}
        </p>
        <button
            node_ref=button
            data-testid=format!("run-undo-{id}")
            aria-label=move || text!("runs.undo.label", name = name.get())
            on:click=move |_| {
                follow.set_value(true);
                runs.undo_delete(id);
            }
        >
            {text!("runs.undo")}
        </button>
    }
}
