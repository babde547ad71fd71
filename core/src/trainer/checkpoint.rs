//! Saving a run and resuming it: the same losses follow as if it had never stopped.
//!
//! A checkpoint is one safetensors file: every weight and running statistic of every arm, the
//! optimizer's moments, and, as metadata, the settings and the number of steps made. Data, batch order
//! and coins follow from the settings and the step.
//!
//! A run of some arms only writes these, and everything else as a run of all arms would;
//! [`crate::worker_pool`] merges such files.

use std::sync::Arc;

use burn::tensor::Device;
use safetensors::SafeTensors;
use serde::{Deserialize, Serialize};

use super::{arm::Arm, features::Pretrained, optimizer::OptimizerState, run::Run};
use crate::{
    config::RunConfig,
    data::Dataset,
    error::{Error, Result},
    model::{
        NamedTensor, Tensors, from_safetensors, safetensors_file, unread_weights, with_weights,
    },
    read::read_all,
    worker_pool::CHECKPOINT as KEY,
};

/// Raised when an older engine would misread what this one writes.
const VERSION: u32 = 1;

/// The metadata: everything that is not a tensor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Header {
    version: u32,
    step: u64,
    config: RunConfig,
    classes: Vec<String>,
    training_images: usize,
    /// [`Dataset::fingerprint`] in hexadecimal; older files have none.
    #[serde(default)]
    images: Option<String>,
    /// [`crate::model::BackboneWeights::fingerprint`] in hexadecimal, of a pretrained network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    backbone: Option<String>,
    optimizer_steps: Vec<usize>,
}

/// A checkpoint that was read from a file.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    header: Header,
    arms: Vec<SavedArm>,
}

/// An arm's state.
#[derive(Debug, Clone)]
struct SavedArm {
    network: Tensors,
    optimizer: OptimizerState,
    /// What its objective remembers.
    group_weights: Option<Vec<f32>>,
}

/// The name of GroupDRO's weights of the domains.
const GROUP_WEIGHTS: &str = "group_weights";

/// The prefix of an arm's tensors.
fn prefix(arm: usize, part: &str) -> String {
    format!("arms.{arm}.{part}.")
}

impl Checkpoint {
    /// Reads a checkpoint.
    ///
    /// # Errors
    /// [`Error::Data`] if the file is damaged, no checkpoint, or of another version;
    /// [`Error::Config`] if its settings are out of range.
    pub fn from_bytes(file: &[u8]) -> Result<Self> {
        let refuse = |problem: String| Error::Data(format!("this run cannot go on: {problem}"));
        let (_, metadata) = SafeTensors::read_metadata(file)
            .map_err(|error| refuse(format!("its file is damaged ({error})")))?;
        let text = metadata
            .metadata()
            .as_ref()
            .and_then(|entries| entries.get(KEY))
            .ok_or_else(|| refuse("the file has weights only, and no state of a run".into()))?;
        let version = serde_json::from_str::<serde_json::Value>(text)
            .ok()
            .and_then(|header| header.get("version").and_then(serde_json::Value::as_u64));
        if version != Some(u64::from(VERSION)) {
            return Err(refuse(format!(
                "it was saved in version {} of the format, and version {VERSION} is needed",
                version.map_or("?".into(), |it| it.to_string())
            )));
        }
        let header: Header = serde_json::from_str(text)
            .map_err(|error| refuse(format!("its settings cannot be read ({error})")))?;
        header.config.validate()?;

        let mut tensors = from_safetensors(file)?;
        let mut arms = Vec::with_capacity(header.config.arms.len());
        for arm in 0..header.config.arms.len() {
            let network = take_prefixed(&mut tensors, &prefix(arm, "network"));
            let moments = take_prefixed(&mut tensors, &prefix(arm, "optimizer"));
            let mut objective = take_prefixed(&mut tensors, &prefix(arm, "objective"));
            let optimizer = OptimizerState {
                steps: header.optimizer_steps.get(arm).copied().unwrap_or_default(),
                moments: moments
                    .into_iter()
                    .map(|(name, (_, values))| (name, values))
                    .collect(),
            };
            arms.push(SavedArm {
                network,
                optimizer,
                group_weights: objective.remove(GROUP_WEIGHTS).map(|(_, values)| values),
            });
        }
        Ok(Self { header, arms })
    }

