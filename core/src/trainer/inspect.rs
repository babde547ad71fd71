//! What a challenge does to chosen images under the current weights, without a training step.

use burn::{
    module::Module,
    tensor::{Tensor, activation::softmax},
};

use super::run::Run;
use crate::{
    challenge::{Along, Challenged, apply, challenge, gradient},
    config::{Axis, ChallengeConfig, Selection, Strategy},
    data::Item,
    error::Result,
    model::{Mode, Network},
    protocol::{ImageInspection, ImageRef},
    read::read,
};

/// Images challenged under the current weights, all still on the device.
pub(super) struct UnreadInspection {
    /// Features `Z` at the challenge point, `[B, C, H, W]`.
    pub(super) features: Tensor<4>,
    /// Gradient `G` of the challenge's signal, of the same shape.
    pub(super) gradient: Tensor<4>,
    along: Along,
    pub(super) outcome: Challenged,
    /// Logits after masking, `[B, K]`.
    after: Tensor<2>,
}

impl Run {
    /// Inspects images of this run with an arm's weights. A mixed axis is shown as spatial.
    ///
    /// The `buffer` of each result is its index; the pixels are the dataset's.
    ///
    /// # Errors
    /// [`Error::Data`] for an arm or image that does not exist, [`Error::Config`] for a challenge
    /// out of range, [`Error::Device`] if the device fails.
    ///
    /// [`Error::Data`]: crate::error::Error::Data
    /// [`Error::Config`]: crate::error::Error::Config
    /// [`Error::Device`]: crate::error::Error::Device
    pub async fn inspect(
        &self,
        arm: usize,
        config: &ChallengeConfig,
        images: &[ImageRef],
    ) -> Result<Vec<ImageInspection>> {
        if images.is_empty() {
            config.validate("challenge")?;
            return Ok(Vec::new());
        }
        let unread = self.inspect_on_device(arm, config, images)?;
        self.read_inspection(&unread, images).await
    }

    /// Challenges images as [`Self::inspect`] shows it. `images` must not be empty.
    pub(super) fn inspect_on_device(
        &self,
        arm: usize,
        config: &ChallengeConfig,
        images: &[ImageRef],
    ) -> Result<UnreadInspection> {
        config.validate("challenge")?;
        let network = &self.arms()[self.position(arm)?].network;
        let batch = self.batch(&self.items(images)?);
        let z = network.frozen().body(batch.images, Mode::Evaluate);
        Ok(self.challenge_on_device(network, config, z, batch.one_hot))
    }

    /// Challenges features `z`, `[B, C, H, W]`, with the signal of the classes in `one_hot`, `[B, K]`.
    pub(super) fn challenge_on_device(
        &self,
        network: &Network,
        config: &ChallengeConfig,
        z: Tensor<4>,
        one_hot: Tensor<2>,
    ) -> UnreadInspection {
        let off = config.strategy == Strategy::Off;
        let shown = ChallengeConfig {
            strategy: if off {
                Strategy::TopGradient
            } else {
                config.strategy
            },
            p: if off { 0.0 } else { config.p },
            selection: Selection::All,
            ..config.clone()
        };
        let plan = self.plan(&shown, z.dims(), Some(Along::Spatial));
        let frozen = network.clone().no_grad();
        let head = |z: Tensor<4>| frozen.head(z, Mode::Evaluate);
        let outcome = if plan.rounds > 1 {
            // A closure as head returns every round; a GPU's shader would return the last only.
            challenge(&z, &one_hot, &head, &plan)
        } else {
            challenge(&z, &one_hot, &frozen, &plan)
        };
        let masked = apply(z.clone(), outcome.full_mask.clone(), plan.along);
        let after = head(masked.autodiff()).without_autodiff();
        // For strategies without a gradient, the signal's gradient is computed for comparison.
        let g = match outcome.gradient.clone() {
            Some(g) => g,
            None => gradient(&z, &one_hot, head, config.signal).1,
        };
        UnreadInspection {
            features: z,
            gradient: g,
            along: plan.along,
            outcome,
            after,
        }
    }

    /// Reads the result of [`Self::inspect_on_device`] for the same images.
    pub(super) async fn read_inspection(
        &self,
        unread: &UnreadInspection,
        images: &[ImageRef],
    ) -> Result<Vec<ImageInspection>> {
        let items = self.items(images)?;
        let rows = unread.read().await?;
        let shown = images.iter().zip(&items).zip(rows).enumerate();
        let shown = shown.map(|(buffer, ((&image, item), row))| ImageInspection {
            image,
            name: item.name.clone(),
            label: item.label,
            buffer,
            axis: unread.axis(),
            importance: row.importance,
            muted: row.muted,
            heat: row.heat,
            degenerate: row.degenerate,
            drop: row.before[item.label] - row.after[item.label],
            before: row.before,
            after: row.after,
        });
        Ok(shown.collect())
    }

    fn items(&self, images: &[ImageRef]) -> Result<Vec<&Item>> {
        images.iter().map(|&image| self.item(image)).collect()
    }
}

/// The numbers of one image.
pub(super) struct InspectedRow {
    pub(super) importance: Vec<f32>,
    pub(super) muted: Vec<bool>,
    pub(super) heat: Vec<f32>,
    pub(super) before: Vec<f32>,
    pub(super) after: Vec<f32>,
    pub(super) degenerate: bool,
}

impl UnreadInspection {
    /// Along which axis features were muted.
    pub(super) fn axis(&self) -> Axis {
        self.along.axis()
    }

    /// Reads the numbers of all images at once.
    pub(super) async fn read(&self) -> Result<Vec<InspectedRow>> {
        let Self {
            features,
            gradient,
            along,
            outcome,
            after,
        } = self;
        let [count, channels, height, width] = features.dims();
        let positions = height * width;
        let heat = match along {
            Along::Spatial => outcome.importance.clone(),
            Along::Channel => {
                let flat = [count, channels, positions];
                let muted: Tensor<2> = 1.0 - outcome.full_mask.clone();
                let muted = muted.reshape([count, channels, 1]);
                let mean = gradient.clone().reshape(flat).mean_dim(2);
                (features.clone().reshape(flat) * mean * muted)
                    .sum_dim(1)
                    .reshape([count, positions])
            }
        };

        let n = outcome.importance.dims()[1];
        let classes = after.dims()[1];
        let columns = Tensor::cat(
            vec![
                outcome.importance.clone(),
                outcome.full_mask.clone(),
                heat,
                softmax(outcome.logits.clone(), 1),
                softmax(after.clone(), 1),
                outcome.degenerate.clone().reshape([count, 1]),
            ],
            1,
        );
        let row = 2 * n + positions + 2 * classes + 1;
        let numbers = read(columns.reshape([count * row])).await?;
        let rows = numbers.chunks_exact(row).map(|row| {
            let (importance, row) = row.split_at(n);
            let (mask, row) = row.split_at(n);
            let (heat, row) = row.split_at(positions);
            let (before, row) = row.split_at(classes);
            let (after, degenerate) = row.split_at(classes);
            InspectedRow {
                importance: importance.to_vec(),
                muted: mask.iter().map(|&keep| keep < 0.5).collect(),
                heat: heat.to_vec(),
                before: before.to_vec(),
                after: after.to_vec(),
                degenerate: degenerate[0] > 0.5,
            }
        });
        Ok(rows.collect())
    }
}
