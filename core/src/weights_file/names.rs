//! Names and shapes of the tensors of published networks, for tests: written out, so that they can be
//! compared with those that the engine's own networks have.

use super::{lite0::stages as lite0_stages, resnet::stages, tensors::Shapes};

/// The tensors of EfficientNet-Lite0 for so many classes, with the classifier `_fc` and without
/// `num_batches_tracked`.
pub(crate) fn lite0_names(classes: usize) -> Shapes {
    let mut names = Shapes::new();
    convolution(&mut names, "_conv_stem", [32, 3, 3, 3]);
    norm(&mut names, "_bn0", 32);
    let (mut channels, mut block) = (32, 0);
    for stage in lite0_stages() {
        let (out, kernel) = (stage.channels, stage.kernel);
        for _ in 0..stage.blocks {
            let at = |part: &str| format!("_blocks.{block}.{part}");
            let wide = channels * stage.expand;
            if stage.expand > 1 {
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

/// The tensors of a ResNet of one of [`super::resnet::RESNET_DEPTHS`] for so many classes, with the classifier
/// `fc` and without `num_batches_tracked`. `None` for another depth.
pub(crate) fn resnet_names(depth: usize, classes: usize) -> Option<Shapes> {
    let (blocks, bottleneck) = stages(depth)?;
    let expansion = if bottleneck { 4 } else { 1 };
    let mut names = Shapes::new();
    convolution(&mut names, "conv1", [64, 3, 7, 7]);
    norm(&mut names, "bn1", 64);
    let mut channels = 64;
    for (stage, count) in blocks.into_iter().enumerate() {
        let width = 64 << stage;
        for block in 0..count {
            let at = |part: &str| format!("layer{}.{block}.{part}", stage + 1);
            let out = width * expansion;
            let convolutions: &[[usize; 4]] = if bottleneck {
                &[
                    [width, channels, 1, 1],
                    [width, width, 3, 3],
                    [out, width, 1, 1],
                ]
            } else {
                &[[width, channels, 3, 3], [width, width, 3, 3]]
            };
            for (number, shape) in (1..).zip(convolutions) {
                convolution(&mut names, &at(&format!("conv{number}")), *shape);
                norm(&mut names, &at(&format!("bn{number}")), shape[0]);
            }
            if block == 0 && (stage > 0 || channels != out) {
                convolution(&mut names, &at("downsample.0"), [out, channels, 1, 1]);
                norm(&mut names, &at("downsample.1"), out);
            }
            channels = out;
        }
    }
    names.insert("fc.weight".into(), vec![classes, channels]);
    names.insert("fc.bias".into(), vec![classes]);
    Some(names)
}

fn convolution(names: &mut Shapes, at: &str, shape: [usize; 4]) {
    names.insert(format!("{at}.weight"), shape.to_vec());
}

fn norm(names: &mut Shapes, at: &str, channels: usize) {
    for part in ["weight", "bias", "running_mean", "running_var"] {
        names.insert(format!("{at}.{part}"), vec![channels]);
    }
}