    /// The settings of its run, as they were last.
    pub fn config(&self) -> &RunConfig {
        &self.header.config
    }

    /// Steps made.
    pub fn step(&self) -> u64 {
        self.header.step
    }
}

/// As text, since not every JSON reader keeps 64-bit integers.
fn hexadecimal(number: u64) -> String {
    format!("{number:016x}")
}

fn backbone_fingerprint(pretrained: &Pretrained) -> String {
    hexadecimal(pretrained.weights().fingerprint())
}

/// Removes and returns the tensors whose names begin with `prefix`, which is stripped.
fn take_prefixed(from: &mut Tensors, prefix: &str) -> Tensors {
    let names: Vec<String> = from
        .keys()
        .filter(|it| it.starts_with(prefix))
        .cloned()
        .collect();
    let entries = names.into_iter().filter_map(|name| {
        let value = from.remove(&name)?;
        Some((name[prefix.len()..].to_owned(), value))
    });
    entries.collect()
}

impl Run {
    /// The run as a file for [`Run::resume`]; all tensors are read at once.
    ///
    /// # Errors
    /// [`Error::Device`] if the device fails, [`Error::Data`] if the file cannot be made,
    /// [`Error::WeightsNotFinite`] if a weight or moment is not finite: a loss shows that only a step
    /// later, and the file would replace the last usable one.
    pub async fn checkpoint(&self) -> Result<Vec<u8>> {
        let mut named = Vec::new();
        let mut tensors = Vec::new();
        // Those of arms trained elsewhere too.
        let arms = self.config().arms.iter();
        let steps = arms.map(|arm| arm.objective.optimizer_steps(self.step()) as usize);
        let mut optimizer_steps: Vec<usize> = steps.collect();
        let mut ends = Vec::new();
        for arm in self.arms() {
            let index = arm.index();
            let at = prefix(index, "network");
            let (weights, values) = unread_weights(&arm.network.frozen());
            named.extend(
                weights
                    .into_iter()
                    .map(|(name, shape)| (format!("{at}{name}"), shape)),
            );
            tensors.extend(values);
            let at = prefix(index, "optimizer");
            let (steps, moments) = arm.learner.optimizer.moments();
            optimizer_steps[index] = steps;
            for (name, values) in moments {
                named.push((format!("{at}{name}"), values.dims().to_vec()));
                tensors.push(values);
            }
            if let Some(weights) = arm.learner.objective.group_weights() {
                let at = prefix(index, "objective");
                named.push((format!("{at}{GROUP_WEIGHTS}"), weights.dims().to_vec()));
                tensors.push(weights);
            }
            ends.push(tensors.len());
        }
        let values = read_all(tensors).await?;
        let finite = |values: &Vec<f32>| values.iter().all(|value| value.is_finite());
        if let Some(at) = values.iter().position(|values| !finite(values)) {
            let arm = ends.iter().position(|end| at < *end).unwrap_or_default();
            return Err(Error::WeightsNotFinite {
                arm: self.arms()[arm].name.clone(),
                step: self.step(),
            });
        }
        let weights: Vec<NamedTensor> = named
            .into_iter()
            .zip(values)
            .map(|((name, shape), values)| (name, shape, values))
            .collect();
        let header = Header {
            version: VERSION,
            step: self.step(),
            config: self.config().clone(),
            classes: self.dataset().classes.clone(),
            training_images: self.dataset().training().len(),
            images: Some(hexadecimal(self.fingerprint())),
            backbone: self.pretrained().map(backbone_fingerprint),
            optimizer_steps,
        };
        let text = serde_json::to_string(&header)
            .map_err(|error| Error::Data(format!("the run cannot be written: {error}")))?;
        safetensors_file(&weights, Some((KEY.into(), text)))
    }

