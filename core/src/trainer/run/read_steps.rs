//! Reading the metrics of steps, in one go for all steps since the last reading.

use burn::tensor::Tensor;

use super::Run;
use crate::{
    error::{Error, Result},
    protocol::{StepMetrics, StepRecord},
    read::read,
    trainer::metrics::METRICS,
};

impl Run {
    /// Reads the metrics of all steps made since the last call, in one go and without blocking.
    ///
    /// # Errors
    /// [`Error::Device`] if the device fails; [`Error::NotFinite`] if a loss is not a number
    /// ([`Self::take_good_steps`] has the steps before it).
    pub async fn read_steps(&mut self) -> Result<Vec<StepRecord>> {
        let unread = std::mem::take(&mut self.unread);
        if unread.is_empty() {
            return Ok(Vec::new());
        }
        let all: Vec<Tensor<1>> = unread
            .iter()
            .flat_map(|step| step.metrics.iter().cloned())
            .collect();
        let numbers = read(Tensor::cat(all, 0)).await?;
        let mut rows = numbers.chunks_exact(METRICS);
        let mut records = Vec::with_capacity(unread.len());
        for step in unread {
            let mut arms = Vec::with_capacity(step.axes.len());
            for (axis, row) in step.axes.into_iter().zip(rows.by_ref()) {
                arms.push(StepMetrics {
                    loss: row[0],
                    accuracy: row[1],
                    muted_fraction: row[2],
                    degenerate: row[3].round() as u32,
                    challenged: row[4].round() as u32,
                    challenge_gap: row[5],
                    axis,
                });
            }
            // The gap is the difference of two losses.
            let finite = |arm: &StepMetrics| arm.loss.is_finite() && arm.challenge_gap.is_finite();
            if let Some(at) = arms.iter().position(|arm| !finite(arm)) {
                self.finite_records = records;
                return Err(Error::NotFinite {
                    arm: self.arms[at].name.clone(),
                    step: step.step,
                });
            }
            records.push(StepRecord {
                step: step.step,
                epoch: step.epoch,
                arms,
            });
        }
        Ok(records)
    }

    /// The records of the steps that were read together with one that was not finite, and precede it.
    pub fn take_good_steps(&mut self) -> Vec<StepRecord> {
        std::mem::take(&mut self.finite_records)
    }
}
