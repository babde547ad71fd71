//! Reading the browser's streams of bytes to their end.

use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStream, ReadableStreamDefaultReader};

use crate::ui::browser;

/// Why a stream was not read to its end.
pub(crate) enum Interrupted {
    /// It broke off, with what the browser said.
    Broken(String),
    /// The caller wanted no more of it.
    Stopped,
}

/// All parts of a stream, as `Uint8Array`s. `goes_on` is told how many bytes there are so far; where it
/// says no, the rest is left.
pub(crate) async fn parts(
    stream: &ReadableStream,
    mut goes_on: impl FnMut(u64) -> bool,
) -> Result<Array, Interrupted> {
    let broken = |error| Interrupted::Broken(browser::error_text(&error));
    let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
    let parts = Array::new();
    let mut size = 0;
    loop {
        let read = JsFuture::from(reader.read()).await;
        let read: Object = read.map_err(broken)?.unchecked_into();
        if Reflect::get(&read, &"done".into()).is_ok_and(|done| done.is_truthy()) {
            return Ok(parts);
        }
        let part = Reflect::get(&read, &"value".into()).map_err(broken)?;
        let part: Uint8Array = part.dyn_into().map_err(broken)?;
        size += u64::from(part.length());
        if !goes_on(size) {
            let _ = JsFuture::from(reader.cancel()).await;
            return Err(Interrupted::Stopped);
        }
        parts.push(&part);
    }
}
