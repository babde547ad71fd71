//! The WGSL of the 1×1 convolution, and of its input's gradient.
//!
//! Each invocation computes a tile of several output channels at
//! several positions, which lie apart so that neighbouring invocations read neighbouring values. Four
//! input channels are added at a time where they divide evenly: their weights are one load.

use std::fmt::Write;

use super::{clamp::clamped, conv3x3_shader::even_split};
use crate::{
    gpu::{ComputeShader, LANES, buffers, is_software_adapter, quotient, remainder},
    model::clamp::Clamp,
};

const COMPONENTS: [&str; 4] = ["x", "y", "z", "w"];

/// A 1×1 convolution of images of one shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct PointwiseShader {
    inputs: usize,
    outputs: usize,
    /// Positions of an image.
    area: usize,
    /// Channels exchanged: the input's gradient.
    transposed: bool,
    bias: bool,
    clamp: Clamp,
    /// Output channels and positions of one invocation.
    tile: [usize; 2],
}

impl PointwiseShader {
    /// From `inputs` to `outputs` channels of images of so many positions.
    pub(super) fn new(
        [inputs, outputs]: [usize; 2],
        area: usize,
        transposed: bool,
        bias: bool,
        clamp: Clamp,
    ) -> Self {
        let positions = if is_software_adapter() { 8 } else { 4 };
        let channels = match outputs {
            _ if outputs.is_multiple_of(8) => 8,
            _ if outputs.is_multiple_of(4) => 4,
            _ => even_split(outputs, 8),
        };
        Self {
            inputs,
            outputs,
            area,
            transposed,
            bias,
            clamp,
            tile: [channels, even_split(area, positions)],
        }
    }

    /// Invocations for one image.
    fn across(&self) -> usize {
        self.area.div_ceil(self.tile[1])
    }

    /// Workgroups for so many images, and the shader's `params`: invocations in use.
    pub(super) fn groups(&self, images: usize) -> ([usize; 3], [u32; 1]) {
        let count = images * self.across();
        let tiles = self.outputs.div_ceil(self.tile[0]);
        ([count.div_ceil(LANES), tiles, 1], [count as u32])
    }

    /// Whether weights are loaded four at a time: of four input channels, or of four output channels
    /// where the channels are exchanged.
    fn by_fours(&self) -> bool {
        match self.transposed {
            true => self.outputs.is_multiple_of(4) && self.tile[0].is_multiple_of(4),
            false => self.inputs.is_multiple_of(4),
        }
    }

    /// Input channels that are added at a time.
    fn step(&self) -> usize {
        match (self.transposed, self.inputs.is_multiple_of(4)) {
            (_, true) => 4,
            (_, false) => 1,
        }
    }

    /// Whether every tile has all its channels.
    fn is_filled(&self) -> bool {
        self.outputs.is_multiple_of(self.tile[0])
    }

    /// Loads the weights from the input channels at `c` to the channels of the tile.
    fn load_weights(&self, text: &mut String) {
        let ([channels, _], inputs, outputs) = (self.tile, self.inputs, self.outputs);
        match (self.transposed, self.by_fours()) {
            (false, true) => {
                for channel in 0..channels {
                    let start = format!("k{channel} * {}u", inputs / 4);
                    let _ = writeln!(text, "    let w{channel} = weight[{start} + (c >> 2u)];");
                }
            }
            (false, false) => {
                for channel in 0..channels {
                    let _ = writeln!(
                        text,
                        "    let w{channel}_0 = weight[k{channel} * {inputs}u + c];"
                    );
                }
            }
            (true, true) => {
                let fours = outputs / 4;
                for step in 0..self.step() {
                    for four in 0..channels / 4 {
                        let _ = writeln!(
                            text,
                            "    let w{step}_{four} = weight[(c + {step}u) * {fours}u + min((first >> 2u) + {four}u, {}u)];",
                            fours - 1
                        );
                    }
                }
            }
            (true, false) => {
                for step in 0..self.step() {
                    for channel in 0..channels {
                        let _ = writeln!(
                            text,
                            "    let w{channel}_{step} = weight[(c + {step}u) * {outputs}u + k{channel}];"
                        );
                    }
                }
            }
        }
    }

    /// The weight from the input channel `c + step` to a channel of the tile.
    fn weight(&self, channel: usize, step: usize) -> String {
        match (self.transposed, self.by_fours()) {
            (false, true) => format!("w{channel}.{}", COMPONENTS[step]),
            (true, true) => format!("w{step}_{}.{}", channel / 4, COMPONENTS[channel % 4]),
            (_, false) => format!("w{channel}_{step}"),
        }
    }

    fn write_outputs(&self, text: &mut String) {
        let ([channels, positions], outputs, area) = (self.tile, self.outputs, self.area);
        for channel in 0..channels {
            let _ = match self.is_filled() {
                true => writeln!(text, "  {{"),
                false => writeln!(text, "  if (first + {channel}u < {outputs}u) {{"),
            };
            let added = match self.bias {
                true => format!(" + bias[k{channel}]"),
                false => String::new(),
            };
            let _ = writeln!(
                text,
                "    let o = (image * {outputs}u + k{channel}) * {area}u;"
            );
            for position in 0..positions {
                let sum = format!("a{channel}_{position}{added}");
                let value = clamped(self.clamp, &format!("s{position}"));
                let write = format!("y[o + p{position}] = {value};");
                let ahead = position * self.across();
                let always = ahead + self.across() <= area;
                let _ = writeln!(text, "    let s{position} = {sum};");
                let _ = match always {
                    true => writeln!(text, "    {write}"),
                    false => writeln!(text, "    if (at + {ahead}u < {area}u) {{ {write} }}"),
                };
            }
            text.push_str("  }\n");
        }
    }
}

impl ComputeShader for PointwiseShader {
    fn wgsl(&self) -> String {
        let ([channels, positions], inputs, area) = (self.tile, self.inputs, self.area);
        let across = self.across();
        let weight = match self.by_fours() {
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
  let image = {};
  let at = {};
  let first = group.y * {channels}u;
",
            quotient("site", across),
            remainder("site", across),
        );
        for channel in 0..channels {
            let number = match self.is_filled() {
                true => format!("first + {channel}u"),
                false => format!("min(first + {channel}u, {}u)", self.outputs - 1),
            };
            let _ = writeln!(text, "  let k{channel} = {number};");
            for position in 0..positions {
                let _ = writeln!(text, "  var a{channel}_{position} = 0.0;");
            }
        }
        for position in 0..positions {
            let _ = writeln!(
                text,
                "  let p{position} = min(at + {}u, {}u);
  var q{position} = image * {}u + p{position};",
                position * across,
                area - 1,
                inputs * area,
            );
        }
        let step = self.step();
        let _ = writeln!(text, "  for (var c = 0u; c < {inputs}u; c += {step}u) {{");
        self.load_weights(&mut text);
        for position in 0..positions {
            for ahead in 0..step {
                let _ = writeln!(
                    text,
                    "    let x{ahead}_{position} = x[q{position} + {}u];",
                    ahead * area
                );
            }
            let _ = writeln!(text, "    q{position} += {}u;", step * area);
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
