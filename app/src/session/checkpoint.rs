//! Runs that can go on: while a run trains, the engine is asked every few seconds for all that it
//! would need to take it up again; with it goes what the page alone knows, the course so far.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use js_sys::{ArrayBuffer, Uint8Array};
use leptos::{prelude::*, task::spawn_local};

use rsc_core::config::{DataSource, RunConfig};
use rsc_core::protocol::{Command, EvaluationRecord, RunState};

use super::{Engine, FAILURE, Kind, Progress, Session};
use crate::browser;
use crate::pure::history::History;
use crate::pure::runs::RunRecord;
use crate::pure::trace::{Trace, thin};

/// A run that trains is put aside at most this often, in milliseconds: what a crash can cost.
const EVERY: f64 = 5000.0;
/// Topic of messages about runs that go on.
const GO_ON: &str = "go on"; // not shown

/// What is needed to go on with a run.
pub(crate) struct Aside {
    /// Steps made.
    pub(crate) step: u64,
    /// The engine's part.
    pub(crate) file: Uint8Array,
    /// Every step's metrics, as [`History::to_bytes`] writes them.
    pub(crate) history: Vec<u8>,
    /// The evaluations as JSON.
    pub(crate) evaluations: String,
    /// What each arm made of each test image at the last of them, as [`predictions`] writes it.
    ///
    /// [`predictions`]: crate::pure::predictions
    pub(crate) predictions: Vec<u8>,
}

/// What the page alone knows of a run.
struct Course {
    history: Vec<u8>,
    evaluations: String,
    predictions: Vec<u8>,
}

/// A question to the engine.
struct Asked {
    request: u32,
    /// The run's id in the list.
    id: u64,
    /// What the page knows of a run that it leaves.
    left: Option<Course>,
}

/// What was put aside in this visit, and which runs can go on.
#[derive(Clone, Copy)]
pub(crate) struct Checkpoints {
    /// Ids of the runs that can go on.
    pub(crate) there: RwSignal<BTreeSet<u64>>,
    /// After which step each of them was put aside, as far as that is known.
    at: RwSignal<BTreeMap<u64, u64>>,
    /// Raised whenever something new is in `new`.
    pub(crate) came: RwSignal<u32>,
    /// Put aside and not stored yet, by the run's id.
    new: StoredValue<BTreeMap<u64, Rc<Aside>>, LocalStorage>,
    asked: StoredValue<Vec<Asked>>,
    last_asked: StoredValue<f64>,
    /// The run that the engine is taking up.
    resuming: StoredValue<Option<RunRecord>>,
    /// What to take up as soon as there is an engine.
    waiting: StoredValue<Option<(u64, Rc<Aside>)>, LocalStorage>,
}

impl Checkpoints {
    pub(super) fn new() -> Self {
        Self {
            there: RwSignal::default(),
            at: RwSignal::default(),
            came: RwSignal::new(0),
            new: StoredValue::new_local(BTreeMap::new()),
            asked: StoredValue::default(),
            last_asked: StoredValue::new(f64::NEG_INFINITY),
            resuming: StoredValue::new(None),
            waiting: StoredValue::new_local(None),
        }
    }

    /// What is not stored yet.
    pub(crate) fn unstored(self) -> BTreeMap<u64, Rc<Aside>> {
        self.new.get_value()
    }

    /// What was put aside of a run in this visit and may not be stored yet.
    pub(crate) fn newest(self, id: u64) -> Option<Rc<Aside>> {
        self.new.with_value(|new| new.get(&id).cloned())
    }

    /// Notes that a state is stored, unless a newer one has come meanwhile.
    pub(crate) fn stored(self, id: u64, step: u64) {
        self.new.update_value(|new| {
            if new.get(&id).is_some_and(|aside| aside.step == step) {
                new.remove(&id);
            }
        });
    }

    /// Notes after which step a run was put aside.
    fn note_step(self, id: u64, step: u64) {
        self.at.update(|at| {
            at.insert(id, step);
        });
    }

    fn put(self, id: u64, aside: Aside) {
        self.put_shared(id, Rc::new(aside));
    }

    fn put_shared(self, id: u64, aside: Rc<Aside>) {
        self.note_step(id, aside.step);
        self.new.update_value(|new| {
            new.insert(id, aside);
        });
        if !self.there.with_untracked(|there| there.contains(&id)) {
            self.there.update(|there| {
                there.insert(id);
            });
        }
        self.came.update(|count| *count += 1);
    }

    /// Adds what came from elsewhere.
    pub(crate) fn add(self, asides: impl IntoIterator<Item = (u64, Aside)>) {
        asides
            .into_iter()
            .for_each(|(id, aside)| self.put(id, aside));
    }

    /// As [`Self::add`], of runs that have got another id.
    pub(crate) fn add_again(self, asides: impl IntoIterator<Item = (u64, Rc<Aside>)>) {
        for (id, aside) in asides {
            self.put_shared(id, aside);
        }
    }

