//! The handwritten digits, fetched when a preset made from them is first chosen and handed to the
//! engine. From this site, as everything here.

use std::sync::Arc;

use js_sys::{ArrayBuffer, Uint8Array};
use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, ImageBitmap, Response};

use rsc_core::config::{DataSource, RunConfig};
use rsc_core::protocol::Command;

use super::{Kind, Session};
use crate::browser;

/// Where boot.js leaves the sheet's address.
const URL: &str = "rscDigitsUrl";
/// Topic of messages about them.
const TOPIC: &str = "digits";

/// A sheet of tiles in grey.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Sheet {
    width: u32,
    grey: Arc<Vec<u8>>,
}

impl Sheet {
    fn message(&self) -> (Command, ArrayBuffer) {
        let width = self.width;
        let buffer = Uint8Array::from(self.grey.as_slice()).buffer();
        (Command::SetDigits { width }, buffer)
    }
}

/// The digits as far as they are here.
#[derive(Clone, Copy)]
pub(crate) struct DigitSheet {
    sheet: StoredValue<Option<Sheet>>,
    /// Whether the engine that runs now has them.
    sent: StoredValue<bool>,
}

impl DigitSheet {
    pub(super) fn new() -> Self {
        Self {
            sheet: StoredValue::new(None),
            sent: StoredValue::new(false),
        }
    }

    /// A new engine knows nothing of them.
    pub(super) fn forget_engine(self) {
        self.sent.set_value(false);
    }
}

impl Session {
    /// Whether the engine has what `config` is made from. Where it has not, it is fetched and
    /// handed over, and the run is prepared again after that.
    pub(super) fn has_digits_for(self, config: &RunConfig) -> bool {
        let DataSource::Preset { preset } = config.data.source else {
            return true;
        };
        if !preset.needs_digits() || self.digits.sent.get_value() {
            return true;
        }
        if self.digits.sheet.with_value(Option::is_some) {
            self.send_digits();
            return true;
        }
        let run = self.run.get_value();
        spawn_local(async move {
            match fetch().await {
                Ok(sheet) => {
                    self.notices.settle(TOPIC);
                    self.digits.sheet.set_value(Some(sheet));
                    // Whoever has chosen something else meanwhile is not called back.
                    if self.run.get_value() == run {
                        self.configure();
                    }
                }
                Err(problem) => self.notices.say_about(
                    TOPIC,
                    Kind::Error,
                    text!("data.digits.failed", problem = problem),
                ),
            }
        });
        false
    }

    /// Gives the engine the digits, fetched if they are not here yet.
    pub(super) async fn provide_digits(self) -> Result<(), String> {
        if !self.digits.sent.get_value() {
            let (command, buffer) = self.digits_message().await?;
            self.send_with(&command, &[buffer]);
            self.digits.sent.set_value(true);
        }
        Ok(())
    }

    fn send_digits(self) {
        let Some(sheet) = self.digits.sheet.get_value() else {
            return;
        };
        let (command, buffer) = sheet.message();
        self.send_with(&command, &[buffer]);
        self.digits.sent.set_value(true);
    }

    /// The digits for an engine beside the session's own, fetched if they are not here yet.
    pub(super) async fn digits_message(self) -> Result<(Command, ArrayBuffer), String> {
        if let Some(sheet) = self.digits.sheet.get_value() {
            return Ok(sheet.message());
        }
        let sheet = fetch().await?;
        let message = sheet.message();
        self.digits.sheet.set_value(Some(sheet));
        Ok(message)
    }
}

/// Fetches the sheet and reads its grey values.
async fn fetch() -> Result<Sheet, String> {
    let said = |error| browser::thrown(&error);
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
