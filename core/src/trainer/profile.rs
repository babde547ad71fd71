//! Where the time of one training step goes. Each part ends with a read, which waits for an
//! asynchronous device; a whole step without these waits is faster than the sum.

use burn::{
    module::Module,
    optim::GradientsParams,
    tensor::{Device, Tensor},
};
use web_time::Instant;

use super::{loss::cross_entropy, optimizer::Optimizer, run::Run};
use crate::{
    challenge::challenge, config::Strategy, data::Item, error::Result, model::Mode,
    protocol::StepSplit, read::read,
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
        let mut network = self.fresh_network(&tracking)?;
        let mut optimizer = Optimizer::new(&config.training.optimizer);
        let mut challenges = config.arms.iter().map(|arm| &arm.challenge);
        let challenged = challenges.find(|it| it.strategy != Strategy::Off);
        let items: Vec<&Item> = dataset
            .training()
            .into_iter()
            .take(config.training.batch_size)
            .collect();

        let mut rows = Vec::with_capacity(repeats);
        for _ in 0..=repeats.max(1) {
            let mut stopwatch = Stopwatch::new();
            let batch = self.batch(&items);
            stopwatch.lap(batch.images.clone().sum()).await?;

            let images = batch.images.clone().autodiff();
            let features = network.body(images, Mode::Train);
            stopwatch
                .lap(features.clone().without_autodiff().sum())
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
            stopwatch.lap(decided).await?;

            let logits = match mask {
                Some((mask, along)) => network.masked_head(features, mask, along, Mode::Train),
                None => network.head(features, Mode::Train),
            };
            let one_hot = batch.one_hot.clone().autodiff();
            let loss = cross_entropy(logits, one_hot, config.training.label_smoothing);
            stopwatch.lap(loss.clone().without_autodiff()).await?;

            let gradients = GradientsParams::from_grads(loss.backward(), &network);
            // A read waits for everything queued before it, whatever it reads.
            stopwatch.lap(loss.without_autodiff()).await?;

            network = optimizer.step(config.training.learning_rate, network, gradients);
            let z = network.frozen().head(
                Tensor::zeros(self.feature_dims(), self.device()),
                Mode::Evaluate,
            );
            stopwatch.lap(z.sum()).await?;
            rows.push(stopwatch.parts);
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
struct Stopwatch {
    since: Instant,
    parts: Vec<f64>,
}

impl Stopwatch {
    fn new() -> Self {
        Self {
            since: Instant::now(),
            parts: Vec::new(),
        }
    }

    /// Waits for a result, and ends a part with it.
    async fn lap(&mut self, result: Tensor<1>) -> Result<()> {
        read(result).await?;
        self.parts.push(self.since.elapsed().as_secs_f64() * 1e3);
        self.since = Instant::now();
        Ok(())
    }
}
