//! What folders could be taken for as well: offered on the board, taken the other way and back.

use std::collections::BTreeMap;

use leptos::prelude::*;

use crate::images::model::ambiguity::Ambiguity;
use crate::images::model::folder::{OtherWay, Placement};
use crate::images::model::folder_choice::FolderChoice;
use crate::images::state::Images;
use crate::settings::model::hold_out::HoldOut;

/// A choice that can be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OpenChoice {
    /// Its [`FolderChoice`].
    pub(crate) id: u32,
    /// What it is about.
    pub(crate) about: Ambiguity,
    /// Whether it is taken the other way now.
    pub(crate) other_way: bool,
}

impl Images {
    /// Makes a choice of each other way. Returns of each of so many files where it would belong, by choice.
    pub(super) fn new_choices(
        self,
        other_ways: Vec<OtherWay>,
        files: usize,
    ) -> Vec<Vec<(u32, Placement)>> {
        let mut by_file = vec![Vec::new(); files];
        for other in other_ways {
            let id = self.new_id();
            for (file, placement) in by_file.iter_mut().zip(other.placements) {
                file.extend(placement.map(|placement| (id, placement)));
            }
            let choice = FolderChoice {
                id,
                about: other.about,
                images: BTreeMap::new(),
            };
            self.folder_choices.update(|choices| choices.push(choice));
        }
        by_file
    }

    /// Notes where an image came in, and where it would be the other way.
    pub(super) fn note_other_ways(
        self,
        image: u32,
        came: &Placement,
        others: Vec<(u32, Placement)>,
    ) {
        if others.is_empty() {
            return;
        }
        self.folder_choices.update(|choices| {
            for (choice, other) in others {
                if let Some(choice) = choices.iter_mut().find(|it| it.id == choice) {
                    choice.images.insert(image, [came.clone(), other]);
                }
            }
        });
    }

    /// The choices whose images are there, by their ids, and how each is taken now.
    pub(crate) fn open_choices(self) -> Vec<OpenChoice> {
        self.folder_choices.with(|choices| {
            if choices.is_empty() {
                return Vec::new();
            }
            self.classes.with(|classes| {
                let open = choices.iter().filter_map(|choice| {
                    Some(OpenChoice {
                        id: choice.id,
                        other_way: choice.other_way(classes)?,
                        about: choice.about.clone(),
                    })
                });
                open.collect()
            })
        })
    }

    /// Takes a choice the other way, or back.
    pub(crate) fn switch(self, id: u32, other_way: bool) {
        let one_domain = self.domains_untracked().len() < 2;
        let choice = self.folder_choices.with_untracked(|choices| {
            let choice = choices.iter().find(|choice| choice.id == id);
            choice.cloned()
        });
        let Some(choice) = choice else {
            return;
        };
        let acted = self.act(|classes| {
            let changed = choice.apply(classes, other_way, || self.new_id());
            changed.then(|| choice.about.said(other_way))
        });
        if acted && one_domain {
            self.hold_out_last();
            self.settle_choice();
        }
    }

    /// Does not ask any more.
    pub(crate) fn close_choice(self, id: u32) {
        self.folder_choices
            .update(|choices| choices.retain(|choice| choice.id != id));
    }

    /// Holds out the domain that came last, where there are several: whoever brings domains wants to see what
    /// happens on a new one.
    pub(super) fn hold_out_last(self) {
        let domains = self.domains_untracked();
        if domains.len() >= 2 {
            self.set_choice(HoldOut {
                held_out: domains.last().cloned(),
                together: false,
            });
        }
    }
}
