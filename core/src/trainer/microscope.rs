//! Everything between the features of one image and its probabilities, for somebody who wants to
//! see each stage.

use burn::tensor::Tensor;

use super::{inspect::Examined, run::Run};
use crate::{
    config::ChallengeConfig,
    error::{Error, Result},
    protocol::{ImageInspection, ImageRef},
    read::read,
};

/// One image under one network, stage by stage.
#[derive(Debug, Clone, PartialEq)]
pub struct Microscope {
    /// Importance, mask and probabilities.
    pub inspection: ImageInspection,
    /// `[channels, height, width]` at the challenge point.
    pub shape: [usize; 3],
    /// The feature map `Z`, channel by channel, row by row.
    pub features: Vec<f32>,
    /// The gradient `G = ∂s/∂Z` of the challenge's signal, likewise.
    pub gradient: Vec<f32>,
}

impl Run {
    /// Looks at one image as [`Run::inspect`] does, and keeps the feature map and its gradient.
    ///
    /// # Errors
    /// As [`Run::inspect`].
    pub async fn microscope(
        &self,
        arm: usize,
        config: &ChallengeConfig,
        image: ImageRef,
    ) -> Result<Microscope> {
        let examined = self.examine(arm, config, &[image])?;
        let Examined {
            features, gradient, ..
        } = &examined;
        let [_, channels, height, width] = features.dims();
        let n = channels * height * width;
        let both = Tensor::cat(
            vec![features.clone().reshape([n]), gradient.clone().reshape([n])],
            0,
        );
        let inspections = self.read_inspection(&examined, &[image]).await?;
        let inspection = inspections
            .into_iter()
            .next()
            .ok_or_else(|| Error::Data(format!("there is no image {image:?} in this run")))?;
        let mut features = read(both).await?;
        let gradient = features.split_off(n);
        Ok(Microscope {
            inspection,
            shape: [channels, height, width],
            features,
            gradient,
        })
    }
}
