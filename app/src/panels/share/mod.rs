//! Everything that leaves the page, and the settings that come back: links, files, pictures.

mod copy;
mod files;
mod links;
mod pictures;
mod project;
mod storage;
mod weights;

use leptos::prelude::*;

use super::sheet::{Dialogs, Sheet};
use files::{Import, RunFiles};
use links::{ShareLink, TeacherLink};
use pictures::Pictures;
use project::Project;
use storage::StoragePart;
pub(super) use storage::{Kept, StoreOffer};
use weights::Weights;

/// The dialog.
#[component]
pub(crate) fn Share() -> impl IntoView {
    let dialogs = expect_context::<Dialogs>();
    view! {
        <Sheet open=dialogs.share id="share" title=text!("share.title")>
            <ShareLink />
            <TeacherLink />
            <RunFiles />
            <Weights />
            <Pictures />
            <Import />
            <Project />
            <StoragePart />
        </Sheet>
    }
}

/// The button that opens it.
#[component]
pub(crate) fn ShareButton() -> impl IntoView {
    let dialogs = expect_context::<Dialogs>();
    view! {
        <button
            class="share-open"
            data-testid="share-open"
            title=text!("share.title")
            aria-label=text!("share.title")
            aria-haspopup="dialog"
            on:click=move |_| dialogs.share.set(true)
        >
            <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
                <path d="M8 10V1.5M4.8 4.4 8 1.3l3.2 3.1M3 8v5.2c0 .7.6 1.3 1.3 1.3h7.4c.7 0 1.3-.6 1.3-1.3V8" />
            </svg>
            <span class="share-word">{text!("share.open")}</span>
        </button>
    }
}
