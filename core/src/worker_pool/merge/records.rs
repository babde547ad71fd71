//! Records of all workers put together: a step or an evaluation counts once every worker has made it.

use super::SharedRun;
use crate::protocol::{EvaluationMetrics, EvaluationRecord, Event, StepMetrics, StepRecord};
use crate::worker_pool::action::{Actions, Buffer};
use crate::worker_pool::pace::pace;

impl<B: Buffer> SharedRun<B> {
    /// Reports the steps that all workers have made.
    pub(super) fn report_steps(&mut self, now: f64, out: &mut Actions<B>) {
        let mut records = Vec::new();
        while let Some(record) = self.whole_step() {
            records.push(record);
        }
        let Some(last) = records.last() else {
            return;
        };
        self.step = last.step;
        let each = (now - self.clock).max(0.0) / records.len() as f64;
        let step_ms = pace(self.step_ms, each, self.step);
        self.step_ms = Some(step_ms);
        self.clock = now;
        let event = Event::Steps {
            run: self.id,
            records,
            step_ms,
        };
        out.emit(event, Vec::new());
    }

    fn whole_step(&mut self) -> Option<StepRecord> {
        let parts = &mut self.parts;
        if parts.iter().any(|part| part.records.is_empty()) {
            return None;
        }
        let (mut step, mut epoch) = (0, 0);
        let mut arms: Vec<Option<StepMetrics>> = vec![None; self.arms];
        for part in parts {
            let record = part.records.pop_front()?;
            (step, epoch) = (record.step, record.epoch);
            for (&arm, metrics) in part.arms.iter().zip(record.arms) {
                arms[arm] = Some(metrics);
            }
        }
        let arms = arms.into_iter().flatten().collect();
        Some(StepRecord { step, epoch, arms })
    }

    /// Reports the evaluations that all workers have made.
    pub(super) fn report_evaluations(&mut self, now: f64, out: &mut Actions<B>) {
        while let Some((record, buffers)) = self.whole_evaluation() {
            self.clock = now;
            let run = self.id;
            out.emit(Event::Evaluation { run, record }, buffers);
        }
    }

    fn whole_evaluation(&mut self) -> Option<(EvaluationRecord, Vec<B>)> {
        let parts = &mut self.parts;
        if parts.iter().any(|part| part.evaluations.is_empty()) {
            return None;
        }
        let (mut step, mut epoch) = (0, 0);
        let mut arms: Vec<Option<(EvaluationMetrics, B)>> = Vec::new();
        arms.resize_with(self.arms, || None);
        for part in parts {
            let (record, buffers) = part.evaluations.pop_front()?;
            (step, epoch) = (record.step, record.epoch);
            let found = record.arms.into_iter().zip(buffers);
            for (&arm, found) in part.arms.iter().zip(found) {
                arms[arm] = Some(found);
            }
        }
        let (arms, buffers) = arms.into_iter().flatten().unzip();
        Some((EvaluationRecord { step, epoch, arms }, buffers))
    }
}
