//! A run suspended and taken up again goes on with the losses that it would have had.

use std::sync::Arc;

use burn::tensor::Device;

use super::{deviation::Deviation, losses};
use crate::{
    config::{Axis, DataPreset},
    data::Dataset,
    error::Result,
    trainer::{Checkpoint, Run},
};

/// Steps made in all.
pub(super) const STEPS: usize = 9;
/// The run is suspended after so many of a third of them.
const THIRD: usize = STEPS / 3;
/// Losses may differ by so much: the order in which a GPU adds up is its own affair.
const TOLERANCE: f32 = 1e-4;

async fn steps(run: &mut Run, step: &mut impl FnMut()) -> Result<Vec<f32>> {
    for _ in 0..THIRD {
        run.advance();
        step();
    }
    let records = run.read_steps().await?;
    let arms = records.into_iter().flat_map(|record| record.arms);
    Ok(arms.map(|arm| arm.loss).collect())
}

pub(super) async fn check(device: &Device, step: &mut impl FnMut()) -> Result<Deviation> {
    let config = losses::config(3, Axis::Mixed);
    let data = Arc::new(Dataset::generate(DataPreset::CornerCue, &config.data, 3)?);
    let mut run = Run::new(config, Arc::clone(&data), device)?;
    steps(&mut run, step).await?;
    let file = run.checkpoint().await?;
    let expected = steps(&mut run, step).await?;
    let mut again = Run::resume(Checkpoint::from_bytes(&file)?, data, device)?;
    let losses = steps(&mut again, step).await?;
    let differences = losses.iter().zip(&expected).map(|(a, b)| (a - b).abs());
    let largest = differences.fold(0.0, f32::max) / TOLERANCE;
    let numbers = losses.iter().all(|loss| loss.is_finite());
    if losses.len() == expected.len() && numbers && largest <= 1.0 {
        return Ok(Ok(f64::from(largest)));
    }
    Ok(Err(format!(
        "the losses after it are {losses:?}, expected {expected:?}"
    )))
}
