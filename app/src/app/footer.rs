//! The footer: the promise of privacy, what is stored, the keys, and the switch for hidden panels.

use leptos::prelude::*;

use crate::app::deferred_parts::DeferredPart;
use crate::app::placeholder::Placeholder;
use crate::link::state::visibility::Visibility;
use crate::ui::key_list::KeyLine;

/// Promise and keys.
#[component]
pub(crate) fn Footer() -> impl IntoView {
    view! {
        <footer>
            <p>
                <strong>{text!("frame.promise")}</strong>
                " "
                <Placeholder of=DeferredPart::StorageStatus />
            </p>
            <Placeholder of=DeferredPart::Offline />
            <Hidden />
            <div class="footer-keys">
                <KeyLine />
            </div>
        </footer>
    }
}

/// That parts of the page are hidden, and how to see them.
#[component]
fn Hidden() -> impl IntoView {
    let shown = expect_context::<Visibility>();
    let some = Memo::new(move |_| shown.hidden.with(|hidden| !hidden.is_empty()));
    let all = shown.everything;
    view! {
        <Show when=move || some.get()>
            <p class="hidden-note">
                <span>{text!("frame.hidden")}</span>
                <button data-testid="show-everything" on:click=move |_| all.update(|all| *all = !*all)>
                    {move || if all.get() { text!("frame.hide-again") } else { text!("frame.show-everything") }}
                </button>
            </p>
        </Show>
    }
}
