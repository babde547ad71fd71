//! What failed, what was saved, and the buttons to continue.

use leptos::prelude::*;

use rsc_core::protocol::Fault;

use crate::engine::model::failure::FailedPart;
use crate::engine::state::Engine;
use crate::runs::state::Runs;
use crate::training::state::Training;

use crate::storage::state::Storage;

/// Shown while something has stopped.
#[component]
pub(crate) fn FailureCallout() -> impl IntoView {
    let store = expect_context::<Storage>();
    let (engine, training, runs) = (
        expect_context::<Engine>(),
        expect_context::<Training>(),
        expect_context::<Runs>(),
    );
    let callout = move || {
        engine.failure.get().map(|failure| {
            let run = runs.current_run();
            let kept = runs.can_resume(run);
            let step = runs.checkpoint_step(run).filter(|_| kept);
            let diverged = matches!(failure.fault, Fault::NotFinite { .. });
            let engine = failure.stopped != FailedPart::Run;
            let way_on = match (engine, diverged, step) {
                (true, _, Some(step)) if kept => Some(text!("fault.go-on", step = step)),
                (true, _, None) if kept => Some(text!("training.go-on-engine").to_owned()),
                (false, true, Some(step)) => Some(text!("fault.go-on-slower", step = step)),
                (false, true, None) => Some(text!("fault.start-slower").to_owned()),
                _ => None,
            };
            let made = training.progress.with_untracked(|progress| progress.step);
            let left = match step {
                Some(step) => text!("fault.kept-run", step = step),
                None if made > 0 => text!("fault.kept-curves", step = made),
                None => text!("session.kept").to_owned(),
            };
            let go_on = move |_| match (engine, kept) {
                (true, _) => store.resume_after_failure(),
                (false, true) => store.resume_slower(),
                (false, false) => training.start_slower(),
            };
            let first = way_on.is_none();
            let way_on = way_on.map(|words| {
                view! {
                    <button class="primary" data-testid="failure-go-on" on:click=go_on>
                        {words}
                    </button>
                }
            });
            let reset = if engine {
                text!("training.start-engine")
            } else {
                text!("training.reset-and-go-on")
            };
            let detail = failure.detail().map(|detail| {
                view! {
                    <p class="hint" lang="en" data-testid="failure-detail">
                        {detail}
                    </p>
                }
            });
            view! {
                <div class="callout error" role="alert" data-testid="failure">
                    <p>
                        <b>{training.failure_text(&failure)}</b>
                    </p>
                    {detail}
                    <p data-testid="failure-kept">{left}</p>
                    <div class="buttons">
                        {way_on}
                        <button
                            class:primary=first
                            data-testid="failure-reset"
                            on:click=move |_| training.reset()
                        >
                            {reset}
                        </button>
                    </div>
                </div>
            }
        })
    };
    view! { {callout} }
}
