//! Messages, in a corner, until they are dismissed: over the page, or in the dialog that is open,
//! since nothing outside an open dialog can be reached.

use leptos::prelude::*;

use super::share::StoreOffer;
use super::sheet::Dialogs;
use crate::icon::Icon;
use crate::session::{Kind, Session};

/// The messages of the page itself.
#[component]
pub(crate) fn NoticeList() -> impl IntoView {
    let dialogs = expect_context::<Dialogs>();
    view! {
        <Show when=move || dialogs.shown.with(Option::is_none)>
            <Messages />
        </Show>
    }
}

/// The list of messages, the newest first.
#[component]
pub(super) fn Messages() -> impl IntoView {
    let notices = expect_context::<Session>().notices;
    let class = |kind| match kind {
        Kind::Info => "notice info",       // not shown
        Kind::Warning => "notice warning", // not shown
        Kind::Error => "notice error",     // not shown
    };
    view! {
        <div class="notices" aria-live="polite" data-testid="notice">
            <For each=move || notices.list.get() key=|notice| notice.id let:notice>
                <div class=class(notice.kind)>
                    <p>{notice.text.clone()}</p>
                    {notice.offer.map(|offer| view! { <StoreOffer offer=offer /> })}
                    <button
                        class="quiet icon"
                        data-testid="dismiss"
                        aria-label=text!("session.dismiss")
                        on:click=move |_| notices.dismiss(notice.id)
                    >
                        <Icon of=icondata_lu::LuX />
                    </button>
                </div>
            </For>
        </div>
    }
}
