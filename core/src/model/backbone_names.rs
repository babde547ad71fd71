//! The names that published weight files give to the tensors of pretrained networks.

use crate::config::{Head, Layout, PretrainedNetwork};

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

/// The name in an exported file of the parameter that a network calls `own` whose first `frozen` stages
/// are elsewhere. Stages have the names of [`name_in_file`]; so has the linear layer where it stands in
/// the published classifier's place. A head's convolution is `head.conv`, and a linear layer on anything
/// but the mean of the backbone's features is `fc`. `None` for what no such network has.
pub(super) fn exported_name(
    network: PretrainedNetwork,
    frozen: usize,
    head: Head,
    own: &str,
) -> Option<String> {
    if let Some(value) = own.strip_prefix("linear.") {
        let names = match head {
            Head::GapLinear => classifier(network),
            Head::FlattenLinear | Head::ConvGapLinear { .. } => ["fc.weight", "fc.bias"],
        };
        let fits = |name: &&str| name.rsplit('.').next() == Some(value);
        return names.into_iter().find(fits).map(String::from);
    }
    let (block, rest) = own.strip_prefix("blocks.")?.split_once('.')?;
    let stage = block.parse::<usize>().ok()? + frozen;
    if stage == network.stages() {
        Some(format!("head.{rest}"))
    } else {
        name_in_file(network, &format!("{stage}.{rest}"))
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
