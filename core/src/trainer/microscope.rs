//! Every stage between the features of one image and its probabilities, for the page's microscope.

use burn::tensor::Tensor;

use super::{inspect::UnreadInspection, run::Run};
use crate::{
    config::ChallengeConfig,
    error::{Error, Result},
    protocol::{ImageInspection, ImageRef},
    read::read,
};

/// One round of a challenge of one image.
#[derive(Debug, Clone, PartialEq)]
pub struct InspectedRound {
    /// Importance of each position or channel; meaningless where an earlier round has muted.
    pub importance: Vec<f32>,
    /// What is muted after this round, by it or by earlier ones.
    pub muted: Vec<bool>,
}

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
    /// The rounds of the challenge.
    pub rounds: Vec<InspectedRound>,
}

impl Run {
    /// Inspects one image as [`Run::inspect`] does, with the feature map, its gradient and every round.
    ///
    /// # Errors
    /// As [`Run::inspect`].
    pub async fn microscope(
        &self,
        arm: usize,
        config: &ChallengeConfig,
        image: ImageRef,
    ) -> Result<Microscope> {
        let unread = self.inspect_on_device(arm, config, &[image])?;
        let UnreadInspection {
            features,
            gradient,
            outcome,
            ..
        } = &unread;
        let [_, channels, height, width] = features.dims();
        let n = channels * height * width;
        let count = outcome.importance.dims()[1];
        let mut parts = vec![features.clone().reshape([n]), gradient.clone().reshape([n])];
        for round in &outcome.rounds {
            parts.push(round.importance.clone().reshape([count]));
            parts.push(round.mask.clone().reshape([count]));
        }
        let all = Tensor::cat(parts, 0);
        let inspections = self.read_inspection(&unread, &[image]).await?;
        let inspection = inspections
            .into_iter()
            .next()
            .ok_or_else(|| Error::Data(format!("there is no image {image:?} in this run")))?;
        let mut features = read(all).await?;
        let mut gradient = features.split_off(n);
        let rounds = gradient.split_off(n);
        let rounds = rounds.chunks_exact(2 * count).map(|round| {
            let (importance, mask) = round.split_at(count);
            InspectedRound {
                importance: importance.to_vec(),
                muted: mask.iter().map(|&keep| keep < 0.5).collect(),
            }
        });
        Ok(Microscope {
            inspection,
            shape: [channels, height, width],
            features,
            gradient,
            rounds: rounds.collect(),
        })
    }
}
