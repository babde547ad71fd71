//! A trained pretrained network as one file, frozen stages included, under the names that its weights are
//! published with.

use serde::Serialize;

use super::{
    backbone_names::exported_name,
    backbone_weights::BackboneWeights,
    export::{file_of_borrowed, unread_weights, weights},
    network::Network,
};
use crate::{
    config::{NetworkConfig, PretrainedNetwork},
    error::{Error, Result},
    weights_file::Tensors,
};

/// The key of the metadata, a JSON object.
const KEY: &str = "rsc_lab";

/// What a user of the file needs besides tensors.
#[derive(Serialize)]
struct About<'a> {
    network: PretrainedNetwork,
    image_size: usize,
    /// Red, green and blue, in bytes: an input is `(v − pixel_mean) / pixel_std`.
    pixel_mean: [f32; 3],
    pixel_std: [f32; 3],
    classes: &'a [String],
}

/// A safetensors file of a whole pretrained network: the stages that train and the head from `network`,
/// the others from `backbone`. Metadata under `rsc_lab` says in JSON which network it is, the size and
/// scale of its images, and its classes.
///
/// torchvision's ResNets and `efficientnet_pytorch`'s EfficientNet-Lite0 load such a file if the head is
/// [`crate::config::Head::GapLinear`].
///
/// # Errors
/// [`Error::Device`] if the device fails while reading, [`Error::Data`] if the file cannot be made.
pub async fn whole_network(
    network: &Network,
    config: &NetworkConfig,
    backbone: &BackboneWeights,
    image_size: usize,
    classes: &[String],
) -> Result<Vec<u8>> {
    let frozen = config.frozen_part();
    let mut trained = weights(network).await?;
    for (name, ..) in &mut trained {
        *name = exported_name(backbone.network(), frozen.stages, config.head, name)
            .ok_or_else(|| Error::Data(format!("`{name}` has no name in a file of weights")))?;
    }
    let published: Vec<_> = backbone.published(frozen).collect();
    let published = published.iter();
    let published = published.map(|(name, shape, values)| (name.as_str(), *shape, *values));
    let trained = trained.iter();
    let trained = trained.map(|(name, shape, values)| (name.as_str(), &shape[..], &values[..]));
    let scale = backbone.network().pixel_scale();
    let about = About {
        network: backbone.network(),
        image_size,
        pixel_mean: scale.mean,
        pixel_std: scale.deviation,
        classes,
    };
    let about = serde_json::to_string(&about)
        .map_err(|error| Error::Data(format!("the weights cannot be described: {error}")))?;
    file_of_borrowed(published.chain(trained), Some((KEY.into(), about)))
}

/// Of the tensors of a [`whole_network`] those that train, under the names that `network` has for them.
///
/// # Errors
/// [`Error::Data`] if one is missing, and if the frozen ones are not those of `backbone`.
pub(crate) fn trained_tensors(
    mut file: Tensors,
    network: &Network,
    config: &NetworkConfig,
    backbone: &BackboneWeights,
) -> Result<Tensors> {
    let frozen = config.frozen_part();
    for (name, shape, values) in backbone.published(frozen) {
        let same = file
            .remove(&name)
            .is_some_and(|(other, theirs)| other == shape && theirs == values);
        if !same {
            return Err(Error::Data(format!(
                "the weights do not fit: `{name}` is not as in the weights of {} that are given, and it \
                 was not trained: give those that the run started from",
                backbone.network().title()
            )));
        }
    }
    let mut trained = Tensors::new();
    for (own, _) in unread_weights(network).0 {
        let name = exported_name(backbone.network(), frozen.stages, config.head, &own);
        let value = name.as_ref().and_then(|name| file.remove(name));
        let value = value.ok_or_else(|| {
            let name = name.as_ref().unwrap_or(&own);
            Error::Data(format!("the weights do not fit: `{name}` is missing"))
        })?;
        trained.insert(own, value);
    }
    match file.into_keys().next() {
        None => Ok(trained),
        Some(left) => Err(Error::Data(format!(
            "the weights do not fit: `{left}` is not part of this network"
        ))),
    }
}
