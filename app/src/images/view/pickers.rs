//! Buttons that open the browser's file picker.

use leptos::{html, prelude::*};
use web_sys::HtmlInputElement;

use crate::images::state::Images;
use crate::images::state::read::Destination;

/// Takes the files out of an input, so that the same ones can be chosen again.
pub(crate) fn picked(images: Images, input: Option<HtmlInputElement>, destination: Destination) {
    if let Some(input) = input {
        images.add_files(destination, input.files());
        input.set_value("");
    }
}

/// A button that picks a whole folder.
#[component]
pub(crate) fn FolderPicker() -> impl IntoView {
    let images = expect_context::<Images>();
    let input = NodeRef::<html::Input>::new();
    Effect::new(move |_| {
        if let Some(input) = input.get() {
            let _ = input.set_attribute("webkitdirectory", "");
        }
    });
    view! {
        <label class="button">
            {text!("own.choose-folder")}
            <input
                node_ref=input
                class="visually-hidden"
                type="file"
                multiple
                data-testid="folder-files"
                on:change=move |_| picked(images, input.get_untracked(), Destination::ByFolder)
            />
        </label>
    }
}

/// A button that picks zip files.
#[component]
pub(crate) fn ZipPicker() -> impl IntoView {
    let images = expect_context::<Images>();
    let input = NodeRef::<html::Input>::new();
    view! {
        <label class="button">
            {text!("own.choose-zip")}
            <input
                node_ref=input
                class="visually-hidden"
                type="file"
                accept=".zip,application/zip"
                multiple
                data-testid="zip-files"
                on:change=move |_| picked(images, input.get_untracked(), Destination::ByFolder)
            />
        </label>
    }
}
