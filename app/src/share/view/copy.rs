//! A text to copy: by its button or, where the browser refuses, by hand out of its field.

use leptos::{html, prelude::*, task::spawn_local};

use crate::ui::clipboard;

/// A link in a field, with a button.
#[component]
pub(crate) fn CopyField(
    /// `data-testid` of the field; its label refers to it.
    id: &'static str,
    /// Name of the field.
    label: &'static str,
    /// The button's text.
    button: &'static str,
    /// `data-testid` of the button.
    button_id: &'static str,
    /// The link.
    #[prop(into)]
    value: Signal<String>,
) -> impl IntoView {
    let field = NodeRef::<html::Input>::new();
    let said = RwSignal::new("");
    let copy = move |_| {
        spawn_local(async move {
            let copied = clipboard::copy(&value.get_untracked()).await;
            if !copied && let Some(field) = field.get_untracked() {
                let _ = field.focus();
                field.select();
            }
            // The dialog may have closed meanwhile.
            let _ = said.try_set(if copied {
                text!("share.copied")
            } else {
                text!("share.copy-by-hand")
            });
        });
    };
    Effect::new(move |_| {
        value.track();
        said.set("");
    });
    view! {
        <div class="copy-field">
            <label class="control-label" for=id>
                {label}
            </label>
            <input
                node_ref=field
                type="text"
                readonly
                id=id
                data-testid=id
                prop:value=value
                on:focus=move |_| {
                    if let Some(field) = field.get_untracked() {
                        field.select();
                    }
                }
            />
            <button class="primary" data-testid=button_id on:click=copy>
                {button}
            </button>
            <p class="said" role="status" data-testid=format!("{button_id}-said")>{said}</p>
        </div>
    }
}
