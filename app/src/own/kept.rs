//! The visitor's images of an earlier visit, or of a file: back into their columns.

use std::sync::Arc;

use leptos::prelude::*;

use super::{OwnClass, OwnImage, OwnImages};
use crate::pure::kept::{Column, Columns, ImageFacts};

impl OwnImages {
    /// The columns as they are to be kept. `last_run` is the id given last to a run.
    pub(crate) fn columns_to_keep(self, last_run: u64) -> Columns {
        Columns {
            columns: self.classes.with_untracked(|classes| {
                let columns = classes.iter().map(|class| Column {
                    id: class.id,
                    name: class.name.clone(),
                });
                columns.collect()
            }),
            held_out: self.held_out.get_untracked(),
            last_id: self.next_id.get_value(),
            last_run,
        }
    }

    /// Puts the columns of an earlier visit in place of the present ones. To be called before a
    /// visitor can have made anything here. The domain to hold out comes after the images.
    pub(crate) fn bring_back_columns(self, kept: &Columns) {
        let largest = kept.columns.iter().map(|column| column.id).max();
        let last = kept.last_id.max(largest.unwrap_or_default());
        self.next_id.update_value(|id| *id = last.max(*id));
        self.edit(|classes| {
            *classes = kept
                .columns
                .iter()
                .map(|column| OwnClass {
                    id: column.id,
                    name: column.name.clone(),
                    images: Vec::new(),
                })
                .collect();
        });
    }

    /// Puts images of an earlier visit into their columns, under their ids of then.
    pub(crate) fn bring_back_images(self, images: Vec<(u32, ImageFacts, Arc<Vec<u8>>)>) {
        let largest = images.iter().map(|(id, _, _)| *id).max();
        self.next_id
            .update_value(|id| *id = largest.unwrap_or_default().max(*id));
        self.edit(|classes| {
            for (id, facts, pixels) in images {
                if let Some(class) = classes.iter_mut().find(|class| class.id == facts.class) {
                    class.images.push(OwnImage {
                        id,
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

    /// Holds a domain out again, if it is still there.
    pub(crate) fn bring_back_held_out(self, held_out: Option<String>) {
        let domains = self.domains_untracked();
        if domains.len() >= 2 && held_out.as_ref().is_some_and(|name| domains.contains(name)) {
            self.held_out.set(held_out);
        }
    }

    /// The ids of all images.
    pub(crate) fn ids(self) -> Vec<u32> {
        self.classes.with_untracked(|classes| {
            let images = classes.iter().flat_map(|class| &class.images);
            images.map(|image| image.id).collect()
        })
    }

    /// An image by its id, as it is to be kept.
    pub(crate) fn kept_image(self, id: u32) -> Option<(ImageFacts, Arc<Vec<u8>>)> {
        self.classes.with_untracked(|classes| {
            classes.iter().find_map(|class| {
                let image = class.images.iter().find(|image| image.id == id)?;
                let facts = ImageFacts {
                    class: class.id,
                    name: image.name.clone(),
                    domain: image.domain.clone(),
                    width: image.width,
                    height: image.height,
                };
                Some((facts, image.pixels.clone()))
            })
        })
    }

    /// Of the images whose ids fulfil `wanted`: in how many classes they are, and their bytes.
    pub(crate) fn extent(self, wanted: impl Fn(u32) -> bool) -> (usize, u64) {
        self.classes.with_untracked(|classes| {
            let of = |class: &OwnClass| {
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

    /// Deletes everything; two empty columns are left.
    pub(crate) fn clear(self) {
        self.edit(Vec::clear);
        self.add_class();
        self.add_class();
    }
}
