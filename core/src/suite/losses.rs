//! Fifty training steps, compared with the losses that the CPU device makes of the same settings
//! natively (`tests/fixtures/losses.json`).

use std::sync::Arc;

use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use super::deviation::Deviation;
use crate::{
    config::{ArmConfig, Axis, Backbone, ChallengeConfig, DataPreset, RunConfig},
    data::Dataset,
    error::Result,
    trainer::Run,
};

/// Steps of each course.
pub const STEPS: usize = 50;
/// In the first [`EARLY`] steps, losses may differ by so much: rounding.
pub const TOLERANCE_EARLY: f32 = 1e-4;
/// See [`TOLERANCE_EARLY`].
pub const EARLY: usize = 10;
/// In the steps after that: rounding grows, and moves a feature across the threshold of a mask now
/// and then.
pub const TOLERANCE: f32 = 2e-2;
/// Steps that wait for the device together.
const READ: usize = 10;

/// A run's losses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Course {
    /// Seed of the run.
    pub seed: u64,
    /// What its challenged arm mutes.
    pub axis: Axis,
    /// The losses of each step: of the plain arm, then of the challenged one.
    pub losses: Vec<[f32; 2]>,
}

impl Course {
    /// A name for it.
    pub fn name(&self) -> String {
        match self.axis {
            Axis::Spatial => "losses-positions".into(),
            Axis::Channel => "losses-channels".into(),
            Axis::Mixed => "losses-mixed".into(),
        }
    }
}

/// The courses to compare with; none where the fixture cannot be read.
pub fn courses() -> Vec<Course> {
    serde_json::from_str(include_str!("../../../tests/fixtures/losses.json")).unwrap_or_default()
}

/// The reference run in small: plain and challenged, so that a software GPU makes it in seconds.
pub fn config(seed: u64, axis: Axis) -> RunConfig {
    let challenge = ChallengeConfig {
        axis,
        ..ChallengeConfig::default()
    };
    let mut config = RunConfig::reference(vec![ArmConfig::erm(), ArmConfig::rsc(challenge)]);
    config.data.image_size = 16;
    config.data.train_images = 512;
    config.data.test_images = 8;
    config.network.backbone = Backbone::SmallCnn {
        channels: vec![8, 16, 32],
    };
    config.training.batch_size = 16;
    config.training.epochs = 2;
    config.training.seed = seed;
    config
}

/// Trains for [`STEPS`] steps. `step` is called after each.
///
/// # Errors
/// [`crate::Error::Device`] if the device fails.
pub async fn train(
    seed: u64,
    axis: Axis,
    device: &Device,
    step: &mut impl FnMut(),
) -> Result<Course> {
    let config = config(seed, axis);
    let data = Dataset::generate(DataPreset::CornerCue, &config.data, seed)?;
    let mut run = Run::new(config, Arc::new(data), device)?;
    let mut losses = Vec::with_capacity(STEPS);
    for made in 1..=STEPS {
        run.advance();
        if made.is_multiple_of(READ) || made == STEPS {
            for record in run.read_steps().await? {
                let of = |arm: usize| record.arms.get(arm).map_or(f32::NAN, |arm| arm.loss);
                losses.push([of(0), of(1)]);
            }
        }
        step();
    }
    Ok(Course { seed, axis, losses })
}

/// Trains as a course was trained, and compares.
///
/// # Errors
/// [`crate::Error::Device`] if the device fails.
pub async fn check(course: &Course, device: &Device, step: &mut impl FnMut()) -> Result<Deviation> {
    let ours = train(course.seed, course.axis, device, step).await?;
    Ok(compare(&ours, course))
}

/// The largest difference of two courses in units of what is tolerated.
fn compare(ours: &Course, theirs: &Course) -> Deviation {
    if ours.losses.len() != theirs.losses.len() {
        let [ours, theirs] = [ours, theirs].map(|course| course.losses.len());
        return Err(format!("{ours} steps, expected {theirs}"));
    }
    let mut largest = 0.0_f64;
    for (i, (a, b)) in ours.losses.iter().zip(&theirs.losses).enumerate() {
        let tolerated = if i < EARLY {
            TOLERANCE_EARLY
        } else {
            TOLERANCE
        };
        for (arm, (a, b)) in a.iter().zip(b).enumerate() {
            let difference = (a - b).abs() / tolerated;
            // Written so that NaN is too far off.
            if difference <= 1.0 {
                largest = largest.max(f64::from(difference));
            } else {
                return Err(format!(
                    "the loss of arm {arm} in step {} is {a}, expected {b}",
                    i + 1
                ));
            }
        }
    }
    Ok(largest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_large_a_difference_is_named() {
        let course = |first: f32, last: f32| Course {
            seed: 0,
            axis: Axis::Spatial,
            losses: (0..20)
                .map(|i| if i == 0 { [first, 1.0] } else { [1.0, last] })
                .collect(),
        };
        let expected = course(1.0, 1.0);
        assert_eq!(compare(&expected, &expected), Ok(0.0));
        let near = compare(&course(1.0 + TOLERANCE_EARLY / 2.0, 1.0), &expected);
        assert!(near.is_ok_and(|found| (found - 0.5).abs() < 0.01));
        let far = compare(&course(1.0, 1.5), &expected);
        assert!(far.is_err_and(|problem| problem.contains("arm 1 in step 2")));
        assert!(compare(&course(f32::NAN, 1.0), &expected).is_err());
    }
}
