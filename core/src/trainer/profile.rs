//! Where the time of one training step goes. Each part is followed by a read, so that a device that
//! works ahead is waited for; a whole step without these waits is faster than the sum.

use burn::{
    module::Module,
    optim::GradientsParams,
    tensor::{Device, Tensor},
};
use web_time::Instant;

use super::{Batch, Optimizer, cross_entropy, run::Run};
use crate::{
    challenge::challenge,
    config::Strategy,
    data::Item,
    error::Result,
    model::{Mode, Network},
    protocol::StepSplit,
    read::read,
};

impl Run {
    /// Measures steps of the first challenged arm (or of the first arm) on networks of their own:
    /// nothing of the run changes. Each part is the median over `repeats` steps after one to warm
    /// up.
    ///
    /// # Errors
    /// [`crate::Error::Device`] if the device fails.
    pub async fn profile(&self, repeats: usize) -> Result<StepSplit> {
        let tracking: Device = self.device().clone().autodiff();
        let config = self.config();
        let dataset = self.dataset();
        let classes = dataset.classes.len();
        let seed = config.training.seed;
        let mut network = Network::init(&config.network, dataset.size, classes, seed, &tracking);
        let mut updates = Optimizer::new(&config.training.optimizer);
        let mut challenges = config.arms.iter().map(|arm| &arm.challenge);
        let challenged = challenges.find(|it| it.strategy != Strategy::Off);
        let items: Vec<&Item> = dataset
            .training()
            .into_iter()
            .take(config.training.batch_size)
            .collect();

        let mut rows = Vec::with_capacity(repeats);
        for _ in 0..=repeats.max(1) {
            let mut clock = Clock::new();
            let batch = Batch::new(&items, dataset.size, classes, self.device());
            clock.part(batch.images.clone().sum()).await?;

            let images = batch.images.clone().autodiff();
            let features = network.body(images, Mode::Train);
            clock
                .part(features.clone().without_autodiff().sum())
                .await?;

            let mask = challenged.map(|challenge_config| {
                let z = features.clone().without_autodiff();
                let plan = self.plan(challenge_config, z.dims(), None);
                let frozen = network.clone().no_grad();
                let outcome = challenge(&z, &batch.one_hot, &frozen, &plan);
                (outcome.mask, plan.along)
            });
            let decided = match &mask {
                Some((mask, _)) => mask.clone().sum(),
                None => Tensor::zeros([1], self.device()),
            };
            clock.part(decided).await?;

            let logits = match mask {
                Some((mask, along)) => network.masked_head(features, mask, along, Mode::Train),
                None => network.head(features, Mode::Train),
            };
            let one_hot = batch.one_hot.clone().autodiff();
            let loss = cross_entropy(logits, one_hot, config.training.label_smoothing);
            clock.part(loss.clone().without_autodiff()).await?;

            let gradients = GradientsParams::from_grads(loss.backward(), &network);
            // A read waits for all that was asked of the device before it, whatever it reads.
            clock.part(loss.without_autodiff()).await?;

            network = updates.step(config.training.learning_rate, network, gradients);
            let z = network.frozen().head(
                Tensor::zeros(self.feature_dims(), self.device()),
                Mode::Evaluate,
            );
            clock.part(z.sum()).await?;
            rows.push(clock.parts);
        }
        rows.remove(0);
        let median = |part: usize| {
            let mut column: Vec<f64> = rows.iter().map(|row| row[part]).collect();
            column.sort_by(f64::total_cmp);
            column[column.len() / 2]
        };
        Ok(StepSplit {
            batch_ms: median(0),
            body_ms: median(1),
            challenge_ms: median(2),
            head_ms: median(3),
            backward_ms: median(4),
            update_ms: median(5),
        })
    }

    /// Features of one sample, `[1, C, H, W]`.
    fn feature_dims(&self) -> [usize; 4] {
        let [channels, height, width] = self.info().features;
        [1, channels, height, width]
    }
}

/// Times one part after another.
struct Clock {
    since: Instant,
    parts: Vec<f64>,
}

impl Clock {
    fn new() -> Self {
        Self {
            since: Instant::now(),
            parts: Vec::new(),
        }
    }

    /// Waits for a result, and ends a part with it.
    async fn part(&mut self, result: Tensor<1>) -> Result<()> {
        read(result).await?;
        self.parts.push(self.since.elapsed().as_secs_f64() * 1e3);
        self.since = Instant::now();
        Ok(())
    }
}
