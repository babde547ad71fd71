//! The current run: prepared, taken up again, trained step by step, evaluated.

use std::sync::Arc;

use web_time::Instant;

use super::{Active, Session, classes_of};
use crate::{
    config::RunConfig,
    data::Dataset,
    error::{Error, Result},
    protocol::{DeviceKind, EvaluationMetrics, Event, RunId, RunState},
    trainer::{Checkpoint, Evaluation, Run},
    worker_pool::pace,
};

/// On a GPU, metrics are read this often, so that reading does not hold up the queue.
const READ_EVERY_MS: f64 = 120.0;

impl<E: FnMut(Event, Vec<Vec<u8>>)> Session<E> {
    /// One training step, its metrics when they are due, and the evaluation at an epoch's end.
    /// `breathe` is awaited between the parts of a long evaluation.
    pub async fn turn(&mut self, breathe: impl AsyncFn()) {
        if !self.is_training() {
            return;
        }
        let outcome = if self.prepare() {
            Ok(())
        } else {
            self.train(breathe).await
        };
        if let Err(error) = self.explained_in_time(outcome).await {
            let run = self.active.as_ref().map(|active| active.id);
            self.fail(run, &error);
        }
    }

    pub(super) async fn train(&mut self, breathe: impl AsyncFn()) -> Result<()> {
        let Some(active) = &mut self.active else {
            return Ok(());
        };
        active.run.advance();
        let waited = active.last_read.elapsed().as_secs_f64() * 1e3;
        let ends = active.run.at_epoch_end() || active.run.step() >= active.until;
        // The first step, for which shaders are compiled, shows as soon as it is made.
        let first = active.step_ms.is_none();
        if self.kind == DeviceKind::Cpu || waited >= READ_EVERY_MS || first || ends {
            self.report_steps().await?;
        }
        self.explained(Ok(()))?;
        self.after_step(breathe).await
    }

    /// Evaluates where an epoch ended, and ends the run after the last.
    pub(super) async fn after_step(&mut self, breathe: impl AsyncFn()) -> Result<()> {
        let Some(active) = &mut self.active else {
            return Ok(());
        };
        if active.run.at_epoch_end() {
            let Evaluation {
                record,
                predictions,
            } = active.run.evaluate(breathe).await?;
            let not_finite = |arm: &EvaluationMetrics| {
                let losses = [Some(arm.loss_same_domain), arm.loss_new_domain];
                !losses.into_iter().flatten().all(f32::is_finite)
            };
            if let Some(at) = record.arms.iter().position(not_finite) {
                return Err(Error::NotFinite {
                    arm: active.run.arms()[at].name.clone(),
                    step: active.run.step(),
                });
            }
            let event = Event::Evaluation {
                run: active.id,
                record,
            };
            active.last_read = Instant::now();
            let buffers = predictions.iter().map(|classes| classes_of(classes));
            (self.emit)(event, buffers.collect());
        }
        let finished = |active: &Active| active.run.is_done() && active.state != RunState::Done;
        if self.active.as_ref().is_some_and(finished) {
            self.set_state(RunState::Done);
        }
        Ok(())
    }

    /// Prepares a run with all of its arms, or with some.
    pub(super) fn configure(
        &mut self,
        id: RunId,
        config: RunConfig,
        arms: Option<&[usize]>,
    ) -> Result<()> {
        let device = self.opened()?;
        config.validate()?;
        let dataset = Arc::new(self.dataset(&config)?);
        let pretrained = self.pretrained_for(&config, &device)?;
        let all: Vec<usize> = (0..config.arms.len()).collect();
        let arms = arms.unwrap_or(&all);
        // The run before goes only now: a config that is refused leaves it as it was.
        let run = Run::with_pretrained(config, arms, dataset, pretrained.as_ref(), &device)?;
        self.pretrained = pretrained.or(self.pretrained.take());
        self.start(id, run);
        Ok(())
    }

