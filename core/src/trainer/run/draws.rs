//! What is drawn at random for a step, beside the challenge.

use burn::tensor::{Tensor, TensorData};
use rand::seq::SliceRandom;
use rand_distr::{Beta, Distribution};

use super::Run;
use crate::{
    config::{Objective, Regularizer},
    methods::{MixupDraw, drop_block, dropout, erasing, spatial_dropout},
    trainer::{
        draws::Draws,
        random::{Purpose, stream},
    },
};

impl Run {
    /// The draws of the next step for an objective and a regulariser; they depend on the seed and the step
    /// only, so that arms with the same settings get the same. `features` is `[B, C, H, W]`.
    pub(super) fn draws(
        &self,
        objective: Objective,
        regularizer: Regularizer,
        features: [usize; 4],
    ) -> Draws {
        let mut draws = Draws::default();
        if let Objective::Mixup { alpha } = objective {
            draws.mixup = Some(self.mixup_draw(alpha));
        }
        let rng = &mut stream(self.config.training.seed, Purpose::Drop, self.step);
        let [batch, channels, ..] = features;
        let on_device = |values: Vec<f32>, shape: [usize; 4]| {
            Some(Tensor::from_data(
                TensorData::new(values, shape),
                &self.device,
            ))
        };
        match regularizer {
            Regularizer::None => {}
            Regularizer::Dropout { rate } => {
                let count = features.iter().product();
                draws.drop = on_device(dropout(count, rate, rng), features);
            }
            Regularizer::SpatialDropout { rate } => {
                let factors = spatial_dropout(batch, channels, rate, rng);
                draws.drop = on_device(factors, [batch, channels, 1, 1]);
            }
            Regularizer::DropBlock { rate, block } => {
                draws.drop = on_device(drop_block(features, rate, block, rng), features);
            }
            Regularizer::RandomErasing { probability } => {
                let size = self.dataset.size;
                let factors = erasing(batch, size, probability, rng);
                draws.erasing = on_device(factors, [batch, 1, size, size]);
            }
        }
        draws
    }

    /// The order of the domains, and a share for each pair from Beta(α, α).
    fn mixup_draw(&self, alpha: f64) -> MixupDraw {
        let rng = &mut stream(self.config.training.seed, Purpose::Mixup, self.step);
        let mut order: Vec<usize> = (0..self.batch_domains).collect();
        order.shuffle(rng);
        // Out of range only for settings that are refused.
        let shares = Beta::new(alpha, alpha);
        let mut draw = || shares.as_ref().map_or(1.0, |it| it.sample(rng));
        MixupDraw {
            shares: order.iter().map(|_| draw()).collect(),
            order,
        }
    }
}
