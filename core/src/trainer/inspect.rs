//! What a challenge does to chosen images under the current weights, without a training step.

use burn::{
    module::Module,
    tensor::{Tensor, activation::softmax},
};

use super::{Batch, read, run::Run};
use crate::{
    challenge::{Along, apply, challenge, gradient},
    config::{ChallengeConfig, Selection, Signal, Strategy},
    error::{Error, Result},
    model::Mode,
    protocol::{ImageInspection, ImageRef},
};

impl Run {
    /// Inspects images of this run with an arm's weights. A mixed axis is shown as spatial.
    ///
    /// The `buffer` of each result is its index; the pixels are the dataset's.
    ///
    /// # Errors
    /// [`Error::Data`] for an arm or image that does not exist, [`Error::Config`] for a challenge
    /// out of range, [`Error::Device`] if the device fails.
    pub async fn inspect(
        &self,
        arm: usize,
        config: &ChallengeConfig,
        images: &[ImageRef],
    ) -> Result<Vec<ImageInspection>> {
        config.validate("challenge")?;
        let network = &self
            .arms()
            .get(arm)
            .ok_or_else(|| Error::Data(format!("there is no arm {arm} in this run")))?
            .network;
        if images.is_empty() {
            return Ok(Vec::new());
        }
        let items = images
            .iter()
            .map(|&image| self.item(image))
            .collect::<Result<Vec<_>>>()?;
        let classes = self.dataset().classes.len();
        let batch = Batch::new(&items, self.dataset().size, classes, self.device());

        let z = network.frozen().body(batch.images.clone(), Mode::Evaluate);
        let [count, _, height, width] = z.dims();
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
        let plan = self.plan(&shown, &z, Some(Along::Spatial));
        let frozen = network.clone().no_grad();
        let head = |z: Tensor<4>| frozen.head(z, Mode::Evaluate);
        let outcome = challenge(&z, &batch.one_hot, head, &plan);
        let masked = apply(z.clone(), outcome.full_mask.clone(), plan.along);
        let after = head(masked.autodiff()).without_autodiff();
        let heat = match plan.along {
            Along::Spatial => outcome.importance.clone(),
            Along::Channel => {
                let g = match outcome.gradient.clone() {
                    Some(g) => g,
                    None => gradient(&z, &batch.one_hot, head, Signal::TrueLogit).1,
                };
                let [count, channels, height, width] = z.dims();
                let flat = [count, channels, height * width];
                let muted: Tensor<2> = 1.0 - outcome.full_mask.clone();
                let muted = muted.reshape([count, channels, 1]);
                (z.reshape(flat) * g.reshape(flat).mean_dim(2) * muted)
                    .sum_dim(1)
                    .reshape([count, height * width])
            }
        };

        let n = outcome.importance.dims()[1];
        let positions = height * width;
        let columns = Tensor::cat(
            vec![
                outcome.importance,
                outcome.full_mask,
                heat,
                softmax(outcome.logits, 1),
                softmax(after, 1),
                outcome.degenerate.reshape([count, 1]),
            ],
            1,
        );
        let row = 2 * n + positions + 2 * classes + 1;
        let numbers = read(columns.reshape([count * row])).await?;
        Ok(images
            .iter()
            .zip(&items)
            .zip(numbers.chunks_exact(row))
            .enumerate()
            .map(|(buffer, ((&image, item), row))| {
                let (importance, row) = row.split_at(n);
                let (mask, row) = row.split_at(n);
                let (heat, row) = row.split_at(positions);
                let (before, row) = row.split_at(classes);
                let (after, degenerate) = row.split_at(classes);
                ImageInspection {
                    image,
                    name: item.name.clone(),
                    label: item.label,
                    buffer,
                    axis: plan.along.axis(),
                    importance: importance.to_vec(),
                    muted: mask.iter().map(|&keep| keep < 0.5).collect(),
                    heat: heat.to_vec(),
                    degenerate: degenerate[0] > 0.5,
                    before: before.to_vec(),
                    after: after.to_vec(),
                    drop: before[item.label] - after[item.label],
                }
            })
            .collect())
    }
}
