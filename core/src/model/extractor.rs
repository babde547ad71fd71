//! The frozen stages of a pretrained network: from images to the features that the rest is trained on.

use burn::tensor::{Device, Tensor};

use super::{
    backbone_weights::BackboneWeights,
    mode::Mode,
    stage::{Stage, StageOptions},
};
use crate::{config::FrozenPart, error::Result};

/// The first stages of a pretrained network, for evaluation.
#[derive(Debug, Clone)]
pub struct Extractor {
    stages: Vec<Stage>,
}

impl Extractor {
    /// A frozen part on `device`, without autodiff.
    ///
    /// # Errors
    /// None that [`BackboneWeights::from_tensors`] did not find.
    pub fn new(weights: &BackboneWeights, part: FrozenPart, device: &Device) -> Result<Self> {
        let device = device.clone().without_autodiff();
        let options = StageOptions {
            features: part.features,
            batch_statistics: false,
        };
        let stages = weights.stages([0, part.stages], options, &device)?;
        Ok(Self {
            stages: stages.iter().map(Stage::folded).collect(),
        })
    }

    /// Features of images.
    ///
    /// # Shapes
    /// - `images`: `[B, 3, S, S]`, scaled as [`crate::config::PretrainedNetwork::pixel_scale`] says
    /// - output: `[B, C, H, W]`
    pub fn features(&self, images: Tensor<4>) -> Tensor<4> {
        self.features_through(images, |_| ())
    }

    /// As [`Self::features`]; `seen` gets the output of each block.
    pub fn features_through(
        &self,
        images: Tensor<4>,
        mut seen: impl FnMut(&Tensor<4>),
    ) -> Tensor<4> {
        self.stages.iter().fold(images, |features, stage| {
            stage.forward_through(features, Mode::Evaluate, &mut seen)
        })
    }
}
