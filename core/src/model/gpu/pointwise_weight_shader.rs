//! The WGSL of the gradient of a 1×1 convolution's weights.

use std::fmt::Write;

use super::{
    conv3x3_shader::even_split,
    reduce::{Reduction, parts},
};
use crate::gpu::{ComputeShader, buffers, is_software_adapter, lanes, quotient, remainder};

/// The gradient of the weights of a 1×1 convolution. Each workgroup computes those from a few input
/// channels to a few output channels; its invocations divide the positions of all images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct PointwiseWeightGrad {
    inputs: usize,
    outputs: usize,
    area: usize,
    bias: bool,
    /// Output and input channels of one workgroup.
    tile: [usize; 2],
    lanes: usize,
    /// How many workgroups share the positions.
    pub(super) parts: usize,
}

impl PointwiseWeightGrad {
    /// For so many images of so many positions.
    pub(super) fn new(
        images: usize,
        [inputs, outputs]: [usize; 2],
        area: usize,
        bias: bool,
    ) -> Self {
        let side = if is_software_adapter() { 8 } else { 4 };
        let tile = [even_split(outputs, side), even_split(inputs, side)];
        let groups = outputs.div_ceil(tile[0]) * inputs.div_ceil(tile[1]);
        Self {
            inputs,
            outputs,
            area,
            bias,
            tile,
            lanes: lanes(),
            parts: parts(groups, images * area),
        }
    }

    /// Values of one partial sum: all weights and biases.
    pub(super) fn values(&self) -> usize {
        self.outputs * (self.inputs + usize::from(self.bias))
    }

    /// Workgroups for so many images, and the shader's `params`: positions, positions for each invocation.
    pub(super) fn groups(&self, images: usize) -> ([usize; 3], [u32; 2]) {
        let positions = images * self.area;
        let turns = positions.div_ceil(self.lanes * self.parts);
        let [channels, sources] = self.tile;
        (
            [
                self.outputs.div_ceil(channels),
                self.inputs.div_ceil(sources),
                self.parts,
            ],
            [positions as u32, turns as u32],
        )
    }
}

impl PointwiseWeightGrad {
    /// Adds the products of a position's inputs and gradients.
    fn accumulate(&self, text: &mut String) {
        let [channels, sources] = self.tile;
        for channel in 0..channels {
            let _ = writeln!(
                text,
                "    let g{channel} = select(0.0, grad[grad_at + k{channel}], here);"
            );
            if self.bias {
                let _ = writeln!(text, "    b{channel} += g{channel};");
            }
        }
        for source in 0..sources {
            let _ = writeln!(text, "    let x{source} = x[x_at + q{source}];");
            for channel in 0..channels {
                let _ = writeln!(text, "    a{source}_{channel} += g{channel} * x{source};");
            }
        }
    }
}

impl ComputeShader for PointwiseWeightGrad {
    fn wgsl(&self) -> String {
        let ([channels, sources], lanes, area) = (self.tile, self.lanes, self.area);
        let (inputs, outputs) = (self.inputs, self.outputs);
        let mut reduction = Reduction::new(lanes);
        for source in 0..sources {
            for channel in 0..channels {
                reduction.push_weight(format!("a{source}_{channel}"));
            }
        }
        if self.bias {
            (0..channels).for_each(|channel| reduction.push_bias(format!("b{channel}")));
        }
        let made = reduction.outputs(self.parts > 1);
        let mut text = buffers(&["x", "grad"], made, true);
        let _ = write!(
            text,
            "{}@compute @workgroup_size({lanes})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {{
  let first = group.x * {channels}u;
  let source = group.y * {sources}u;
",
            reduction.memory(),
        );
        for channel in 0..channels {
            let _ = writeln!(
                text,
                "  let k{channel} = min(first + {channel}u, {}u) * {area}u;",
                outputs - 1
            );
        }
        for source in 0..sources {
            let _ = writeln!(
                text,
                "  let q{source} = min(source + {source}u, {}u) * {area}u;",
                inputs - 1
            );
        }
        reduction.declare(&mut text);
        let _ = write!(
            text,
            "  for (var turn = 0u; turn < params[1]; turn++) {{
    let counted = (turn * {}u + group.z) * {lanes}u + lane;
    let here = counted < params[0];
    let site = min(counted, params[0] - 1u);
    let image = {};
    let at = {};
    let x_at = image * {}u + at;
    let grad_at = image * {}u + at;
",
            self.parts,
            quotient("site", area),
            remainder("site", area),
            inputs * area,
            outputs * area,
        );
        self.accumulate(&mut text);
        text.push_str("  }\n");
        let weight = format!(
            "let c = source + number / {channels}u;
      let k = first + number % {channels}u;
      if (k < {outputs}u && c < {inputs}u) {{ WEIGHT[k * {inputs}u + c] = sum; }}"
        );
        let bias = format!(
            "let k = first + number;
      if (k < {outputs}u && group.y == 0u) {{ BIAS[k] = sum; }}"
        );
        let part = format!("group.z * {}u", self.values());
        let weights = format!("{}u", outputs * inputs);
        let store = [weight.as_str(), bias.as_str()];
        reduction.write(&mut text, self.parts > 1, [&part, &weights], store);
        text.push_str("}\n");
        text
    }
}
