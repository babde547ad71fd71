//! The records of the board: written, restored from an earlier visit or a file, merged with another
//! tab's.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use leptos::prelude::*;
use rsc_core::image_layout::Part;

use crate::images::model::merge::{Edits, ImageLabels};
use crate::images::model::saved::{Column, Columns, ImageFacts};
use crate::images::model::undo::Undo;
use crate::images::model::{ImageClass, UserImage};
use crate::images::model::{mark, moves};
use crate::images::state::Images;
use crate::settings::model::hold_out::HoldOut;

/// An image without a place, and the name of the class that it was in.
pub(crate) struct UnsavedImage {
    class: String,
    image: UserImage,
}

impl Images {
    /// The columns as they are to be kept. `last_run` is the id given last to a run.
    pub(crate) fn columns_to_keep(self, last_run: u64) -> Columns {
        let HoldOut { held_out, together } = self.choice_untracked();
        Columns {
            columns: self.classes.with_untracked(|classes| {
                let columns = classes.iter().map(|class| Column {
                    id: class.id,
                    name: class.name.clone(),
                });
                columns.collect()
            }),
            held_out,
            together,
            last_id: self.next_id.get_value(),
            last_run,
        }
    }

    /// Puts the columns of an earlier visit in place of the present ones. To be called before a
    /// visitor can have made anything here. The domain to hold out comes after the images.
    pub(crate) fn restore_columns(self, kept: &Columns) {
        let largest = kept.columns.iter().map(|column| column.id).max();
        let last = kept.last_id.max(largest.unwrap_or_default());
        self.next_id.update_value(|id| *id = last.max(*id));
        self.edit(|classes| {
            *classes = kept
                .columns
                .iter()
                .map(|column| ImageClass {
                    id: column.id,
                    name: column.name.clone(),
                    images: Vec::new(),
                })
                .collect();
        });
    }

    /// Puts images of an earlier visit into their columns, under their ids of then.
    pub(crate) fn restore_images(self, images: Vec<(u32, ImageFacts, Arc<Vec<u8>>)>) {
        let largest = images.iter().map(|(id, _, _)| *id).max();
        self.next_id
            .update_value(|id| *id = largest.unwrap_or_default().max(*id));
        self.edit(|classes| {
            for (id, facts, pixels) in images {
                if let Some(class) = classes.iter_mut().find(|class| class.id == facts.class) {
                    class.images.push(UserImage {
                        id,
                        part: facts.part(),
                        name: facts.name,
                        domain: facts.domain,
                        width: facts.width,
                        height: facts.height,
                        pixels,
                    });
                }
            }
        });
    }

    /// Holds a domain out again, if it is still there, or none.
    pub(crate) fn restore_choice(self, choice: HoldOut) {
        let domains = self.domains_untracked();
        let there = |name: &String| domains.len() >= 2 && domains.contains(name);
        if choice.held_out.as_ref().is_none_or(there) {
            self.set_choice(choice);
        }
    }

    /// What is to be kept of each image beside its pixels, which never change.
    pub(crate) fn facts(self) -> BTreeMap<u32, ImageFacts> {
        self.classes.with_untracked(|classes| {
            let facts = classes.iter().flat_map(|class| {
                let images = class.images.iter();
                images.map(|image| (image.id, facts(class, image)))
            });
            facts.collect()
        })
    }

    /// What tells these images, their classes and domains from others.
    pub(crate) fn mark(self) -> String {
        self.classes.with_untracked(|classes| mark(classes))
    }

    /// Images that are not among these, without a place.
    pub(crate) fn not_among(self, known: &BTreeMap<u32, ImageFacts>) -> Vec<UnsavedImage> {
        self.classes.with_untracked(|classes| {
            let all = classes.iter().flat_map(|class| {
                let images = class.images.iter();
                images.map(move |image| (class, image))
            });
            let new = all.filter(|(_, image)| !known.contains_key(&image.id));
            let new = new.map(|(class, image)| UnsavedImage {
                class: class.name.clone(),
                image: image.clone(),
            });
            new.collect()
        })
    }