    /// Resumes a run from its checkpoint, on any device.
    ///
    /// # Errors
    /// As [`Run::new`], and [`Error::Data`] if the data or the weights are not those of the
    /// checkpoint.
    pub fn resume(checkpoint: Checkpoint, dataset: Arc<Dataset>, device: &Device) -> Result<Self> {
        let all: Vec<usize> = (0..checkpoint.config().arms.len()).collect();
        Self::resume_arms(checkpoint, &all, dataset, device)
    }

    /// As [`Self::resume`], with some of the arms only: see [`Self::with_arms`].
    ///
    /// # Errors
    /// As [`Self::resume`], and for arms that the checkpoint does not have.
    pub fn resume_arms(
        checkpoint: Checkpoint,
        indices: &[usize],
        dataset: Arc<Dataset>,
        device: &Device,
    ) -> Result<Self> {
        Self::resume_pretrained(checkpoint, indices, dataset, None, device)
    }

    /// As [`Self::resume_arms`], with the weights of the pretrained network that the run started from.
    ///
    /// # Errors
    /// As [`Self::resume_arms`], and for other weights.
    pub fn resume_pretrained(
        checkpoint: Checkpoint,
        indices: &[usize],
        dataset: Arc<Dataset>,
        pretrained: Option<&Pretrained>,
        device: &Device,
    ) -> Result<Self> {
        let Checkpoint { header, arms } = checkpoint;
        if let (Some(before), Some(pretrained)) = (&header.backbone, pretrained)
            && *before != backbone_fingerprint(pretrained)
        {
            return Err(Error::Data(format!(
                "this run cannot go on: it started from other weights of {}; load those, or start a \
                 new run",
                pretrained.weights().network().title()
            )));
        }
        if dataset.classes != header.classes || dataset.training().len() != header.training_images {
            return Err(Error::Data(format!(
                "this run cannot go on: it was trained on {} images of {}, and there are now {} \
                 of {}; bring the images back, or start a new run",
                header.training_images,
                header.classes.join(", "),
                dataset.training().len(),
                dataset.classes.join(", "),
            )));
        }
        let mut run = Self::with_pretrained(header.config, indices, dataset, pretrained, device)?;
        if header
            .images
            .is_some_and(|before| before != hexadecimal(run.fingerprint()))
        {
            return Err(Error::Data(
                "this run cannot go on: its images have changed since (some were replaced, moved, \
                 marked or renamed); bring them back as they were, or start a new run"
                    .into(),
            ));
        }
        if header.step > run.total_steps() {
            return Err(Error::Data(format!(
                "this run cannot go on: it says that it made {} of {} steps",
                header.step,
                run.total_steps()
            )));
        }
        for (arm, saved) in run.config().arms.iter().zip(&arms) {
            let (made, wanted) = (
                saved.optimizer.steps as u64,
                arm.objective.optimizer_steps(header.step),
            );
            if made != wanted {
                return Err(Error::Data(format!(
                    "this run cannot go on: it made {} steps, and an optimizer {made} instead of {wanted}",
                    header.step
                )));
            }
        }
        let mut states: Vec<Option<_>> = arms.into_iter().map(Some).collect();
        for arm in run.arms_mut() {
            if let Some(saved) = states.get_mut(arm.index()).and_then(Option::take) {
                arm.restore(saved, device)?;
            }
        }
        run.set_step(header.step);
        Ok(run)
    }
}

impl Arm {
    fn restore(&mut self, saved: SavedArm, device: &Device) -> Result<()> {
        let network = with_weights(self.network.clone(), saved.network)?;
        let count = network.trained_values();
        let device = device.clone().without_autodiff();
        self.learner
            .optimizer
            .restore(saved.optimizer, count, &device)?;
        self.learner.objective.restore(saved.group_weights, &device);
        self.network = network;
        Ok(())
    }
}
