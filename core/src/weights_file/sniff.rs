//! What a file is, by its first bytes.

use super::problem::{Read, cut_off};

/// A format that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// Hugging Face's safetensors.
    Safetensors,
    /// A zip archive, of PyTorch or not.
    Zip,
    /// PyTorch's stream of pickles.
    Legacy,
    /// The tar archive of the first versions of PyTorch.
    Tar,
}

/// The pickle of PyTorch's magic number, after the protocol's version.
const LEGACY_MAGIC: [u8; 12] = *b"\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19";

/// Where a tar archive says that it is one.
const TAR_MAGIC: usize = 257;

/// What files begin with that are no weights files, or none that are read.
const OTHERS: [(&[u8], &str); 14] = [
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"RIFF", "a WebP image or a sound"),
    (b"BM", "a bitmap image"),
    (b"%PDF", "a PDF document"),
    (b"\x89HDF", "an HDF5 file, as Keras saves"),
    (b"GGUF", "a GGUF file of a language model"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"\x1f\x8b", "a gzip archive, which is to be unpacked first"),
    (b"Rar!", "a RAR archive, which is to be unpacked first"),
    (
        b"7z\xbc\xaf",
        "a 7-Zip archive, which is to be unpacked first",
    ),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
];

/// What a message recommends to bring instead.
pub(super) const BRING: &str = "bring a .safetensors file, or a .pth file that \
                                `torch.save(model.state_dict(), …)` wrote";

/// The format of a file.
pub(super) fn format(file: &[u8]) -> Read<Format> {
    if file.is_empty() {
        return Err("is empty: download or copy it anew".into());
    }
    if file.starts_with(b"PK\x03\x04") || file.starts_with(b"PK\x05\x06") {
        return Ok(Format::Zip);
    }
    if file.get(TAR_MAGIC..TAR_MAGIC + 5) == Some(b"ustar") {
        return Ok(Format::Tar);
    }
    if let [0x80, 0..=5, rest @ ..] = file {
        if rest.starts_with(&LEGACY_MAGIC) {
            return Ok(Format::Legacy);
        }
        if !rest.is_empty() && LEGACY_MAGIC.starts_with(rest) {
            return Err(cut_off());
        }
    }
    if let Some(length) = file.first_chunk() {
        let length = u64::from_le_bytes(*length);
        // A header's length is no text: its upper bytes are zero.
        if length >> 32 == 0 && matches!(file.get(8), Some(b'{') | None) {
            return Ok(Format::Safetensors);
        }
    }
    Err(refusal(file))
}

fn refusal(file: &[u8]) -> String {
    let other = OTHERS.iter().find(|(magic, _)| file.starts_with(magic));
    let head = file.get(..file.len().min(1024)).unwrap_or_default();
    let what = if let Some((_, what)) = other {
        what
    } else if file.starts_with(b"version https://git-lfs") {
        return "is a pointer of Git LFS and not the file itself: fetch the file, for example with \
                `git lfs pull`"
            .into();
    } else if matches!(file, [0x80, 2..=5, ..]) {
        "a Python pickle that `torch.save` did not write"
    } else if is_text(head) {
        let text = String::from_utf8_lossy(head).to_ascii_lowercase();
        if text.trim_start().starts_with('<') {
            "a page of HTML or XML, perhaps in place of a download that failed,"
        } else {
            "a text"
        }
    } else if matches!(file, [8, 1..=32, ..]) && has(head, &[b"pytorch", b"onnx", b"tf2onnx"]) {
        "an ONNX file"
    } else if file.get(4..8) == Some(b"TFL3") {
        "a TensorFlow Lite file"
    } else {
        return format!("is no weights file of a known kind: {BRING}");
    };
    format!("is {what} and no weights file: {BRING}")
}

fn has(head: &[u8], words: &[&[u8]]) -> bool {
    let found = |word: &&[u8]| head.windows(word.len()).any(|it| it == *word);
    words.iter().any(found)
}

/// Whether these first bytes are text; the last character may be cut.
fn is_text(head: &[u8]) -> bool {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            let whole = head.get(..error.valid_up_to()).unwrap_or_default();
            std::str::from_utf8(whole).unwrap_or_default()
        }
        Err(_) => return false,
    };
    let control = |it: char| it.is_control() && !it.is_whitespace();
    !text.is_empty() && !text.contains(control)
}
