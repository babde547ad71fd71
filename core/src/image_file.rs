//! What a file is before anybody decodes it: an image or not, how large, whole or cut off, still or
//! moving. A few hostile bytes can claim gigabytes of pixels, and a decoder may show half a picture
//! without a word; both are found out here, by walking through the file's parts.
//!
//! Kinds and sizes are read by the crate `imagesize`; what decodes is the browser, or the crate
//! `image`.

use std::io::{self, BufRead, ErrorKind, Read, Seek, SeekFrom};

use imagesize::{Compression, ImageError, ImageType};
use thiserror::Error;

use crate::limits::{LONGEST_SIDE, MOST_IMAGE_BYTES, MOST_PIXELS};

/// What a sound file says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageFile {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Whether it has several pictures in a row, of which the first one counts.
    pub animated: bool,
    /// Whether its kind is one that every browser of today shows.
    pub common: bool,
}

/// Why a file is not decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Problem {
    /// There is nothing in it.
    #[error("an empty file")]
    Empty,
    /// Its bytes are those of no known kind of image.
    #[error("not an image")]
    NoImage,
    /// It is a drawing without pixels.
    #[error("an SVG drawing, which has no pixels of its own: save it as PNG")]
    Drawing,
    /// Its end is missing.
    #[error("cut off, its end is missing: copy it anew")]
    CutOff,
    /// Its parts make no sense.
    #[error("damaged")]
    Damaged,
    /// More bytes than [`MOST_IMAGE_BYTES`].
    #[error("larger than {} MB: make it smaller", MOST_IMAGE_BYTES >> 20)]
    TooManyBytes,
    /// More pixels than [`MOST_PIXELS`], or a side longer than [`LONGEST_SIDE`].
    #[error(
        "{width}×{height} px: at most {} million pixels and {LONGEST_SIDE} px a side are read; \
         make it smaller",
        MOST_PIXELS / 1_000_000
    )]
    TooManyPixels {
        /// Width that it claims.
        width: usize,
        /// Height that it claims.
        height: usize,
    },
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::UnexpectedEof => Self::CutOff,
            _ => Self::Damaged,
        }
    }
}

impl From<ImageError> for Problem {
    fn from(error: ImageError) -> Self {
        match error {
            ImageError::IoError(error) => error.into(),
            _ => Self::Damaged,
        }
    }
}

/// How many of a file's first bytes tell its kind.
const HEAD: u64 = 1024;

/// Looks through a file from its beginning to its end.
///
/// # Errors
/// Why it should not be decoded.
pub fn look(mut file: impl BufRead + Seek) -> Result<ImageFile, Problem> {
    let length = file.seek(SeekFrom::End(0))?;
    if length == 0 {
        return Err(Problem::Empty);
    }
    if length > MOST_IMAGE_BYTES {
        return Err(Problem::TooManyBytes);
    }
    file.rewind()?;
    let mut head = Vec::new();
    file.by_ref().take(HEAD).read_to_end(&mut head)?;
    let Ok(kind) = imagesize::image_type(&head) else {
        return Err(if is_drawing(&head) {
            Problem::Drawing
        } else {
            Problem::NoImage
        });
    };

    // Its size is read from where it should be, whatever is there.
    if kind == ImageType::Png && head.get(12..16) != Some(b"IHDR") {
        return Err(if head.len() < 16 {
            Problem::CutOff
        } else {
            Problem::Damaged
        });
    }

    file.rewind()?;
    let size = imagesize::reader_size(&mut file)?;
    let too_many = Problem::TooManyPixels {
        width: size.width,
        height: size.height,
    };
    let side = |side: usize| u32::try_from(side).ok().filter(|it| *it <= LONGEST_SIDE);
    let (width, height) = side(size.width).zip(side(size.height)).ok_or(too_many)?;
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(too_many);
    }
    if width == 0 || height == 0 {
        return Err(Problem::Damaged);
    }

    file.rewind()?;
    let animated = match kind {
        ImageType::Png => png(&mut file)?,
        ImageType::Jpeg => jpeg(&mut file)?,
        ImageType::Gif => gif(&mut file)?,
        ImageType::Webp => webp(&mut file, length)?,
        ImageType::Heif(_) => boxes(&mut file, length)?,
        _ => false,
    };
    let common = matches!(
        kind,
        ImageType::Png
            | ImageType::Jpeg
            | ImageType::Gif
            | ImageType::Webp
            | ImageType::Bmp
            | ImageType::Ico
            | ImageType::Heif(Compression::Av1)
    );
    Ok(ImageFile {
        width,
        height,
        animated,
        common,
    })
}

fn is_drawing(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    text.starts_with('<') && text.contains("<svg")
}

