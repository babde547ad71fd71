//! The visitor's own images: columns of classes, kept on the page until they are deleted there.
//! Nothing here is ever replaced by an error, and what is deleted or moved can be taken back.

pub(crate) mod camera;
pub(crate) mod decode;
pub(crate) mod edits;
pub(crate) mod entries;
pub(crate) mod file;
pub(crate) mod folder_choices;
pub(crate) mod read;
pub(crate) mod round;
pub(crate) mod saved;
pub(crate) mod zip;

use std::collections::BTreeSet;
use std::sync::Arc;

use leptos::prelude::*;
use rsc_core::image_layout::Part;
use rsc_core::protocol::{Command, ImageEntry};

use crate::engine::state::outbox::Payload;
use crate::images::model::folder_choice::FolderChoice;
use crate::images::model::round::Round;
use crate::images::model::undo::Undo;
pub(crate) use crate::images::model::{ImageClass, UserImage};
use crate::images::model::{counts, domains, is_given, moves, problem};
use crate::settings::model::hold_out::HoldOut;
use crate::settings::model::memory::Counts;
use crate::ui::notices::Notices;
use crate::ui::shared::Shared;
use crate::ui::text::Language;

/// Topic of messages about what is missing here.
pub(crate) const TOPIC: &str = "own images"; // not shown

/// Files on their way in: how many are read, of how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reading {
    /// Read or refused.
    pub(crate) done: usize,
    /// Chosen.
    pub(crate) total: usize,
}

/// Pixels of an image that has no place on the board.
pub(crate) struct Decoded {
    /// Width in pixels.
    pub(crate) width: u32,
    /// Height in pixels.
    pub(crate) height: u32,
    /// RGBA pixels.
    pub(crate) pixels: Vec<u8>,
}

/// What was done last, offered to be taken back for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Offer {
    id: u32,
    /// What was done.
    pub(crate) what: String,
}

/// All columns.
pub(crate) type Images = Shared<ImagesState>;

/// The fields of [`Images`].
pub(crate) struct ImagesState {
    /// The columns.
    pub(crate) classes: RwSignal<Vec<ImageClass>>,
    /// The domain that is never trained on; `None` leaves it to [`Self::together`].
    pub(crate) held_out: RwSignal<Option<String>>,
    /// Where no domain is chosen to be held out: whether all domains are trained on as one, or the
    /// engine holds out the last one by name.
    pub(crate) together: RwSignal<bool>,
    /// Files on their way in.
    pub(crate) reading: RwSignal<Option<Reading>>,
    /// Whether the engine has the images as they are now.
    pub(crate) used: RwSignal<bool>,
    /// Images selected.
    pub(crate) selected: RwSignal<BTreeSet<u32>>,
    /// The image that the keyboard is at.
    pub(crate) cursor: RwSignal<Option<u32>>,
    /// The image looked at by itself.
    pub(crate) viewed: RwSignal<Option<u32>>,
    /// The class that pasted images and the camera's go to; `None` for the first.
    target: RwSignal<Option<u32>>,
    /// The domain of images that come without one; empty for none.
    pub(crate) new_domain: RwSignal<String>,
    /// The second recording of the same classes that is going on, if one is.
    pub(crate) round: RwSignal<Option<Round>>,
    /// The way back for what was done last.
    pub(crate) offer: RwSignal<Option<Offer>>,
    undo: RwSignal<Undo>,
    /// What folders that came in could be taken for as well.
    folder_choices: RwSignal<Vec<FolderChoice>>,
    notices: Notices,
    next_id: StoredValue<u32>,
    /// Counted up to stop what is being read.
    stops: StoredValue<u32>,
    /// Counted up when everything is deleted, what is still being read as well.
    clears: StoredValue<u32>,
}

