//! What is needed to resume runs: what was saved in this visit, and what is still asked of the engine.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use js_sys::Uint8Array;
use leptos::prelude::*;

use crate::runs::model::RunRecord;

/// What is needed to resume a run.
pub(crate) struct Checkpoint {
    /// Steps made.
    pub(crate) step: u64,
    /// The engine's part.
    pub(crate) file: Uint8Array,
    /// Every step's metrics, as `History::to_bytes` writes them.
    pub(crate) history: Vec<u8>,
    /// The evaluations as JSON.
    pub(crate) evaluations: String,
    /// What each arm made of each test image at the last of them, as [`predictions`] writes it.
    ///
    /// [`predictions`]: crate::training::model::predictions
    pub(crate) predictions: Vec<u8>,
}

/// What the page alone knows of a run.
pub(crate) struct Course {
    pub(crate) history: Vec<u8>,
    pub(crate) evaluations: String,
    pub(crate) predictions: Vec<u8>,
}

/// A question to the engine.
pub(crate) struct Asked {
    pub(crate) request: u32,
    /// The run's id in the list.
    pub(crate) id: u64,
    /// What the page knows of a run that it leaves.
    pub(crate) left: Option<Course>,
}

/// The runs that were suspended in this visit, and those that can be resumed.
#[derive(Clone, Copy)]
pub(crate) struct Checkpoints {
    /// Ids of the runs that can be resumed.
    pub(crate) there: RwSignal<BTreeSet<u64>>,
    /// After which step each of them was saved, as far as that is known.
    pub(crate) at: RwSignal<BTreeMap<u64, u64>>,
    /// Raised whenever something new is in `new`.
    pub(crate) came: RwSignal<u32>,
    /// Put checkpoint and not stored yet, by the run's id.
    pub(crate) new: StoredValue<BTreeMap<u64, Rc<Checkpoint>>, LocalStorage>,
    pub(crate) asked: StoredValue<Vec<Asked>>,
    pub(crate) last_asked: StoredValue<f64>,
    /// The run that the engine is taking up.
    pub(crate) resuming: StoredValue<Option<RunRecord>>,
    /// What to take up as soon as there is an engine.
    pub(crate) waiting: StoredValue<Option<(u64, Rc<Checkpoint>)>, LocalStorage>,
    /// Whether what goes on after a failure is to be trained at once, since it was when it failed.
    pub(crate) trains_on: StoredValue<bool>,
}

impl Checkpoints {
    pub(crate) fn new() -> Self {
        Self {
            there: RwSignal::default(),
            at: RwSignal::default(),
            came: RwSignal::new(0),
            new: StoredValue::new_local(BTreeMap::new()),
            asked: StoredValue::default(),
            last_asked: StoredValue::new(f64::NEG_INFINITY),
            resuming: StoredValue::new(None),
            waiting: StoredValue::new_local(None),
            trains_on: StoredValue::new(false),
        }
    }

    /// What is not stored yet.
    pub(crate) fn unstored(self) -> BTreeMap<u64, Rc<Checkpoint>> {
        self.new.get_value()
    }

    /// What was suspended of a run in this visit and may not be stored yet.
    pub(crate) fn newest(self, id: u64) -> Option<Rc<Checkpoint>> {
        self.new.with_value(|new| new.get(&id).cloned())
    }

    /// Notes that a state is stored, unless a newer one has come meanwhile.
    pub(crate) fn stored(self, id: u64, step: u64) {
        self.new.update_value(|new| {
            if new
                .get(&id)
                .is_some_and(|checkpoint| checkpoint.step == step)
            {
                new.remove(&id);
            }
        });
    }

    /// Notes after which step a run was saved.
    pub(crate) fn note_step(self, id: u64, step: u64) {
        self.at.update(|at| {
            at.insert(id, step);
        });
    }

    pub(crate) fn put(self, id: u64, checkpoint: Checkpoint) {
        self.put_shared(id, Rc::new(checkpoint));
    }

    fn put_shared(self, id: u64, checkpoint: Rc<Checkpoint>) {
        self.note_step(id, checkpoint.step);
        self.new.update_value(|new| {
            new.insert(id, checkpoint);
        });
        if !self.there.with_untracked(|there| there.contains(&id)) {
            self.there.update(|there| {
                there.insert(id);
            });
        }
        self.came.update(|count| *count += 1);
    }

    /// Adds what came from elsewhere.
    pub(crate) fn add(self, checkpoints: impl IntoIterator<Item = (u64, Checkpoint)>) {
        checkpoints
            .into_iter()
            .for_each(|(id, checkpoint)| self.put(id, checkpoint));
    }

    /// As [`Self::add`], of runs that have got another id.
    pub(crate) fn add_again(self, checkpoints: impl IntoIterator<Item = (u64, Rc<Checkpoint>)>) {
        for (id, checkpoint) in checkpoints {
            self.put_shared(id, checkpoint);
        }
    }

    /// Forgets which runs can be resumed, but for the current one: what is stored is to be read anew.
    pub(crate) fn forget_stored(self) {
        self.new.set_value(BTreeMap::new());
        self.there.set(BTreeSet::new());
    }

    /// A run got another id.
    pub(crate) fn rename(self, before: u64, after: u64) {
        self.new.update_value(|new| {
            if let Some(checkpoint) = new.remove(&before) {
                new.insert(after, checkpoint);
            }
        });
        self.asked.update_value(|asked| {
            for asked in asked.iter_mut().filter(|asked| asked.id == before) {
                asked.id = after;
            }
        });
        self.there.update(|there| {
            if there.remove(&before) {
                there.insert(after);
            }
        });
        self.at.update(|at| {
            if let Some(step) = at.remove(&before) {
                at.insert(after, step);
            }
        });
    }

    /// Forgets everything.
    pub(crate) fn clear(self) {
        self.new.set_value(BTreeMap::new());
        self.asked.set_value(Vec::new());
        self.waiting.set_value(None);
        self.there.set(BTreeSet::new());
        self.at.set(BTreeMap::new());
    }
}
