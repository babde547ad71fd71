//! The data of a run: labelled images, by domain and split.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::protocol::{ImageRef, Split};

/// One image, as the network sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// File name, or the preset's caption (`disc 12`).
    pub name: String,
    /// Index into [`Dataset::classes`].
    pub label: usize,
    /// RGB bytes, row by row: `size² · 3`; data sets of the same images share them.
    pub pixels: Arc<[u8]>,
}

/// Images that look alike, of all classes. A held-out domain has no training images.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain {
    /// Name.
    pub name: String,
    /// Whether it is never trained on.
    pub held_out: bool,
    /// Trained on; empty where held out.
    pub train: Vec<Item>,
    /// Evaluated on.
    pub test: Vec<Item>,
}

/// Everything a run sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dataset {
    /// Side of every image in pixels.
    pub size: usize,
    /// Class names; labels are indices into it.
    pub classes: Vec<String>,
    /// The domains, in the order shown.
    pub domains: Vec<Domain>,
}

impl Dataset {
    /// The image that `image` names, if there is one.
    pub fn item(&self, image: ImageRef) -> Option<&Item> {
        let domain = self.domains.get(image.domain)?;
        match image.split {
            Split::Train => domain.train.get(image.index),
            Split::Test => domain.test.get(image.index),
        }
    }

    /// The classes without a test image in the held-out domains, or in all others; none where there are no such
    /// domains. An accuracy there is about the other classes.
    pub fn untested(&self, held_out: bool) -> Vec<&str> {
        let domains = || self.domains.iter().filter(|it| it.held_out == held_out);
        if domains().next().is_none() {
            return Vec::new();
        }
        let tested: BTreeSet<usize> = domains()
            .flat_map(|domain| domain.test.iter().map(|item| item.label))
            .collect();
        let classes = self.classes.iter().enumerate();
        let missing = classes.filter(|(label, _)| !tested.contains(label));
        missing.map(|(_, class)| class.as_str()).collect()
    }

    /// All images to train on, domain by domain, in a stable order.
    pub fn training(&self) -> Vec<&Item> {
        self.domains
            .iter()
            .flat_map(|domain| &domain.train)
            .collect()
    }

    /// An item's pixels as RGBA bytes, for the page.
    pub fn rgba(item: &Item) -> Vec<u8> {
        let pixels = item.pixels.as_chunks::<3>().0;
        pixels
            .iter()
            .flat_map(|&[red, green, blue]| [red, green, blue, u8::MAX])
            .collect()
    }
}
