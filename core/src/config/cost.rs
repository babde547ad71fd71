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

use super::{Backbone, Head, NetworkConfig, Normalization};

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

    /// What training changes.
    pub fn parameters(&self) -> u64 {
        self.parts().map(|part| part.parameters).sum()
    }

    /// Running statistics. Together with [`Self::parameters`] they are what the engine counts
    /// ([`crate::protocol::RunInfo::parameters`]) and what an exported file holds.
    pub fn statistics(&self) -> u64 {
        self.parts().map(|part| part.statistics).sum()
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
            },
        }
    }

    /// A `kernel × kernel` convolution with `side × side` outputs, and what normalises them.
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

    fn linear(&self, head: Head, classes: usize) -> PartCost {
        let positions = match head {
            Head::GapLinear => 1,
            Head::FlattenLinear => self.side * self.side,
        };
        let weights = (self.channels * positions * classes) as u64;
        PartCost {
            channels: classes,
            side: 1,
            parameters: weights + classes as u64,
            statistics: 0,
            multiply_adds: weights,
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
        let (stem, blocks) = match &self.backbone {
            Backbone::SmallCnn { channels } => {
                let pools = channels.len().saturating_sub(1);
                let blocks = channels.iter().enumerate();
                let blocks = blocks.map(|(i, &output)| walk.conv_block(output, i < pools));
                (None, blocks.collect())
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
        };
        NetworkCost {
            stem,
            blocks,
            linear: walk.linear(self.head, classes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::StageConfig;
    use super::*;

    fn shapes(cost: &NetworkCost) -> Vec<[usize; 2]> {
        cost.parts()
            .map(|part| [part.channels, part.side])
            .collect()
    }

    #[test]
    fn the_default_network() {
        let cost = NetworkConfig::default().cost(32, 4);
        // The same sum as in the engine's own test of its parameters.
        assert_eq!(cost.parameters(), 448 + 4640 + 18496 + 260);
        assert_eq!(cost.statistics(), 0);
        assert_eq!(shapes(&cost), [[16, 16], [32, 8], [64, 8], [4, 1]]);
        assert_eq!(
            cost.parts().map(|p| p.multiply_adds).collect::<Vec<_>>(),
            [
                16 * 27 * 32 * 32,
                32 * 144 * 16 * 16,
                64 * 288 * 8 * 8,
                64 * 4
            ]
        );
        assert_eq!(cost.multiply_adds(), 442_368 + 1_179_648 + 1_179_648 + 256);
    }

    #[test]
    fn odd_sides_are_halved_downwards_by_pools() {
        let cost = NetworkConfig::default().cost(30, 4);
        assert_eq!(shapes(&cost), [[16, 15], [32, 7], [64, 7], [4, 1]]);
    }

    #[test]
    fn normalisation_takes_the_place_of_biases() {
        let with = |normalization| {
            let network = NetworkConfig {
                normalization,
                ..NetworkConfig::default()
            };
            let cost = network.cost(32, 4);
            (cost.parameters(), cost.statistics())
        };
        let weights = 432 + 4608 + 18432;
        let channels = 16 + 32 + 64;
        assert_eq!(with(Normalization::None), (weights + channels + 260, 0));
        assert_eq!(
            with(Normalization::Group { groups: 4 }),
            (weights + 2 * channels + 260, 0)
        );
        assert_eq!(
            with(Normalization::Batch),
            (weights + 2 * channels + 260, 2 * channels)
        );
    }

    #[test]
    fn flattening_needs_a_weight_for_each_position() {
        let network = NetworkConfig {
            head: Head::FlattenLinear,
            ..NetworkConfig::default()
        };
        let linear = network.cost(28, 10).linear;
        assert_eq!(linear.multiply_adds, 64 * 7 * 7 * 10);
        assert_eq!(linear.parameters, 64 * 7 * 7 * 10 + 10);
    }

    #[test]
    fn a_resnet_with_and_without_projections() {
        let stage = |channels, blocks, stride| StageConfig {
            channels,
            blocks,
            stride,
        };
        let network = NetworkConfig {
            backbone: Backbone::ResNet {
                stem: 4,
                stages: vec![stage(4, 2, 1), stage(8, 1, 2)],
            },
            normalization: Normalization::Batch,
            ..NetworkConfig::default()
        };
        // Strides halve 21 upwards.
        let cost = network.cost(21, 5);
        assert_eq!(shapes(&cost), [[4, 21], [4, 21], [4, 21], [8, 11], [5, 1]]);
        let parameters: Vec<u64> = cost.parts().map(|p| p.parameters).collect();
        assert_eq!(
            parameters,
            [
                108 + 8,
                2 * (144 + 8),
                2 * (144 + 8),
                (288 + 16) + (576 + 16) + (32 + 16),
                45
            ]
        );
        let statistics: Vec<u64> = cost.parts().map(|p| p.statistics).collect();
        assert_eq!(statistics, [8, 16, 16, 48, 0]);
        let last = &cost.blocks[2];
        assert_eq!(last.multiply_adds, (288 + 576 + 32) * 11 * 11);
        assert_eq!(cost.linear.multiply_adds, 40);
    }
}
