//! Saving checkpoints of the current run, and resuming runs from them. While a run trains, the engine
//! is asked for a checkpoint every few seconds; the page adds what it alone knows, the course so far.

use std::rc::Rc;

use js_sys::{ArrayBuffer, Uint8Array};
use leptos::{prelude::*, task::spawn_local};

use rsc_core::config::{DataSource, RunConfig};
use rsc_core::protocol::{Command, EvaluationRecord, RunState};

use crate::runs::model::RunRecord;
use crate::runs::state::Runs;
use crate::runs::state::checkpoints::{Asked, Checkpoint, Course};
use crate::training::model::history::History;
use crate::training::model::trace::{Trace, thin};
use crate::training::state::{FAILURE, Progress};
use crate::ui::browser;
use crate::ui::notices::Kind;

/// A checkpoint of a run that trains is saved at most this often, in milliseconds: what a crash can cost.
const EVERY: f64 = 5000.0;
/// Topic of messages about runs that go on.
const GO_ON: &str = "go on"; // not shown

impl Runs {
    /// Whether a run can be resumed.
    pub(crate) fn can_resume(self, id: u64) -> bool {
        self.checkpoints.there.with(|there| there.contains(&id))
    }

    /// After which step a run was saved; `None` where it was not, or that is not known.
    pub(crate) fn checkpoint_step(self, id: u64) -> Option<u64> {
        self.checkpoints.at.with(|at| at.get(&id).copied())
    }

    /// Asks for all that the current run needs to go on later.
    pub(crate) fn save_checkpoint(self) {
        self.ask_for_checkpoint(false);
    }

    /// The same for a run that trains, if it was not asked lately.
    pub(crate) fn save_checkpoint_regularly(self) {
        let training = self.training.state.get_untracked() == Some(RunState::Training);
        let since = browser::now() - self.checkpoints.last_asked.get_value();
        if training && since >= EVERY {
            self.ask_for_checkpoint(false);
        }
    }

    /// The same for a run that another is about to follow.
    pub(crate) fn save_checkpoint_before_leaving(self) {
        if self.training.state.get_untracked() == Some(RunState::Training) {
            self.ask_for_checkpoint(true);
        }
    }

    fn ask_for_checkpoint(self, leaving: bool) {
        let checkpoints = self.checkpoints;
        let waits = checkpoints
            .asked
            .with_value(|asked| asked.iter().any(|asked| asked.left.is_none()));
        let begun = self
            .training
            .progress
            .with_untracked(|progress| progress.step > 0);
        if !begun || (waits && !leaving) {
            return;
        }
        checkpoints.last_asked.set_value(browser::now());
        let request = self.training.engine.next_request();
        let asked = Asked {
            request,
            id: self.current.with_untracked(|current| current.id),
            left: leaving.then(|| self.course()),
        };
        checkpoints.asked.update_value(|all| {
            if leaving {
                // The answer to an earlier question would come without the run's course.
                all.retain(|asked| asked.left.is_some());
            }
            all.push(asked);
        });
        let run = self.training.run.get_value();
        self.training
            .engine
            .send(&Command::Checkpoint { request, run });
    }

    /// The course of the current run: every step, and the evaluations.
    fn course(self) -> Course {
        let evaluations = self.training.evaluations.with_untracked(|all| thin(all));
        Course {
            history: self.training.history.with_value(History::to_bytes),
            evaluations: serde_json::to_string(&evaluations).unwrap_or_default(),
            predictions: self.training.predictions.to_bytes(),
        }
    }

