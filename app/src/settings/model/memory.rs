//! Whether a run fits into the memory of a browser's tab, and what would make it fit.

use rsc_core::config::{DataSource, PretrainedNetwork, RunConfig, RunMemory, Trains};

use crate::settings::model::network::kind::set_trains;
use crate::ui::model::format;

/// What an engine can use of its 4 GB address space before growing it fails somewhere.
const OF_AN_ENGINE: u64 = 1_500_000_000;
/// Share of the device's memory that a page can hope for.
const OF_A_DEVICE: f64 = 0.5;
/// Batch sizes that are tried as a remedy.
const BATCHES: [usize; 3] = [16, 8, 4];

/// What a run is trained and tested on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Counts {
    /// Images trained on.
    pub(crate) train: usize,
    /// Images tested on, in all domains.
    pub(crate) test: usize,
    /// Classes.
    pub(crate) classes: usize,
}

impl Counts {
    /// Those of a preset; `None` for the visitor's own images.
    pub(crate) fn of_preset(config: &RunConfig) -> Option<Self> {
        match config.data.source {
            DataSource::Preset { preset } => Some(Self {
                train: config.data.train_images,
                test: config.data.test_images * preset.domains().len(),
                classes: preset.classes(),
            }),
            DataSource::Own => None,
        }
    }
}

/// Most bytes that an engine should take, on a device that has so many gigabytes, if it says so.
pub(crate) fn limit(gigabytes: Option<f64>) -> u64 {
    let of_device = gigabytes.filter(|it| it.is_finite() && *it > 0.0);
    let of_device = of_device.map(|it| (it * 1e9 * OF_A_DEVICE) as u64);
    of_device.map_or(OF_AN_ENGINE, |it| it.min(OF_AN_ENGINE))
}

/// One change that makes a run fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// Images of this side.
    ImageSize(usize),
    /// Fewer stages that train.
    Trains(Trains),
    /// So many images in a batch.
    BatchSize(usize),
    /// Images that are not mirrored, so that half of their features are kept.
    NoMirror,
}

impl Remedy {
    fn apply(self, config: &mut RunConfig) {
        match self {
            Self::ImageSize(side) => config.data.image_size = side,
            Self::Trains(trains) => set_trains(config, trains),
            Self::BatchSize(count) => config.training.batch_size = count,
            Self::NoMirror => config.training.augmentation.flip = false,
        }
    }

    fn name(self) -> String {
        match self {
            Self::ImageSize(side) => text!("memory.remedy.size", side = side),
            Self::Trains(Trains::LastStage) => String::from(text!("memory.remedy.last-stage")),
            Self::Trains(_) => String::from(text!("memory.remedy.head")),
            Self::BatchSize(count) => text!("memory.remedy.batch", count = count),
            Self::NoMirror => String::from(text!("memory.remedy.no-mirror")),
        }
    }
}

/// What has no room for a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// The tab's memory.
    Tab,
    /// A buffer of the GPU, for the largest feature map of so many images.
    Buffer {
        /// Images in a batch.
        batch: usize,
    },
}

/// A run that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TooLarge {
    /// Where it does not.
    pub(crate) place: Place,
    /// Bytes that it takes.
    pub(crate) needed: u64,
    /// Bytes that there are.
    pub(crate) limit: u64,
    /// Single changes that make it fit.
    pub(crate) remedies: Vec<Remedy>,
}

impl TooLarge {
    /// What is too large, and what would fit.
    pub(crate) fn sentence(&self) -> String {
        let (needed, limit) = (megabytes(self.needed), megabytes(self.limit));
        let remedies: Vec<String> = self.remedies.iter().map(|it| it.name()).collect();
        let remedies = remedies.join(text!("memory.or"));
        match (self.place, self.remedies.is_empty()) {
            (Place::Tab, true) => text!("memory.too-large", needed = needed, limit = limit),
            (Place::Tab, false) => text!(
                "memory.too-large-but",
                needed = needed,
                limit = limit,
                remedies = remedies
            ),
            (Place::Buffer { batch }, true) => text!(
                "memory.buffer",
                batch = batch,
                needed = needed,
                limit = limit
            ),
            (Place::Buffer { batch }, false) => text!(
                "memory.buffer-but",
                batch = batch,
                needed = needed,
                limit = limit,
                remedies = remedies
            ),
        }
    }
}

