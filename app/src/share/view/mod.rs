//! Everything that leaves the page, and the settings that come back: links, files, pictures.

pub(crate) mod copy;
pub(crate) mod files;
pub(crate) mod links;
pub(crate) mod pictures;
pub(crate) mod project;
pub(crate) mod weights;

use leptos::prelude::*;

use crate::share::view::files::{Import, RunFiles};
use crate::share::view::links::{ShareLink, TeacherLink};
use crate::share::view::pictures::Pictures;
use crate::share::view::project::Project;
use crate::share::view::weights::Weights;
use crate::ui::dialog::{Dialogs, Sheet};
use crate::ui::icon::Icon;

/// The dialog.
#[component]
pub(crate) fn Share(
    /// What stands at its end.
    children: ChildrenFn,
) -> impl IntoView {
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
            {children()}
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
