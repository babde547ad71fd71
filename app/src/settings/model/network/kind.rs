//! The kinds of backbone that are offered, and what changes with the kind: what does not go with a
//! pretrained network goes, and comes back as it usually is.

use rsc_core::config::{
    Activation, Backbone, DataSource, Head, NetworkConfig, Normalization, PretrainedNetwork,
    RunConfig, Trains,
};

use super::{Width, fit_to_backbone, with_stages};

/// Side of images that a pretrained network begins with.
pub(crate) const PRETRAINED_IMAGE: usize = 128;

/// A kind of backbone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Plain blocks with pools between them.
    SmallCnn,
    /// Stages of blocks with shortcuts.
    ResNet,
    /// A network with ImageNet weights.
    Pretrained(PretrainedNetwork),
}

impl Kind {
    /// All of them, in the order offered.
    pub(crate) const ALL: [Self; 5] = [
        Self::SmallCnn,
        Self::ResNet,
        Self::Pretrained(PretrainedNetwork::EfficientNetLite0),
        Self::Pretrained(PretrainedNetwork::ResNet18),
        Self::Pretrained(PretrainedNetwork::ResNet50),
    ];

    /// Which one `backbone` is.
    pub(crate) fn of(backbone: &Backbone) -> Self {
        match backbone {
            Backbone::SmallCnn { .. } => Self::SmallCnn,
            Backbone::ResNet { .. } => Self::ResNet,
            Backbone::Pretrained { network, .. } => Self::Pretrained(*network),
        }
    }

    /// Its value in the menu.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::SmallCnn => "small_cnn",
            Self::ResNet => "resnet",
            Self::Pretrained(network) => network.name(),
        }
    }

    /// The backbone of this kind to begin with. The ResNet is that of He et al. 2016 for small
    /// images with one block in each stage: ResNet-8.
    pub(crate) fn standard(self) -> Backbone {
        match self {
            Self::SmallCnn => NetworkConfig::default().backbone,
            Self::ResNet => Backbone::ResNet {
                stem: Width::Standard.first(),
                stages: with_stages(&[], 3),
            },
            Self::Pretrained(network) => Backbone::Pretrained {
                network,
                trains: Trains::default(),
                batch_statistics: false,
            },
        }
    }
}

/// The head to begin with on a backbone. On frozen features the mask needs weights of its own before
/// it, or there is nothing that could learn to use others.
pub(crate) fn usual_head(backbone: &Backbone) -> Head {
    match backbone {
        Backbone::SmallCnn { .. } | Backbone::ResNet { .. } => Head::GapLinear,
        Backbone::Pretrained { .. } => Head::ConvGapLinear {
            channels: Head::CONV_CHANNELS,
        },
    }
}

/// The side of images to begin with, for these data and this network.
pub(crate) fn usual_image_size(config: &RunConfig) -> usize {
    match (&config.network.backbone, &config.data.source) {
        (Backbone::Pretrained { .. }, _) => PRETRAINED_IMAGE,
        (_, DataSource::Preset { preset }) => preset.image_size(),
        (_, DataSource::Own) => RunConfig::default().data.image_size,
    }
}

/// Another kind of backbone begins with its standard form; the present kind stays as it is. Between two
/// pretrained networks, what trains stays too.
pub(crate) fn choose_kind(config: &mut RunConfig, kind: Kind) {
    let before = config.network.backbone.clone();
    if Kind::of(&before) == kind {
        return;
    }
    let usual_before = usual_image_size(config);
    config.network.backbone = kind.standard();
    let now = &mut config.network.backbone;
    match (&before, now) {
        (
            Backbone::Pretrained {
                trains: before,
                batch_statistics: with,
                ..
            },
            Backbone::Pretrained {
                trains,
                batch_statistics,
                ..
            },
        ) => (*trains, *batch_statistics) = (*before, *with),
        (Backbone::Pretrained { .. }, _) => {
            config.network.head = usual_head(&config.network.backbone);
            if config.data.image_size >= PretrainedNetwork::SMALLEST_IMAGE {
                config.data.image_size = usual_image_size(config);
            }
        }
        (_, Backbone::Pretrained { .. }) => {
            config.network.head = usual_head(&config.network.backbone);
            config.network.challenge_after = None;
            // A size chosen by hand stays where it will do.
            let chosen = config.data.image_size != usual_before;
            if !chosen || config.data.image_size < PretrainedNetwork::SMALLEST_IMAGE {
                config.data.image_size = PRETRAINED_IMAGE;
            }
        }
        _ => {}
    }
    fit(config);
}

