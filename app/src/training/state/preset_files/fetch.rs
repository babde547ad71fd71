//! Fetches a file of this site, as everything here, with its progress.

use js_sys::Uint8Array;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

use rsc_core::config::PresetFile;

use crate::ui::browser;
use crate::ui::stream::{self, Interrupted};

/// Where boot.js leaves a file's address and how many bytes it has.
fn globals(file: PresetFile) -> (&'static str, &'static str) {
    match file {
        PresetFile::Digits => ("rscDigitsUrl", "rscDigitsBytes"),
        PresetFile::Emoji => ("rscEmojiUrl", "rscEmojiBytes"),
    }
}

/// The bytes of a file; `progress` is told which share of them has come. An error is a clause.
pub(super) async fn fetch(file: PresetFile, progress: impl Fn(f64)) -> Result<Vec<u8>, String> {
    let said = |error| browser::error_text(&error);
    let (url, bytes) = globals(file);
    let url = browser::global_text(url).ok_or(text!("data.file.no-script"))?;
    let total: Option<f64> = browser::global_text(bytes).and_then(|bytes| bytes.parse().ok());
    let total = total.unwrap_or(f64::INFINITY).max(1.0);
    let window = web_sys::window().ok_or(text!("data.file.no-window"))?;
    let response = JsFuture::from(window.fetch_with_str(&url)).await;
    let response: Response = response.map_err(said)?.unchecked_into();
    if !response.ok() {
        return Err(text!("data.file.answer", status = response.status()));
    }
    let body = response.body().ok_or(text!("data.file.empty"))?;
    let parts = stream::parts(&body, |so_far| {
        progress((so_far as f64 / total).min(1.0));
        true
    });
    let parts = parts.await.map_err(|interrupted| match interrupted {
        Interrupted::Broken(problem) => problem,
        Interrupted::Stopped => String::from(text!("data.file.empty")),
    })?;
    let parts = parts.iter().map(|part| Uint8Array::from(part).to_vec());
    Ok(parts.collect::<Vec<_>>().concat())
}
