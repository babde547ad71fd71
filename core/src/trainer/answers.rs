//! What an arm answers to images, in the data or not: the numbers behind an evaluation.

use burn::tensor::{Tensor, activation::softmax};

use super::{loss::cross_entropy, run::Run};
use crate::{data::Item, error::Result, model::Mode, read::read};

/// Images whose features of frozen stages are computed at once.
const FEATURES_AT_ONCE: usize = 32;

/// The answers of an arm to some images.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answers {
    /// Of each image the probability of each class, `[N][K]`.
    pub probabilities: Vec<Vec<f32>>,
    /// Of each image the class that it is given, that of the largest logit.
    pub classes: Vec<usize>,
    /// Sum of the images' cross-entropies.
    pub loss: f64,
}

impl Run {
    /// The answers of an arm to images of this run's size, in batches as [`Self::evaluate`] makes them, so
    /// that accuracy and loss of test images are the same numbers as there. Labels count for the loss
    /// only. Nothing of the images is kept.
    ///
    /// # Errors
    /// [`Error::Data`] if there is no such arm, [`Error::Device`] if the device fails.
    ///
    /// [`Error::Data`]: crate::error::Error::Data
    /// [`Error::Device`]: crate::error::Error::Device
    pub async fn answers(&self, arm: usize, items: &[&Item]) -> Result<Answers> {
        let network = self.arms()[self.position(arm)?].network.frozen();
        let classes = self.dataset().classes.len();
        let mut answers = Answers::default();
        for chunk in items.chunks(self.evaluation_batch()) {
            let inputs = chunk.chunks(FEATURES_AT_ONCE);
            let inputs = inputs.map(|part| self.transient_batch(part));
            let (images, one_hot): (Vec<_>, Vec<_>) = inputs.unzip();
            let (images, one_hot) = (Tensor::cat(images, 0), Tensor::cat(one_hot, 0));
            let logits = network.head(network.body(images, Mode::Evaluate), Mode::Evaluate);
            let count = chunk.len();
            let parts = vec![
                softmax(logits.clone(), 1).reshape([count * classes]),
                // Class numbers are small integers, which f32 holds exactly.
                logits.clone().argmax(1).float().reshape([count]),
                cross_entropy(logits, one_hot, 0.0),
            ];
            let numbers = read(Tensor::cat(parts, 0)).await?;
            let (probabilities, rest) = numbers.split_at(count * classes);
            let rows = probabilities.chunks_exact(classes).map(<[f32]>::to_vec);
            answers.probabilities.extend(rows);
            let (predicted, loss) = rest.split_at(count);
            answers
                .classes
                .extend(predicted.iter().map(|&it| it as usize));
            answers.loss += f64::from(loss[0]) * count as f64;
        }
        Ok(answers)
    }
}
