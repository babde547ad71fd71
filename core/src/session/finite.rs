//! That what an arm answers is made of numbers.

use super::Active;
use crate::{
    error::{Error, Result},
    protocol::{ImageInspection, Prediction},
};

impl Active {
    /// That what an arm makes of images is made of numbers: nothing else can be said to a page, and
    /// a loss would show it a step later.
    pub(super) fn check_finite(&self, arm: usize, inspected: &[ImageInspection]) -> Result<()> {
        let finite = |it: &ImageInspection| {
            let parts = [&it.importance, &it.heat, &it.before, &it.after];
            all_finite(&parts) && it.drop.is_finite()
        };
        self.check_numbers(arm, inspected.iter().all(finite))
    }

    /// As [`Self::check_finite`], of one picture.
    pub(super) fn check_prediction(&self, arm: usize, it: &Prediction) -> Result<()> {
        let parts = [&it.importance, &it.heat, &it.before, &it.after];
        self.check_numbers(arm, all_finite(&parts))
    }

    fn check_numbers(&self, arm: usize, finite: bool) -> Result<()> {
        if finite {
            return Ok(());
        }
        // By its place among all arms: others may be trained elsewhere.
        let arm = self.run.config().arms.get(arm);
        Err(Error::WeightsNotFinite {
            arm: arm.map(|arm| arm.name.clone()).unwrap_or_default(),
            step: self.run.step(),
        })
    }
}

fn all_finite(parts: &[&Vec<f32>]) -> bool {
    let mut all = parts.iter().flat_map(|part| part.iter());
    all.all(|value| value.is_finite())
}
