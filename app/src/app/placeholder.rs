//! The places of deferred parts of the page, and what is said where they cannot be fetched.

use leptos::prelude::*;

use crate::app::deferred::{Deferred, DeferredModule, run_now};
use crate::app::deferred_parts::DeferredPart;

/// The place of a deferred part: empty until the deferred module has loaded.
#[component]
pub(crate) fn Placeholder(
    /// What stands here.
    of: DeferredPart,
) -> impl IntoView {
    let module = expect_context::<DeferredModule>();
    move || {
        let part = module.is_loaded().then(|| run_now(Deferred::Part(of)));
        part.flatten()
    }
}

/// Says that parts are missing, and offers to fetch them again.
#[component]
pub(crate) fn Missing() -> impl IntoView {
    let module = expect_context::<DeferredModule>();
    view! {
        <Show when=move || module.is_missing()>
            <div class="callout error" role="alert" data-testid="pieces-missing">
                <p>{text!("page.missing")}</p>
                <button data-testid="pieces-again" on:click=move |_| module.fetch()>
                    {text!("page.fetch-again")}
                </button>
            </div>
        </Show>
    }
}
