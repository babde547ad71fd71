//! The WGSL of the 1×1 convolution, and of its input's gradient.
//!
//! Each invocation computes a tile of several output channels at
//! several positions, which lie apart so that neighbouring invocations read neighbouring values. Four
//! input channels are added at a time where they divide evenly: their weights are one load. Numbers of channels and
//! positions are parameters of the shader, so that the layers of a network share its text.

use std::fmt::Write;

use burn_cubecl::tensor::CubeTensor;

use super::{clamp::clamped, tiles::even_split};
use crate::{
    gpu::{ComputeShader, LANES, buffers, dims, is_software_adapter},
    model::clamp::Clamp,
};

const COMPONENTS: [&str; 4] = ["x", "y", "z", "w"];

/// Channels and positions of the images of a 1×1 convolution.
#[derive(Debug, Clone, Copy)]
pub(super) struct PointwiseShape {
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    /// Positions of an image.
    pub(super) area: usize,
}

impl PointwiseShape {
    /// Of a convolution of these images, `[B, C, H, W]`, to so many channels.
    pub(super) fn of(images: &CubeTensor, outputs: usize) -> Self {
        let [_, inputs, height, width] = dims(images);
        Self {
            inputs,
            outputs,
            area: height * width,
        }
    }
}

/// A 1×1 convolution of images of all shapes that its tiles divide alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct PointwiseShader {
    /// Channels exchanged: the input's gradient.
    transposed: bool,
    bias: bool,
    clamp: Clamp,
    /// Output channels and positions of one invocation.
    tile: [usize; 2],
    /// Whether tiles fill all output channels, and all positions.
    filled: [bool; 2],
    /// Whether weights are loaded four at a time: of four input channels, or of four output channels
    /// where the channels are exchanged.
    by_fours: bool,
    /// Input channels that are added at a time.
    step: usize,
}

impl PointwiseShader {
    /// For images of a shape.
    pub(super) fn new(shape: PointwiseShape, transposed: bool, bias: bool, clamp: Clamp) -> Self {
        let PointwiseShape {
            inputs,
            outputs,
            area,
        } = shape;
        let positions = if is_software_adapter() { 8 } else { 4 };
        let channels = match outputs {
            _ if outputs.is_multiple_of(8) => 8,
            _ if outputs.is_multiple_of(4) => 4,
            _ => even_split(outputs, 8),
        };
        let positions = even_split(area, positions);
        Self {
            transposed,
            bias,
            clamp,
            tile: [channels, positions],
            filled: [
                outputs.is_multiple_of(channels),
                area.is_multiple_of(positions),
            ],
            by_fours: match transposed {
                true => outputs.is_multiple_of(4) && channels.is_multiple_of(4),
                false => inputs.is_multiple_of(4),
            },
            step: if inputs.is_multiple_of(4) { 4 } else { 1 },
        }
    }

    /// Workgroups for so many images, and the shader's `params`: invocations in use, input and output channels,
    /// positions of an image.
    pub(super) fn groups(&self, images: usize, shape: PointwiseShape) -> ([usize; 3], [u32; 4]) {
        let PointwiseShape {
            inputs,
            outputs,
            area,
        } = shape;
        let count = images * area.div_ceil(self.tile[1]);
        let tiles = outputs.div_ceil(self.tile[0]);
        (
            [count.div_ceil(LANES), tiles, 1],
            [count, inputs, outputs, area].map(|value| value as u32),
        )
    }

    /// Loads the weights from the input channels at `c` to the channels of the tile.
    fn load_weights(&self, text: &mut String) {
        let [channels, _] = self.tile;
        match (self.transposed, self.by_fours) {
            (false, true) => {
                for channel in 0..channels {
                    let place = format!("k{channel} * (inputs >> 2u) + (c >> 2u)");
                    let _ = writeln!(text, "    let w{channel} = weight[{place}];");
                }
            }
            (false, false) => {
                for channel in 0..channels {
                    let _ = writeln!(
                        text,
                        "    let w{channel}_0 = weight[k{channel} * inputs + c];"
                    );
                }
            }
            (true, true) => {
                text.push_str("    let fours = outputs >> 2u;\n");
                for step in 0..self.step {
                    for four in 0..channels / 4 {
                        let _ = writeln!(
                            text,
                            "    let w{step}_{four} = weight[(c + {step}u) * fours + min((first >> 2u) + {four}u, fours - 1u)];"
                        );
                    }
                }
            }
            (true, false) => {
                for step in 0..self.step {
                    for channel in 0..channels {
                        let _ = writeln!(
                            text,
                            "    let w{channel}_{step} = weight[(c + {step}u) * outputs + k{channel}];"
                        );
                    }
                }
            }
        }
    }