fn memory(config: &RunConfig, counts: Counts) -> RunMemory {
    config.memory(counts.train, counts.test, counts.classes)
}

/// Whether a run of these settings fits.
///
/// # Errors
/// What would make it fit.
pub(crate) fn check(config: &RunConfig, counts: Counts, limit: u64) -> Result<(), TooLarge> {
    let needed = memory(config, counts).total();
    if needed <= limit {
        return Ok(());
    }
    let fits = |remedy: &Remedy| {
        let mut changed = config.clone();
        remedy.apply(&mut changed);
        changed != *config
            && changed.validate().is_ok()
            && memory(&changed, counts).total() <= limit
    };
    let size = smaller_images(config).map(Remedy::ImageSize).find(fits);
    let trains = [Trains::LastStage, Trains::Head].map(Remedy::Trains);
    let trains = trains.into_iter().find(fits);
    let batch = BATCHES.into_iter();
    let batch = batch.filter(|count| *count < config.training.batch_size);
    let batch = batch.map(Remedy::BatchSize).find(fits);
    let mirror = Some(Remedy::NoMirror).filter(fits);
    Err(TooLarge {
        place: Place::Tab,
        needed,
        limit,
        remedies: [size, trains, batch, mirror]
            .into_iter()
            .flatten()
            .collect(),
    })
}

/// Sizes of images that are tried as a remedy, the largest first.
fn smaller_images(config: &RunConfig) -> impl Iterator<Item = usize> {
    let sizes: Vec<usize> = match config.network.backbone.pretrained() {
        Some(_) => [PretrainedNetwork::SMALLEST_IMAGE]
            .into_iter()
            .chain(PretrainedNetwork::IMAGE_SIZES)
            .collect(),
        None => vec![32, 64, 96, 128],
    };
    let now = config.data.image_size;
    sizes.into_iter().rev().filter(move |side| *side < now)
}

/// Whether each feature map of a batch fits into a tensor of `limit` bytes, the most that the GPU has.
///
/// # Errors
/// What would make it fit.
pub(crate) fn check_buffers(
    config: &RunConfig,
    counts: Counts,
    limit: u64,
) -> Result<(), TooLarge> {
    let images = counts.train;
    if config.fits_buffers(images, limit).is_ok() {
        return Ok(());
    }
    let map = config.network.largest_map(config.data.image_size, false);
    let fits = |remedy: &Remedy| {
        let mut changed = config.clone();
        remedy.apply(&mut changed);
        changed.validate().is_ok() && changed.fits_buffers(images, limit).is_ok()
    };
    let most = (limit / map.bytes.max(1)) as usize;
    let batch = Some(Remedy::BatchSize(most)).filter(fits);
    let size = smaller_images(config).map(Remedy::ImageSize).find(fits);
    let trains = [Trains::LastStage, Trains::Head].map(Remedy::Trains);
    let is_pretrained = config.network.backbone.pretrained().is_some();
    let trains = trains.into_iter().filter(|_| is_pretrained).find(fits);
    let batch_size = config.training.batch_size.min(images);
    Err(TooLarge {
        place: Place::Buffer { batch: batch_size },
        needed: map.bytes * batch_size as u64,
        limit,
        remedies: [batch, size, trains].into_iter().flatten().collect(),
    })
}

/// What a run takes on so many cores: all together, then the parts.
pub(crate) fn in_words(config: &RunConfig, counts: Counts, cores: usize) -> String {
    let workers = if config.network.trains_head_alone() {
        1
    } else {
        config.arms.len().min(cores)
    };
    let memory = memory(config, counts).in_workers(workers);
    let parts = [
        (memory.images, text!("memory.images")),
        (memory.features, text!("memory.features")),
        (memory.weights, text!("memory.weights")),
        (memory.activations, text!("memory.activations")),
    ];
    let parts = parts.into_iter().filter(|(bytes, _)| *bytes >= 500_000);
    let parts = parts.map(|(bytes, name)| format!("{name} {}", plain(bytes)));
    let parts = parts.collect::<Vec<_>>().join(", ");
    let total = megabytes(memory.total());
    if parts.is_empty() {
        text!("memory.about", total = total)
    } else {
        text!("memory.about-of", total = total, parts = parts)
    }
}