    pub(crate) fn checkpoint_received(self, request: u32, step: u64, buffers: &[ArrayBuffer]) {
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
                self.training.flush();
                self.course()
            }
        };
        let checkpoint = Checkpoint {
            step,
            file: Uint8Array::new(buffer),
            history: course.history,
            evaluations: course.evaluations,
            predictions: course.predictions,
        };
        self.checkpoints.put(asked.id, checkpoint);
    }

    /// What the engine was asked and cannot answer any more.
    pub(crate) fn forget_checkpoint_requests(self) {
        self.checkpoints.asked.set_value(Vec::new());
    }

    /// A run that has failed answers nothing any more, and must not keep the next from being put
    /// checkpoint.
    pub(crate) fn forget_unanswered_request(self) {
        self.checkpoints
            .asked
            .update_value(|asked| asked.retain(|asked| asked.left.is_some()));
    }

    /// Resumes a run of the list where it was saved, with its settings in the controls.
    /// What is trained now moves into the list. Where its images are missing, nothing changes.
    pub(crate) fn resume(self, id: u64, checkpoint: Rc<Checkpoint>) {
        let run = self.list.with_untracked(|list| {
            let run = list.get(id)?;
            Some((run.name.clone(), run.config.clone()))
        });
        let Some((name, config)) = run else {
            return;
        };
        if config.data.source == DataSource::Own
            && let Some(problem) = self.training.images.problem_untracked()
        {
            self.say_cannot_resume(&name, &problem);
            return;
        }
        self.training.show_settings(config);
        self.resume_with_present_settings(id, checkpoint);
    }

    /// The same, and the controls stay as they are. Waits for the engine if it must.
    pub(crate) fn resume_with_present_settings(self, id: u64, checkpoint: Rc<Checkpoint>) {
        self.checkpoints.note_step(id, checkpoint.step);
        if !self.training.engine.is_ready() {
            self.checkpoints.waiting.set_value(Some((id, checkpoint)));
            return;
        }
        self.training.leave_run();
        let mut taken = None;
        self.list.update(|list| taken = list.take(id));
        let Some(record) = taken else {
            self.training.configure();
            return;
        };
        self.forget_overlays_of_missing();
        self.show_course(&record, &checkpoint);
        let config = record.config.clone();
        self.continue_run(&record);
        self.training.settings.applied.set(Some(config.clone()));
        self.checkpoints.resuming.set_value(Some(record));
        let run = self.training.run.get_value();
        spawn_local(async move {
            if let Err(problem) = self.provide_data(&config).await {
                if self.training.run.get_value() == run {
                    self.cannot_resume(&problem);
                }
            } else if self.training.run.get_value() == run {
                // A copy: what is handed to the worker is gone here.
                let file = Uint8Array::new(&checkpoint.file).buffer();
                self.training
                    .engine
                    .send_with(&Command::Resume { run }, vec![file.into()]);
            }
        });
    }

    /// Takes up what was waiting for an engine. Returns whether there was anything.
    pub(crate) fn resume_waiting(self) -> bool {
        let mut waiting = None;
        self.checkpoints
            .waiting
            .update_value(|it| waiting = it.take());
        let Some((id, checkpoint)) = waiting else {
            return false;
        };
        let trains_on = self.checkpoints.trains_on.try_update_value(std::mem::take);
        self.resume_with_present_settings(id, checkpoint);
        self.training
            .play_when_started
            .set_value(trains_on == Some(true));
        true
    }

    /// Gives the engine the images that a run is trained on, and the weights it begins with.
    async fn provide_data(self, config: &RunConfig) -> Result<(), String> {
        if let Some(network) = config.network.backbone.pretrained() {
            let given = self.training.weights.provide(network).await;
            given.map_err(|problem| problem.sentence(network))?;
        }
        match &config.data.source {
            DataSource::Own => {
                if let Some(problem) = self.training.images.problem_untracked() {
                    return Err(problem);
                }
                self.training.send_images();
                Ok(())
            }
            DataSource::Preset { preset } => match preset.file() {
                Some(file) => self.training.provide_file(file).await,
                None => Ok(()),
            },
        }
    }

    /// Shows the course of a run up to where it was saved.
    fn show_course(self, record: &RunRecord, checkpoint: &Checkpoint) {
        let step = checkpoint.step;
        // What came from a file may belong to another run.
        let arms = record.config.arms.len();
        let history = History::from_bytes(&checkpoint.history);
        let history = history.filter(|history| history.is_of(arms));
        let history = history.unwrap_or_default().up_to(step);
        let last = history.rows().last();
        let last = last.map(|(_, epoch, arms)| (epoch, arms.to_vec()));
        let (epoch, latest) = last.unwrap_or_default();
        let evaluations: Vec<EvaluationRecord> =
            serde_json::from_str(&checkpoint.evaluations).unwrap_or_default();
        let fits = |it: &EvaluationRecord| it.step <= step && it.arms.len() == arms;
        let evaluations = evaluations.into_iter().filter(fits);
        let points = record.curves.iter().filter(|point| point.x <= step as f64);
        let trace = Trace::after(&points.copied().collect::<Vec<_>>());
        self.training.curves.set(trace.points());
        self.training.trace.set_value(trace);
        self.training.history.set_value(history);
        self.training.evaluations.set(evaluations.collect());
        self.training.predictions.restore(&checkpoint.predictions);
        self.training.latest.set(latest);
        self.training.progress.set(Progress {
            step,
            epoch,
            step_ms: record.step_ms,
        });
    }

    /// The engine has taken the run up.
    pub(crate) fn resumed(self) {
        // A fresh run in place of one that could not go on leaves standing what was said of that.
        if self.checkpoints.resuming.with_value(Option::is_some) {
            self.checkpoints.resuming.set_value(None);
            self.training.notices.clear(GO_ON);
        }
    }

    /// Whether the run that failed was one to resume: then it goes back into the list, and a
    /// fresh one takes its place.
    pub(crate) fn resume_failed(self, problem: &str) -> bool {
        let resuming = self.checkpoints.resuming.with_value(Option::is_some);
        if resuming {
            self.cannot_resume(problem);
        }
        resuming
    }

    fn cannot_resume(self, problem: &str) {
        let mut record = None;
        self.checkpoints
            .resuming
            .update_value(|it| record = it.take());
        let Some(record) = record else {
            return;
        };
        let name = record.name.clone();
        self.training.progress.set(Progress::default());
        self.list.update(|list| {
            list.keep(record);
        });
        self.training.configure();
        self.training.notices.clear(FAILURE);
        self.say_cannot_resume(&name, problem);
    }

    fn say_cannot_resume(self, name: &str, problem: &str) {
        self.training.notices.say_about(
            GO_ON,
            Kind::Warning,
            text!("session.cannot-go-on", name = name, problem = problem),
        );
    }

    /// Starts the engine anew after a failure, and resumes a run as soon as there is one: training, if it was
    /// when it failed, and else paused.
    pub(crate) fn recover(self, id: u64, checkpoint: Rc<Checkpoint>) {
        self.training.abandon_silent_engine();
        if self.training.engine.status.get_untracked() != crate::engine::state::EngineStatus::Failed
        {
            return;
        }
        let trained = self.training.trained_when_it_failed.get_value();
        self.checkpoints.trains_on.set_value(trained);
        self.resume_with_present_settings(id, checkpoint);
        self.training.reset();
    }

    /// Resumes the run that has failed from where it was saved, at a tenth of its learning
    /// rate.
    pub(crate) fn resume_slower(self, id: u64, checkpoint: Rc<Checkpoint>) {
        let (Some(mut config), Some(rate)) = (
            self.training.settings.applied.get_untracked(),
            self.training.slower(),
        ) else {
            return;
        };
        config.training.learning_rate = rate;
        self.training.show_settings(config);
        self.resume_with_present_settings(id, checkpoint);
        let trained = self.training.trained_when_it_failed.get_value();
        self.training.play_when_started.set_value(trained);
    }
}
