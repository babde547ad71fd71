//! One step of all arms on the same batch.

use std::sync::Arc;

use burn::tensor::{Tensor, TensorData};
use rand::Rng;

use super::{LastChallenge, LastStep, Run, UnreadStep};
use crate::{
    challenge::{Along, Challenge, Ranking},
    config::{Axis, ChallengeConfig, Strategy},
    data::Item,
    trainer::{
        augment::augmented,
        batch::batch_order,
        random::{Purpose, stream},
        step::{StepOutput, train_step},
    },
};

impl Run {
    /// Makes all choices of a challenge for features of a `shape`; [`Axis::Mixed`] becomes `mixed` or,
    /// if that is `None`, is decided by this step's coin.
    pub(in crate::trainer) fn plan(
        &self,
        config: &ChallengeConfig,
        shape: [usize; 4],
        mixed: Option<Along>,
    ) -> Challenge {
        let seed = self.config.training.seed;
        let along = match config.axis {
            Axis::Spatial => Along::Spatial,
            Axis::Channel => Along::Channel,
            Axis::Mixed => mixed.unwrap_or_else(|| {
                if stream(seed, Purpose::Coin, self.step).random::<bool>() {
                    Along::Channel
                } else {
                    Along::Spatial
                }
            }),
        };
        let ranking = match config.strategy {
            Strategy::TopActivation => Ranking::Activation,
            Strategy::Random => {
                let batch = shape[0];
                let n = along.count(shape);
                let mut rng = stream(seed, Purpose::Mask, self.step);
                let draws = (0..config.rounds)
                    .map(|_| {
                        let values: Vec<f32> = (0..batch * n).map(|_| rng.random()).collect();
                        Tensor::from_data(TensorData::new(values, [batch, n]), &self.device)
                    })
                    .collect();
                Ranking::Random(draws)
            }
            Strategy::Off | Strategy::TopGradient => {
                Ranking::Gradient(config.signal, config.importance)
            }
        };
        Challenge {
            ranking,
            along,
            p: config.p,
            selection: config.selection,
            b: config.batch_fraction(self.next_epoch()),
            minimum_drop: config.minimum_drop,
            rounds: config.rounds,
        }
    }

    fn next_epoch(&self) -> u32 {
        (self.step / self.steps_per_epoch()) as u32
    }

    /// Makes one step in every arm, on the same batch; reads nothing back.
    pub fn advance(&mut self) {
        let per_epoch = self.steps_per_epoch();
        let within = (self.step % per_epoch) as usize;
        let epoch = self.next_epoch();
        if within == 0 || self.order.len() != self.training_images {
            self.order = batch_order(self.config.training.seed, epoch, self.training_images);
        }
        let dataset = Arc::clone(&self.dataset);
        let training = dataset.training();
        let from = within * self.batch_size;
        let items: Vec<&Item> = self.order[from..from + self.batch_size]
            .iter()
            .map(|&i| training[i])
            .collect();
        let augmentation = &self.config.training.augmentation;
        let variants = augmented(augmentation, &items, dataset.size, || {
            stream(self.config.training.seed, Purpose::Augment, self.step)
        });
        let items = match &variants {
            Some(variants) => variants.iter().collect(),
            None => items,
        };
        let batch = self.batch(&items);
        let [channels, height, width] = self.features;
        let shape = [self.batch_size, channels, height, width];

        let mut axes = Vec::with_capacity(self.arms.len());
        let mut metrics = Vec::with_capacity(self.arms.len());
        let mut challenges = Vec::with_capacity(self.arms.len());
        for i in 0..self.arms.len() {
            let plan = (self.arms[i].challenge.strategy != Strategy::Off)
                .then(|| self.plan(&self.arms[i].challenge, shape, None));
            let arm = &mut self.arms[i];
            let StepOutput {
                network,
                metrics: unread,
                selection,
            } = train_step(
                arm.network.clone(),
                &mut arm.optimizer,
                self.config.training.learning_rate,
                &batch,
                plan.as_ref(),
                self.config.training.label_smoothing,
            );
            arm.network = network;
            let config = arm.challenge.clone();
            let b = config.batch_fraction(epoch);
            challenges.push(selection.map(|selection| LastChallenge {
                config,
                b,
                selection,
            }));
            axes.push(plan.map(|plan| plan.along.axis()));
            metrics.push(unread);
        }
        self.last_step = Some(LastStep {
            images: self.order[from..from + self.batch_size].to_vec(),
            arms: challenges,
        });
        self.step += 1;
        self.unread.push(UnreadStep {
            step: self.step,
            epoch,
            axes,
            metrics,
        });
    }
}
