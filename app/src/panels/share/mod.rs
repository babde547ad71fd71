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
use crate::icon::Icon;
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
            <Icon of=icondata_lu::LuShare />
            <span class="share-word">{text!("share.open")}</span>
        </button>
    }
}
