//! Images as the page gave them.

use std::sync::Arc;

use crate::config::Fit;
use crate::data::{Labelled, SourceImage};
use crate::error::Result;
use crate::image_layout::Part;

/// An image of the visitor's, and what it may be used for.
pub(super) struct GivenImage {
    image: SourceImage,
    part: Part,
}

impl GivenImage {
    /// It comes from a folder for training. What is for testing only stays so.
    pub(super) fn keep_for_training(&mut self) {
        if self.part == Part::Any {
            self.part = Part::Train;
        }
    }
}

impl From<SourceImage> for GivenImage {
    fn from(image: SourceImage) -> Self {
        let part = Labelled::part(&image);
        Self { image, part }
    }
}

impl Labelled for GivenImage {
    fn name(&self) -> &str {
        self.image.name()
    }

    fn class(&self) -> &str {
        self.image.class()
    }

    fn domain(&self) -> &str {
        self.image.domain()
    }

    fn part(&self) -> Part {
        self.part
    }

    fn square(&self, size: usize, fit: Fit) -> Result<Arc<[u8]>> {
        self.image.square(size, fit)
    }
}
