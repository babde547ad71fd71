//! A finished site: its files under their names.

/// A file of the finished site.
#[derive(Clone, Debug)]
pub(crate) struct Asset {
    /// Its path below the site's root.
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    /// The content in Brotli, if it was compressed and became smaller.
    pub(crate) brotli: Option<Vec<u8>>,
    /// Whether the name changes with the content, so that browsers may cache the file for ever.
    pub(crate) immutable: bool,
}

/// A finished site.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    /// All files, ordered by their name before hashing.
    pub(crate) assets: Vec<Asset>,
}
