//! Fetches the weights that come with the page, from this site as everything here. The browser keeps them:
//! their address has a hash of their content.

use js_sys::{ArrayBuffer, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStreamDefaultReader, Response};

use crate::ui::browser;

/// Where boot.js leaves the address of EfficientNet-Lite0's weights.
const URL: &str = "rscLite0Url";
/// Where boot.js leaves their size in bytes.
const BYTES: &str = "rscLite0Bytes";
/// Progress is told so often.
const REPORTS: u64 = 50;

/// Fetches the file; `progress` gets the bytes so far and in all.
///
/// # Errors
/// What went wrong, in a few words.
pub(super) async fn fetch(progress: impl Fn(u64, u64)) -> Result<ArrayBuffer, String> {
    let said = |error: JsValue| browser::error_text(&error);
    let missing = || text!("weights.no-script").to_owned();
    let url = browser::global_text(URL).ok_or_else(missing)?;
    let total = browser::global_text(BYTES).and_then(|text| text.parse::<u64>().ok());
    let total = total.ok_or_else(missing)?;
    let window = web_sys::window().ok_or_else(missing)?;
    progress(0, total);
    let response = JsFuture::from(window.fetch_with_str(&url)).await;
    let response: Response = response.map_err(said)?.unchecked_into();
    if !response.ok() {
        return Err(text!("weights.answer", status = response.status()));
    }
    let body = response
        .body()
        .ok_or_else(|| text!("weights.cut-off").to_owned())?;
    let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
    let bytes = Uint8Array::new_with_length(total as u32);
    let (mut received, mut reported) = (0, 0);
    loop {
        let part = JsFuture::from(reader.read()).await.map_err(said)?;
        let field = |name: &str| Reflect::get(&part, &name.into()).map_err(said);
        if field("done")?.is_truthy() {
            break;
        }
        let chunk: Uint8Array = field("value")?.unchecked_into();
        let end = received + u64::from(chunk.length());
        if end > total {
            return Err(text!("weights.other-size").to_owned());
        }
        bytes.set(&chunk, received as u32);
        received = end;
        if received - reported >= total / REPORTS {
            reported = received;
            progress(received, total);
        }
    }
    if received < total {
        return Err(text!("weights.cut-off").to_owned());
    }
    progress(received, total);
    Ok(bytes.buffer())
}
