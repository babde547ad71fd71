//! Accuracy and loss on images that were not trained on.

use burn::tensor::Tensor;

use super::{
    Batch, read,
    run::Run,
    step::{accuracy, cross_entropy},
};
use crate::{
    error::Result,
    model::{Mode, Network},
    protocol::{EvaluationMetrics, EvaluationRecord},
};

/// Images in an evaluation batch.
const BATCH: usize = 128;

/// Sums over one domain.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    images: f64,
    right: f64,
    loss: f64,
}

impl Tally {
    fn accuracy(self) -> f32 {
        (self.right / self.images.max(1.0)) as f32
    }

    fn loss(self) -> f32 {
        (self.loss / self.images.max(1.0)) as f32
    }

    fn plus(self, other: Self) -> Self {
        Self {
            images: self.images + other.images,
            right: self.right + other.right,
            loss: self.loss + other.loss,
        }
    }
}

impl Run {
    /// Evaluates every arm on every domain's test split. `breathe` is awaited between batches, so
    /// that a worker can hear its messages.
    ///
    /// # Errors
    /// [`crate::Error::Device`] if the device fails.
    pub async fn evaluate(&self, breathe: impl AsyncFn()) -> Result<EvaluationRecord> {
        let mut arms = Vec::with_capacity(self.arms().len());
        for arm in self.arms() {
            let network = arm.network.frozen();
            let mut tallies = Vec::new();
            for domain in &self.dataset().domains {
                tallies.push(self.tally(&network, &domain.test, &breathe).await?);
            }
            let over = |held_out: bool| {
                self.dataset()
                    .domains
                    .iter()
                    .zip(&tallies)
                    .filter(|(domain, _)| domain.held_out == held_out)
                    .map(|(_, tally)| *tally)
                    .reduce(Tally::plus)
            };
            let same = over(false).unwrap_or_default();
            let new = over(true);
            arms.push(EvaluationMetrics {
                accuracy_same_domain: same.accuracy(),
                accuracy_new_domain: new.map(Tally::accuracy),
                loss_same_domain: same.loss(),
                loss_new_domain: new.map(Tally::loss),
                accuracy_per_domain: tallies.iter().map(|tally| tally.accuracy()).collect(),
            });
        }
        Ok(EvaluationRecord {
            step: self.step(),
            epoch: self.epoch(),
            arms,
        })
    }

    async fn tally(
        &self,
        network: &Network,
        items: &[crate::data::Item],
        breathe: &impl AsyncFn(),
    ) -> Result<Tally> {
        let mut parts = Vec::new();
        let mut sizes = Vec::new();
        for chunk in items.chunks(BATCH) {
            let references: Vec<_> = chunk.iter().collect();
            let batch = Batch::new(
                &references,
                self.dataset().size,
                self.dataset().classes.len(),
                self.device(),
            );
            let logits = network.head(network.body(batch.images, Mode::Evaluate), Mode::Evaluate);
            parts.push(accuracy(logits.clone(), batch.one_hot.clone()));
            parts.push(cross_entropy(logits, batch.one_hot, 0.0));
            sizes.push(chunk.len() as f64);
            breathe().await;
        }
        if parts.is_empty() {
            return Ok(Tally::default());
        }
        let numbers = read(Tensor::cat(parts, 0)).await?;
        let mut tally = Tally::default();
        for (pair, size) in numbers.chunks_exact(2).zip(sizes) {
            tally = tally.plus(Tally {
                images: size,
                right: (f64::from(pair[0]) * size).round(),
                loss: f64::from(pair[1]) * size,
            });
        }
        Ok(tally)
    }
}
