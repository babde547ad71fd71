//! A run of `rsc train` under way: steps, evaluations, checkpoints, Ctrl-C.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use pollster::block_on;
use rsc_core::{device::Opened, protocol::EvaluationRecord, trainer::Run};

use crate::{
    interrupt::Interrupt,
    output::{Metrics, SeedResult},
    results::{ResultsFolder, RunNotes, fingerprint},
};

/// When the next checkpoint is due.
pub(crate) struct Saves {
    every: Duration,
    last: Instant,
}

impl Saves {
    pub(crate) fn new(seconds: u64) -> Self {
        Self {
            every: Duration::from_secs(seconds),
            last: Instant::now(),
        }
    }

    fn is_due(&self) -> bool {
        self.last.elapsed() >= self.every
    }
}

/// A run under way: its files, its device, and Ctrl-C.
pub(crate) struct Work {
    pub(crate) folder: ResultsFolder,
    pub(crate) notes: RunNotes,
    pub(crate) metrics: Metrics,
    pub(crate) saves: Saves,
    pub(crate) interrupt: Interrupt,
    pub(crate) opened: Opened,
}

impl Work {
    /// Trains a seed to its end and returns the last evaluation; `None` where Ctrl-C was pressed, after a
    /// checkpoint.
    pub(crate) fn train(&mut self, run: &mut Run, seed: u64) -> Result<Option<EvaluationRecord>> {
        let style = ProgressStyle::with_template(
            "seed {prefix} {bar:32} {pos}/{len} steps, {per_sec}, {eta} left  {msg}",
        )?;
        let bar = ProgressBar::new(run.total_steps())
            .with_style(style)
            .with_prefix(seed.to_string())
            .with_position(run.step());
        bar.enable_steady_tick(Duration::from_millis(250));
        let names: Vec<_> = run.arms().iter().map(|arm| arm.name.clone()).collect();
        let mut last = None;
        let mut since = Instant::now();
        while !run.is_done() {
            run.advance();
            let saves = self.interrupt.is_pressed() || self.saves.is_due();
            if saves || run.at_epoch_end() || run.unread() >= 16 {
                let records = block_on(run.read_steps())?;
                if let Some(record) = records.last() {
                    let losses: Vec<_> = names
                        .iter()
                        .zip(&record.arms)
                        .map(|(name, arm)| format!("{name} {:.3}", arm.loss))
                        .collect();
                    bar.set_message(format!("loss {}", losses.join(", ")));
                }
                let step_ms = since.elapsed().as_secs_f64() * 1e3 / records.len().max(1) as f64;
                self.metrics.steps(seed, &names, &records, step_ms)?;
                since = Instant::now();
                bar.set_position(run.step());
            }
            if let Some(fault) = self.opened.faults.take().into_iter().next() {
                bail!("{fault}");
            }
            if run.at_epoch_end() {
                last = Some(self.evaluate(run, seed, &names)?);
                since = Instant::now();
            }
            if saves {
                self.save(run, seed)?;
                if self.interrupt.is_pressed() {
                    bar.finish_and_clear();
                    return Ok(None);
                }
            }
        }
        bar.finish_and_clear();
        match last {
            // A checkpoint of the last step, whose evaluation is in the metrics already.
            None => Ok(Some(block_on(run.evaluate(async || ()))?.record)),
            last => Ok(last),
        }
    }

    /// Evaluates, and writes the weights of each arm whose best evaluation this is.
    fn evaluate(&mut self, run: &Run, seed: u64, names: &[String]) -> Result<EvaluationRecord> {
        let record = block_on(run.evaluate(async || ()))?.record;
        let weights = self.folder.weights();
        for ((arm, name), metrics) in run.arms().iter().zip(names).zip(&record.arms) {
            if self.metrics.is_best(name, metrics) {
                let file = block_on(run.export(arm.index()))?;
                weights.write_best(name, seed, record.step, &file)?;
            }
        }
        self.metrics.evaluation(seed, names, &record)?;
        Ok(record)
    }

    /// Writes a checkpoint, once the metrics of all steps before it are on disk.
    fn save(&mut self, run: &Run, seed: u64) -> Result<()> {
        self.metrics.flush()?;
        self.folder.write_checkpoint(&block_on(run.checkpoint())?)?;
        self.settle(seed, run.arms().iter().map(|arm| arm.name.as_str()))?;
        self.saves.last = Instant::now();
        Ok(())
    }

    /// Keeps the weights of the best evaluations of a seed up to its checkpoint, and removes those of
    /// later ones, which a run that goes on makes again.
    pub(crate) fn settle<'a>(
        &self,
        seed: u64,
        arms: impl IntoIterator<Item = &'a str>,
    ) -> Result<()> {
        let weights = self.folder.weights();
        for arm in arms {
            let best = self.metrics.best(arm).map(|best| best.step);
            weights.settle(arm, seed, best)?;
        }
        Ok(())
    }

    /// Removes the weights of the best evaluations of a seed that begins anew.
    pub(crate) fn forget<'a>(
        &self,
        seed: u64,
        arms: impl IntoIterator<Item = &'a str>,
    ) -> Result<()> {
        let weights = self.folder.weights();
        arms.into_iter()
            .try_for_each(|arm| weights.settle(arm, seed, None))
    }

    /// Notes the results of a seed that has ended, and keeps its weights.
    pub(crate) fn finish(&mut self, run: &Run, seed: u64, last: EvaluationRecord) -> Result<()> {
        self.save(run, seed)?;
        let weights = self.folder.weights();
        for arm in run.arms() {
            let file = block_on(run.export(arm.index()))?;
            weights.write_last(&arm.name, seed, &file)?;
        }
        let names: Vec<_> = run.arms().iter().map(|arm| arm.name.clone()).collect();
        let best = self.metrics.take_best(&names).into_iter();
        let (best_steps, best) = best.map(|it| (it.step, it.metrics)).unzip();
        self.notes.finished.push(SeedResult {
            seed,
            last,
            best,
            best_steps,
            images: Some(fingerprint(run.dataset())),
        });
        self.folder.write_notes(&self.notes)
    }
}
