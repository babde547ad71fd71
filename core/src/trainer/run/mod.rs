//! A run: one or more arms with the same seed, initial weights and batch order, step by step.

mod advance;
mod domains;
mod draws;
mod prepare;
mod read_steps;

use std::{cell::OnceCell, sync::Arc};

use burn::{
    module::Module,
    tensor::{Device, Tensor},
};

use self::domains::batch_domains;
use super::{
    arm::Arm,
    at_once::{EVALUATED, at_once},
    features::Pretrained,
    objective::ObjectiveState,
    optimizer::Optimizer,
    step::{Learner, SampleSelection},
};
use crate::{
    config::{Axis, ChallengeConfig, RunConfig},
    data::{Dataset, Item},
    error::{ConfigError, Error, Result},
    gpu::largest_tensor,
    model::{Network, to_safetensors, whole_network},
    protocol::{DomainInfo, ImageRef, RunInfo, StepRecord, Tuning},
};

/// The batch of the last step, and each arm's challenge of it.
#[derive(Debug, Clone)]
pub(in crate::trainer) struct LastStep {
    /// Indices into [`Dataset::training`].
    pub(in crate::trainer) images: Vec<usize>,
    /// The challenge of each arm; `None` for a plain arm.
    pub(in crate::trainer) arms: Vec<Option<LastChallenge>>,
}

/// An arm's challenge of the last batch.
#[derive(Debug, Clone)]
pub(in crate::trainer) struct LastChallenge {
    pub(in crate::trainer) config: ChallengeConfig,
    /// Fraction of the batch to challenge.
    pub(in crate::trainer) b: f64,
    pub(in crate::trainer) selection: SampleSelection,
}

/// A step whose metrics are still on the device.
struct UnreadStep {
    step: u64,
    epoch: u32,
    axes: Vec<Option<Axis>>,
    metrics: Vec<Tensor<1>>,
}

/// An image whose features a run will need.
#[derive(Debug, Clone, Copy)]
struct Unprepared {
    image: ImageRef,
    mirrored: bool,
}

/// A run in progress.
pub struct Run {
    config: RunConfig,
    dataset: Arc<Dataset>,
    device: Device,
    arms: Vec<Arm>,
    pretrained: Option<Pretrained>,
    /// What [`Self::prepare`] has still to do, the first last.
    unprepared: Vec<Unprepared>,
    /// How much that was at first.
    to_prepare: usize,
    features: [usize; 3],
    /// Images in a batch.
    batch_size: usize,
    /// The domains that a batch has as many images of each of; 1 where they are mixed.
    batch_domains: usize,
    training_images: usize,
    /// Images in an evaluation batch.
    evaluation_batch: usize,
    /// The batches of an epoch, one after the other, and which epoch that is.
    order: Vec<usize>,
    order_of: Option<u32>,
    step: u64,
    unread: Vec<UnreadStep>,
    /// Records read together with a step that was not finite, and before it.
    finite_records: Vec<StepRecord>,
    last_step: Option<LastStep>,
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

    /// As [`Self::new`], with some of the arms only (indices in ascending order). They train exactly as
    /// beside the others, and are still identified by their index in the settings; metrics and
    /// checkpoints have these arms only.
    ///
    /// # Errors
    /// As [`Self::new`], and for arms that the settings do not have.
    pub fn with_arms(
        config: RunConfig,
        indices: &[usize],
        dataset: Arc<Dataset>,
        device: &Device,
    ) -> Result<Self> {
        Self::with_pretrained(config, indices, dataset, None, device)
    }