    /// The weight from the input channel `c + step` to a channel of the tile.
    fn weight(&self, channel: usize, step: usize) -> String {
        match (self.transposed, self.by_fours) {
            (false, true) => format!("w{channel}.{}", COMPONENTS[step]),
            (true, true) => format!("w{step}_{}.{}", channel / 4, COMPONENTS[channel % 4]),
            (_, false) => format!("w{channel}_{step}"),
        }
    }

    fn write_outputs(&self, text: &mut String) {
        let [channels, positions] = self.tile;
        for channel in 0..channels {
            let _ = match self.filled[0] {
                true => writeln!(text, "  {{"),
                false => writeln!(text, "  if (first + {channel}u < outputs) {{"),
            };
            let added = match self.bias {
                true => format!(" + bias[k{channel}]"),
                false => String::new(),
            };
            let _ = writeln!(text, "    let o = (image * outputs + k{channel}) * area;");
            for position in 0..positions {
                let sum = format!("a{channel}_{position}{added}");
                let value = clamped(self.clamp, &format!("s{position}"));
                let write = format!("y[o + p{position}] = {value};");
                let _ = writeln!(text, "    let s{position} = {sum};");
                let _ = match position == 0 || self.filled[1] {
                    true => writeln!(text, "    {write}"),
                    false => {
                        writeln!(
                            text,
                            "    if (at + {position}u * across < area) {{ {write} }}"
                        )
                    }
                };
            }
            text.push_str("  }\n");
        }
    }
}

impl ComputeShader for PointwiseShader {
    fn wgsl(&self) -> String {
        let ([channels, positions], step) = (self.tile, self.step);
        let weight = match self.by_fours {
            true => "weight: vec4<f32>",
            false => "weight",
        };
        let mut names = vec!["x", weight];
        if self.bias {
            names.push("bias");
        }
        let mut text = buffers(&names, &["y"], true);
        let _ = write!(
            text,
            "@compute @workgroup_size({LANES})
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(workgroup_id) group: vec3<u32>) {{
  let site = id.x;
  if (site >= params[0]) {{ return; }}
  let inputs = params[1];
  let outputs = params[2];
  let area = params[3];
  let across = (area + {}u) / {positions}u;
  let image = site / across;
  let at = site % across;
  let first = group.y * {channels}u;
",
            positions - 1,
        );
        for channel in 0..channels {
            let number = match self.filled[0] {
                true => format!("first + {channel}u"),
                false => format!("min(first + {channel}u, outputs - 1u)"),
            };
            let _ = writeln!(text, "  let k{channel} = {number};");
            for position in 0..positions {
                let _ = writeln!(text, "  var a{channel}_{position} = 0.0;");
            }
        }
        for position in 0..positions {
            let _ = writeln!(
                text,
                "  let p{position} = min(at + {position}u * across, area - 1u);
  var q{position} = image * inputs * area + p{position};"
            );
        }
        let _ = writeln!(text, "  for (var c = 0u; c < inputs; c += {step}u) {{");
        self.load_weights(&mut text);
        for position in 0..positions {
            for ahead in 0..step {
                let _ = writeln!(
                    text,
                    "    let x{ahead}_{position} = x[q{position} + {ahead}u * area];"
                );
            }
            let _ = writeln!(text, "    q{position} += {step}u * area;");
            for channel in 0..channels {
                let products: Vec<String> = (0..step)
                    .map(|ahead| format!("{} * x{ahead}_{position}", self.weight(channel, ahead)))
                    .collect();
                let _ = writeln!(
                    text,
                    "    a{channel}_{position} += {};",
                    products.join(" + ")
                );
            }
        }
        text.push_str("  }\n");
        self.write_outputs(&mut text);
        text.push_str("}\n");
        text
    }
}
