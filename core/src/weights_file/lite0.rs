//! Names and shapes of the tensors of EfficientNet-Lite0, as the package `efficientnet_lite_pytorch`
//! names them, and the way there from the names of timm's `tf_efficientnet_lite0`.

use super::{
    resnet::{convolution, norm},
    tensors::{Shapes, Tensors},
};

/// Each stage: by how much a block expands its channels, to how many it comes, how many blocks, and
/// their kernel.
const STAGES: [(usize, usize, usize, usize); 7] = [
    (1, 16, 1, 3),
    (6, 24, 2, 3),
    (6, 40, 2, 5),
    (6, 80, 3, 3),
    (6, 112, 3, 5),
    (6, 192, 4, 5),
    (6, 320, 1, 3),
];

/// The tensors of EfficientNet-Lite0 for so many classes, with the classifier `_fc` and without
/// `num_batches_tracked`.
pub fn lite0_names(classes: usize) -> Shapes {
    let mut names = Shapes::new();
    convolution(&mut names, "_conv_stem", [32, 3, 3, 3]);
    norm(&mut names, "_bn0", 32);
    let (mut channels, mut block) = (32, 0);
    for (expansion, out, count, kernel) in STAGES {
        for _ in 0..count {
            let at = |part: &str| format!("_blocks.{block}.{part}");
            let wide = channels * expansion;
            if expansion > 1 {
                convolution(&mut names, &at("_expand_conv"), [wide, channels, 1, 1]);
                norm(&mut names, &at("_bn0"), wide);
            }
            convolution(
                &mut names,
                &at("_depthwise_conv"),
                [wide, 1, kernel, kernel],
            );
            norm(&mut names, &at("_bn1"), wide);
            convolution(&mut names, &at("_project_conv"), [out, wide, 1, 1]);
            norm(&mut names, &at("_bn2"), out);
            channels = out;
            block += 1;
        }
    }
    convolution(&mut names, "_conv_head", [1280, channels, 1, 1]);
    norm(&mut names, "_bn1", 1280);
    names.insert("_fc.weight".into(), vec![classes, 1280]);
    names.insert("_fc.bias".into(), vec![classes]);
    names
}

/// The name that a tensor of timm's `tf_efficientnet_lite0` has in [`lite0_names`], or `None` if timm's
/// network has no such tensor.
///
/// timm's own `efficientnet_lite0` has the same names and shapes, but pads on both sides and has
/// another epsilon in its normalisation: nothing in a file tells the two apart.
pub fn lite0_name_from_timm(name: &str) -> Option<String> {
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
    let (expansion, _, count, _) = *STAGES.get(stage)?;
    if number >= count {
        return None;
    }
    let before: usize = STAGES.iter().take(stage).map(|it| it.2).sum();
    // The first stage does not expand, and timm counts its normalisations from there.
    let part = match (part, expansion) {
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

/// The tensors under the names of [`lite0_names`], if they are timm's; else as they are.
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
