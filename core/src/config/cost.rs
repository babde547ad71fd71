//! What a network costs, from its settings alone: parameters and multiply-adds, block by block.
//!
//! With `k × k` convolutions from `I` to `O` channels and an output of `H × W` positions:
//!
//! - a convolution has `O·I·k²` weights, and `O` biases where no normalisation follows; it makes
//!   `O·I·k²·H·W` multiply-adds;
//! - a normalisation has `2·O` parameters (scale and shift); batch normalisation also keeps `2·O`
//!   running statistics (mean and variance), which no gradient trains;
//! - the linear layer from `N` features to `K` classes has `N·K + K` parameters and makes `N·K`
//!   multiply-adds.
//!
//! Multiply-adds are those of one forward pass of one image, convolutions and the linear layer
//! only, as is the custom: biases, normalisation, activations, pooling and the sum at a shortcut
//! are left out. The shapes are those of `model::Network`.

use super::{
    Backbone, Head, InvertedStage, LITE_FEATURES, LITE_STEM, Layout, NetworkConfig, Normalization,
    RESNET_STEM, ResidualStage,
};

/// Channels of an image.
const COLOURS: usize = 3;

/// What one part of a network costs, and what comes out of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartCost {
    /// Channels of the output; for the linear layer the number of classes.
    pub channels: usize,
    /// Side of the output in positions; 1 for the linear layer.
    pub side: usize,
    /// Weights, biases, scales and shifts: what training changes.
    pub parameters: u64,
    /// Running means and variances of batch normalisation.
    pub statistics: u64,
    /// Multiply-adds of a forward pass of one image.
    pub multiply_adds: u64,
    /// Values that its convolutions put out for one image.
    pub activations: u64,
    /// Values of the largest of these feature maps.
    pub largest: u64,
    /// Whether it is frozen: its parameters are those of a file, and its features are computed once.
    pub frozen: bool,
}

/// What a network costs, part by part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkCost {
    /// A ResNet's first convolution.
    pub stem: Option<PartCost>,
    /// The blocks after which the network can be cut.
    pub blocks: Vec<PartCost>,
    /// The linear layer, after averaging or flattening.
    pub linear: PartCost,
}

impl NetworkCost {
    /// Every part, from the image to the logits.
    pub fn parts(&self) -> impl Iterator<Item = &PartCost> {
        self.stem.iter().chain(&self.blocks).chain([&self.linear])
    }

    /// The parts that are trained.
    fn trained(&self) -> impl Iterator<Item = &PartCost> {
        self.parts().filter(|part| !part.frozen)
    }

    /// What training changes.
    pub fn parameters(&self) -> u64 {
        self.trained().map(|part| part.parameters).sum()
    }

    /// Parameters of frozen parts.
    pub fn frozen_parameters(&self) -> u64 {
        let frozen = self.parts().filter(|part| part.frozen);
        frozen.map(|part| part.parameters).sum()
    }

    /// Running statistics of the parts that are trained. Together with [`Self::parameters`] they are what the engine counts
    /// ([`crate::protocol::RunInfo::parameters`]) and what an exported file holds.
    pub fn statistics(&self) -> u64 {
        self.trained().map(|part| part.statistics).sum()
    }

    /// Multiply-adds of a forward pass of one image.
    pub fn multiply_adds(&self) -> u64 {
        self.parts().map(|part| part.multiply_adds).sum()
    }
}

/// Adds up the layers of one part.
struct Sum {
    normalization: Normalization,
    part: PartCost,
}

impl Sum {
    fn new(normalization: Normalization, channels: usize, side: usize) -> Self {
        Self {
            normalization,
            part: PartCost {
                channels,
                side,
                parameters: 0,
                statistics: 0,
                multiply_adds: 0,
                activations: 0,
                largest: 0,
                frozen: false,
            },
        }
    }

