//! Which samples of the last batch were challenged, and why. Read on request, never during a step.

use burn::tensor::Tensor;

use super::run::{LastChallenge, Run};
use crate::{
    error::{Error, Result},
    protocol::{BatchSample, ImageRef, Split},
    quantile,
    read::read,
};

/// The last batch as one arm saw it. The `buffer` of each sample is its index; the pixels are the
/// dataset's.
#[derive(Debug, Clone, PartialEq)]
pub struct LastBatch {
    /// The fraction of the batch that was to be challenged.
    pub b: f64,
    /// The drop from which on a sample was challenged; `None` where every one was.
    pub threshold: Option<f32>,
    /// The samples, in the batch's order.
    pub samples: Vec<BatchSample>,
}

impl Run {
    /// The batch of the last step, as an arm's challenge saw it.
    ///
    /// The threshold is `quantile(d, 1 − b)` of the drops `d`, or with the official code's rule the
    /// smallest drop that was selected, where one was.
    ///
    /// # Errors
    /// [`Error::Data`] for an arm that does not exist or before the first step, [`Error::Device`]
    /// if the device fails.
    pub async fn last_batch(&self, arm: usize) -> Result<LastBatch> {
        let arm = self.position(arm)?;
        let last = self.last_step().ok_or_else(|| {
            Error::Data("no step has been made yet, so there is no last batch: make one".into())
        })?;
        let challenge = last.arms[arm].as_ref();
        let count = last.images.len();
        let numbers = match challenge {
            None => vec![0.0; 3 * count],
            Some(LastChallenge { selection, .. }) => {
                let none = || Tensor::zeros([count], &self.device().clone());
                let drop = selection.drop.clone().unwrap_or_else(none);
                let all = vec![
                    drop,
                    selection.selected.clone(),
                    selection.degenerate.clone(),
                ];
                read(Tensor::cat(all, 0)).await?
            }
        };
        let (drops, rest) = numbers.split_at(count);
        let (selected, degenerate) = rest.split_at(count);
        let measured = challenge.is_some_and(|it| it.selection.drop.is_some());
        let minimum = challenge.and_then(|it| it.config.minimum_drop);
        let b = challenge.map_or(0.0, |it| it.b);
        let threshold = match minimum {
            _ if !measured => None,
            None => quantile::interpolated(drops, 1.0 - b),
            Some(_) => drops
                .iter()
                .zip(selected)
                .filter(|&(_, &selected)| selected > 0.5)
                .map(|(&drop, _)| drop)
                .reduce(f32::min),
        };
        let references = self.training_references();
        let samples = last.images.iter().enumerate().map(|(i, &index)| {
            let image = references[index];
            let item = self.item(image)?;
            Ok(BatchSample {
                image,
                name: item.name.clone(),
                label: item.label,
                buffer: i,
                drop: measured.then(|| drops[i]),
                challenged: selected[i] > 0.5,
                degenerate: degenerate[i] > 0.5,
            })
        });
        Ok(LastBatch {
            b,
            threshold,
            samples: samples.collect::<Result<_>>()?,
        })
    }

    /// A reference to each image of [`crate::data::Dataset::training`].
    fn training_references(&self) -> Vec<ImageRef> {
        let domains = self.dataset().domains.iter().enumerate();
        domains
            .flat_map(|(domain, it)| {
                (0..it.train.len()).map(move |index| ImageRef {
                    domain,
                    split: Split::Train,
                    index,
                })
            })
            .collect()
    }
}