/// Megabytes without decimals.
fn plain(bytes: u64) -> String {
    format::thousands(((bytes as f64 / 1e6).round() as usize).max(1))
}

fn megabytes(bytes: u64) -> String {
    text!("memory.megabytes", n = plain(bytes))
}

#[cfg(test)]
mod tests {
    use rsc_core::config::DataPreset;

    use super::*;
    use crate::settings::model::network::kind::{Kind, choose_kind};

    fn lite(trains: Trains, side: usize) -> RunConfig {
        let mut config = RunConfig::default();
        let kind = Kind::Pretrained(PretrainedNetwork::EfficientNetLite0);
        choose_kind(&mut config, kind);
        set_trains(&mut config, trains);
        config.data.image_size = side;
        config
    }

    const FEW: Counts = Counts {
        train: 300,
        test: 100,
        classes: 3,
    };

    #[test]
    fn a_device_says_how_much_there_is() {
        assert_eq!(limit(None), 1_500_000_000);
        assert_eq!(limit(Some(8.0)), 1_500_000_000);
        assert_eq!(limit(Some(2.0)), 1_000_000_000);
        assert_eq!(limit(Some(f64::NAN)), 1_500_000_000);
    }

    #[test]
    fn presets_and_frozen_features_fit() {
        for preset in DataPreset::ALL {
            let config = RunConfig::for_preset(preset);
            let counts = Counts::of_preset(&config).expect("a preset");
            assert_eq!(check(&config, counts, limit(None)), Ok(()));
        }
        assert_eq!(check(&lite(Trains::Head, 224), FEW, limit(None)), Ok(()));
    }

    #[test]
    fn what_would_fit_is_named_and_fits() {
        let config = lite(Trains::All, 224);
        let too_large = check(&config, FEW, limit(None)).expect_err("too large");
        assert!(too_large.needed > too_large.limit);
        assert!(too_large.remedies.len() >= 2, "{too_large:?}");
        for remedy in &too_large.remedies {
            let mut changed = config.clone();
            remedy.apply(&mut changed);
            assert_eq!(check(&changed, FEW, limit(None)), Ok(()), "{remedy:?}");
        }
        let sentence = too_large.sentence();
        assert!(sentence.contains("1,500 MB"), "{sentence}");
        assert!(sentence.contains("pixels"), "{sentence}");
    }

    #[test]
    fn a_feature_map_that_no_buffer_holds_is_named_with_what_would_fit() {
        let mut config = lite(Trains::All, 224);
        config.training.batch_size = 32;
        let limit = 128 << 20;
        let too_large = check_buffers(&config, FEW, limit).expect_err("too large");
        assert_eq!(too_large.place, Place::Buffer { batch: 32 });
        assert_eq!(too_large.needed, 32 * 4 * 96 * 112 * 112);
        assert_eq!(too_large.remedies.len(), 3, "{too_large:?}");
        for remedy in &too_large.remedies {
            let mut changed = config.clone();
            remedy.apply(&mut changed);
            assert_eq!(check_buffers(&changed, FEW, limit), Ok(()), "{remedy:?}");
        }
        let sentence = too_large.sentence();
        for part in ["32 images", "154 MB", "134 MB", "batches of 27", "pixels"] {
            assert!(sentence.contains(part), "{sentence}");
        }
        let few = check_buffers(&config, FEW, 1 << 10).expect_err("too large");
        assert!(few.remedies.is_empty(), "{few:?}");
        assert!(few.sentence().contains("smaller"), "{}", few.sentence());
        assert_eq!(check_buffers(&lite(Trains::Head, 224), FEW, limit), Ok(()));
    }

    #[test]
    fn parts_are_named() {
        let words = in_words(&lite(Trains::Head, 128), FEW, 4);
        assert!(words.contains("features"), "{words}");
        assert!(words.starts_with("About"), "{words}");
    }
}
