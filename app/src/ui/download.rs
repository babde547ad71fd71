//! Files out of the page, into the browser's downloads.

use js_sys::{Array, Uint8Array};
use leptos::prelude::*;
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

use crate::ui::browser;

/// A browser has begun to read a file long before this.
const READ: Duration = Duration::from_secs(60);

/// Saves a text.
///
/// # Errors
/// What the browser says.
pub(crate) fn text(name: &str, kind: &str, text: &str) -> Result<(), String> {
    let parts = Array::of1(&JsValue::from_str(text));
    Blob::new_with_str_sequence_and_options(&parts, &of_kind(kind))
        .and_then(|content| offer(name, &content))
        .map_err(|error| browser::error_text(&error))
}

/// Saves bytes.
///
/// # Errors
/// What the browser says.
pub(crate) fn bytes(name: &str, bytes: &Uint8Array) -> Result<(), String> {
    let parts = Array::of1(bytes);
    Blob::new_with_u8_array_sequence_and_options(&parts, &of_kind("application/octet-stream"))
        .and_then(|content| offer(name, &content))
        .map_err(|error| browser::error_text(&error))
}

/// Saves what the browser holds already.
///
/// # Errors
/// What the browser says.
pub(crate) fn blob(name: &str, content: &Blob) -> Result<(), String> {
    offer(name, content).map_err(|error| browser::error_text(&error))
}

/// A content type for new content.
pub(crate) fn of_kind(kind: &str) -> BlobPropertyBag {
    let bag = BlobPropertyBag::new();
    bag.set_type(kind);
    bag
}

fn offer(name: &str, content: &Blob) -> Result<(), JsValue> {
    let url = Url::create_object_url_with_blob(content)?;
    let anchor: HtmlAnchorElement = document().create_element("a")?.unchecked_into();
    anchor.set_href(&url);
    anchor.set_download(name);
    anchor.click();
    set_timeout(
        move || {
            let _ = Url::revoke_object_url(&url);
        },
        READ,
    );
    Ok(())
}
