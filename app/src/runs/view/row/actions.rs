//! What can be done with a run: pin, show, resume, use its settings, delete, and take that back.

use leptos::{html, prelude::*};
use web_sys::HtmlButtonElement;

use rsc_core::protocol::RunState;

use crate::runs::model::Facts;
use crate::runs::state::{Resume, Runs};
use crate::ui::browser;

/// A run with all its steps is only looked at again.
fn resume_label(facts: &Facts) -> &'static str {
    if facts.state == Some(RunState::Done) {
        text!("runs.open")
    } else {
        text!("runs.go-on")
    }
}

fn resume_hint(facts: &Facts) -> &'static str {
    if facts.state == Some(RunState::Done) {
        text!("runs.open.hint")
    } else {
        text!("runs.go-on.hint")
    }
}

/// Pin, show, go on, use, delete.
#[component]
pub(super) fn Actions(
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
                    focus_next_frame(button);
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
                    title=move || facts.with(resume_hint)
                    aria-label=move || {
                        format!("{}: {}", facts.with(resume_label), name.get())
                    }
                    on:click=move |_| resume.0.run(id)
                >
                    {move || facts.with(resume_label)}
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

/// Gives a button the focus in the next frame: a row that moves loses it.
fn focus_next_frame(button: Option<HtmlButtonElement>) {
    request_animation_frame(move || {
        if let Some(button) = button {
            let _ = button.focus();
        }
    });
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
pub(super) fn TakeBack(id: u64, name: Memo<String>, follow: StoredValue<bool>) -> impl IntoView {
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
