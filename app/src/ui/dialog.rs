//! A dialog over the page: opened by a signal, closed by Escape, its button or a click beside it.

use leptos::{html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::Element;

use crate::ui::icon::Icon;
use crate::ui::messages::Messages;

/// Which dialogs are open.
#[derive(Clone, Copy)]
pub(crate) struct Dialogs {
    /// Share and export.
    pub(crate) share: RwSignal<bool>,
    /// Keyboard shortcuts.
    pub(crate) keys: RwSignal<bool>,
    /// The one that is on the screen, by its `data-testid`: everything else is out of reach then.
    pub(crate) shown: RwSignal<Option<&'static str>>,
}

impl Dialogs {
    /// None.
    pub(crate) fn new() -> Self {
        Self {
            share: RwSignal::new(false),
            keys: RwSignal::new(false),
            shown: RwSignal::new(None),
        }
    }

    /// Whether one is open.
    pub(crate) fn any_open(self) -> bool {
        self.shown.with_untracked(Option::is_some)
            || self.share.get_untracked()
            || self.keys.get_untracked()
    }
}

/// The dialog. What is in it is made anew each time it opens.
#[component]
pub(crate) fn Sheet(
    /// Whether it is open.
    open: RwSignal<bool>,
    /// Its `data-testid`.
    id: &'static str,
    /// Its heading.
    title: &'static str,
    /// What is in it.
    children: ChildrenFn,
) -> impl IntoView {
    let shown = expect_context::<Dialogs>().shown;
    let dialog = NodeRef::<html::Dialog>::new();
    // Another dialog's word is not taken back.
    let leave = move || {
        if shown.try_get_untracked().flatten() == Some(id) {
            shown.set(None);
        }
    };
    Effect::new(move |_| {
        let Some(dialog) = dialog.get() else {
            return;
        };
        let open = open.get();
        match (open, dialog.open()) {
            (true, false) => {
                let _ = dialog.show_modal();
            }
            (false, true) => dialog.close(),
            _ => {}
        }
        if open {
            shown.set(Some(id));
        } else {
            leave();
        }
    });
    on_cleanup(leave);
    let children = StoredValue::new(children);
    view! {
        <dialog
            class="sheet"
            node_ref=dialog
            data-testid=id
            aria-labelledby=format!("{id}-title")
            on:close=move |_| open.set(false)
            on:click=move |event| {
                // Everything inside lies in an element of its own, so this is the backdrop.
                let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
                if target.is_some_and(|element| element.tag_name() == "DIALOG") {
                    open.set(false);
                }
            }
        >
            <div class="sheet-inner">
                <div class="sheet-head">
                    <h2 id=format!("{id}-title")>{title}</h2>
                    <button
                        class="quiet icon"
                        data-testid=format!("{id}-close")
                        aria-label=text!("frame.close")
                        title=text!("frame.close")
                        on:click=move |_| open.set(false)
                    >
                        <Icon of=icondata_lu::LuX />
                    </button>
                </div>
                <Show when=move || open.get()>{children.with_value(|children| children())}</Show>
            </div>
            <Show when=move || shown.get() == Some(id)>
                <Messages />
            </Show>
        </dialog>
    }
}
