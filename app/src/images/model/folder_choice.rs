//! What the folders of somebody's images could be taken for as well, and the way there and back.

use std::collections::{BTreeMap, BTreeSet};

use crate::images::model::ambiguity::Ambiguity;
use crate::images::model::folder::Placement;
use crate::images::model::{ImageClass, moves};

/// An ambiguity, and where it puts each image that it concerns: as it came in, and the other way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FolderChoice {
    /// Distinguishes it from the others.
    pub(crate) id: u32,
    /// What it is about.
    pub(crate) about: Ambiguity,
    /// By the image's id.
    pub(crate) images: BTreeMap<u32, [Placement; 2]>,
}

impl FolderChoice {
    /// Whether its images lie as the other way has it; `None` where none of them is there any more.
    pub(crate) fn other_way(&self, classes: &[ImageClass]) -> Option<bool> {
        let (mut there, mut other) = (0_usize, 0_usize);
        for class in classes {
            for image in &class.images {
                let Some(places) = self.images.get(&image.id) else {
                    continue;
                };
                let is = |place: &Placement| {
                    place.class == class.name.trim()
                        && place.domain == image.domain
                        && place.part == image.part
                };
                there += 1;
                other += usize::from(is(&places[1]));
            }
        }
        (there > 0).then_some(2 * other > there)
    }

    /// Takes it the other way, or back. What the visitor has changed of an image since it came stays. Columns
    /// are made as they are needed, with ids from `new_id`, and go where nothing is left in them. Returns
    /// whether anything has changed.
    pub(crate) fn apply(
        &self,
        classes: &mut Vec<ImageClass>,
        other_way: bool,
        mut new_id: impl FnMut() -> u32,
    ) -> bool {
        let mut changed = false;
        let mut moving: BTreeMap<&str, BTreeSet<u32>> = BTreeMap::new();
        let mut left: BTreeSet<u32> = BTreeSet::new();
        for class in classes.iter_mut() {
            for image in &mut class.images {
                let Some([came, other]) = self.images.get(&image.id) else {
                    continue;
                };
                let (from, to) = if other_way {
                    (came, other)
                } else {
                    (other, came)
                };
                if from.domain != to.domain && image.domain == from.domain {
                    image.domain.clone_from(&to.domain);
                    changed = true;
                }
                if from.part != to.part && image.part == from.part {
                    image.part = to.part;
                    changed = true;
                }
                if from.class != to.class && class.name.trim() == from.class {
                    moving.entry(&to.class).or_default().insert(image.id);
                    left.insert(class.id);
                }
            }
        }
        for (name, ids) in moving {
            let known = classes.iter().find(|class| class.name.trim() == name);
            let id = known.map(|class| class.id).unwrap_or_else(|| {
                let id = new_id();
                classes.push(ImageClass {
                    id,
                    name: name.to_owned(),
                    images: Vec::new(),
                });
                id
            });
            changed |= moves::to_class(classes, &ids, id) > 0;
        }
        classes.retain(|class| !class.images.is_empty() || !left.contains(&class.id));
        changed
    }
}

#[cfg(test)]
mod tests {
    use rsc_core::image_layout::Part;

    use super::*;
    use crate::images::model::class;

    fn place(domain: &str, class: &str, part: Part) -> Placement {
        Placement {
            domain: domain.into(),
            class: class.into(),
            part,
        }
    }

    /// Cats and dogs of `train` and `val`, taken as a division.
    fn division() -> (FolderChoice, Vec<ImageClass>) {
        let mut classes = vec![
            class(1, "cat", 10, &["", ""]),
            class(2, "dog", 20, &["", ""]),
        ];
        let mut images = BTreeMap::new();
        for class in &mut classes {
            for (image, (name, part)) in class
                .images
                .iter_mut()
                .zip([("train", Part::Train), ("val", Part::Test)])
            {
                image.part = part;
                let other = place(name, &class.name, Part::Any);
                images.insert(image.id, [place("", &class.name, part), other]);
            }
        }
        let choice = FolderChoice {
            id: 1,
            about: Ambiguity::Splits(vec!["train".into(), "val".into()]),
            images,
        };
        (choice, classes)
    }

    #[test]
    fn a_division_becomes_domains_and_back() {
        let (choice, before) = division();
        let mut classes = before.clone();
        assert_eq!(choice.other_way(&classes), Some(false));
        assert!(choice.apply(&mut classes, true, || 99));
        assert_eq!(crate::images::model::domains(&classes), ["train", "val"]);
        let parts = classes.iter().flat_map(|class| &class.images);
        assert!(parts.map(|image| image.part).all(|part| part == Part::Any));
        assert_eq!(choice.other_way(&classes), Some(true));
        assert!(!choice.apply(&mut classes, true, || 99));
        assert!(choice.apply(&mut classes, false, || 99));
        assert_eq!(classes, before);
        classes.clear();
        assert_eq!(choice.other_way(&classes), None);
    }

    #[test]
    fn what_was_changed_since_stays() {
        let (choice, mut classes) = division();
        classes[0].images[0].domain = "mine".into();
        moves::to_class(&mut classes, &BTreeSet::from([20]), 1);
        choice.apply(&mut classes, true, || 99);
        assert_eq!(classes[0].images[0].domain, "mine");
        assert_eq!(classes[0].images[2].id, 20);
        assert_eq!(classes[0].images[2].domain, "train");
    }

    #[test]
    fn one_class_becomes_two_and_back() {
        let mut classes = vec![class(1, "Dog", 10, &["photo", "sketch"])];
        let other = |id: u32, name: &str, spelling: &str| {
            let of = |class: &str| place(name, class, Part::Any);
            (id, [of("Dog"), of(spelling)])
        };
        let choice = FolderChoice {
            id: 1,
            about: Ambiguity::Spellings(vec![vec!["Dog".into(), "dog".into()]]),
            images: BTreeMap::from([other(11, "sketch", "dog")]),
        };
        let before = classes.clone();
        assert!(choice.apply(&mut classes, true, || 7));
        let names: Vec<_> = classes.iter().map(|c| (c.id, &*c.name)).collect();
        assert_eq!(names, [(1, "Dog"), (7, "dog")]);
        assert_eq!(choice.other_way(&classes), Some(true));
        assert!(choice.apply(&mut classes, false, || 8));
        assert_eq!(classes, before);
        let said = choice.about.said(false);
        assert!(said.contains("“Dog” = “dog”"), "{said}");
    }
}
