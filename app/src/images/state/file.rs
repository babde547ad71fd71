//! Reads a file in parts, so that only what is inspected is copied into the page's memory.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

use rsc_core::image_file::{ImageFile, Problem, look};

use crate::images::model::limits::MOST_IMAGE_BYTES;

/// How much comes over at a time.
const PORTION: usize = 1 << 16;

/// Bytes, and the place that is read next.
struct Bytes {
    bytes: Uint8Array,
    at: u64,
}

impl Read for Bytes {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let length = u64::from(self.bytes.length());
        let from = self.at.min(length);
        let to = length.min(from + into.len() as u64);
        let count = (to - from) as usize;
        self.bytes
            .subarray(from as u32, to as u32)
            .copy_to(&mut into[..count]);
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for Bytes {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let from = |start: u64, by: i64| {
            let at = start.checked_add_signed(by);
            at.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))
        };
        self.at = match to {
            SeekFrom::Start(at) => at,
            SeekFrom::Current(by) => from(self.at, by)?,
            SeekFrom::End(by) => from(u64::from(self.bytes.length()), by)?,
        };
        Ok(self.at)
    }
}

/// Why a file was not even looked at, or what was seen.
pub(crate) enum UnusableFile {
    /// The browser could not read it.
    Gone,
    /// It should not be decoded.
    Problem(Problem),
}

/// Looks at a file before the browser decodes it.
pub(crate) async fn inspect(file: &Blob) -> Result<ImageFile, UnusableFile> {
    if file.size() > MOST_IMAGE_BYTES as f64 {
        return Err(UnusableFile::Problem(Problem::TooManyBytes));
    }
    let buffer = JsFuture::from(file.array_buffer()).await;
    let buffer: ArrayBuffer = buffer
        .ok()
        .and_then(|buffer| buffer.dyn_into().ok())
        .ok_or(UnusableFile::Gone)?;
    let bytes = Bytes {
        bytes: Uint8Array::new(&buffer),
        at: 0,
    };
    look(BufReader::with_capacity(PORTION, bytes)).map_err(UnusableFile::Problem)
}
