//! A run: one or more arms with the same seed, initial weights and batch order, step by step.

use std::{cell::OnceCell, sync::Arc};

use burn::{
    module::Module,
    tensor::{Device, Tensor, TensorData},
};
use rand::Rng;

use super::{
    Batch, Chosen, METRICS, Optimizer, Purpose, Stepped, augment::augmented, batch_order, stream,
    train_step,
};
use crate::{
    challenge::{Along, Challenge, Ranking},
    config::{Axis, ChallengeConfig, RunConfig, Strategy},
    data::{Dataset, Item},
    error::{ConfigError, Error, Result},
    model::{Network, to_safetensors},
    protocol::{DomainInfo, ImageInspection, ImageRef, RunInfo, StepMetrics, StepRecord, Tuning},
    read::read,
};

/// One model in a run.
pub struct Arm {
    /// Its name.
    pub name: String,
    /// Its challenge, as it is now.
    pub challenge: ChallengeConfig,
    /// Its weights, on a device with autodiff.
    pub network: Network,
    /// Its index among the arms of the settings.
    place: usize,
    optimizer: Optimizer,
}

impl Arm {
    /// Its index among the arms of the settings.
    pub fn place(&self) -> usize {
        self.place
    }

    pub(super) fn optimizer(&self) -> &Optimizer {
        &self.optimizer
    }

    pub(super) fn optimizer_mut(&mut self) -> &mut Optimizer {
        &mut self.optimizer
    }
}

/// Results of [`Run::inspect`].
pub type Inspected = Vec<ImageInspection>;

/// The batch of the last step, and what each arm's challenge decided about it.
#[derive(Debug, Clone)]
pub(super) struct Trained {
    /// Indices into [`Dataset::training`].
    pub(super) images: Vec<usize>,
    /// Fraction of the batch to challenge, and the decision; `None` for a plain arm.
    pub(super) arms: Vec<Option<(ChallengeConfig, f64, Chosen)>>,
}

/// A step whose metrics are still on the device.
struct Pending {
    step: u64,
    epoch: u32,
    axes: Vec<Option<Axis>>,
    metrics: Vec<Tensor<1>>,
}

/// A run in progress.
pub struct Run {
    config: RunConfig,
    dataset: Arc<Dataset>,
    device: Device,
    arms: Vec<Arm>,
    features: [usize; 3],
    batch_size: usize,
    training_images: usize,
    order: Vec<usize>,
    step: u64,
    pending: Vec<Pending>,
    /// Read together with a step that was not finite, and before it.
    good: Vec<StepRecord>,
    trained: Option<Trained>,
    fingerprint: OnceCell<u64>,
}

impl Run {
    /// Prepares a run: fresh weights, the same in each arm.
    ///
    /// # Errors
    /// [`Error::Config`] for a setting out of range, [`Error::Data`] for data that cannot be
    /// trained on.
    pub fn new(config: RunConfig, dataset: Arc<Dataset>, device: &Device) -> Result<Self> {
        let all: Vec<usize> = (0..config.arms.len()).collect();
        Self::with_arms(config, &all, dataset, device)
    }

    /// As [`Self::new`], with some of the arms only (in ascending order): they become what they
    /// become beside the others. Arms go on being named by their index in the settings; metrics
    /// and checkpoints have these alone.
    ///
    /// # Errors
    /// As [`Self::new`], and for arms that the settings do not have.
    pub fn with_arms(
        config: RunConfig,
        places: &[usize],
        dataset: Arc<Dataset>,
        device: &Device,
    ) -> Result<Self> {
        config.validate()?;
        let ascending = places.windows(2).all(|two| two[0] < two[1]);
        let last = places.last().copied();
        if !ascending || last.is_none_or(|last| last >= config.arms.len()) {
            return Err(ConfigError::new(
                "arms",
                format!("{places:?}"),
                format!("some of 0 to {}, in ascending order", config.arms.len() - 1),
            )
            .into());
        }
        let training_images = dataset.training().len();
        if training_images < 2 {
            return Err(Error::Data(format!(
                "{training_images} training images are too few: at least 2 are needed"
            )));
        }
        if dataset.size != config.data.image_size {
            return Err(Error::Data(format!(
                "the images are {} px and the network wants {} px",
                dataset.size, config.data.image_size
            )));
        }
        let device = device.clone().without_autodiff();
        let tracking = device.clone().autodiff();
        // Each arm's network is made anew: clones would share their running statistics.
        let network = || {
            Network::init(
                &config.network,
                dataset.size,
                dataset.classes.len(),
                config.training.seed,
                &tracking,
            )
        };
        let features = network().frozen().feature_shape(dataset.size, &device);
        let arms = places
            .iter()
            .map(|&place| Arm {
                name: config.arms[place].name.clone(),
                challenge: config.arms[place].challenge.clone(),
                network: network(),
                place,
                optimizer: Optimizer::new(&config.training.optimizer),
            })
            .collect();
        let batch_size = config.training.batch_size.min(training_images);
        Ok(Self {
            config,
            dataset,
            device,
            arms,
            features,
            batch_size,
            training_images,
            order: Vec::new(),
            step: 0,
            pending: Vec::new(),
            good: Vec::new(),
            trained: None,
            fingerprint: OnceCell::new(),
        })
    }