/// What of a pretrained network trains.
pub(crate) fn set_trains(config: &mut RunConfig, wanted: Trains) {
    if let Backbone::Pretrained {
        trains,
        batch_statistics,
        ..
    } = &mut config.network.backbone
    {
        *trains = wanted;
        if wanted == Trains::Head {
            // No stage is left that could normalise by the batch.
            *batch_statistics = false;
        }
    }
    fit(config);
}

/// Takes away what does not go with the network: an activation and a normalisation of one's own beside
/// a pretrained network, and what varies images in more ways than there are features of them.
pub(crate) fn fit(config: &mut RunConfig) {
    if config.network.backbone.pretrained().is_some() {
        config.network.activation = Activation::Relu;
        config.network.normalization = Normalization::None;
    }
    if config.network.backbone.frozen_blocks() > 0 {
        config.training.augmentation.shift = 0;
        config.training.augmentation.color_jitter = 0.0;
    }
    fit_to_backbone(&mut config.network);
}

/// The kind that photographs are best learned with.
const PHOTOGRAPHS: Kind = Kind::Pretrained(PretrainedNetwork::EfficientNetLite0);

/// Has a visitor's own images trained on by a network that knows photographs, unless the network is
/// another than the page began with.
pub(crate) fn choose_for_photographs(config: &mut RunConfig) {
    if config.network == NetworkConfig::default() {
        choose_kind(config, PHOTOGRAPHS);
    }
}

/// Undoes [`choose_for_photographs`] where nothing was changed since: on small drawings there is
/// nothing to gain by it.
pub(crate) fn leave_photographs(config: &mut RunConfig) {
    if is_for_photographs(config) {
        choose_kind(config, Kind::SmallCnn);
    }
}

/// Whether the network is that of [`choose_for_photographs`].
pub(crate) fn is_for_photographs(config: &RunConfig) -> bool {
    let mut chosen = RunConfig::default();
    choose_for_photographs(&mut chosen);
    config.network == chosen.network && config.data.image_size == chosen.data.image_size
}

#[cfg(test)]
mod tests {
    use super::*;
    use rsc_core::config::DataPreset;

    #[test]
    fn every_kind_is_valid_from_every_other() {
        for from in Kind::ALL {
            for to in Kind::ALL {
                for preset in DataPreset::ALL {
                    let mut config = RunConfig::for_preset(preset);
                    config.training.augmentation.shift = 2;
                    config.training.augmentation.color_jitter = 0.2;
                    config.network.activation = Activation::Gelu;
                    config.network.normalization = Normalization::Batch;
                    for kind in [from, to] {
                        choose_kind(&mut config, kind);
                        assert_eq!(config.validate(), Ok(()), "{from:?} {to:?}");
                        assert_eq!(Kind::of(&config.network.backbone), kind);
                    }
                }
            }
        }
    }

    #[test]
    fn the_way_back_is_where_it_began() {
        for preset in DataPreset::ALL {
            let before = RunConfig::for_preset(preset);
            let mut config = before.clone();
            choose_kind(&mut config, PHOTOGRAPHS);
            assert_eq!(config.data.image_size, 128);
            assert_eq!(config.network.blocks(), 8);
            choose_kind(&mut config, Kind::SmallCnn);
            assert_eq!(config, before);
        }
    }

    #[test]
    fn what_trains_decides_what_goes_with_it() {
        let mut config = RunConfig::default();
        choose_kind(&mut config, PHOTOGRAPHS);
        set_trains(&mut config, Trains::All);
        config.training.augmentation.shift = 3;
        config.network.challenge_after = Some(2);
        let Backbone::Pretrained {
            batch_statistics, ..
        } = &mut config.network.backbone
        else {
            panic!("a pretrained network");
        };
        *batch_statistics = true;
        assert_eq!(config.validate(), Ok(()));
        set_trains(&mut config, Trains::Head);
        assert_eq!(config.validate(), Ok(()));
        assert_eq!(config.training.augmentation.shift, 0);
        assert_eq!(config.network.challenge_after, None);
        assert_eq!(
            config.network.backbone,
            Kind::of(&config.network.backbone).standard()
        );
    }

    #[test]
    fn photographs_get_a_network_only_where_none_was_chosen() {
        let mut config = RunConfig::default();
        choose_for_photographs(&mut config);
        assert_eq!(Kind::of(&config.network.backbone), PHOTOGRAPHS);
        leave_photographs(&mut config);
        assert_eq!(config, RunConfig::default());
        let mut chosen = RunConfig::default();
        chosen.network.challenge_after = Some(1);
        let before = chosen.clone();
        choose_for_photographs(&mut chosen);
        assert_eq!(chosen, before);
        choose_kind(&mut chosen, PHOTOGRAPHS);
        set_trains(&mut chosen, Trains::LastStage);
        let before = chosen.clone();
        leave_photographs(&mut chosen);
        assert_eq!(chosen, before);
    }
}
