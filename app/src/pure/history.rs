//! Every step's metrics of the current run, for export, in bounded memory.
//!
//! A step of two arms takes 72 bytes. Up to [`MOST_STEPS`] steps, about 19 MB (34 MB with four
//! arms), each one is kept (the page's own runs have some 600). A longer run keeps every second
//! step, then every fourth, and so on: fewer lines, but the whole course.

use rsc_core::protocol::{StepMetrics, StepRecord};

/// Most steps that are kept.
pub(crate) const MOST_STEPS: usize = 1 << 18;

/// The steps kept so far.
#[derive(Debug, Clone)]
pub(crate) struct History {
    most: usize,
    every: u64,
    arms: usize,
    steps: Vec<(u64, u32)>,
    /// One entry per arm for each step.
    metrics: Vec<StepMetrics>,
}

impl Default for History {
    fn default() -> Self {
        Self::of_at_most(MOST_STEPS)
    }
}

impl History {
    fn of_at_most(most: usize) -> Self {
        Self {
            most,
            every: 1,
            arms: 0,
            steps: Vec::new(),
            metrics: Vec::new(),
        }
    }

    /// Adds a step.
    pub(crate) fn push(&mut self, record: &StepRecord) {
        if self.steps.is_empty() {
            self.arms = record.arms.len();
        }
        if record.arms.len() != self.arms || !is_kept(record.step, self.every) {
            return;
        }
        self.steps.push((record.step, record.epoch));
        self.metrics.extend_from_slice(&record.arms);
        while self.steps.len() > self.most {
            self.thin();
        }
    }

    fn thin(&mut self) {
        self.every *= 2;
        let (arms, every) = (self.arms, self.every);
        let mut kept = 0;
        for i in 0..self.steps.len() {
            if is_kept(self.steps[i].0, every) {
                self.steps[kept] = self.steps[i];
                self.metrics
                    .copy_within(i * arms..(i + 1) * arms, kept * arms);
                kept += 1;
            }
        }
        self.steps.truncate(kept);
        self.metrics.truncate(kept * arms);
    }

    /// Every how many steps one is kept.
    pub(crate) fn every(&self) -> u64 {
        self.every
    }

    /// How many steps are kept.
    pub(crate) fn len(&self) -> usize {
        self.steps.len()
    }

    /// Step, epoch and metrics per arm, oldest first.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (u64, u32, &[StepMetrics])> {
        let metrics = self.metrics.chunks(self.arms.max(1));
        self.steps
            .iter()
            .zip(metrics)
            .map(|(&(step, epoch), metrics)| (step, epoch, metrics))
    }
}

/// The first step is always kept.
fn is_kept(step: u64, every: u64) -> bool {
    step.saturating_sub(1).is_multiple_of(every)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(step: u64) -> StepRecord {
        let metrics = |loss: u64| StepMetrics {
            loss: loss as f32,
            accuracy: 0.5,
            muted_fraction: 0.0,
            degenerate: 0,
            challenged: 0,
            challenge_gap: 0.0,
            axis: None,
        };
        StepRecord {
            step,
            epoch: (step / 32) as u32,
            arms: vec![metrics(step), metrics(step + 1000)],
        }
    }

    #[test]
    fn a_usual_run_is_kept_whole() {
        let mut history = History::default();
        for step in 1..=640 {
            history.push(&record(step));
        }
        assert_eq!((history.len(), history.every()), (640, 1));
        let steps: Vec<u64> = history.rows().map(|(step, ..)| step).collect();
        assert_eq!(steps, (1..=640).collect::<Vec<_>>());
    }

    #[test]
    fn a_long_run_stays_bounded_and_keeps_its_course() {
        let mut history = History::of_at_most(100);
        for step in 1..=10_000 {
            history.push(&record(step));
        }
        assert!(history.len() <= 100 && history.len() > 50);
        assert_eq!(history.every(), 128);
        for (i, (step, epoch, arms)) in history.rows().enumerate() {
            assert_eq!(step, 1 + 128 * i as u64);
            assert_eq!(epoch, (step / 32) as u32);
            assert_eq!(arms[0].loss, step as f32);
            assert_eq!(arms[1].loss, (step + 1000) as f32);
        }
    }

    #[test]
    fn a_step_takes_what_the_text_says() {
        assert_eq!(size_of::<(u64, u32)>() + 2 * size_of::<StepMetrics>(), 72);
    }
}
