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
        batch::{Batch, batch_order, domain_order},
        random::{Purpose, stream},
        step::{StepInput, train_step},
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

    /// Images of the next step, as indices into [`crate::data::Dataset::training`].
    fn next_images(&mut self) -> Vec<usize> {
        let per_epoch = self.steps_per_epoch() as usize;
        let epoch = self.next_epoch();
        if self.order_of != Some(epoch) {
            let seed = self.config.training.seed;
            self.order = if self.batch_domains > 1 {
                let domains = &self.dataset.domains;
                let counts = domains.iter().map(|it| it.train.len());
                let counts: Vec<usize> = counts.filter(|count| *count > 0).collect();
                let each = self.batch_size / self.batch_domains;
                domain_order(seed, epoch, &counts, each, per_epoch)
            } else {
                batch_order(seed, epoch, self.training_images)
            };
            self.order_of = Some(epoch);
        }
        let from = (self.step as usize % per_epoch) * self.batch_size;
        self.order[from..from + self.batch_size].to_vec()
    }

    /// Makes one step in every arm, on the same batch; reads nothing back.
    pub fn advance(&mut self) {
        let epoch = self.next_epoch();
        let images = self.next_images();
        let dataset = Arc::clone(&self.dataset);
        let training = dataset.training();
        let items: Vec<&Item> = images.iter().map(|&i| training[i]).collect();
        let augmentation = &self.config.training.augmentation;
        let variants = augmented(augmentation, &items, dataset.size, || {
            stream(self.config.training.seed, Purpose::Augment, self.step)
        });
        let items = match &variants {
            Some(variants) => variants.iter().collect(),
            None => items,
        };
        let batch = self.batch(&items);

        let mut axes = Vec::with_capacity(self.arms.len());
        let mut metrics = Vec::with_capacity(self.arms.len());
        let mut challenges = Vec::with_capacity(self.arms.len());
        for position in 0..self.arms.len() {
            let (axis, unread, challenge) = self.advance_arm(position, &batch, epoch);
            axes.push(axis);
            metrics.push(unread);
            challenges.push(challenge);
        }
        self.last_step = Some(LastStep {
            images,
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

    /// One arm's step: the axis of its challenge, its metrics, and what its challenge decided.
    fn advance_arm(
        &mut self,
        position: usize,
        batch: &Batch,
        epoch: u32,
    ) -> (Option<Axis>, Tensor<1>, Option<LastChallenge>) {
        let [channels, height, width] = self.features;
        let shape = [self.batch_size, channels, height, width];
        let arm = &self.arms[position];
        let plan = (arm.challenge.strategy != Strategy::Off)
            .then(|| self.plan(&arm.challenge, shape, None));
        let settings = &self.config.arms[arm.index];
        let input = StepInput {
            batch,
            domains: self.batch_domains,
            step: self.step,
            learning_rate: self.config.training.learning_rate,
            smoothing: self.config.training.label_smoothing,
            challenge: plan.as_ref(),
            draws: self.draws(settings.objective, settings.regularizer, shape),
        };
        let arm = &mut self.arms[position];
        let step = train_step(arm.network.clone(), &mut arm.learner, &input);
        arm.network = step.network;
        let config = arm.challenge.clone();
        let b = config.batch_fraction(epoch);
        let challenge = step.selection.map(|selection| LastChallenge {
            config,
            b,
            selection,
        });
        (plan.map(|plan| plan.along.axis()), step.metrics, challenge)
    }
}
