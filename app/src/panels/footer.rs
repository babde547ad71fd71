//! The last line: where the computing happens, and which keys help.

use leptos::prelude::*;

/// Promise and keys.
#[component]
pub(crate) fn Footer() -> impl IntoView {
    view! {
        <footer>
            <p>
                <strong>"Everything runs on your machine; nothing is uploaded."</strong>
                " Your images stay in this tab and are gone when you close it."
            </p>
            <p class="keys">
                <kbd>"Space"</kbd> " play or pause · " <kbd>"S"</kbd> " or " <kbd>"."</kbd>
                " one step · " <kbd>"R"</kbd> " reset"
            </p>
        </footer>
    }
}