fn bytes<const N: usize>(file: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Goes on by so many bytes, without reading what lies far ahead.
fn skip(file: &mut (impl BufRead + Seek), count: u64) -> io::Result<()> {
    let at_hand = file.fill_buf()?.len();
    let step = count.min(at_hand as u64);
    file.consume(step as usize);
    match i64::try_from(count - step) {
        Ok(0) => Ok(()),
        Ok(rest) => file.seek(SeekFrom::Current(rest)).map(|_| ()),
        Err(_) => Err(ErrorKind::UnexpectedEof.into()),
    }
}

/// Chunks up to `IEND`; an `acTL` of several frames makes it move.
fn png(file: &mut (impl BufRead + Seek)) -> io::Result<bool> {
    skip(file, 8)?;
    let mut animated = false;
    loop {
        let length = u64::from(u32::from_be_bytes(bytes(file)?));
        let kind: [u8; 4] = bytes(file)?;
        let mut rest = length + 4;
        if &kind == b"acTL" && length >= 4 {
            animated = u32::from_be_bytes(bytes(file)?) > 1;
            rest -= 4;
        }
        // The last byte is read, since a jump beyond the end would not be noticed.
        skip(file, rest - 1)?;
        bytes::<1>(file)?;
        if &kind == b"IEND" {
            return Ok(animated);
        }
    }
}

/// Segments and their data up to the end marker.
fn jpeg(file: &mut (impl BufRead + Seek)) -> io::Result<bool> {
    skip(file, 2)?;
    loop {
        match marker(file)? {
            0xD9 => return Ok(false),
            0x01 | 0xD0..=0xD8 => {}
            _ => {
                let length = u64::from(u16::from_be_bytes(bytes(file)?));
                let rest = length.checked_sub(2).ok_or(ErrorKind::InvalidData)?;
                skip(file, rest)?;
            }
        }
    }
}

/// The next marker, whatever data lies before it.
fn marker(file: &mut impl BufRead) -> io::Result<u8> {
    loop {
        let ahead = file.fill_buf()?;
        if ahead.is_empty() {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        let Some(at) = ahead.iter().position(|byte| *byte == 0xFF) else {
            let all = ahead.len();
            file.consume(all);
            continue;
        };
        file.consume(at + 1);
        let mut next = 0xFF;
        while next == 0xFF {
            [next] = bytes(file)?;
        }
        // Data escapes its own 0xFF by a zero.
        if next != 0 {
            return Ok(next);
        }
    }
}

/// Blocks up to the second picture or the end. Some programs leave the last byte out.
fn gif(file: &mut (impl BufRead + Seek)) -> io::Result<bool> {
    let colors = |flags: u8| match flags & 0x80 {
        0 => 0,
        _ => 3 << ((flags & 7) + 1),
    };
    let head: [u8; 13] = bytes(file)?;
    skip(file, colors(head[10]))?;
    let mut pictures = 0;
    loop {
        match bytes(file) {
            Ok([0x2C]) => {
                pictures += 1;
                if pictures == 2 {
                    return Ok(true);
                }
                let about: [u8; 9] = bytes(file)?;
                skip(file, colors(about[8]) + 1)?;
            }
            Ok([0x21]) => skip(file, 1)?,
            Err(_) if pictures > 0 => return Ok(false),
            Ok([0x3B]) if pictures > 0 => return Ok(false),
            Ok([0x3B]) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(_) => return Err(ErrorKind::InvalidData.into()),
            Err(error) => return Err(error),
        }
        loop {
            let [length] = bytes(file)?;
            if length == 0 {
                break;
            }
            skip(file, u64::from(length) - 1)?;
            bytes::<1>(file)?;
        }
    }
}

/// The length that the file's head claims, and the flag of an animation.
fn webp(file: &mut (impl BufRead + Seek), length: u64) -> io::Result<bool> {
    let head: [u8; 16] = bytes(file)?;
    let claimed = u64::from(u32::from_le_bytes([head[4], head[5], head[6], head[7]]));
    if 8 + claimed > length {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    if &head[12..] != b"VP8X" {
        return Ok(false);
    }
    let more: [u8; 5] = bytes(file)?;
    Ok(more[4] & 0b10 != 0)
}

/// The boxes of a HEIF or AVIF file up to its end; a sequence says so in the first one.
fn boxes(file: &mut (impl BufRead + Seek), length: u64) -> io::Result<bool> {
    let mut at = 0;
    let mut animated = false;
    while at < length {
        let mut head = 8;
        let mut size = u64::from(u32::from_be_bytes(bytes(file)?));
        let kind: [u8; 4] = bytes(file)?;
        if size == 1 {
            size = u64::from_be_bytes(bytes(file)?);
            head = 16;
        }
        if size == 0 {
            // The last box, up to the end of the file.
            break;
        }
        let mut rest = size.checked_sub(head).ok_or(ErrorKind::InvalidData)?;
        if &kind == b"ftyp" && rest >= 4 {
            let brand: [u8; 4] = bytes(file)?;
            animated = matches!(&brand, b"avis" | b"hevc" | b"msf1");
            rest -= 4;
        }
        at = at.saturating_add(size);
        if at > length {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        skip(file, rest)?;
    }
    Ok(animated)
}

#[cfg(all(test, feature = "cli"))]
mod tests;
