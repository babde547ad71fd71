//! Reading images as they are.

use std::path::Path;

use rayon::prelude::*;

use super::decode::decode;
use super::listing::{ListedImage, file_name};
use super::problem::{animated_warning, file_error, left_out, no_image};
use super::selection::FolderImages;
use crate::data::source_image::SourceImage;
use crate::error::Result;
use crate::image_layout::Part;

/// Reads every image below `path`, several at once. Files that are no image or are damaged are left out, and
/// each is named in the second list. Files and folders whose name begins with a dot are passed over.
///
/// The files' content decides their format, not their name: PNG, JPEG, WebP, GIF, BMP and TIFF. A
/// photograph's orientation is respected. Of an animation the first picture is taken, which the
/// second list says too. `test-only.txt` may name images that are never trained on, by their paths
/// within the folder, one in each line. What folders mean is told by [`crate::image_layout::arrange`].
///
/// # Errors
/// [`crate::Error::File`] where the folder is missing, cannot be read or has no image, and where class and domain
/// cannot be told apart.
pub fn read_folder(path: impl AsRef<Path>) -> Result<(Vec<SourceImage>, Vec<String>)> {
    let (listed, mut warnings) = FolderImages::all(path.as_ref()).list()?;
    let read: Vec<_> = listed.par_iter().map(ListedImage::read).collect();
    let mut images = Vec::with_capacity(read.len());
    for (image, listed) in read.into_iter().zip(&listed) {
        match image {
            Ok((image, animated)) => {
                if animated {
                    warnings.push(animated_warning(&listed.shown));
                }
                images.push(image);
            }
            Err(error) => warnings.push(left_out(&listed.shown, error)),
        }
    }
    if images.is_empty() {
        return Err(no_image(path.as_ref(), &warnings));
    }
    Ok((images, warnings))
}

impl ListedImage {
    /// Reads the file; `true` beside it where it is animated, of which the first picture is taken.
    ///
    /// # Errors
    /// As [`read_image`].
    pub fn read(&self) -> Result<(SourceImage, bool)> {
        let (image, animated) = read_image(&self.path)?;
        let image = SourceImage {
            class: self.place.class.clone(),
            domain: self.place.domain.clone(),
            test_only: self.place.part == Part::Test,
            ..image
        };
        Ok((image, animated))
    }
}

/// Reads an image file as [`read_folder`] does, without class and domain; `true` beside it where it is
/// animated, of which the first picture is taken.
///
/// # Errors
/// [`crate::Error::File`] where it is no image, damaged, too large or cannot be read.
pub fn read_image(path: &Path) -> Result<(SourceImage, bool)> {
    let (image, animated) = decode(path).map_err(|problem| file_error(path, problem))?;
    let rgba = image.to_rgba8();
    let image = SourceImage {
        name: file_name(path),
        class: String::new(),
        domain: String::new(),
        test_only: false,
        width: rgba.width(),
        height: rgba.height(),
        rgba: rgba.into_raw(),
    };
    Ok((image, animated))
}
