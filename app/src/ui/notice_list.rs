//! Messages in a corner, until they are dismissed: over the page, or in the dialog that is open, since
//! nothing outside an open dialog can be reached.

use leptos::prelude::*;

use crate::ui::dialog::Dialogs;
use crate::ui::messages::Messages;

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
