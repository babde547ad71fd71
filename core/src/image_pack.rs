//! Many small pictures in one file: the same concepts, sorted into classes, in several domains.
//!
//! The file is WebP files end to end, each of which begins with its length, then a [`PackIndex`] as
//! JSON. The pictures come domain by domain and, in each, in the order of the index.
//! `www/site/emoji/pack.py` makes it.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Side of each picture in pixels.
pub const SIDE: u32 = 96;

/// What every WebP file begins with, before its length.
const RIFF: &[u8] = b"RIFF";
/// Bytes of a WebP file that its length does not count.
const UNCOUNTED: usize = 8;

/// What the pictures show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackIndex {
    /// Names of the domains.
    pub domains: Vec<String>,
    /// The classes, the same in each domain.
    pub classes: Vec<PackClass>,
}

/// One class of pictures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackClass {
    /// Its name.
    pub name: String,
    /// What its pictures show, with a picture of each in every domain.
    pub concepts: Vec<String>,
}

impl PackIndex {
    /// How many pictures each domain has.
    pub fn per_domain(&self) -> usize {
        self.classes.iter().map(|class| class.concepts.len()).sum()
    }
}

/// A file that was read; its pictures are not decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImagePack<'a> {
    /// What the pictures show.
    pub index: PackIndex,
    /// WebP files, domain by domain, as many in each as [`PackIndex::per_domain`] says.
    pub pictures: Vec<&'a [u8]>,
}

/// Why a file is no pack of pictures.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Problem {
    /// It ends within a picture.
    #[error("it is cut off after {0} pictures")]
    CutOff(usize),
    /// What follows the pictures is no index.
    #[error("its index is damaged: {0}")]
    Index(String),
    /// The index names more pictures than there are, or fewer.
    #[error("it has {found} pictures where its index names {expected}")]
    Count {
        /// Named in the index.
        expected: usize,
        /// In the file.
        found: usize,
    },
}

impl<'a> ImagePack<'a> {
    /// Takes a file apart.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn read(file: &'a [u8]) -> Result<Self, Problem> {
        let mut rest = file;
        let mut pictures = Vec::new();
        while rest.starts_with(RIFF) {
            let cut_off = || Problem::CutOff(pictures.len());
            let length = rest[RIFF.len()..].first_chunk().ok_or_else(cut_off)?;
            let length = u32::from_le_bytes(*length) as usize;
            let end = length.checked_add(UNCOUNTED).ok_or_else(cut_off)?;
            let (picture, after) = rest.split_at_checked(end).ok_or_else(cut_off)?;
            pictures.push(picture);
            rest = after;
        }
        let index: PackIndex =
            serde_json::from_slice(rest).map_err(|error| Problem::Index(error.to_string()))?;
        let expected = index.domains.len() * index.per_domain();
        if pictures.len() != expected {
            return Err(Problem::Count {
                expected,
                found: pictures.len(),
            });
        }
        Ok(Self { index, pictures })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INDEX: &str = r#"{"domains":["a","b"],"classes":[{"name":"c","concepts":["x"]}]}"#;

    fn webp(content: &[u8]) -> Vec<u8> {
        let length = u32::try_from(content.len()).expect("short");
        [RIFF, &length.to_le_bytes(), content].concat()
    }

    #[test]
    fn pictures_come_out_as_they_went_in() {
        let pictures = [webp(b"WEBP1"), webp(b"WEBPRIFF")];
        let file = [&pictures.concat(), INDEX.as_bytes()].concat();
        let pack = ImagePack::read(&file).expect("it is whole");
        assert_eq!(pack.pictures, pictures);
        assert_eq!(pack.index.domains, ["a", "b"]);
        assert_eq!(pack.index.per_domain(), 1);
    }

    #[test]
    fn a_damaged_file_is_refused() {
        let one = webp(b"WEBP1");
        let two = [one.clone(), one.clone()].concat();
        for (file, problem) in [
            (&b""[..], "index is damaged"),
            (b"<!doctype html>", "index is damaged"),
            (b"RIFF", "cut off after 0"),
            (b"RIFF\xff\xff\xff\xff", "cut off after 0"),
            (&two[..two.len() - 1], "cut off after 1"),
            (&two, "index is damaged"),
            (&[&one, INDEX.as_bytes()].concat(), "1 pictures"),
        ] {
            let error = ImagePack::read(file).expect_err("it is damaged");
            assert!(error.to_string().contains(problem), "{error}");
        }
    }
}
