//! The visitor's own images: columns of classes, kept on the page until they are deleted there.
//! Nothing here is ever replaced by an error.

mod check;
mod entries;
mod kept;
mod read;

pub(crate) use read::Destination;

use std::sync::Arc;

use js_sys::{ArrayBuffer, Uint8Array};
use leptos::prelude::*;
use rsc_core::protocol::ImageEntry;

use crate::session::Notices;

/// Topic of messages about what is missing here.
pub(crate) const TOPIC: &str = "own images";

/// One image, decoded and scaled down.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct OwnImage {
    /// Distinguishes it from the others.
    pub(crate) id: u32,
    /// File name.
    pub(crate) name: String,
    /// Domain, empty where none was given.
    pub(crate) domain: String,
    /// Width in pixels.
    pub(crate) width: u32,
    /// Height in pixels.
    pub(crate) height: u32,
    /// RGBA pixels.
    pub(crate) pixels: Arc<Vec<u8>>,
}

/// One column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct OwnClass {
    /// Distinguishes it from the others.
    pub(crate) id: u32,
    /// Name, as edited.
    pub(crate) name: String,
    /// Its images, in the order they came.
    pub(crate) images: Vec<OwnImage>,
}

/// Files on their way in: how many are read, of how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reading {
    /// Read or refused.
    pub(crate) done: usize,
    /// Chosen.
    pub(crate) total: usize,
}

/// All columns.
#[derive(Clone, Copy)]
pub(crate) struct OwnImages {
    /// The columns.
    pub(crate) classes: RwSignal<Vec<OwnClass>>,
    /// The domain that is never trained on; `None` for none.
    pub(crate) held_out: RwSignal<Option<String>>,
    /// Files on their way in.
    pub(crate) reading: RwSignal<Option<Reading>>,
    /// Whether the engine has the images as they are now.
    pub(crate) used: RwSignal<bool>,
    notices: Notices,
    next_id: StoredValue<u32>,
}

impl OwnImages {
    /// Two empty columns to begin with.
    pub(crate) fn new(notices: Notices) -> Self {
        let own = Self {
            classes: RwSignal::default(),
            held_out: RwSignal::new(None),
            reading: RwSignal::new(None),
            used: RwSignal::new(false),
            notices,
            next_id: StoredValue::new(0),
        };
        own.add_class();
        own.add_class();
        own
    }

    fn new_id(self) -> u32 {
        self.next_id.update_value(|id| *id += 1);
        self.next_id.get_value()
    }

    /// Adds an empty column under a name that is free.
    pub(crate) fn add_class(self) {
        let taken: Vec<String> = self
            .classes
            .with_untracked(|all| all.iter().map(|class| class.name.clone()).collect());
        let name = (taken.len() + 1..)
            .map(|i| format!("class {i}"))
            .find(|name| !taken.contains(name))
            .unwrap_or_default();
        self.insert_class(name);
    }

    fn insert_class(self, name: String) -> u32 {
        let id = self.new_id();
        self.edit(|classes| {
            classes.push(OwnClass {
                id,
                name,
                images: Vec::new(),
            });
        });
        id
    }

    /// The column called `name`: an existing one, an untouched one renamed, or a new one.
    fn class_called(self, name: &str) -> u32 {
        let found = self.classes.with_untracked(|all| {
            let named = all.iter().find(|class| class.name.trim() == name);
            let untouched = || {
                all.iter()
                    .find(|class| class.images.is_empty() && class.name.starts_with("class "))
            };
            named.or_else(untouched).map(|class| class.id)
        });
        match found {
            Some(id) => {
                self.rename_class(id, name.to_owned());
                id
            }
            None => self.insert_class(name.to_owned()),
        }
    }

    /// Renames a column.
    pub(crate) fn rename_class(self, id: u32, name: String) {
        self.edit_class(id, |class| class.name = name);
    }

    /// Deletes a column with its images.
    pub(crate) fn delete_class(self, id: u32) {
        self.edit(|classes| classes.retain(|class| class.id != id));
    }

    /// Deletes one image.
    pub(crate) fn delete_image(self, class: u32, image: u32) {
        self.edit_class(class, |class| class.images.retain(|i| i.id != image));
    }

    fn edit_class(self, id: u32, edit: impl FnOnce(&mut OwnClass)) {
        self.edit(|classes| {
            if let Some(class) = classes.iter_mut().find(|class| class.id == id) {
                edit(class);
            }
        });
    }

    fn edit(self, edit: impl FnOnce(&mut Vec<OwnClass>)) {
        self.classes.update(edit);
        self.notices.settle(TOPIC);
        self.used.set(false);
        let domains = self.domains_untracked();
        let held_out = self.held_out.get_untracked();
        let gone = held_out.is_some_and(|name| !domains.contains(&name));
        if domains.len() < 2 || gone {
            self.held_out.set(None);
        }
    }

    /// The domains that images name, in the order they came.
    pub(crate) fn domains(self) -> Vec<String> {
        self.classes.with(|classes| check::domains(classes))
    }

    fn domains_untracked(self) -> Vec<String> {
        self.classes
            .with_untracked(|classes| check::domains(classes))
    }

    /// What keeps the images from being trained on, if something does.
    pub(crate) fn problem(self) -> Option<String> {
        let held_out = self.held_out.get();
        self.classes
            .with(|classes| check::problem(classes, held_out.as_deref()))
    }

    /// As [`Self::problem`], outside of reactive code.
    pub(crate) fn problem_untracked(self) -> Option<String> {
        untrack(|| self.problem())
    }

    /// The domain to hold out.
    pub(crate) fn held_out_untracked(self) -> Option<String> {
        self.held_out.get_untracked()
    }

    /// The images as the engine wants them. Columns without images are left out.
    pub(crate) fn message(self) -> (Vec<ImageEntry>, Vec<ArrayBuffer>) {
        self.classes.with_untracked(|classes| {
            let all = classes
                .iter()
                .flat_map(|class| class.images.iter().map(move |image| (class, image)));
            all.enumerate()
                .map(|(buffer, (class, image))| {
                    let entry = ImageEntry {
                        name: image.name.clone(),
                        class: class.name.trim().to_owned(),
                        domain: image.domain.clone(),
                        width: image.width,
                        height: image.height,
                        buffer,
                    };
                    (entry, Uint8Array::from(image.pixels.as_slice()).buffer())
                })
                .unzip()
        })
    }

    /// Notes that the engine has the images.
    pub(crate) fn mark_used(self) {
        self.used.set(true);
    }
}
