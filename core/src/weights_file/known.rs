//! Which network a file's tensors belong to, by their names and shapes.

use super::{
    resnet::{RESNET_DEPTHS, stages},
    tensors::Tensors,
};

/// A tensor that tells a family of networks, and what to call it.
const FAMILIES: [(&str, &str); 18] = [
    ("_blocks.0._se_reduce.weight", "an EfficientNet (not Lite)"),
    (
        "blocks.0.0.se.conv_reduce.weight",
        "an EfficientNet (not Lite) of timm",
    ),
    (
        "features.1.0.block.0.0.weight",
        "an EfficientNet or MobileNetV3 of torchvision",
    ),
    (
        "features.0.0.weight",
        "a MobileNet or ConvNeXt of torchvision",
    ),
    ("features.conv0.weight", "a DenseNet"),
    ("features.0.weight", "a VGG, AlexNet or SqueezeNet"),
    ("Conv2d_1a_3x3.conv.weight", "an Inception"),
    ("conv1.conv.weight", "a GoogLeNet"),
    ("class_token", "a vision transformer of torchvision"),
    ("cls_token", "a vision transformer"),
    ("visual.conv1.weight", "a CLIP"),
    ("patch_embed.proj.weight", "a vision transformer"),
    ("stem.0.weight", "a ConvNeXt of timm"),
    (
        "embedder.embedder.convolution.weight",
        "a ResNet of Hugging Face's transformers",
    ),
    (
        "resnet.embedder.embedder.convolution.weight",
        "a ResNet of Hugging Face's transformers",
    ),
    ("backbone.conv1.weight", "a detector or segmenter"),
    ("backbone.body.conv1.weight", "a detector of torchvision"),
    ("conv1.0.weight", "a ResNet-D of timm"),
];

/// The network that a file's tensors look like, with its article, such as "a ResNet-50".
pub(super) fn recognise(tensors: &Tensors) -> Option<String> {
    if tensors.contains_key("layer1.0.conv1.weight") {
        return Some(resnet(tensors));
    }
    let lite = |stem: &str, block: &str, reduce: &str| {
        let has = |name: &str| tensors.contains_key(name);
        has(stem) && has(block) && !has(reduce)
    };
    let blocks = |prefix: &str| {
        let last = format!("{prefix}15.");
        tensors.keys().any(|name| name.starts_with(&last))
            && !tensors
                .keys()
                .any(|name| name.starts_with(&format!("{prefix}16.")))
    };
    if lite(
        "_conv_stem.weight",
        "_blocks.0._depthwise_conv.weight",
        "_blocks.0._se_reduce.weight",
    ) {
        let size = if blocks("_blocks.") { "Lite0" } else { "Lite" };
        return Some(format!("an EfficientNet-{size}"));
    }
    if lite(
        "conv_stem.weight",
        "blocks.0.0.conv_dw.weight",
        "blocks.0.0.se.conv_reduce.weight",
    ) {
        return Some("an EfficientNet-Lite or MobileNetV2 of timm".into());
    }
    let family = FAMILIES
        .iter()
        .find(|(name, _)| tensors.contains_key(*name));
    family.map(|(_, what)| (*what).to_owned())
}

fn resnet(tensors: &Tensors) -> String {
    let has = |stage: usize, block: usize, part: &str| {
        tensors.contains_key(&format!("layer{stage}.{block}.{part}.weight"))
    };
    let count = |stage| {
        (0..)
            .take_while(|block| has(stage, *block, "conv1"))
            .count()
    };
    let counts = [1, 2, 3, 4].map(count);
    let bottleneck = has(1, 0, "conv3");
    let shape = |name: &str| tensors.get(name).map(|(shape, _)| shape.as_slice());
    if !matches!(shape("conv1.weight"), Some([64, 3, 7, 7])) {
        return "a ResNet with another first layer (as for CIFAR)".into();
    }
    if !matches!(shape("layer1.0.conv1.weight"), Some([64, 64, _, _])) {
        return "a Wide ResNet or a ResNeXt".into();
    }
    if tensors.contains_key("layer1.0.se.fc1.weight") {
        return "an SE-ResNet".into();
    }
    let same = |depth: &&usize| stages(**depth) == Some((counts, bottleneck));
    match RESNET_DEPTHS.iter().find(same) {
        Some(depth) => format!("a ResNet-{depth}"),
        None => "a ResNet of another depth".into(),
    }
}