impl Images {
    /// Two empty columns to begin with.
    pub(crate) fn new(notices: Notices) -> Self {
        let images = Shared::leak(ImagesState {
            classes: RwSignal::default(),
            held_out: RwSignal::new(None),
            together: RwSignal::new(false),
            reading: RwSignal::new(None),
            used: RwSignal::new(false),
            selected: RwSignal::default(),
            cursor: RwSignal::new(None),
            viewed: RwSignal::new(None),
            target: RwSignal::new(None),
            new_domain: RwSignal::default(),
            round: RwSignal::new(None),
            offer: RwSignal::new(None),
            undo: RwSignal::default(),
            folder_choices: RwSignal::default(),
            notices,
            next_id: StoredValue::new(0),
            stops: StoredValue::new(0),
            clears: StoredValue::new(0),
        });
        images.add_class();
        images.add_class();
        images
    }

    fn new_id(self) -> u32 {
        self.next_id.update_value(|id| *id += 1);
        self.next_id.get_value()
    }

    /// Adds an empty column under a name that is free.
    pub(crate) fn add_class(self) {
        let name = self.classes.with_untracked(|all| free_class_name(all));
        self.insert_class(name);
    }

    fn insert_class(self, name: String) -> u32 {
        let id = self.new_id();
        self.edit(|classes| {
            classes.push(ImageClass {
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
                    .find(|class| class.images.is_empty() && is_given(&class.name))
            };
            let known = named.or_else(untouched);
            known.map(|class| (class.id, class.name.trim() == name))
        });
        match found {
            Some((id, true)) => id,
            Some((id, false)) => {
                self.edit_class(id, |class| name.clone_into(&mut class.name));
                id
            }
            None => self.insert_class(name.to_owned()),
        }
    }

    fn edit_class(self, id: u32, edit: impl FnOnce(&mut ImageClass)) {
        self.edit(|classes| {
            if let Some(class) = classes.iter_mut().find(|class| class.id == id) {
                edit(class);
            }
        });
    }

    fn edit(self, edit: impl FnOnce(&mut Vec<ImageClass>)) {
        self.classes.update(edit);
        self.edited();
    }

    /// Keeps the rest in step with the columns.
    fn edited(self) {
        self.notices.clear(TOPIC);
        if self.used.get_untracked() {
            self.used.set(false);
        }
        let domains = self.domains_untracked();
        let held_out = self.held_out.get_untracked();
        let gone = held_out
            .as_ref()
            .is_some_and(|name| domains.len() < 2 || !domains.contains(name));
        if gone {
            self.held_out.set(None);
        }
        let gone = self.classes.with_untracked(|classes| {
            let known: BTreeSet<u32> = classes
                .iter()
                .flat_map(|class| class.images.iter().map(|image| image.id))
                .collect();
            let selected = self.selected.get_untracked();
            selected.difference(&known).copied().collect::<Vec<_>>()
        });
        if !gone.is_empty() {
            self.selected.update(|selected| {
                selected.retain(|id| !gone.contains(id));
            });
        }
    }

    /// The domains that images name, in the order they came.
    pub(crate) fn domains(self) -> Vec<String> {
        self.classes.with(|classes| domains(classes))
    }

    fn domains_untracked(self) -> Vec<String> {
        untrack(|| self.domains())
    }

    /// The domain that will not be trained on, whoever chose it.
    pub(crate) fn will_hold_out(self) -> Option<String> {
        let chosen = self.held_out.get();
        let together = self.together.get();
        self.classes
            .with(|classes| counts::held_out(classes, chosen.as_deref(), together))
    }

    /// Whether all domains are trained on as one.
    pub(crate) fn all_together(self) -> bool {
        self.together.get() && self.held_out.get().is_none()
    }

    /// Chooses what to hold out. It is no step that can be taken back, and none that is takes it
    /// back: the menu itself is the way back.
    pub(crate) fn hold_out(self, choice: HoldOut) {
        self.set_choice(choice);
        self.used.set(false);
        self.notices.clear(TOPIC);
    }

    /// What is chosen to be held out.
    pub(crate) fn choice_untracked(self) -> HoldOut {
        HoldOut {
            held_out: self.held_out.get_untracked(),
            together: untrack(|| self.all_together()),
        }
    }

    /// As [`Self::hold_out`], where the settings say so too.
    pub(crate) fn set_choice(self, choice: HoldOut) {
        if choice != self.choice_untracked() {
            self.held_out.set(choice.held_out);
            self.together.set(choice.together);
        }
    }

    /// How many images there are for training and for testing, where this fraction is tested on.
    pub(crate) fn counts(self, fraction: f64) -> Counts {
        let (held_out, together) = (self.will_hold_out(), self.all_together());
        let shares = self
            .classes
            .with(|classes| counts::shares(classes, held_out.as_deref(), together, fraction));
        Counts {
            train: shares.iter().map(|share| share.train).sum(),
            test: shares.iter().map(|share| share.test + share.held_out).sum(),
            classes: shares.len(),
        }
    }

    /// What keeps the images from being trained on, if something does.
    pub(crate) fn problem(self) -> Option<String> {
        let held_out = self.will_hold_out();
        self.classes
            .with(|classes| problem::problem(classes, held_out.as_deref()))
    }

    /// As [`Self::problem`], outside of reactive code.
    pub(crate) fn problem_untracked(self) -> Option<String> {
        untrack(|| self.problem())
    }

    /// The class that pasted images and the camera's go to.
    pub(crate) fn target(self) -> Option<u32> {
        let wanted = self.target.get();
        self.classes.with(|all| {
            let chosen = all.iter().find(|class| Some(class.id) == wanted);
            chosen.or(all.first()).map(|class| class.id)
        })
    }

    /// Chooses the class that pasted images and the camera's go to.
    pub(crate) fn select_target(self, class: u32) {
        if self.target.get_untracked() != Some(class) {
            self.target.set(Some(class));
        }
    }

    /// The domain of images that come without one; empty for none.
    fn new_domain_untracked(self) -> String {
        self.new_domain
            .with_untracked(|name| name.trim().to_owned())
    }

    /// The images as the engine wants them. Columns without images are left out.
    fn message(self) -> (Vec<ImageEntry>, Vec<Payload>) {
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
                        test_only: image.test_only(),
                        width: image.width,
                        height: image.height,
                        buffer,
                    };
                    (entry, Payload::Shared(Arc::clone(&image.pixels)))
                })
                .unzip()
        })
    }

    /// The commands that give the images to an engine.
    pub(crate) fn commands(self) -> [(Command, Vec<Payload>); 2] {
        let (images, buffers) = self.message();
        let given = Command::SetImages { images };
        let images = self.for_training();
        let kept = Command::SetTrainingImages { images };
        [(given, buffers), (kept, Vec::new())]
    }

    /// Which of them come from a folder for training, by their places in [`Self::message`].
    fn for_training(self) -> Vec<usize> {
        self.classes.with_untracked(|classes| {
            let all = classes.iter().flat_map(|class| &class.images);
            let places = all
                .enumerate()
                .filter(|(_, image)| image.part == Part::Train);
            places.map(|(place, _)| place).collect()
        })
    }

    /// Notes that the engine has the images.
    pub(crate) fn mark_used(self) {
        self.used.set(true);
    }

    fn image(self, name: String, domain: String, decoded: Decoded) -> UserImage {
        UserImage {
            id: self.new_id(),
            name,
            domain,
            part: Part::Any,
            width: decoded.width,
            height: decoded.height,
            pixels: Arc::new(decoded.pixels),
        }
    }
}

/// `class 3` or so.
fn free_class_name(classes: &[ImageClass]) -> String {
    let taken = classes.iter().map(|class| class.name.as_str());
    let stem = Language::current().map_or("", |language| language.about().class.as_str());
    moves::free_name(stem, classes.len() + 1, taken)
}