    /// A `kernel × kernel` convolution with `side × side` outputs, and what normalises them. One input
    /// channel makes it depthwise.
    fn convolve(&mut self, [input, output]: [usize; 2], kernel: usize, side: usize) {
        let [input, output] = [input as u64, output as u64];
        let weights = input * output * (kernel * kernel) as u64;
        let (others, statistics) = match self.normalization {
            Normalization::None => (output, 0),
            Normalization::Batch => (2 * output, 2 * output),
            Normalization::Group { .. } => (2 * output, 0),
        };
        self.part.parameters += weights + others;
        self.part.statistics += statistics;
        self.part.multiply_adds += weights * (side * side) as u64;
        let made = output * (side * side) as u64;
        self.part.activations += made;
        self.part.largest = self.part.largest.max(made);
    }
}

/// Follows an image through the network.
struct Walk {
    normalization: Normalization,
    channels: usize,
    side: usize,
}

impl Walk {
    /// A 3×3 convolution, with a 2×2 max-pool behind it or without.
    fn conv_block(&mut self, output: usize, pool: bool) -> PartCost {
        let before = self.side;
        if pool {
            self.side /= 2;
        }
        let mut sum = Sum::new(self.normalization, output, self.side);
        sum.convolve([self.channels, output], 3, before);
        self.channels = output;
        sum.part
    }

    /// Two 3×3 convolutions and a shortcut, projected where stride or channels change.
    fn basic_block(&mut self, output: usize, stride: usize) -> PartCost {
        let input = self.channels;
        self.side = self.side.div_ceil(stride.max(1));
        let mut sum = Sum::new(self.normalization, output, self.side);
        sum.convolve([input, output], 3, self.side);
        sum.convolve([output, output], 3, self.side);
        if stride != 1 || input != output {
            sum.convolve([input, output], 1, self.side);
        }
        self.channels = output;
        sum.part
    }

    /// A stage of inverted residual blocks.
    fn inverted_stage(&mut self, stage: &InvertedStage, is_first: bool) -> PartCost {
        let mut sum = Sum::new(self.normalization, stage.channels, 0);
        if is_first {
            self.side /= 2;
            sum.convolve([self.channels, LITE_STEM], 3, self.side);
            self.channels = LITE_STEM;
        }
        for i in 0..stage.blocks {
            let wide = self.channels * stage.expand;
            if stage.expand > 1 {
                sum.convolve([self.channels, wide], 1, self.side);
            }
            if i == 0 {
                self.side /= stage.stride;
            }
            sum.convolve([1, wide], stage.kernel, self.side);
            sum.convolve([wide, stage.channels], 1, self.side);
            self.channels = stage.channels;
        }
        PartCost {
            side: self.side,
            ..sum.part
        }
    }

    /// Adds the convolution that makes an EfficientNet-Lite's features to its last stage.
    fn lite_features(&mut self, last: &mut PartCost) {
        let mut sum = Sum::new(self.normalization, LITE_FEATURES, self.side);
        sum.convolve([self.channels, LITE_FEATURES], 1, self.side);
        self.channels = LITE_FEATURES;
        let part = sum.part;
        *last = PartCost {
            parameters: last.parameters + part.parameters,
            statistics: last.statistics + part.statistics,
            multiply_adds: last.multiply_adds + part.multiply_adds,
            activations: last.activations + part.activations,
            largest: last.largest.max(part.largest),
            ..part
        };
    }

