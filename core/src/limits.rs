//! How large a file may be that somebody brings, an image or weights, in one place for the page and the
//! program. The page has more to say about files within files: `app/src/images/model/limits.rs`.

/// Most bytes of one image file.
pub const MOST_IMAGE_BYTES: u64 = 64 << 20;

/// Most pixels of one image: decoded, it takes four bytes for each.
pub const MOST_PIXELS: u64 = 100_000_000;

/// Longest side of an image in pixels.
pub const LONGEST_SIDE: u32 = 32_768;

/// Most bytes of a file of pretrained weights, and of its weights as 32-bit floats. Those of ResNet-152
/// have 241 MB.
pub const MOST_WEIGHTS_BYTES: u64 = 400 << 20;