    /// What the run turned out to be.
    pub fn info(&self) -> RunInfo {
        RunInfo {
            classes: self.dataset.classes.clone(),
            domains: self
                .dataset
                .domains
                .iter()
                .map(|domain| DomainInfo {
                    name: domain.name.clone(),
                    held_out: domain.held_out,
                    train: domain.train.len(),
                    test: domain.test.len(),
                })
                .collect(),
            arms: self
                .config
                .arms
                .iter()
                .map(|arm| arm.name.clone())
                .collect(),
            image_size: self.dataset.size,
            features: self.features,
            parameters: self.arms.first().map_or(0, |arm| arm.network.num_params()),
            steps_per_epoch: self.steps_per_epoch(),
            total_steps: self.total_steps(),
        }
    }

    /// Full batches in an epoch; the images left over are other ones in each epoch.
    pub fn steps_per_epoch(&self) -> u64 {
        (self.training_images / self.batch_size) as u64
    }

    /// Steps in the whole run.
    pub fn total_steps(&self) -> u64 {
        self.steps_per_epoch() * u64::from(self.config.training.epochs)
    }

    /// Steps made.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// Epoch of the last step made, counted from 0.
    pub fn epoch(&self) -> u32 {
        (self.step.saturating_sub(1) / self.steps_per_epoch()) as u32
    }

    /// Whether the last step made ended an epoch.
    pub fn at_epoch_end(&self) -> bool {
        self.step > 0 && self.step.is_multiple_of(self.steps_per_epoch())
    }

    /// Whether all steps are made.
    pub fn is_done(&self) -> bool {
        self.step >= self.total_steps()
    }

    /// The arms that are trained here: all of the settings', unless some were chosen.
    pub fn arms(&self) -> &[Arm] {
        &self.arms
    }

    /// Where the arm with this index in the settings stands among [`Self::arms`].
    ///
    /// # Errors
    /// [`Error::Data`] if it is not trained here.
    pub(super) fn position(&self, place: usize) -> Result<usize> {
        self.arms
            .iter()
            .position(|arm| arm.place == place)
            .ok_or_else(|| Error::Data(format!("there is no arm {place} in this run")))
    }

    pub(super) fn arms_mut(&mut self) -> &mut [Arm] {
        &mut self.arms
    }

    /// Counts `step` steps as made: for a run that is taken up again.
    pub(super) fn go_to(&mut self, step: u64) {
        self.step = step;
    }

    /// The settings, as they are now.
    pub fn config(&self) -> &RunConfig {
        &self.config
    }

    /// The data.
    pub fn dataset(&self) -> &Dataset {
        &self.dataset
    }

    /// What tells the data from others, counted when it is first asked for.
    pub(super) fn fingerprint(&self) -> u64 {
        *self.fingerprint.get_or_init(|| self.dataset.fingerprint())
    }

    /// The device, without autodiff.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// An image of the data.
    ///
    /// # Errors
    /// [`Error::Data`] if there is none.
    pub fn item(&self, image: ImageRef) -> Result<&Item> {
        self.dataset
            .item(image)
            .ok_or_else(|| Error::Data(format!("there is no image {image:?} in this run")))
    }

    /// Changes settings from the next step on.
    ///
    /// # Errors
    /// [`Error::Config`] for a value out of range or a wrong number of arms; nothing changes then.
    pub fn tune(&mut self, tuning: &Tuning) -> Result<()> {
        if tuning.challenges.len() != self.config.arms.len() {
            return Err(ConfigError::new(
                "challenges.length",
                tuning.challenges.len(),
                format!("{}, one for each arm", self.config.arms.len()),
            )
            .into());
        }
        let mut changed = self.config.clone();
        changed.training.learning_rate = tuning.learning_rate;
        for (arm, challenge) in changed.arms.iter_mut().zip(&tuning.challenges) {
            arm.challenge = challenge.clone();
        }
        changed.validate()?;
        self.config = changed;
        for arm in &mut self.arms {
            arm.challenge = tuning.challenges[arm.place].clone();
        }
        Ok(())
    }