    /// Forgets which runs can go on, but for the one in hand: what is stored is to be read anew.
    pub(crate) fn forget_stored(self) {
        self.new.set_value(BTreeMap::new());
        self.there.set(BTreeSet::new());
    }

    /// A run got another id.
    pub(super) fn rename(self, before: u64, after: u64) {
        self.new.update_value(|new| {
            if let Some(aside) = new.remove(&before) {
                new.insert(after, aside);
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
    pub(super) fn clear(self) {
        self.new.set_value(BTreeMap::new());
        self.asked.set_value(Vec::new());
        self.waiting.set_value(None);
        self.there.set(BTreeSet::new());
        self.at.set(BTreeMap::new());
    }
}

impl Session {
    /// Whether a run can go on.
    pub(crate) fn can_go_on(self, id: u64) -> bool {
        self.checkpoints.there.with(|there| there.contains(&id))
    }

    /// After which step a run was put aside; `None` where it was not, or that is not known.
    pub(crate) fn step_kept(self, id: u64) -> Option<u64> {
        self.checkpoints.at.with(|at| at.get(&id).copied())
    }

    /// Asks for all that the run in hand needs to go on later.
    pub(super) fn put_aside(self) {
        self.ask_for_checkpoint(false);
    }

    /// The same for a run that trains, if it was not asked lately.
    pub(super) fn put_aside_regularly(self) {
        let training = self.state.get_untracked() == Some(RunState::Training);
        let since = browser::now() - self.checkpoints.last_asked.get_value();
        if training && since >= EVERY {
            self.ask_for_checkpoint(false);
        }
    }

    /// The same for a run that another is about to follow.
    pub(super) fn put_aside_before_leaving(self) {
        if self.state.get_untracked() == Some(RunState::Training) {
            self.ask_for_checkpoint(true);
        }
    }

    fn ask_for_checkpoint(self, leaving: bool) {
        let checkpoints = self.checkpoints;
        let waits = checkpoints
            .asked
            .with_value(|asked| asked.iter().any(|asked| asked.left.is_none()));
        let begun = self.progress.with_untracked(|progress| progress.step > 0);
        if !begun || (waits && !leaving) {
            return;
        }
        checkpoints.last_asked.set_value(browser::now());
        let request = self.next_request();
        let asked = Asked {
            request,
            id: self.runs.current.with_untracked(|current| current.id),
            left: leaving.then(|| self.course()),
        };
        checkpoints.asked.update_value(|all| {
            if leaving {
                // The answer to an earlier question would come without the run's course.
                all.retain(|asked| asked.left.is_some());
            }
            all.push(asked);
        });
        let run = self.run.get_value();
        self.send(&Command::Checkpoint { request, run });
    }

    /// The course of the run in hand: every step, and the evaluations.
    fn course(self) -> Course {
        let evaluations = self.evaluations.with_untracked(|all| thin(all));
        Course {
            history: self.history.with_value(History::to_bytes),
            evaluations: serde_json::to_string(&evaluations).unwrap_or_default(),
            predictions: self.predictions.to_bytes(),
        }
    }

    pub(super) fn checkpoint_came(self, request: u32, step: u64, buffers: &[ArrayBuffer]) {
        let mut found = None;
        self.checkpoints.asked.update_value(|all| {
            let at = all.iter().position(|asked| asked.request == request);
            found = at.map(|at| all.remove(at));
        });
        let (Some(asked), Some(buffer)) = (found, buffers.first()) else {
            return;
        };
        let course = match asked.left {
            Some(left) => left,
            None => {
                self.flush();
                self.course()
            }
        };
        let aside = Aside {
            step,
            file: Uint8Array::new(buffer),
            history: course.history,
            evaluations: course.evaluations,
            predictions: course.predictions,
        };
        self.checkpoints.put(asked.id, aside);
    }

    /// What the engine was asked and cannot answer any more.
    pub(super) fn forget_checkpoint_questions(self) {
        self.checkpoints.asked.set_value(Vec::new());
    }

    /// A run that has failed answers nothing any more, and must not keep the next from being put
    /// aside.
    pub(super) fn forget_unanswered(self) {
        self.checkpoints
            .asked
            .update_value(|asked| asked.retain(|asked| asked.left.is_some()));
    }

    /// Goes on with a run of the list where it was put aside, with its settings in the controls.
    /// What is trained now moves into the list. Where its images are missing, nothing changes.
    pub(crate) fn go_on(self, id: u64, aside: Rc<Aside>) {
        let run = self.runs.list.with_untracked(|list| {
            let run = list.get(id)?;
            Some((run.name.clone(), run.config.clone()))
        });
        let Some((name, config)) = run else {
            return;
        };
        if config.data.source == DataSource::Own
            && let Some(problem) = self.own.problem_untracked()
        {
            self.say_cannot_go_on(&name, &problem);
            return;
        }
        self.take_controls(config);
        self.go_on_as_set(id, aside);
    }

    /// The same, and the controls stay as they are. Waits for the engine if it must.
    pub(crate) fn go_on_as_set(self, id: u64, aside: Rc<Aside>) {
        self.checkpoints.note_step(id, aside.step);
        if !matches!(self.engine.get_untracked(), Engine::Ready { .. }) {
            self.checkpoints.waiting.set_value(Some((id, aside)));
            return;
        }
        self.leave_run();
        let mut taken = None;
        self.runs.list.update(|list| taken = list.take(id));
        let Some(record) = taken else {
            self.configure();
            return;
        };
        self.forget_overlays_of_missing();
        self.show_course(&record, &aside);
        let config = record.config.clone();
        self.continue_run(&record);
        self.applied.set(Some(config.clone()));
        self.checkpoints.resuming.set_value(Some(record));
        let run = self.run.get_value();
        spawn_local(async move {
            if let Err(problem) = self.provide_data(&config).await {
                if self.run.get_value() == run {
                    self.cannot_go_on(&problem);
                }
            } else if self.run.get_value() == run {
                // A copy: what is handed to the worker is gone here.
                let file = Uint8Array::new(&aside.file).buffer();
                self.send_with(&Command::Resume { run }, &[file]);
            }
        });
    }

    /// Takes up what was waiting for an engine. Returns whether there was anything.
    pub(super) fn go_on_waiting(self) -> bool {
        let mut waiting = None;
        self.checkpoints
            .waiting
            .update_value(|it| waiting = it.take());
        let Some((id, aside)) = waiting else {
            return false;
        };
        self.go_on_as_set(id, aside);
        true
    }

    /// Gives the engine the images that a run is trained on.
    async fn provide_data(self, config: &RunConfig) -> Result<(), String> {
        match &config.data.source {
            DataSource::Own => {
                if let Some(problem) = self.own.problem_untracked() {
                    return Err(problem);
                }
                self.send_images();
                Ok(())
            }
            DataSource::Preset { preset } if preset.needs_digits() => self.provide_digits().await,
            DataSource::Preset { .. } => Ok(()),
        }
    }

    /// Shows the course of a run up to where it was put aside.
    fn show_course(self, record: &RunRecord, aside: &Aside) {
        let step = aside.step;
        // What came from a file may belong to another run.
        let arms = record.config.arms.len();
        let history = History::from_bytes(&aside.history);
        let history = history.filter(|history| history.is_of(arms));
        let history = history.unwrap_or_default().up_to(step);
        let last = history.rows().last();
        let last = last.map(|(_, epoch, arms)| (epoch, arms.to_vec()));
        let (epoch, latest) = last.unwrap_or_default();
        let evaluations: Vec<EvaluationRecord> =
            serde_json::from_str(&aside.evaluations).unwrap_or_default();
        let fits = |it: &EvaluationRecord| it.step <= step && it.arms.len() == arms;
        let evaluations = evaluations.into_iter().filter(fits);
        let points = record.curves.iter().filter(|point| point.x <= step as f64);
        let trace = Trace::after(&points.copied().collect::<Vec<_>>());
        self.curves.set(trace.points());
        self.trace.set_value(trace);
        self.history.set_value(history);
        self.evaluations.set(evaluations.collect());
        self.predictions.bring_back(&aside.predictions);
        self.latest.set(latest);
        self.progress.set(Progress {
            step,
            epoch,
            step_ms: record.step_ms,
        });
    }

    /// The engine has taken the run up.
    pub(super) fn has_gone_on(self) {
        // A fresh run in place of one that could not go on leaves standing what was said of that.
        if self.checkpoints.resuming.with_value(Option::is_some) {
            self.checkpoints.resuming.set_value(None);
            self.notices.settle(GO_ON);
        }
    }

    /// Whether the run that failed was one to go on with: then it goes back into the list, and a
    /// fresh one takes its place.
    pub(super) fn could_not_go_on(self, problem: &str) -> bool {
        let resuming = self.checkpoints.resuming.with_value(Option::is_some);
        if resuming {
            self.cannot_go_on(problem);
        }
        resuming
    }

    fn cannot_go_on(self, problem: &str) {
        let mut record = None;
        self.checkpoints
            .resuming
            .update_value(|it| record = it.take());
        let Some(record) = record else {
            return;
        };
        let name = record.name.clone();
        self.progress.set(Progress::default());
        self.runs.list.update(|list| {
            list.keep(record);
        });
        self.configure();
        self.notices.settle(FAILURE);
        self.say_cannot_go_on(&name, problem);
    }

    fn say_cannot_go_on(self, name: &str, problem: &str) {
        self.notices.say_about(
            GO_ON,
            Kind::Warning,
            text!("session.cannot-go-on", name = name, problem = problem),
        );
    }
}