    /// As [`Self::with_arms`], with the weights of a pretrained network where the settings have one.
    ///
    /// # Errors
    /// As [`Self::with_arms`], and where these weights are missing or do not fit the settings.
    pub fn with_pretrained(
        config: RunConfig,
        indices: &[usize],
        dataset: Arc<Dataset>,
        pretrained: Option<&Pretrained>,
        device: &Device,
    ) -> Result<Self> {
        config.validate()?;
        Pretrained::check(pretrained, &config.network, dataset.size)?;
        let ascending = indices.windows(2).all(|two| two[0] < two[1]);
        let last = indices.last().copied();
        if !ascending || last.is_none_or(|last| last >= config.arms.len()) {
            return Err(ConfigError::new(
                "arms",
                format!("{indices:?}"),
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
        if let Some(limit) = largest_tensor(&device) {
            config.fits_buffers(training_images, limit)?;
        }
        let map = config.network.largest_map(dataset.size, false);
        let evaluation_batch = at_once(&device, map, EVALUATED);
        let features = config.network.feature_shape(dataset.size);
        let batch_domains = batch_domains(&config, &dataset)?;
        let most = config.training.batch_size.min(training_images);
        let batch_size = most / batch_domains * batch_domains;
        let mut run = Self {
            config,
            dataset,
            device,
            arms: Vec::new(),
            pretrained: pretrained.cloned(),
            unprepared: Vec::new(),
            to_prepare: 0,
            features,
            batch_size,
            batch_domains,
            training_images,
            evaluation_batch,
            order: Vec::new(),
            order_of: None,
            step: 0,
            unread: Vec::new(),
            finite_records: Vec::new(),
            last_step: None,
            fingerprint: OnceCell::new(),
        };
        for &index in indices {
            let arm = &run.config.arms[index];
            run.arms.push(Arm {
                name: arm.name.clone(),
                challenge: arm.challenge.clone(),
                network: run.fresh_network(&tracking)?,
                index,
                learner: Learner {
                    optimizer: Optimizer::new(&run.config.training.optimizer),
                    objective: ObjectiveState::new(arm.objective),
                },
            });
        }
        run.unprepared = run.images_to_prepare();
        run.to_prepare = run.unprepared.len();
        if let Some(cache) = run.pretrained.as_ref().and_then(Pretrained::features) {
            cache.forget_others(&run.dataset);
        }
        Ok(run)
    }

    /// A network with the run's initial weights. Each arm gets one of its own: clones would share
    /// their running statistics.
    pub(in crate::trainer) fn fresh_network(&self, device: &Device) -> Result<Network> {
        Network::with_backbone(
            &self.config.network,
            self.dataset.size,
            self.dataset.classes.len(),
            self.config.training.seed,
            self.pretrained.as_ref().map(Pretrained::weights),
            device,
        )
    }

    /// Properties of the run for the page.
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

    /// Full batches in an epoch; the images left over differ from epoch to epoch.
    pub fn steps_per_epoch(&self) -> u64 {
        (self.training_images / self.batch_size) as u64
    }

    /// Images in an evaluation batch: fewer where a feature map of them would exceed the device's tensors.
    pub(in crate::trainer) fn evaluation_batch(&self) -> usize {
        self.evaluation_batch
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

    /// The arms trained here: all of the settings, unless [`Self::with_arms`] chose some.
    pub fn arms(&self) -> &[Arm] {
        &self.arms
    }

    /// The position among [`Self::arms`] of the arm with this index in the settings.
    ///
    /// # Errors
    /// [`Error::Data`] if it is not trained here.
    pub(in crate::trainer) fn position(&self, index: usize) -> Result<usize> {
        self.arms
            .iter()
            .position(|arm| arm.index == index)
            .ok_or_else(|| Error::Data(format!("there is no arm {index} in this run")))
    }

    pub(in crate::trainer) fn arms_mut(&mut self) -> &mut [Arm] {
        &mut self.arms
    }

    /// Sets the number of steps made, for a resumed run.
    pub(in crate::trainer) fn set_step(&mut self, step: u64) {
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

    /// [`Dataset::fingerprint`], computed at the first call.
    pub(in crate::trainer) fn fingerprint(&self) -> u64 {
        *self.fingerprint.get_or_init(|| self.dataset.fingerprint())
    }

    /// What its pretrained network came from, if it has one.
    pub fn pretrained(&self) -> Option<&Pretrained> {
        self.pretrained.as_ref()
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
            arm.challenge = tuning.challenges[arm.index].clone();
        }
        Ok(())
    }

    /// The last step, if one was made.
    pub(in crate::trainer) fn last_step(&self) -> Option<&LastStep> {
        self.last_step.as_ref()
    }

    /// Number of steps made and not yet read.
    pub fn unread(&self) -> usize {
        self.unread.len()
    }

    /// An arm's weights as a safetensors file; of a pretrained network the frozen ones too, under the
    /// names that it is published with (see [`whole_network`]).
    ///
    /// # Errors
    /// [`Error::Data`] if there is no such arm, [`Error::Device`] if the device fails.
    pub async fn export(&self, arm: usize) -> Result<Vec<u8>> {
        let network = self.arms[self.position(arm)?].network.frozen();
        let Some(pretrained) = &self.pretrained else {
            return to_safetensors(&network).await;
        };
        let (size, classes) = (self.dataset.size, &self.dataset.classes);
        let config = &self.config.network;
        whole_network(&network, config, pretrained.weights(), size, classes).await
    }
}
