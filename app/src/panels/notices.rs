//! Messages, in a corner, until they are dismissed.

use leptos::prelude::*;

use super::share::StoreOffer;
use crate::session::{Kind, Session};

/// The list of messages, the newest first.
#[component]
pub(crate) fn NoticeList() -> impl IntoView {
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
                        aria-label=text!("session.dismiss")
                        on:click=move |_| notices.dismiss(notice.id)
                    >
                        "✕"
                    </button>
                </div>
            </For>
        </div>
    }
}