    /// The same for a run that goes on.
    pub(super) async fn resume(
        &mut self,
        id: RunId,
        buffers: &[Vec<u8>],
        arms: Option<&[usize]>,
    ) -> Result<()> {
        let file = buffers.first().map_or(&[][..], Vec::as_slice);
        let checkpoint = Checkpoint::from_bytes(file)?;
        let device = self.opened()?;
        let dataset = Arc::new(self.dataset(checkpoint.config())?);
        let pretrained = self.pretrained_for(checkpoint.config(), &device)?;
        let all: Vec<usize> = (0..checkpoint.config().arms.len()).collect();
        let arms = arms.unwrap_or(&all);
        let run = Run::resume_pretrained(checkpoint, arms, dataset, pretrained.as_ref(), &device)?;
        self.pretrained = pretrained.or(self.pretrained.take());
        self.start(id, run);
        // What the last evaluation found is not in the file.
        self.after_step(async || ()).await
    }

    pub(super) fn play(&mut self, run: RunId, until: u64) {
        let waits = !self.is_training();
        let Some(active) = self.current(run) else {
            return;
        };
        if waits {
            active.last_read = Instant::now();
        }
        active.until = until;
        if matches!(active.state, RunState::Ready | RunState::Paused) {
            self.set_state(RunState::Training);
        }
    }

    pub(super) fn dataset(&self, config: &RunConfig) -> Result<Dataset> {
        let seed = config.training.seed;
        Dataset::make_of(&config.data, &self.images, &self.presets, seed)
    }

    pub(super) fn start(&mut self, id: RunId, run: Run) {
        let (info, step) = (run.info(), run.step());
        let state = match step {
            0 => RunState::Ready,
            _ if run.is_done() => RunState::Done,
            _ => RunState::Paused,
        };
        let tested = run.dataset().domains.iter().flat_map(|domain| &domain.test);
        let labels: Vec<u16> = tested.map(|item| item.label as u16).collect();
        self.active = Some(Active {
            id,
            run,
            state,
            until: u64::MAX,
            last_read: Instant::now(),
            step_ms: None,
            reported: step,
        });
        let started = Event::Started {
            run: id,
            info,
            step,
        };
        (self.emit)(started, vec![classes_of(&labels)]);
        self.set_state(state);
    }

    pub(super) async fn report_steps(&mut self) -> Result<()> {
        let Some(active) = &mut self.active else {
            return Ok(());
        };
        let count = active.run.unread();
        if count == 0 {
            return Ok(());
        }
        let (records, outcome) = match active.run.read_steps().await {
            Ok(records) => (records, Ok(())),
            Err(error) => (active.run.take_good_steps(), Err(error)),
        };
        let Some(last) = records.last() else {
            return outcome;
        };
        active.reported = last.step;
        let each = active.last_read.elapsed().as_secs_f64() * 1e3 / count as f64;
        active.last_read = Instant::now();
        let step_ms = pace(active.step_ms, each, active.run.step());
        active.step_ms = Some(step_ms);
        let event = Event::Steps {
            run: active.id,
            records,
            step_ms,
        };
        self.send(event);
        outcome
    }

    /// Stops a run that trains.
    pub(super) async fn pause(&mut self, run: RunId) -> Result<()> {
        if self
            .current(run)
            .is_some_and(|active| active.state == RunState::Training)
        {
            self.report_steps().await?;
            self.set_state(RunState::Paused);
        }

        Ok(())
    }

    /// Makes one step, and pauses.
    pub(super) async fn step(&mut self, run: RunId) -> Result<()> {
        let Some(active) = self.current(run) else {
            return Ok(());
        };
        if matches!(active.state, RunState::Done | RunState::Failed) {
            return Ok(());
        }
        active.last_read = Instant::now();
        active.run.advance();
        self.report_steps().await?;
        self.set_state(RunState::Paused);
        self.after_step(async || ()).await?;

        Ok(())
    }
}
