//! The features of frozen stages, computed once for each image.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use burn::tensor::{Device, Tensor};

use super::{at_once::at_once, batch::images_on};
use crate::{
    config::{FrozenPart, NetworkConfig, PixelScale, PretrainedNetwork},
    data::{Dataset, Item},
    error::{Error, Result},
    hash::Fnv,
    model::{BackboneWeights, Extractor},
};

/// Features by a hash of an image's pixels, computed where they are missing. Equal images share them,
/// in whatever run, split or class they are.
pub struct FeatureCache {
    extractor: Extractor,
    scale: PixelScale,
    size: usize,
    device: Device,
    /// Images whose features are computed in one batch, so that every feature map fits into a tensor of the
    /// device.
    at_once: usize,
    rows: Mutex<HashMap<u64, Tensor<4>>>,
}

impl FeatureCache {
    fn rows(&self) -> MutexGuard<'_, HashMap<u64, Tensor<4>>> {
        // Nothing is left half done in it.
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Number of images whose features are there.
    pub fn len(&self) -> usize {
        self.rows().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Features of images; those that are missing are computed, in one batch.
    ///
    /// # Shapes
    /// - output: `[B, C, H, W]`
    pub(super) fn features(&self, items: &[&Item]) -> Tensor<4> {
        let keys: Vec<u64> = items.iter().map(|item| key(item)).collect();
        self.compute(&keys, items);
        let rows = self.rows();
        Tensor::cat(keys.iter().map(|key| rows[key].clone()).collect(), 0)
    }

    /// Features of images that nobody will ask for again, as a camera's: none of them is kept.
    pub(super) fn transient(&self, items: &[&Item]) -> Tensor<4> {
        self.extract(items)
    }

    /// The features of images, as `[B, C, H, W]`.
    fn extract(&self, items: &[&Item]) -> Tensor<4> {
        let features = items.chunks(self.at_once).map(|part| {
            let images = images_on(part, self.size, self.scale, &self.device);
            self.extractor.features(images)
        });
        let mut features: Vec<_> = features.collect();
        match features.len() {
            1 => features.remove(0),
            _ => Tensor::cat(features, 0),
        }
    }

    /// Computes the features of those of `items` that have none yet.
    pub(super) fn prepare(&self, items: &[&Item]) {
        let keys: Vec<u64> = items.iter().map(|item| key(item)).collect();
        self.compute(&keys, items);
    }

    /// Whether an image has its features.
    pub(super) fn has(&self, item: &Item) -> bool {
        self.rows().contains_key(&key(item))
    }

    /// Drops the features of images that are not in `dataset`, once they are the larger part.
    pub(super) fn forget_others(&self, dataset: &Dataset) {
        let items = dataset.domains.iter();
        let items = items.flat_map(|domain| domain.train.iter().chain(&domain.test));
        let count = items.clone().count();
        // Mirrored images, which are not in the data set, are as many at most.
        if self.len() <= 4 * count {
            return;
        }
        let kept: HashSet<u64> = items.map(key).collect();
        self.rows().retain(|key, _| kept.contains(key));
    }

    fn compute(&self, keys: &[u64], items: &[&Item]) {
        let mut missing: Vec<(u64, &Item)> = Vec::new();
        {
            let rows = self.rows();
            for (&key, &item) in keys.iter().zip(items) {
                let known = rows.contains_key(&key) || missing.iter().any(|it| it.0 == key);
                if !known {
                    missing.push((key, item));
                }
            }
        }
        if missing.is_empty() {
            return;
        }
        let images: Vec<&Item> = missing.iter().map(|it| it.1).collect();
        let features = self.extract(&images);
        let mut rows = self.rows();
        for (row, (key, _)) in features.split(1, 0).into_iter().zip(missing) {
            rows.insert(key, row);
        }
    }
}

/// A hash of an image's pixels.
fn key(item: &Item) -> u64 {
    let mut hash = Fnv::new();
    hash.words(&item.pixels);
    hash.finish()
}

/// What a run of a pretrained network needs besides its settings and its images.
#[derive(Clone)]
pub struct Pretrained {
    weights: Arc<BackboneWeights>,
    frozen: FrozenPart,
    features: Option<Arc<FeatureCache>>,
}

impl fmt::Debug for Pretrained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            weights, frozen, ..
        } = self;
        write!(f, "Pretrained({weights:?}, {frozen:?})")
    }
}

impl Pretrained {
    /// The weights of a network, and a place for the features of images of `size` pixels after the
    /// part that it freezes: that of `before` where it fits.
    ///
    /// # Errors
    /// [`Error::Data`] if these are the weights of another network.
    pub fn new(
        weights: &Arc<BackboneWeights>,
        network: &NetworkConfig,
        size: usize,
        device: &Device,
        before: Option<&Self>,
    ) -> Result<Self> {
        let needs = network.backbone.pretrained();
        if needs != Some(weights.network()) {
            return Err(needed(needs));
        }
        let frozen = network.frozen_part();
        let kept = before.filter(|before| {
            let same = before.weights.fingerprint() == weights.fingerprint();
            same && before.weights.network() == weights.network() && before.frozen == frozen
        });
        let kept = kept.and_then(|before| before.features.clone());
        let device = device.clone().without_autodiff();
        let kept = kept.filter(|kept| kept.size == size && kept.device == device);
        let features = match kept {
            Some(kept) => Some(kept),
            None if frozen.stages == 0 => None,
            None => Some(Arc::new(FeatureCache {
                extractor: Extractor::new(weights, frozen, &device)?,
                scale: weights.network().pixel_scale(),
                size,
                at_once: at_once(&device, network.largest_map(size, true), usize::MAX),
                device,
                rows: Mutex::default(),
            })),
        };
        Ok(Self {
            weights: Arc::clone(weights),
            frozen,
            features,
        })
    }

    /// The weights.
    pub fn weights(&self) -> &BackboneWeights {
        &self.weights
    }

    /// The features of frozen stages; `None` where no stage is frozen.
    pub fn features(&self) -> Option<&Arc<FeatureCache>> {
        self.features.as_ref()
    }

    /// That these fit the settings of a run.
    pub(super) fn check(given: Option<&Self>, network: &NetworkConfig, size: usize) -> Result<()> {
        let needs = network.backbone.pretrained();
        let fits = match (needs, given) {
            (None, _) => true,
            (Some(needs), Some(given)) => {
                needs == given.weights.network()
                    && given.frozen == network.frozen_part()
                    && given.features.as_ref().is_none_or(|it| it.size == size)
            }
            (Some(_), None) => false,
        };
        if fits { Ok(()) } else { Err(needed(needs)) }
    }
}

fn needed(network: Option<PretrainedNetwork>) -> Error {
    let title = network.map_or("another network", PretrainedNetwork::title);
    Error::Data(format!(
        "the weights of {title} are not there yet: load them first"
    ))
}
