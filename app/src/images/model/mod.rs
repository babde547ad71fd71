//! The board of the visitor's images as plain data: what is on it, and everything that can be
//! done to it without a browser.

pub(crate) mod ambiguity;
pub(crate) mod counts;
pub(crate) mod fit;
pub(crate) mod folder;
pub(crate) mod folder_choice;
pub(crate) mod left_out;
pub(crate) mod limits;
pub(crate) mod merge;
pub(crate) mod moves;
pub(crate) mod problem;
pub(crate) mod round;
pub(crate) mod saved;
pub(crate) mod size;
pub(crate) mod tiff;
pub(crate) mod undo;
pub(crate) mod zip;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use rsc_core::image_layout::Part;

use crate::ui::text::Language;

/// What the engine calls the domain of images that name none.
pub(crate) const UNNAMED: &str = "images";

/// One image, decoded and scaled down.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct UserImage {
    /// Distinguishes it from the others.
    pub(crate) id: u32,
    /// File name.
    pub(crate) name: String,
    /// Domain, empty where none was given.
    pub(crate) domain: String,
    /// What it may be used for.
    pub(crate) part: Part,
    /// Width in pixels.
    pub(crate) width: u32,
    /// Height in pixels.
    pub(crate) height: u32,
    /// RGBA pixels.
    pub(crate) pixels: Arc<Vec<u8>>,
}

impl UserImage {
    /// Whether it is never trained on.
    pub(crate) fn test_only(&self) -> bool {
        self.part == Part::Test
    }

    /// The domain as the engine calls it.
    pub(crate) fn domain_name(&self) -> &str {
        if self.domain.is_empty() {
            UNNAMED
        } else {
            &self.domain
        }
    }
}

/// Shorter side, in pixels, from which on an image is taken for a photograph: the smallest size that
/// pretrained networks are offered at.
const PHOTOGRAPH: u32 = 96;

/// Whether half of the images or more are large enough for a network that knows photographs. Small
/// drawings have nothing to gain by it.
pub(crate) fn are_photographs(classes: &[ImageClass]) -> bool {
    let images = classes.iter().flat_map(|class| &class.images);
    let large = |image: &&UserImage| image.width.min(image.height) >= PHOTOGRAPH;
    let (count, large) = (images.clone().count(), images.filter(large).count());
    count > 0 && 2 * large >= count
}

/// One column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ImageClass {
    /// Distinguishes it from the others.
    pub(crate) id: u32,
    /// Name, as edited.
    pub(crate) name: String,
    /// Its images, in the order they came.
    pub(crate) images: Vec<UserImage>,
}

/// The domains that images name, in the order they came.
pub(crate) fn domains(classes: &[ImageClass]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for image in classes.iter().flat_map(|class| &class.images) {
        if !names.iter().any(|name| name == image.domain_name()) {
            names.push(image.domain_name().to_owned());
        }
    }
    names
}

/// A text that other images, or the same ones in other classes or domains, do not have; the order
/// of images does not count. Of the pixels of each a sample is looked at, since there may be
/// hundreds of megabytes.
pub(crate) fn mark(classes: &[ImageClass]) -> String {
    /// Bytes looked at of each image, about.
    const SAMPLE: usize = 256;
    let mut marks: Vec<u64> = Vec::new();
    for class in classes {
        for image in &class.images {
            let mut hasher = DefaultHasher::new();
            let UserImage {
                id: _,
                name,
                domain: _,
                part,
                width,
                height,
                pixels,
            } = image;
            let facts = (
                class.name.trim(),
                image.domain_name(),
                name,
                image.test_only(),
            );
            facts.hash(&mut hasher);
            (width, height).hash(&mut hasher);
            // As earlier pages reckoned it where nothing is kept for training.
            if *part == Part::Train {
                true.hash(&mut hasher);
            }
            let every = (pixels.len() / SAMPLE).max(1);
            let sample: Vec<u8> = pixels.iter().step_by(every).copied().collect();
            sample.hash(&mut hasher);
            marks.push(hasher.finish());
        }
    }
    marks.sort_unstable();
    let mut hasher = DefaultHasher::new();
    marks.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// Whether a class is called as the page called it: a board can have been made in another language
/// than the page has now.
pub(crate) fn is_given(name: &str) -> bool {
    let mut stems = Language::all().map(|language| language.about().class.as_str());
    stems.any(|stem| {
        let rest = name.strip_prefix(stem);
        rest.is_some_and(|rest| rest.starts_with(' '))
    })
}

/// A class of empty images for tests, one per domain given, with ids from `first` on.
#[cfg(test)]
fn class(id: u32, name: &str, first: u32, domains: &[&str]) -> ImageClass {
    ImageClass {
        id,
        name: name.to_owned(),
        images: (first..)
            .zip(domains)
            .map(|(id, domain)| UserImage {
                id,
                name: format!("{id}.png"),
                domain: (*domain).to_owned(),
                part: Part::Any,
                width: 1,
                height: 1,
                pixels: Arc::new(vec![0; 4]),
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_in_order() {
        let classes = [
            class(1, "cat", 0, &["b", "a"]),
            class(2, "dog", 9, &["b", "c"]),
        ];
        assert_eq!(domains(&classes), ["b", "a", "c"]);
    }

    #[test]
    fn other_images_have_another_mark() {
        let board = || vec![class(1, "cat", 0, &["a", "b"]), class(2, "dog", 9, &["b"])];
        let mut same = board();
        same[0].name = String::from(" cat ");
        same[0].images.swap(0, 1);
        same.swap(0, 1);
        assert_eq!(mark(&board()), mark(&same));
        let changes: [fn(&mut Vec<ImageClass>); 6] = [
            |board| board[0].name = String::from("lion"),
            |board| board[0].images[1].domain = String::from("a"),
            |board| board[0].images[1].part = Part::Test,
            |board| board[0].images[0].pixels = Arc::new(vec![0, 0, 1, 0]),
            |board| {
                board[0].images.pop();
            },
            |board| {
                let image = board[0].images.remove(1);
                board[1].images.push(image);
            },
        ];
        for (i, change) in changes.iter().enumerate() {
            let mut changed = board();
            change(&mut changed);
            assert_ne!(mark(&board()), mark(&changed), "change {i}");
        }
    }

    #[test]
    fn names_given_are_known_in_every_language() {
        assert!(is_given("class 3") && is_given("Klasse 1") && is_given("clase 2"));
        assert!(!is_given("dog") && !is_given("classes"));
    }

    #[test]
    fn images_without_a_domain_have_the_engines_name_for_it() {
        let classes = [class(1, "cat", 0, &["", "images", "b"])];
        assert_eq!(domains(&classes), ["images", "b"]);
    }
}
