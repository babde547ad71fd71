//! Which images a protocol was begun with, so that all its cells see the same.

use std::{collections::BTreeMap, sync::Arc};

use rsc_core::{data::folder::SquareImage, model::BackboneWeights};
use serde::{Deserialize, Serialize};

use super::digest::short;

/// The images of a folder and the weights of a pretrained network, as hashes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ImageNotes {
    /// By `domain/class/name`, a hash of the pixels at the network's size; empty where the images are built in.
    images: BTreeMap<String, String>,
    /// Fingerprints of the weights of pretrained networks, in hexadecimal.
    weights: Vec<String>,
}

impl ImageNotes {
    /// Of images and weights as they are now.
    pub(crate) fn of(images: &[SquareImage], weights: &[Arc<BackboneWeights>]) -> Self {
        let mut named = BTreeMap::new();
        for image in images {
            let mut name = format!("{}/{}/{}", image.domain, image.class, image.name);
            // The same name for training and for testing.
            while named.contains_key(&name) {
                name.push_str(" (another)");
            }
            let part = format!("{:?}", image.part);
            named.insert(name, short(&[part.as_bytes(), &image.pixels]));
        }
        Self {
            images: named,
            weights: weights
                .iter()
                .map(|it| format!("{:016x}", it.fingerprint()))
                .collect(),
        }
    }

    /// What is no longer as it was, in words; `None` where nothing has changed.
    pub(crate) fn changes(&self, now: &Self) -> Option<String> {
        const NAMED: usize = 3;
        let mut changes = Vec::new();
        if self.weights != now.weights {
            changes.push("the file of weights has other weights".to_owned());
        }
        for (name, hash) in &self.images {
            match now.images.get(name) {
                None => changes.push(format!("`{name}` is gone")),
                Some(other) if other != hash => {
                    changes.push(format!("`{name}` has other pixels"));
                }
                Some(_) => {}
            }
        }
        let new = now
            .images
            .keys()
            .filter(|name| !self.images.contains_key(*name));
        changes.extend(new.map(|name| format!("`{name}` is new")));
        if changes.is_empty() {
            return None;
        }
        let more = changes.len().saturating_sub(NAMED);
        changes.truncate(NAMED);
        let mut said = changes.join(", ");
        if more > 0 {
            said.push_str(&format!(" and {more} more"));
        }
        Some(said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rsc_core::image_layout::Part;

    fn image(name: &str, red: u8) -> SquareImage {
        SquareImage {
            name: name.into(),
            class: "cat".into(),
            domain: "photo".into(),
            part: Part::Any,
            pixels: Arc::from([red, 0, 0]),
        }
    }

    #[test]
    fn what_has_changed_is_named() {
        let before = ImageNotes::of(&[image("1.png", 1), image("2.png", 2)], &[]);
        assert_eq!(before.changes(&before), None);
        let now = ImageNotes::of(&[image("2.png", 9), image("3.png", 3)], &[]);
        assert_eq!(
            before.changes(&now).as_deref(),
            Some(
                "`photo/cat/1.png` is gone, `photo/cat/2.png` has other pixels, `photo/cat/3.png` is new"
            )
        );
    }
}
