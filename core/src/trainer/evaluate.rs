//! Accuracy and loss on images that were not trained on.

use burn::tensor::Tensor;

use super::{loss::cross_entropy, run::Run};
use crate::{
    challenge::Along,
    data::Item,
    error::Result,
    model::{Mode, Network},
    protocol::{EvaluationMetrics, EvaluationRecord, FeatureUsage},
    read::read,
    usage::{Usage, measure},
};

/// Images on which the usage of features is measured.
const USAGE_IMAGES: usize = 128;

/// An evaluation and the predictions that it was computed from.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// The metrics.
    pub record: EvaluationRecord,
    /// The class each arm gives to each test image: one list per arm, domain after domain.
    pub predictions: Vec<Vec<u16>>,
}

/// Sums over one domain.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    images: f64,
    correct: f64,
    loss: f64,
}

impl Tally {
    fn accuracy(self) -> f32 {
        (self.correct / self.images.max(1.0)) as f32
    }

    fn loss(self) -> f32 {
        (self.loss / self.images.max(1.0)) as f32
    }

    fn plus(self, other: Self) -> Self {
        Self {
            images: self.images + other.images,
            correct: self.correct + other.correct,
            loss: self.loss + other.loss,
        }
    }
}

impl Run {
    /// Evaluates every arm on every domain's test split, and measures how evenly it uses its
    /// channels on the first test images of the training domains. `yield_now` is awaited between
    /// batches, so that a worker can receive messages.
    ///
    /// # Errors
    /// [`crate::Error::Device`] if the device fails.
    pub async fn evaluate(&self, yield_now: impl AsyncFn()) -> Result<Evaluation> {
        let mut arms = Vec::with_capacity(self.arms().len());
        let mut predictions = Vec::with_capacity(self.arms().len());
        for arm in self.arms() {
            let network = arm.network.frozen();
            let mut tallies = Vec::new();
            let mut predicted = Vec::new();
            for domain in &self.dataset().domains {
                let (tally, classes) = self.tally(&network, &domain.test, &yield_now).await?;
                tallies.push(tally);
                predicted.extend(classes);
            }
            predictions.push(predicted);
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
                usage: self.usage(&arm.network).await?,
            });
        }
        Ok(Evaluation {
            record: EvaluationRecord {
                step: self.step(),
                epoch: self.epoch(),
                arms,
            },
            predictions,
        })
    }

    /// How a network uses the channels at its challenge point on images of the domains it is
    /// trained on, which take turns.
    async fn usage(&self, network: &Network) -> Result<FeatureUsage> {
        let domains: Vec<&[Item]> = self
            .dataset()
            .domains
            .iter()
            .filter(|domain| !domain.held_out)
            .map(|domain| domain.test.as_slice())
            .collect();
        let longest = domains.iter().map(|items| items.len()).max().unwrap_or(0);
        let items: Vec<&Item> = (0..longest)
            .flat_map(|i| domains.iter().filter_map(move |items| items.get(i)))
            .take(USAGE_IMAGES)
            .collect();
        if items.is_empty() {
            return Ok(Usage::new(&[]).summary());
        }
        let parts = items.chunks(self.evaluation_batch()).map(|part| {
            let batch = self.batch(part);
            measure(network, batch.images, &batch.one_hot, Along::Channel)
        });
        let rows = Tensor::cat(parts.collect(), 0);
        let [count, channels] = rows.dims();
        let numbers = read(rows.reshape([count * channels])).await?;
        Ok(Usage::together(&numbers, channels).summary())
    }

    async fn tally(
        &self,
        network: &Network,
        items: &[Item],
        yield_now: &impl AsyncFn(),
    ) -> Result<(Tally, Vec<u16>)> {
        let mut parts = Vec::new();
        for chunk in items.chunks(self.evaluation_batch()) {
            let references: Vec<_> = chunk.iter().collect();
            let batch = self.batch(&references);
            let logits = network.head(network.body(batch.images, Mode::Evaluate), Mode::Evaluate);
            // Class numbers are small integers, which f32 holds exactly.
            parts.push(logits.clone().argmax(1).float().reshape([chunk.len()]));
            parts.push(cross_entropy(logits, batch.one_hot, 0.0));
            yield_now().await;
        }
        if parts.is_empty() {
            return Ok((Tally::default(), Vec::new()));
        }
        let numbers = read(Tensor::cat(parts, 0)).await?;
        let mut rest = numbers.as_slice();
        let mut tally = Tally::default();
        let mut predicted = Vec::with_capacity(items.len());
        for chunk in items.chunks(self.evaluation_batch()) {
            let (classes, after) = rest.split_at(chunk.len());
            let (loss, after) = after.split_at(1);
            rest = after;
            let classes: Vec<u16> = classes.iter().map(|&class| class as u16).collect();
            let pairs = classes.iter().zip(chunk);
            let correct = pairs.filter(|&(&class, item)| usize::from(class) == item.label);
            tally = tally.plus(Tally {
                images: chunk.len() as f64,
                correct: correct.count() as f64,
                loss: f64::from(loss[0]) * chunk.len() as f64,
            });
            predicted.extend(classes);
        }
        Ok((tally, predicted))
    }
}
