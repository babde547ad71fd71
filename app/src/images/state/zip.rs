//! Zip files without copying them: the directory is read from the file's end, and the browser
//! unpacks each image by itself when its turn has come.

use js_sys::{Array, ArrayBuffer, Function, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, ReadableWritablePair};

use crate::images::model::limits::ZIP_TAIL;
use crate::images::model::zip;
use crate::images::model::zip::{Entry, Listing, ZipTail};
use crate::ui::browser;
use crate::ui::stream::{self, Interrupted};

/// Why an entry did not become an image.
pub(crate) enum Fault {
    /// It is damaged.
    Broken,
    /// It, or all of them together, are larger than is allowed.
    TooLarge,
}

/// Lists a zip file. An error is a whole sentence.
pub(crate) async fn list(name: &str, file: &Blob) -> Result<Listing, String> {
    let size = file.size();
    let start = (size - ZIP_TAIL as f64).max(0.0);
    let bytes = bytes(file, start, size)
        .await
        .ok_or_else(|| text!("own.zip-unreadable", name = name))?;
    let start = start as u64;
    zip::list(name, ZipTail { start, bytes }, browser::composed)
}

/// Unpacks an entry into at most `most` bytes. Returns it and how many bytes it has.
pub(crate) async fn unpack(file: &Blob, entry: &Entry, most: u64) -> Result<(Blob, u64), Fault> {
    let header = entry.header as f64;
    let bytes = bytes(file, header, header + zip::HEADER as f64).await;
    let length = bytes.and_then(|bytes| zip::header_length(&bytes));
    let start = header + length.ok_or(Fault::Broken)? as f64;
    let end = start + entry.stored as f64;
    let stored = file
        .slice_with_f64_and_f64(start, end)
        .map_err(|_| Fault::Broken)?;
    if !entry.deflated {
        return match entry.stored {
            size if size > most => Err(Fault::TooLarge),
            size => Ok((stored, size)),
        };
    }
    let inflater = inflater().ok_or(Fault::Broken)?;
    let stream = stored.stream().pipe_through(&inflater);
    let mut size = 0;
    let parts = stream::parts(&stream, |so_far| {
        size = so_far;
        so_far <= most
    });
    let parts = parts.await.map_err(|interrupted| match interrupted {
        Interrupted::Broken(_) => Fault::Broken,
        Interrupted::Stopped => Fault::TooLarge,
    })?;
    let blob = Blob::new_with_u8_array_sequence(&parts).map_err(|_| Fault::Broken)?;
    Ok((blob, size))
}

/// The browser's own inflater (web-sys does not have it yet).
fn inflater() -> Option<ReadableWritablePair> {
    let class = Reflect::get(&js_sys::global(), &"DecompressionStream".into()).ok()?;
    let class: Function = class.dyn_into().ok()?;
    let format = Array::of1(&JsValue::from_str("deflate-raw"));
    Some(Reflect::construct(&class, &format).ok()?.unchecked_into())
}

async fn bytes(file: &Blob, start: f64, end: f64) -> Option<Vec<u8>> {
    let part = file.slice_with_f64_and_f64(start, end).ok()?;
    let buffer = JsFuture::from(part.array_buffer()).await.ok()?;
    let buffer: ArrayBuffer = buffer.dyn_into().ok()?;
    Some(Uint8Array::new(&buffer).to_vec())
}