    /// Where each image is.
    pub(crate) fn image_labels(self) -> BTreeMap<u32, ImageLabels> {
        self.classes.with_untracked(|classes| {
            let image_labels = classes.iter().flat_map(|class| {
                class.images.iter().map(|image| {
                    let labels = ImageLabels {
                        class: class.name.trim().to_owned(),
                        domain: image.domain.clone(),
                        part: image.part,
                    };
                    (image.id, labels)
                })
            });
            image_labels.collect()
        })
    }

    /// Does once more what was done in this tab.
    pub(crate) fn apply(self, edits: &Edits) {
        self.edit(|classes| {
            moves::delete(classes, &edits.deleted.iter().copied().collect());
        });
        for (id, labels) in &edits.changed {
            let column = self.class_called(&labels.class);
            let ids = BTreeSet::from([*id]);
            self.edit(|classes| {
                moves::to_class(classes, &ids, column);
                let mut images = classes.iter_mut().flat_map(|class| &mut class.images);
                if let Some(image) = images.find(|image| image.id == *id) {
                    image.domain.clone_from(&labels.domain);
                    image.part = labels.part;
                }
            });
        }
    }

    /// Puts such images into the columns of their classes' names.
    pub(crate) fn add_unsaved(self, images: Vec<UnsavedImage>) {
        for UnsavedImage { class, image } in images {
            let column = self.class_called(class.trim());
            let id = self.new_id();
            self.edit_class(column, |class| class.images.push(UserImage { id, ..image }));
        }
    }

    /// An image by its id, as it is to be kept.
    pub(crate) fn stored_image(self, id: u32) -> Option<(ImageFacts, Arc<Vec<u8>>)> {
        self.classes.with_untracked(|classes| {
            classes.iter().find_map(|class| {
                let image = class.images.iter().find(|image| image.id == id)?;
                Some((facts(class, image), image.pixels.clone()))
            })
        })
    }

    /// Of the images whose ids fulfil `wanted`: in how many classes they are, and their bytes.
    pub(crate) fn count_and_bytes(self, wanted: impl Fn(u32) -> bool) -> (usize, u64) {
        self.classes.with_untracked(|classes| {
            let of = |class: &ImageClass| {
                let images = class.images.iter().filter(|image| wanted(image.id));
                images.map(|image| image.pixels.len() as u64).sum::<u64>()
            };
            let sizes: Vec<u64> = classes.iter().map(of).filter(|&bytes| bytes > 0).collect();
            (sizes.len(), sizes.iter().sum())
        })
    }

    /// How many images there are, in how many classes.
    pub(crate) fn how_many(self) -> (usize, usize) {
        self.classes.with_untracked(|classes| {
            let counts = classes.iter().map(|class| class.images.len());
            let filled = counts.clone().filter(|&count| count > 0).count();
            (counts.sum(), filled)
        })
    }

    /// Deletes everything, the way back and what is still being read too; two empty columns are
    /// left.
    pub(crate) fn clear(self) {
        self.clears.update_value(|clears| *clears += 1);
        self.stop_reading();
        self.edit(Vec::clear);
        self.set_choice(HoldOut::default());
        self.undo.set(Undo::default());
        self.folder_choices.set(Vec::new());
        self.offer.set(None);
        self.viewed.set(None);
        self.cursor.set(None);
        self.target.set(None);
        self.new_domain.set(String::new());
        self.add_class();
        self.add_class();
    }
}

fn facts(class: &ImageClass, image: &UserImage) -> ImageFacts {
    ImageFacts {
        class: class.id,
        name: image.name.clone(),
        domain: image.domain.clone(),
        test_only: image.test_only(),
        train_only: image.part == Part::Train,
        width: image.width,
        height: image.height,
    }
}
