//! The weights of a pretrained network, as a file holds them.

use std::collections::BTreeMap;

use burn::{
    module::Param,
    nn::Linear,
    tensor::{Device, Tensor, TensorData},
};

use super::{
    backbone_names::{classifier, name_in_file},
    export::unread_weights,
    import::{transpose, with_weights},
    stage::{Stage, StageOptions},
};
use crate::{
    config::{FrozenPart, PretrainedNetwork},
    device,
    error::Result,
    hash::Fnv,
    weights_file::{self, Tensors},
};

/// The weights of a pretrained network's stages, and of its classifier where the file has one.
#[derive(Clone)]
pub struct BackboneWeights {
    network: PretrainedNetwork,
    /// By their path in a list of all stages.
    stages: Tensors,
    classifier: Option<[(Vec<usize>, Vec<f32>); 2]>,
    fingerprint: u64,
}

impl std::fmt::Debug for BackboneWeights {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            network,
            fingerprint,
            ..
        } = self;
        write!(f, "BackboneWeights({}, {fingerprint:016x})", network.name())
    }
}

impl BackboneWeights {
    /// Reads a file: safetensors, or what PyTorch's `torch.save` writes. `name` is for messages.
    ///
    /// # Errors
    /// [`Error::Data`](crate::Error::Data) if it is no such file, or of another network.
    pub fn read(network: PretrainedNetwork, name: &str, file: &[u8]) -> Result<Self> {
        Self::from_tensors(network, name, weights_file::read(name, file)?)
    }

    /// Takes the tensors of a file, under the names of the published ones or of timm.
    ///
    /// # Errors
    /// [`Error::Data`](crate::Error::Data) listing what is missing, too much or of another shape.
    pub fn from_tensors(network: PretrainedNetwork, name: &str, file: Tensors) -> Result<Self> {
        let file = match network {
            PretrainedNetwork::EfficientNetLite0 => weights_file::lite0_from_timm(file),
            PretrainedNetwork::ResNet18 | PretrainedNetwork::ResNet50 => file,
        };
        let own = Self::expected(network)?;
        let in_file = |own: &String| name_in_file(network, own).unwrap_or_else(|| own.clone());
        let expected = own.iter().map(|(own, shape)| (in_file(own), shape.clone()));
        let mut file = weights_file::fit(name, article(network), &expected.collect(), file)?;
        let stages: Tensors = own
            .into_keys()
            .filter_map(|own| Some((file.remove(&in_file(&own))?, own)))
            .map(|(tensor, own)| (own, tensor))
            .collect();
        let [weight, bias] = classifier(network).map(|name| file.remove(name));
        let classifier = weight.zip(bias).map(|(weight, bias)| [weight, bias]);
        let fingerprint = fingerprint(&stages);
        Ok(Self {
            network,
            stages,
            classifier,
            fingerprint,
        })
    }

    /// Weights that keep the size of activations from layer to layer (He et al. 2015), for tests.
    #[cfg(test)]
    pub(crate) fn random(network: PretrainedNetwork, seed: u64) -> Self {
        use rand::{Rng, SeedableRng};
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
        let mut values = |name: &str, shape: &[usize]| -> Vec<f32> {
            let count = shape.iter().product();
            let bound = match shape {
                [_, inputs, height, width] => (6.0 / (inputs * height * width) as f32).sqrt(),
                _ if name.ends_with("norm.weight") || name.ends_with("running_var") => {
                    return vec![1.0; count];
                }
                _ => return vec![0.0; count],
            };
            (0..count)
                .map(|_| rng.random_range(-bound..bound))
                .collect()
        };
        let expected = Self::expected(network).unwrap().into_iter();
        let stages = expected.map(|(name, shape)| {
            let values = values(&name, &shape);
            (name, (shape, values))
        });
        let stages: Tensors = stages.collect();
        Self {
            network,
            fingerprint: fingerprint(&stages),
            stages,
            classifier: None,
        }
    }

