//! From the names that timm gives to the tensors of `tf_efficientnet_lite0` to those of the package
//! `efficientnet_lite_pytorch`.

use super::tensors::Tensors;
use crate::config::{InvertedStage, Layout, PretrainedNetwork};

/// The stages of EfficientNet-Lite0.
pub(super) fn stages() -> &'static [InvertedStage] {
    match PretrainedNetwork::EfficientNetLite0.layout() {
        Layout::Inverted(stages) => stages,
        Layout::Residual(_) => &[],
    }
}

/// The name that a tensor of timm's `tf_efficientnet_lite0` has in that package, or `None` if timm's
/// network has no such tensor.
///
/// timm's own `efficientnet_lite0` has the same names and shapes, but pads on both sides and has
/// another epsilon in its normalisation: nothing in a file tells the two apart.
pub(super) fn lite0_name_from_timm(name: &str) -> Option<String> {
    let Some(block) = name.strip_prefix("blocks.") else {
        let (part, rest) = name.split_once('.')?;
        let part = match part {
            "conv_stem" => "_conv_stem",
            "bn1" => "_bn0",
            "conv_head" => "_conv_head",
            "bn2" => "_bn1",
            "classifier" => "_fc",
            _ => return None,
        };
        return Some(format!("{part}.{rest}"));
    };
    let mut parts = block.splitn(4, '.');
    let mut next = || parts.next();
    let (stage, number, part, rest) = (next()?, next()?, next()?, next()?);
    let (stage, number): (usize, usize) = (stage.parse().ok()?, number.parse().ok()?);
    let InvertedStage { expand, blocks, .. } = *stages().get(stage)?;
    if number >= blocks {
        return None;
    }
    let before: usize = stages().iter().take(stage).map(|it| it.blocks).sum();
    // The first stage does not expand, and timm counts its normalisations from there.
    let part = match (part, expand) {
        ("conv_pw", 2..) => "_expand_conv",
        ("conv_dw", _) => "_depthwise_conv",
        ("conv_pwl", 2..) | ("conv_pw", 1) => "_project_conv",
        ("bn1", 2..) => "_bn0",
        ("bn2", 2..) | ("bn1", 1) => "_bn1",
        ("bn3", 2..) | ("bn2", 1) => "_bn2",
        _ => return None,
    };
    Some(format!("_blocks.{}.{part}.{rest}", before + number))
}

/// The tensors under that package's names, if they are timm's; else as they are.
pub fn lite0_from_timm(tensors: Tensors) -> Tensors {
    if !tensors.contains_key("conv_stem.weight") {
        return tensors;
    }
    let renamed = tensors.into_iter().map(|(name, tensor)| {
        let renamed = lite0_name_from_timm(&name);
        (renamed.unwrap_or(name), tensor)
    });
    renamed.collect()
}
