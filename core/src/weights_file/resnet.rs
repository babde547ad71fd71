//! Names and shapes of the tensors of torchvision's ResNets (He et al. 2016), which timm's `resnet18` …
//! `resnet152` share.

use super::tensors::Shapes;

/// The depths of which there are pretrained weights.
pub const RESNET_DEPTHS: [usize; 5] = [18, 34, 50, 101, 152];

/// Blocks of each of the four stages, and whether they are bottlenecks.
pub(super) fn stages(depth: usize) -> Option<([usize; 4], bool)> {
    Some(match depth {
        18 => ([2, 2, 2, 2], false),
        34 => ([3, 4, 6, 3], false),
        50 => ([3, 4, 6, 3], true),
        101 => ([3, 4, 23, 3], true),
        152 => ([3, 8, 36, 3], true),
        _ => return None,
    })
}

/// The tensors of a ResNet of one of [`RESNET_DEPTHS`] for so many classes, with the classifier
/// `fc` and without `num_batches_tracked`. `None` for another depth.
pub fn resnet_names(depth: usize, classes: usize) -> Option<Shapes> {
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

pub(super) fn convolution(names: &mut Shapes, at: &str, shape: [usize; 4]) {
    names.insert(format!("{at}.weight"), shape.to_vec());
}

pub(super) fn norm(names: &mut Shapes, at: &str, channels: usize) {
    for part in ["weight", "bias", "running_mean", "running_var"] {
        names.insert(format!("{at}.{part}"), vec![channels]);
    }
}
