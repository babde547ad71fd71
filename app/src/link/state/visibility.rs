//! Panels hidden by a teacher's link. The root element carries their names and share.css hides them, so
//! that a hidden panel keeps its state.

use leptos::prelude::*;

use crate::link::model::panel;
use crate::link::model::panel::Panel;

/// What is hidden, and whether the visitor wants to see it anyway.
#[derive(Clone, Copy)]
pub(crate) struct Visibility {
    /// What the link hides.
    pub(crate) hidden: RwSignal<Vec<Panel>>,
    /// Visibility all the same.
    pub(crate) everything: RwSignal<bool>,
}

impl Visibility {
    /// Nothing hidden.
    pub(crate) fn new() -> Self {
        let visibility = Self {
            hidden: RwSignal::default(),
            everything: RwSignal::new(false),
        };
        Effect::new(move |_| {
            let names = if visibility.everything.get() {
                String::new()
            } else {
                visibility.hidden.with(|hidden| panel::listed(hidden))
            };
            let Some(root) = document().document_element() else {
                return;
            };
            // A refused attribute hides nothing, which does no harm.
            let _ = if names.is_empty() {
                root.remove_attribute("data-hide")
            } else {
                root.set_attribute("data-hide", &names.replace(',', " "))
            };
        });
        visibility
    }
}
