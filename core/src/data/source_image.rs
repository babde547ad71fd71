//! A decoded image before it is resized.

/// A decoded image of the user, of any size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceImage {
    /// File name, for messages and captions.
    pub name: String,
    /// Class it belongs to.
    pub class: String,
    /// Domain it belongs to; empty where there is only one.
    pub domain: String,
    /// Whether it is never trained on.
    pub test_only: bool,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// RGBA bytes, row by row: `4 · width · height`.
    pub rgba: Vec<u8>,
}
