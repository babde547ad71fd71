//! What a data set wants to know of an image.

use std::sync::Arc;

use super::resize;
use super::source_image::SourceImage;
use crate::config::Fit;
use crate::error::Result;
use crate::image_layout::Part;

/// An image with a class, of any origin.
pub trait Labelled {
    /// File name, for messages and captions.
    fn name(&self) -> &str;

    /// Its class.
    fn class(&self) -> &str;

    /// Its domain; empty where there is only one.
    fn domain(&self) -> &str;

    /// What it may be used for.
    fn part(&self) -> Part;

    /// RGB bytes of `size` squared.
    ///
    /// # Errors
    /// [`crate::Error::Data`] where it has no such pixels.
    fn square(&self, size: usize, fit: Fit) -> Result<Arc<[u8]>>;
}

impl Labelled for SourceImage {
    fn name(&self) -> &str {
        &self.name
    }

    fn class(&self) -> &str {
        &self.class
    }

    fn domain(&self) -> &str {
        &self.domain
    }

    fn part(&self) -> Part {
        if self.test_only {
            Part::Test
        } else {
            Part::Any
        }
    }

    fn square(&self, size: usize, fit: Fit) -> Result<Arc<[u8]>> {
        resize::square(self, size, fit).map(Arc::from)
    }
}