    /// Names and shapes of all tensors of all stages.
    ///
    /// # Errors
    /// [`Error::Device`](crate::Error::Device) without any device.
    fn expected(network: PretrainedNetwork) -> Result<BTreeMap<String, Vec<usize>>> {
        let device = &device::any()?;
        let options = StageOptions {
            features: true,
            batch_statistics: false,
        };
        let stages: Vec<Stage> = (0..network.stages())
            .map(|stage| Stage::zeros(network, stage, options, device))
            .collect();
        Ok(unread_weights(&stages).0.into_iter().collect())
    }

    /// Whose weights these are.
    pub fn network(&self) -> PretrainedNetwork {
        self.network
    }

    /// A hash of all values: the same file gives the same number everywhere.
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// Number of values of all stages.
    pub fn len(&self) -> usize {
        self.stages.values().map(|(_, values)| values.len()).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.stages.is_empty()
    }

    /// The stages from `first` to before `end`, for training or evaluation on `device`.
    ///
    /// # Errors
    /// None that [`Self::from_tensors`] did not find.
    pub(super) fn stages(
        &self,
        [first, end]: [usize; 2],
        options: StageOptions,
        device: &Device,
    ) -> Result<Vec<Stage>> {
        let stages: Vec<Stage> = (first..end)
            .map(|stage| Stage::zeros(self.network, stage, options, device))
            .collect();
        let named = self.stages.iter().filter_map(|(name, value)| {
            let (stage, rest) = name.split_once('.')?;
            let stage: usize = stage.parse().ok()?;
            let is_kept = options.features || !is_of_features(rest);
            let taken = (first..end).contains(&stage) && is_kept;
            taken.then(|| (format!("{}.{rest}", stage - first), value.clone()))
        });
        with_weights(stages, named.collect())
    }

    /// The tensors of a frozen part, as a file names them: name, shape, values.
    pub(super) fn published(
        &self,
        part: FrozenPart,
    ) -> impl Iterator<Item = (String, &[usize], &[f32])> {
        self.stages
            .iter()
            .filter_map(move |(name, (shape, values))| {
                let (stage, rest) = name.split_once('.')?;
                let stage: usize = stage.parse().ok()?;
                let is_of_part = stage < part.stages && (part.features || !is_of_features(rest));
                let name = name_in_file(self.network, name).filter(|_| is_of_part)?;
                Some((name, shape.as_slice(), values.as_slice()))
            })
    }

    /// The classifier that the network was trained with, where the file has one.
    pub fn classifier(&self, device: &Device) -> Option<Linear> {
        let [(shape, weight), (_, bias)] = self.classifier.as_ref()?;
        let [classes, features] = shape[..] else {
            return None;
        };
        let weight = TensorData::new(transpose(weight, classes, features), [features, classes]);
        let bias = TensorData::new(bias.clone(), [classes]);
        Some(Linear {
            weight: Param::from_tensor(Tensor::from_data(weight, device)),
            bias: Some(Param::from_tensor(Tensor::from_data(bias, device))),
        })
    }
}

/// Whether the tensor of a stage belongs to the convolution that makes the features.
fn is_of_features(name: &str) -> bool {
    name.starts_with("features.")
}

/// Its name with the article, as messages have it.
fn article(network: PretrainedNetwork) -> &'static str {
    match network {
        PretrainedNetwork::EfficientNetLite0 => "an EfficientNet-Lite0",
        PretrainedNetwork::ResNet18 => "a ResNet-18",
        PretrainedNetwork::ResNet50 => "a ResNet-50",
    }
}

/// A hash of names and values, the same on every platform.
fn fingerprint(tensors: &Tensors) -> u64 {
    let mut hash = Fnv::new();
    for (name, (_, values)) in tensors {
        hash.text(name);
        for value in values {
            hash.bytes(&value.to_le_bytes());
        }
    }
    hash.finish()
}