    /// Makes all choices of a challenge for features of a `shape`; a mixed axis becomes `mixed`, or the
    /// coin of this step.
    pub(super) fn plan(
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

    /// Makes one step in every arm, on the same batch. Reads nothing back.
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
        let varied = augmented(augmentation, &items, dataset.size, || {
            stream(self.config.training.seed, Purpose::Augment, self.step)
        });
        let items = match &varied {
            Some(varied) => varied.iter().collect(),
            None => items,
        };
        let batch = Batch::new(&items, dataset.size, dataset.classes.len(), &self.device);
        let [channels, height, width] = self.features;
        let shape = [self.batch_size, channels, height, width];

        let mut axes = Vec::with_capacity(self.arms.len());
        let mut metrics = Vec::with_capacity(self.arms.len());
        let mut decided = Vec::with_capacity(self.arms.len());
        for i in 0..self.arms.len() {
            let plan = (self.arms[i].challenge.strategy != Strategy::Off)
                .then(|| self.plan(&self.arms[i].challenge, shape, None));
            let arm = &mut self.arms[i];
            let Stepped {
                network,
                metrics: numbers,
                chosen,
            } = train_step(
                arm.network.clone(),
                &mut arm.optimizer,
                self.config.training.learning_rate,
                &batch,
                plan.as_ref(),
                self.config.training.label_smoothing,
            );
            arm.network = network;
            let challenge = arm.challenge.clone();
            let b = challenge.batch_fraction(epoch);
            decided.push(chosen.map(|chosen| (challenge, b, chosen)));
            axes.push(plan.map(|plan| plan.along.axis()));
            metrics.push(numbers);
        }
        self.trained = Some(Trained {
            images: self.order[from..from + self.batch_size].to_vec(),
            arms: decided,
        });
        self.step += 1;
        self.pending.push(Pending {
            step: self.step,
            epoch,
            axes,
            metrics,
        });
    }

    /// The batch of the last step.
    pub(super) fn trained(&self) -> Option<&Trained> {
        self.trained.as_ref()
    }

    /// Steps made and not yet read.
    pub fn unread(&self) -> usize {
        self.pending.len()
    }

    /// Reads the metrics of all steps made since the last call, in one go and without blocking.
    ///
    /// # Errors
    /// [`Error::Device`] if the device fails; [`Error::NotFinite`] if a loss is not a number
    /// ([`Self::take_good_steps`] has the steps before it).
    pub async fn read_steps(&mut self) -> Result<Vec<StepRecord>> {
        let pending = std::mem::take(&mut self.pending);
        if pending.is_empty() {
            return Ok(Vec::new());
        }
        let all: Vec<Tensor<1>> = pending
            .iter()
            .flat_map(|step| step.metrics.iter().cloned())
            .collect();
        let numbers = read(Tensor::cat(all, 0)).await?;
        let mut rows = numbers.chunks_exact(METRICS);
        let mut records = Vec::with_capacity(pending.len());
        for step in pending {
            let mut arms = Vec::with_capacity(step.axes.len());
            for (axis, row) in step.axes.into_iter().zip(rows.by_ref()) {
                arms.push(StepMetrics {
                    loss: row[0],
                    accuracy: row[1],
                    muted_fraction: row[2],
                    degenerate: row[3].round() as u32,
                    challenged: row[4].round() as u32,
                    challenge_gap: row[5],
                    axis,
                });
            }
            // The gap is made of two losses.
            let finite = |arm: &StepMetrics| arm.loss.is_finite() && arm.challenge_gap.is_finite();
            if let Some(at) = arms.iter().position(|arm| !finite(arm)) {
                self.good = records;
                return Err(Error::NotFinite {
                    arm: self.arms[at].name.clone(),
                    step: step.step,
                });
            }
            records.push(StepRecord {
                step: step.step,
                epoch: step.epoch,
                arms,
            });
        }
        Ok(records)
    }

    /// The steps that were read together with one that was not finite, and come before it.
    pub fn take_good_steps(&mut self) -> Vec<StepRecord> {
        std::mem::take(&mut self.good)
    }

    /// An arm's weights as a safetensors file.
    ///
    /// # Errors
    /// [`Error::Data`] if there is no such arm, [`Error::Device`] if the device fails.
    pub async fn export(&self, arm: usize) -> Result<Vec<u8>> {
        let arm = &self.arms[self.position(arm)?];
        to_safetensors(&arm.network.frozen()).await
    }
}