    /// A stage of ResNet blocks.
    fn residual_stage(&mut self, stage: &ResidualStage, is_first: bool) -> PartCost {
        let mut sum = Sum::new(self.normalization, 0, 0);
        if is_first {
            self.side = self.side.div_ceil(2);
            sum.convolve([self.channels, RESNET_STEM], 7, self.side);
            self.channels = RESNET_STEM;
            self.side = self.side.div_ceil(2);
        }
        let narrow = stage.channels;
        let output = if stage.bottleneck { 4 * narrow } else { narrow };
        for i in 0..stage.blocks {
            let stride = if i == 0 { stage.stride } else { 1 };
            let before = self.side;
            self.side = self.side.div_ceil(stride);
            if stage.bottleneck {
                sum.convolve([self.channels, narrow], 1, before);
                sum.convolve([narrow, narrow], 3, self.side);
                sum.convolve([narrow, output], 1, self.side);
            } else {
                sum.convolve([self.channels, narrow], 3, self.side);
                sum.convolve([narrow, narrow], 3, self.side);
            }
            if stride != 1 || self.channels != output {
                sum.convolve([self.channels, output], 1, self.side);
            }
            self.channels = output;
        }
        PartCost {
            channels: output,
            side: self.side,
            ..sum.part
        }
    }

    /// The stages of a pretrained network under a head, the first `frozen` of them frozen.
    fn pretrained(&mut self, layout: Layout, head: Head, frozen: usize) -> Vec<PartCost> {
        let normalization = std::mem::replace(&mut self.normalization, Normalization::Batch);
        let mut parts: Vec<PartCost> = match layout {
            Layout::Inverted(stages) => (1..)
                .zip(stages)
                .map(|(i, stage)| self.inverted_stage(stage, i == 1))
                .collect(),
            Layout::Residual(stages) => (1..)
                .zip(&stages)
                .map(|(i, stage)| self.residual_stage(stage, i == 1))
                .collect(),
        };
        if let (Layout::Inverted(_), true, Some(last)) =
            (layout, head.keeps_features(), parts.last_mut())
        {
            self.lite_features(last);
        }
        for part in parts.iter_mut().take(frozen) {
            part.frozen = true;
        }
        self.normalization = normalization;
        parts
    }

    /// The 1×1 convolution of a head, with a bias whatever the normalisation.
    fn head_conv(&mut self, output: usize) -> PartCost {
        let mut sum = Sum::new(Normalization::None, output, self.side);
        sum.convolve([self.channels, output], 1, self.side);
        self.channels = output;
        sum.part
    }

    fn linear(&self, head: Head, classes: usize) -> PartCost {
        let positions = match head {
            Head::GapLinear | Head::ConvGapLinear { .. } => 1,
            Head::FlattenLinear => self.side * self.side,
        };
        let weights = (self.channels * positions * classes) as u64;
        PartCost {
            channels: classes,
            side: 1,
            parameters: weights + classes as u64,
            statistics: 0,
            multiply_adds: weights,
            activations: classes as u64,
            largest: classes as u64,
            frozen: false,
        }
    }
}

impl NetworkConfig {
    /// What this network costs for images of `image_size` pixels in `classes` classes.
    pub fn cost(&self, image_size: usize, classes: usize) -> NetworkCost {
        let mut walk = Walk {
            normalization: self.normalization,
            channels: COLOURS,
            side: image_size,
        };
        let (stem, mut blocks) = match &self.backbone {
            Backbone::SmallCnn { channels } => {
                let pools = channels.len().saturating_sub(1);
                let blocks = channels.iter().enumerate();
                let blocks = blocks.map(|(i, &output)| walk.conv_block(output, i < pools));
                (None, blocks.collect::<Vec<_>>())
            }
            Backbone::ResNet { stem, stages } => {
                let stem = walk.conv_block(*stem, false);
                let mut blocks = Vec::new();
                for stage in stages {
                    for i in 0..stage.blocks {
                        let stride = if i == 0 { stage.stride } else { 1 };
                        blocks.push(walk.basic_block(stage.channels, stride));
                    }
                }
                (Some(stem), blocks)
            }
            Backbone::Pretrained { network, .. } => {
                let frozen = self.backbone.frozen_blocks();
                (None, walk.pretrained(network.layout(), self.head, frozen))
            }
        };
        if let Head::ConvGapLinear { channels } = self.head {
            blocks.push(walk.head_conv(channels));
        }
        NetworkCost {
            stem,
            blocks,
            linear: walk.linear(self.head, classes),
        }
    }
}

#[cfg(test)]
mod tests;
