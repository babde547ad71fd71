//! Every step's metrics of the current run, for export, in bounded memory; and the way of these
//! numbers into the browser's database and back.
//!
//! A step of two arms takes 72 bytes. Up to [`MOST_STEPS`] steps, about 19 MB (34 MB with four
//! arms), each one is kept (the page's own runs have some 600). A longer run keeps every second
//! step, then every fourth, and so on: fewer lines, but the whole course.

use rsc_core::config::Axis;
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
        if record.arms.len() != self.arms || !is_sampled(record.step, self.every) {
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
            if is_sampled(self.steps[i].0, every) {
                self.steps[kept] = self.steps[i];
                self.metrics
                    .copy_within(i * arms..(i + 1) * arms, kept * arms);
                kept += 1;
            }
        }
        self.steps.truncate(kept);
        self.metrics.truncate(kept * arms);
    }

    /// The same without the steps after `last`.
    pub(crate) fn up_to(mut self, last: u64) -> Self {
        let kept = self.steps.partition_point(|(step, _)| *step <= last);
        self.steps.truncate(kept);
        self.metrics.truncate(kept * self.arms);
        self
    }

    /// As bytes: format, arms, every how many steps one is kept, then each step with its epoch and
    /// its arms' metrics; all numbers little-endian.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![FORMAT, self.arms as u8];
        bytes.extend(self.every.to_le_bytes());
        for (step, epoch, arms) in self.rows() {
            bytes.extend(step.to_le_bytes());
            bytes.extend(epoch.to_le_bytes());
            for metrics in arms {
                bytes.extend(to_row(metrics));
            }
        }
        bytes
    }

    /// Reads what [`Self::to_bytes`] wrote; `None` where it is something else.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (head, rows) = bytes.split_at_checked(HEAD)?;
        let (&[format, arms], every) = head.split_first_chunk()?;
        let (arms, every) = (
            usize::from(arms),
            u64::from_le_bytes(every.try_into().ok()?),
        );
        let length = PLACE + arms * ROW;
        let nobodys = arms == 0 && !rows.is_empty();
        if format != FORMAT || every == 0 || nobodys || !rows.len().is_multiple_of(length) {
            return None;
        }
        let mut history = Self {
            every,
            arms,
            ..Self::default()
        };
        for row in rows.chunks_exact(length) {
            let (step, rest) = row.split_first_chunk()?;
            let (epoch, metrics) = rest.split_first_chunk()?;
            let place = (u64::from_le_bytes(*step), u32::from_le_bytes(*epoch));
            history.steps.push(place);
            for metrics in metrics.chunks_exact(ROW) {
                history.metrics.push(from_row(metrics)?);
            }
        }
        Some(history)
    }

    /// Whether it can be the history of a run of so many arms.
    pub(crate) fn is_of(&self, arms: usize) -> bool {
        self.steps.is_empty() || self.arms == arms
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

/// Version of the bytes.
const FORMAT: u8 = 1;
/// Bytes before the steps.
const HEAD: usize = 10;
/// Bytes of a step's number and epoch.
const PLACE: usize = 12;
/// Bytes of an arm's metrics.
const ROW: usize = 25;

fn to_row(metrics: &StepMetrics) -> [u8; ROW] {
    let mut row = [0; ROW];
    let numbers = [
        metrics.loss.to_le_bytes(),
        metrics.accuracy.to_le_bytes(),
        metrics.muted_fraction.to_le_bytes(),
        metrics.challenge_gap.to_le_bytes(),
        metrics.degenerate.to_le_bytes(),
        metrics.challenged.to_le_bytes(),
    ];
    row[..ROW - 1].copy_from_slice(numbers.as_flattened());
    row[ROW - 1] = match metrics.axis {
        None => 0,
        Some(Axis::Spatial) => 1,
        Some(Axis::Channel) => 2,
        Some(Axis::Mixed) => 3,
    };
    row
}

fn from_row(row: &[u8]) -> Option<StepMetrics> {
    let (numbers, axis) = row.split_at_checked(ROW - 1)?;
    let (numbers, _) = numbers.as_chunks::<4>();
    let real = |at: usize| numbers.get(at).map(|bytes| f32::from_le_bytes(*bytes));
    let count = |at: usize| numbers.get(at).map(|bytes| u32::from_le_bytes(*bytes));
    Some(StepMetrics {
        loss: real(0)?,
        accuracy: real(1)?,
        muted_fraction: real(2)?,
        challenge_gap: real(3)?,
        degenerate: count(4)?,
        challenged: count(5)?,
        axis: match axis {
            [0] => None,
            [1] => Some(Axis::Spatial),
            [2] => Some(Axis::Channel),
            [3] => Some(Axis::Mixed),
            _ => return None,
        },
    })
}

/// The first step is always kept.
fn is_sampled(step: u64, every: u64) -> bool {
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
    fn what_is_written_is_read() {
        let mut history = History::of_at_most(100);
        for step in 1..=150 {
            let mut record = record(step);
            record.arms[1].axis = Some(Axis::Channel);
            record.arms[1].challenged = step as u32;
            history.push(&record);
        }
        let bytes = history.to_bytes();
        let read = History::from_bytes(&bytes).unwrap_or_default();
        assert_eq!((read.len(), read.every()), (75, 2));
        assert!(history.rows().eq(read.rows()));
        assert!(read.is_of(2) && !read.is_of(3) && History::default().is_of(3));
        assert_eq!(read.up_to(20).rows().last().map(|row| row.0), Some(19));
        for damaged in [&bytes[..bytes.len() - 1], &bytes[1..], &[]] {
            assert!(History::from_bytes(damaged).is_none());
        }
        let mut other = bytes.clone();
        *other.last_mut().unwrap_or(&mut 0) = 9;
        assert!(History::from_bytes(&other).is_none());
    }

    #[test]
    fn a_step_takes_what_the_text_says() {
        assert_eq!(size_of::<(u64, u32)>() + 2 * size_of::<StepMetrics>(), 72);
    }
}
