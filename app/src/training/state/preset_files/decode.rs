//! From the bytes of a file to the pictures that the engine wants; the browser decodes.

use js_sys::{Array, ArrayBuffer, Promise, Reflect, Uint8Array, Uint8ClampedArray};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, CanvasRenderingContext2d, ImageBitmap};

use rsc_core::config::PresetFile;
use rsc_core::image_pack::{ImagePack, SIDE};
use rsc_core::protocol::{Command, PresetPictures};

use crate::engine::state::outbox::Payload;
use crate::ui::browser;
use crate::ui::canvas;

/// Tiles to a row of a sheet: a canvas can only be so high.
const COLUMNS: usize = 24;

/// What hands the pictures of a file to an engine, and their bytes.
pub(crate) type PicturesMessage = (Command, Vec<Payload>);

/// Decodes the pictures in a file; `progress` is told which share of them is decoded. An error is a
/// clause.
pub(super) async fn decode(
    file: PresetFile,
    bytes: &[u8],
    progress: impl Fn(f64),
) -> Result<PicturesMessage, String> {
    let (pictures, buffers) = match file {
        PresetFile::Digits => digits(bytes).await?,
        PresetFile::Emoji => emoji(bytes, progress).await?,
    };
    let buffers = buffers.into_iter().map(Payload::from).collect();
    Ok((Command::SetPresetPictures { pictures }, buffers))
}

/// One sheet in grey.
async fn digits(bytes: &[u8]) -> Result<(PresetPictures, Vec<ArrayBuffer>), String> {
    let bitmaps = decoded(&[bytes]).await?;
    let [bitmap] = bitmaps.as_slice() else {
        return Err(String::from(text!("data.file.damaged")));
    };
    let (width, height) = (bitmap.width(), bitmap.height());
    let context = canvas(width, height)?;
    draw(&context, bitmap, (0, 0))?;
    let rgba = pixels(&context, width, height)?;
    let rgba = Uint8Array::new(&rgba).to_vec();
    let grey: Vec<u8> = rgba.chunks_exact(4).map(|rgba| rgba[0]).collect();
    let buffer = Uint8Array::from(grey.as_slice()).buffer();
    Ok((PresetPictures::Digits { width }, vec![buffer]))
}

/// One sheet for each domain.
async fn emoji(
    bytes: &[u8],
    progress: impl Fn(f64),
) -> Result<(PresetPictures, Vec<ArrayBuffer>), String> {
    let damaged = || String::from(text!("data.file.damaged"));
    let pack = ImagePack::read(bytes).map_err(|_| damaged())?;
    let count = pack.index.per_domain();
    let width = COLUMNS as u32 * SIDE;
    let height = count.div_ceil(COLUMNS) as u32 * SIDE;
    let mut sheets = Vec::new();
    for pictures in pack.pictures.chunks(count.max(1)) {
        let bitmaps = decoded(pictures).await?;
        let context = canvas(width, height)?;
        for (i, bitmap) in bitmaps.iter().enumerate() {
            if (bitmap.width(), bitmap.height()) != (SIDE, SIDE) {
                return Err(damaged());
            }
            let place = ((i % COLUMNS) as u32 * SIDE, (i / COLUMNS) as u32 * SIDE);
            draw(&context, bitmap, place)?;
        }
        sheets.push(pixels(&context, width, height)?);
        progress(sheets.len() as f64 / pack.index.domains.len() as f64);
    }
    let index = pack.index;
    Ok((PresetPictures::Emoji { width, index }, sheets))
}

/// Image files, each decoded.
async fn decoded(files: &[&[u8]]) -> Result<Vec<ImageBitmap>, String> {
    let damaged = |_: JsValue| String::from(text!("data.file.damaged"));
    let window = web_sys::window().ok_or(text!("data.file.no-window"))?;
    let promises = Array::new();
    for file in files {
        let parts = Array::of1(&Uint8Array::from(*file));
        let blob = Blob::new_with_u8_array_sequence(&parts).map_err(damaged)?;
        let promise = window.create_image_bitmap_with_blob(&blob);
        let promise = promise.map_err(damaged)?;
        promises.push(&promise);
    }
    let bitmaps = JsFuture::from(Promise::all(&promises)).await;
    let bitmaps: Array = bitmaps.map_err(damaged)?.unchecked_into();
    Ok(bitmaps.iter().map(JsCast::unchecked_into).collect())
}

fn canvas(width: u32, height: u32) -> Result<CanvasRenderingContext2d, String> {
    canvas::reading_context(width, height).ok_or_else(|| text!("data.file.no-canvas").into())
}

/// Draws a bitmap with its corner at `place`, and frees it.
fn draw(
    context: &CanvasRenderingContext2d,
    bitmap: &ImageBitmap,
    (left, top): (u32, u32),
) -> Result<(), String> {
    let drawn = context.draw_image_with_image_bitmap(bitmap, f64::from(left), f64::from(top));
    bitmap.close();
    drawn.map_err(|error| browser::error_text(&error))
}

/// The RGBA bytes of a canvas, without a copy in the page's own memory.
fn pixels(
    context: &CanvasRenderingContext2d,
    width: u32,
    height: u32,
) -> Result<ArrayBuffer, String> {
    let said = |error| browser::error_text(&error);
    let (width, height) = (f64::from(width), f64::from(height));
    let image = context.get_image_data(0.0, 0.0, width, height);
    let image = image.map_err(said)?;
    let data = Reflect::get(&image, &"data".into()).map_err(said)?;
    let data: Uint8ClampedArray = data.dyn_into().map_err(said)?;
    Ok(data.buffer())
}
