//! From a file to pixels: looked at first, then decoded by the browser (which also turns photographs
//! upright) and scaled down.

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::{Clamped, JsCast};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, File, ImageBitmap, ImageData};

use crate::images::model::left_out::{self, LeftOut, Reason};
use crate::images::model::limits::{MOST_IMAGE_BYTES, MOST_UNPACKED};
use crate::images::model::size;
use crate::images::model::tiff;
use crate::images::model::zip::Entry;
use crate::images::state::file::{UnusableFile, inspect};
use crate::images::state::{Decoded, zip};
use crate::ui::canvas;
use crate::ui::model::naming;

/// Where the bytes of an image are.
pub(super) enum Source {
    File(File),
    /// The zip file's number among the chosen ones, for the size of all its images.
    Zipped(usize, File, Entry),
}

/// An image that cannot be taken in, and why.
pub(super) struct Refused {
    pub(super) reason: Reason,
    /// For the message.
    pub(super) name: String,
}

/// An image's pixels, its shorter side `shorter` at most, and whether more pictures follow it in its file.
/// `unpacked` has the bytes so
/// far of each zip file.
pub(super) async fn decoded(
    name: &str,
    source: &Source,
    unpacked: &mut Vec<u64>,
    shorter: u32,
) -> Result<(Decoded, bool), Refused> {
    let refused = |reason| Refused {
        reason,
        name: name.to_owned(),
    };
    let (number, file, entry) = match source {
        Source::File(file) => return decode(file, name, shorter).await,
        Source::Zipped(number, file, entry) => (*number, file, entry),
    };
    if unpacked.len() <= number {
        unpacked.resize(number + 1, 0);
    }
    let left = MOST_UNPACKED.saturating_sub(unpacked[number]);
    let (blob, size) = zip::unpack(file, entry, MOST_IMAGE_BYTES.min(left))
        .await
        .map_err(|fault| {
            refused(match fault {
                zip::Fault::Broken => Reason::Damaged,
                zip::Fault::TooLarge if left < MOST_IMAGE_BYTES => Reason::ManyUnpacked,
                zip::Fault::TooLarge => Reason::ManyBytes,
            })
        })?;
    unpacked[number] += size;
    decode(&blob, name, shorter).await
}

/// A picture that does not go onto the board.
///
/// # Errors
/// What is wrong with the file and what would help.
pub(crate) async fn picture(file: &File) -> Result<Decoded, String> {
    let decoded = decode(file, &naming::clean(&file.name()), size::SHORTER).await;
    decoded.map(|(picture, _)| picture).map_err(|refused| {
        let mut left_out = LeftOut::default();
        left_out.add(refused.reason, refused.name);
        left_out.message(false).unwrap_or_default()
    })
}

async fn decode(file: &Blob, name: &str, shorter: u32) -> Result<(Decoded, bool), Refused> {
    let seen = inspect(file).await.map_err(|unfit| match unfit {
        UnusableFile::Gone => Refused {
            reason: Reason::Gone,
            name: name.to_owned(),
        },
        UnusableFile::Problem(problem) => Refused {
            reason: problem.into(),
            name: left_out::sized(name, problem),
        },
    })?;
    let mut found = pixels(file, shorter).await;
    if found.is_none() && !seen.common {
        found = tiff_pixels(file, shorter).await;
    }
    match found {
        Some(decoded) => Ok((decoded, seen.animated)),
        None => Err(Refused {
            reason: if seen.common {
                Reason::Damaged
            } else {
                Reason::Unknown
            },
            name: name.to_owned(),
        }),
    }
}

async fn pixels(file: &Blob, shorter: u32) -> Option<Decoded> {
    let promise = web_sys::window()?
        .create_image_bitmap_with_blob(file)
        .ok()?;
    drawn(promise, shorter).await
}

/// Those of a TIFF file, which most browsers do not show.
async fn tiff_pixels(file: &Blob, shorter: u32) -> Option<Decoded> {
    let head = file.slice_with_f64_and_f64(0.0, 4.0).ok()?;
    if !tiff::is_tiff(&bytes(&head).await?) {
        return None;
    }
    let picture = tiff::decode(&bytes(file).await?)?;
    let (width, height) = (picture.width, picture.height);
    let pixels = Clamped(picture.pixels.as_slice());
    let data = ImageData::new_with_u8_clamped_array_and_sh(pixels, width, height).ok()?;
    let promise = web_sys::window()?
        .create_image_bitmap_with_image_data(&data)
        .ok()?;
    drawn(promise, shorter).await
}

async fn bytes(of: &Blob) -> Option<Vec<u8>> {
    let buffer = JsFuture::from(of.array_buffer()).await.ok()?;
    Some(Uint8Array::new(&buffer).to_vec())
}

/// The pixels of a bitmap that is on its way.
async fn drawn(promise: Promise, shorter: u32) -> Option<Decoded> {
    let bitmap: ImageBitmap = JsFuture::from(promise).await.ok()?.dyn_into().ok()?;
    let (width, height) = size::stored_size(bitmap.width(), bitmap.height(), shorter);
    let (w, h) = (f64::from(width), f64::from(height));
    let pixels = canvas::drawn_pixels(width, height, |context| {
        // The network sees no transparency: a drawing on nothing becomes a drawing on paper.
        context.set_fill_style_str("white");
        context.fill_rect(0.0, 0.0, w, h);
        context.draw_image_with_image_bitmap_and_dw_and_dh(&bitmap, 0.0, 0.0, w, h)
    });
    bitmap.close();
    Some(Decoded {
        width,
        height,
        pixels: pixels?,
    })
}
