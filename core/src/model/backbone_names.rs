//! The names that published weight files give to the tensors of pretrained networks.

use crate::config::{Layout, PretrainedNetwork};

/// The name in a file of the tensor that a list of stages calls `STAGE.rest`: torchvision's names for
/// ResNets, those of `efficientnet_pytorch` for EfficientNet-Lite. `None` for what is not of a stage.
pub(super) fn name_in_file(network: PretrainedNetwork, own: &str) -> Option<String> {
    let (stage, rest) = own.split_once('.')?;
    let stage: usize = stage.parse().ok()?;
    match network.layout() {
        Layout::Inverted(stages) => {
            let before: usize = stages.get(..stage)?.iter().map(|it| it.blocks).sum();
            inverted(before, rest)
        }
        Layout::Residual(_) => residual(stage, rest),
    }
}

/// The tensors of the classifier, weight and bias, which a backbone does not need.
pub(super) fn classifier(network: PretrainedNetwork) -> [&'static str; 2] {
    match network.layout() {
        Layout::Inverted(_) => ["_fc.weight", "_fc.bias"],
        Layout::Residual(_) => ["fc.weight", "fc.bias"],
    }
}

/// `conv` and `norm` of a unit under the names they have in a file.
fn unit(kind_and_value: &str, conv: &str, norm: &str) -> Option<String> {
    let (kind, value) = kind_and_value.split_once('.')?;
    match kind {
        "conv" => Some(format!("{conv}.{value}")),
        "norm" => Some(format!("{norm}.{value}")),
        _ => None,
    }
}

fn inverted(blocks_before: usize, rest: &str) -> Option<String> {
    let (part, rest) = rest.split_once('.')?;
    match part {
        "stem" => unit(rest, "_conv_stem", "_bn0"),
        "features" => unit(rest, "_conv_head", "_bn1"),
        _ => {
            let (block, rest) = rest.split_once('.')?;
            let block = blocks_before + block.parse::<usize>().ok()?;
            let (part, rest) = rest.split_once('.')?;
            let (conv, norm) = match part {
                "expand" => ("_expand_conv", "_bn0"),
                "depthwise" => ("_depthwise_conv", "_bn1"),
                "project" => ("_project_conv", "_bn2"),
                _ => return None,
            };
            Some(format!("_blocks.{block}.{}", unit(rest, conv, norm)?))
        }
    }
}

fn residual(stage: usize, rest: &str) -> Option<String> {
    let (part, rest) = rest.split_once('.')?;
    if part == "stem" {
        return unit(rest, "conv1", "bn1");
    }
    let (block, rest) = rest.split_once('.')?;
    let (part, rest) = rest.split_once('.')?;
    let (conv, norm) = match part {
        "conv_1" => ("conv1", "bn1"),
        "conv_2" => ("conv2", "bn2"),
        "conv_3" => ("conv3", "bn3"),
        "downsample" => ("downsample.0", "downsample.1"),
        _ => return None,
    };
    let unit = unit(rest, conv, norm)?;
    Some(format!("layer{}.{block}.{unit}", stage + 1))
}
