//! What the visitor does to images and classes on the board, each with its way back.

use std::collections::BTreeSet;
use std::time::Duration;

use leptos::prelude::*;

use crate::images::model::ImageClass;
use crate::images::model::moves;
use crate::images::model::undo::Snapshot;
use crate::images::state::{Images, Offer, free_class_name};

/// How long the way back is offered beside what was done; Ctrl+Z goes on working.
const OFFERED: Duration = Duration::from_secs(10);

/// Where selected images are moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// Into this class.
    Class(u32),
    /// Into a class made for them.
    NewClass,
    /// Into this domain.
    Domain(String),
    /// Into a domain made for them.
    NewDomain,
    /// Into this domain of this class.
    Both(u32, String),
}

impl Images {
    fn snapshot(self) -> Snapshot {
        Snapshot {
            classes: self.classes.get_untracked(),
            choice: self.choice_untracked(),
        }
    }

    /// Does something that can be taken back; `None` for nothing done.
    pub(super) fn act(self, act: impl FnOnce(&mut Vec<ImageClass>) -> Option<String>) -> bool {
        let before = self.snapshot();
        let mut classes = before.classes.clone();
        let Some(what) = act(&mut classes) else {
            return false;
        };
        let newest = self.next_id.get_value();
        self.undo
            .update(|undo| undo.note(what.clone(), before, newest));
        self.edit(|now| *now = classes);
        self.settle_choice();
        self.offer(what);
        true
    }

    /// Notes what the last step has made of what is held out.
    pub(super) fn settle_choice(self) {
        let choice = self.choice_untracked();
        self.undo.update(|undo| undo.note_choice_after(choice));
    }

    fn offer(self, what: String) {
        let id = self.new_id();
        self.offer.set(Some(Offer { id, what }));
        set_timeout(
            move || {
                let same = |offer: &Option<Offer>| offer.as_ref().is_some_and(|o| o.id == id);
                if self.offer.with_untracked(same) {
                    self.offer.set(None);
                }
            },
            OFFERED,
        );
    }

    /// Whether there is something to take back.
    pub(crate) fn can_undo(self) -> bool {
        self.undo.with(|undo| undo.last().is_some())
    }

    /// Takes back what was done last.
    pub(crate) fn undo(self) {
        let (now, choice) = (self.classes.get_untracked(), self.choice_untracked());
        let back = self.undo.try_update(|undo| undo.take_back(&now, &choice));
        let Some(Some(before)) = back else {
            return;
        };
        self.set_choice(before.choice);
        self.edit(|classes| *classes = before.classes);
        self.offer.set(None);
    }

    /// Renames a column, letter by letter.
    pub(crate) fn rename_class(self, id: u32, name: String) {
        let before = self.snapshot();
        let newest = self.next_id.get_value();
        self.undo
            .update(|undo| undo.note_rename(id, before, newest));
        self.edit_class(id, |class| class.name = name);
    }

    /// Deletes a column with its images.
    pub(crate) fn delete_class(self, id: u32) {
        self.act(|classes| {
            let place = classes.iter().position(|class| class.id == id)?;
            let class = classes.remove(place);
            Some(plural!(
                "own.class-deleted",
                class.images.len(),
                name = class.name.trim()
            ))
        });
    }

    /// Moves all images of a column into another and drops it.
    pub(crate) fn merge_classes(self, from: u32, into: u32) {
        self.act(|classes| {
            let name = classes.iter().find(|class| class.id == into)?.name.clone();
            moves::merge(classes, from, into).then(|| text!("own.class-merged", name = name.trim()))
        });
    }

    /// Deletes images.
    pub(crate) fn delete_images(self, ids: &BTreeSet<u32>) {
        self.act(|classes| {
            let count = moves::delete(classes, ids);
            (count > 0).then(|| plural!("own.images-deleted", count))
        });
    }

    /// Deletes the images of a domain.
    pub(crate) fn delete_domain(self, domain: &str) {
        self.act(|classes| {
            let ids = moves::of_domain(classes, domain);
            let count = moves::delete(classes, &ids);
            (count > 0).then(|| plural!("own.domain-deleted", count, name = domain))
        });
    }

    /// Marks images as for testing only, or lets them be trained on again.
    pub(crate) fn mark_images(self, ids: &BTreeSet<u32>, test_only: bool) {
        self.act(|classes| {
            let count = moves::mark(classes, ids, test_only);
            (count > 0).then(|| {
                if test_only {
                    plural!("own.images-marked", count)
                } else {
                    plural!("own.images-unmarked", count)
                }
            })
        });
    }

    /// Moves images.
    pub(crate) fn move_images(self, ids: &BTreeSet<u32>, place: &Place) {
        let new_id = (*place == Place::NewClass).then(|| self.new_id());
        self.act(|classes| {
            let (count, into) = match place {
                Place::Class(id) => (
                    moves::to_class(classes, ids, *id),
                    class_name(classes, *id)?,
                ),
                Place::NewClass => {
                    let (id, name) = (new_id?, free_class_name(classes));
                    classes.push(ImageClass {
                        id,
                        name: name.clone(),
                        images: Vec::new(),
                    });
                    (moves::to_class(classes, ids, id), name)
                }
                Place::Domain(domain) => (moves::to_domain(classes, ids, domain), domain.clone()),
                Place::NewDomain => {
                    let all = crate::images::model::domains(classes);
                    let taken = all.iter().map(String::as_str);
                    let name = moves::free_name(text!("board.domain"), all.len() + 1, taken);
                    (moves::to_domain(classes, ids, &name), name)
                }
                Place::Both(id, domain) => {
                    let class = class_name(classes, *id)?;
                    let moved = moves::to_class(classes, ids, *id);
                    let changed = moves::to_domain(classes, ids, domain);
                    let into = format!("{class}, {domain}"); // not shown
                    (moved.max(changed), into)
                }
            };
            (count > 0).then(|| plural!("own.images-moved", count, into = into))
        });
    }

    /// Renames a domain; where the new name exists, the two become one.
    pub(crate) fn rename_domain(self, from: &str, to: &str) {
        let held_out = self.held_out.get_untracked();
        let joined = self.domains_untracked().iter().any(|name| name == to);
        let acted = self.act(|classes| {
            let count = moves::rename_domain(classes, from, to);
            (count > 0).then(|| {
                if joined {
                    text!("own.domain-merged", from = from, to = to)
                } else {
                    text!("own.domain-renamed", from = from, to = to)
                }
            })
        });
        if acted && held_out.as_deref() == Some(from) && self.domains_untracked().len() > 1 {
            self.held_out.set(Some(to.to_owned()));
            self.settle_choice();
        }
    }
}

fn class_name(classes: &[ImageClass], id: u32) -> Option<String> {
    let class = classes.iter().find(|class| class.id == id)?;
    Some(class.name.trim().to_owned())
}
