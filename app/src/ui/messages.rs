//! The list of messages, the newest first.

use leptos::prelude::*;

use crate::ui::icon::Icon;
use crate::ui::notices::{Kind, Notices, OfferButtons};

/// The list of messages, the newest first.
#[component]
pub(crate) fn Messages() -> impl IntoView {
    let (notices, buttons) = (
        expect_context::<Notices>(),
        expect_context::<OfferButtons>(),
    );
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
                    {notice.offer.map(|offer| (buttons.0)(offer))}
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
