//! The handwritten digits: a sheet of tiles in grey, fetched from this site as everything here.

use std::sync::Arc;

use js_sys::{ArrayBuffer, Uint8Array};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, ImageBitmap, Response};

use rsc_core::protocol::Command;

use crate::ui::browser;

/// Where boot.js leaves the sheet's address.
const URL: &str = "rscDigitsUrl";

/// A sheet of tiles in grey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sheet {
    width: u32,
    grey: Arc<Vec<u8>>,
}

impl Sheet {
    /// What hands it to an engine.
    pub(crate) fn message(&self) -> (Command, ArrayBuffer) {
        let width = self.width;
        let buffer = Uint8Array::from(self.grey.as_slice()).buffer();
        (Command::SetDigits { width }, buffer)
    }
}

/// The digits as far as they are here.
#[derive(Clone, Copy)]
pub(crate) struct DigitSheet {
    pub(crate) sheet: StoredValue<Option<Sheet>>,
    /// Whether the engine that runs now has them.
    pub(crate) sent: StoredValue<bool>,
}

impl DigitSheet {
    pub(crate) fn new() -> Self {
        Self {
            sheet: StoredValue::new(None),
            sent: StoredValue::new(false),
        }
    }

    /// A new engine knows nothing of them.
    pub(crate) fn forget_engine(self) {
        self.sent.set_value(false);
    }
}

/// Fetches the sheet and reads its grey values.
pub(crate) async fn fetch() -> Result<Sheet, String> {
    let said = |error| browser::error_text(&error);
    let url = browser::global_text(URL).ok_or(text!("data.digits.no-script"))?;
    let window = web_sys::window().ok_or(text!("data.digits.no-window"))?;
    let response = JsFuture::from(window.fetch_with_str(&url)).await;
    let response: Response = response.map_err(said)?.unchecked_into();
    if !response.ok() {
        return Err(text!("data.digits.answer", status = response.status()));
    }
    let blob = JsFuture::from(response.blob().map_err(said)?).await;
    let blob: Blob = blob.map_err(said)?.unchecked_into();
    let bitmap = window.create_image_bitmap_with_blob(&blob).map_err(said)?;
    let bitmap: ImageBitmap = JsFuture::from(bitmap).await.map_err(said)?.unchecked_into();
    let (width, height) = (bitmap.width(), bitmap.height());
    let canvas = browser::scratch_canvas(width, height);
    let context = canvas.as_ref().and_then(browser::context);
    let context = context.ok_or(text!("data.digits.no-canvas"))?;
    context
        .draw_image_with_image_bitmap(&bitmap, 0.0, 0.0)
        .map_err(said)?;
    bitmap.close();
    let data = context
        .get_image_data(0.0, 0.0, f64::from(width), f64::from(height))
        .map_err(said)?;
    let grey = data.data().0.chunks_exact(4).map(|rgba| rgba[0]).collect();
    Ok(Sheet {
        width,
        grey: Arc::new(grey),
    })
}
