//! The WGSL of the gradient of a 1×1 convolution's weights.

use std::fmt::Write;

use super::{
    pointwise_shader::PointwiseShape,
    reduce::{Reduction, parts},
    tiles::even_split,
};
use crate::gpu::{ComputeShader, buffers, is_software_adapter, lanes};

/// The gradient of the weights of a 1×1 convolution: the shader and the shapes that it runs for.
#[derive(Debug, Clone, Copy)]
pub(super) struct PointwiseWeightGrad {
    pub(super) shader: PointwiseWeightShader,
    images: usize,
    shape: PointwiseShape,
    /// How many workgroups share the positions.
    pub(super) parts: usize,
}

/// The shader. Each workgroup computes the weights from a few input channels to a few output channels; its
/// invocations divide the positions of all images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct PointwiseWeightShader {
    bias: bool,
    /// Output and input channels of one workgroup.
    tile: [usize; 2],
    lanes: usize,
    /// Whether several workgroups share the positions.
    shared: bool,
}

impl PointwiseWeightGrad {
    /// For so many images of a shape.
    pub(super) fn new(images: usize, shape: PointwiseShape, bias: bool) -> Self {
        let PointwiseShape {
            inputs,
            outputs,
            area,
        } = shape;
        let side = if is_software_adapter() { 8 } else { 4 };
        let tile = [even_split(outputs, side), even_split(inputs, side)];
        let groups = outputs.div_ceil(tile[0]) * inputs.div_ceil(tile[1]);
        let parts = parts(groups, images * area);
        Self {
            shader: PointwiseWeightShader {
                bias,
                tile,
                lanes: lanes(),
                shared: parts > 1,
            },
            images,
            shape,
            parts,
        }
    }

    /// Workgroups, and the shader's `params`: positions, positions for each invocation, input and output
    /// channels, positions of an image, parts.
    pub(super) fn groups(&self) -> ([usize; 3], [u32; 6]) {
        let PointwiseShape {
            inputs,
            outputs,
            area,
        } = self.shape;
        let positions = self.images * area;
        let turns = positions.div_ceil(self.shader.lanes * self.parts);
        let [channels, sources] = self.shader.tile;
        (
            [
                outputs.div_ceil(channels),
                inputs.div_ceil(sources),
                self.parts,
            ],
            [positions, turns, inputs, outputs, area, self.parts].map(|value| value as u32),
        )
    }
}

impl PointwiseWeightShader {
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

impl ComputeShader for PointwiseWeightShader {
    fn wgsl(&self) -> String {
        let ([channels, sources], lanes) = (self.tile, self.lanes);
        let mut reduction = Reduction::new(lanes);
        for source in 0..sources {
            for channel in 0..channels {
                reduction.push_weight(format!("a{source}_{channel}"));
            }
        }
        if self.bias {
            (0..channels).for_each(|channel| reduction.push_bias(format!("b{channel}")));
        }
        let made = reduction.outputs(self.shared);
        let mut text = buffers(&["x", "grad"], made, true);
        let _ = write!(
            text,
            "{}@compute @workgroup_size({lanes})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {{
  let inputs = params[2];
  let outputs = params[3];
  let area = params[4];
  let first = group.x * {channels}u;
  let source = group.y * {sources}u;
",
            reduction.memory(),
        );
        for channel in 0..channels {
            let _ = writeln!(
                text,
                "  let k{channel} = min(first + {channel}u, outputs - 1u) * area;"
            );
        }
        for source in 0..sources {
            let _ = writeln!(
                text,
                "  let q{source} = min(source + {source}u, inputs - 1u) * area;"
            );
        }
        reduction.declare(&mut text);
        let _ = write!(
            text,
            "  for (var turn = 0u; turn < params[1]; turn++) {{
    let counted = (turn * params[5] + group.z) * {lanes}u + lane;
    let here = counted < params[0];
    let site = min(counted, params[0] - 1u);
    let image = site / area;
    let at = site % area;
    let x_at = image * inputs * area + at;
    let grad_at = image * outputs * area + at;
"
        );
        self.accumulate(&mut text);
        text.push_str("  }\n");
        let weight = format!(
            "let c = source + number / {channels}u;
      let k = first + number % {channels}u;
      if (k < outputs && c < inputs) {{ WEIGHT[k * inputs + c] = sum; }}"
        );
        let bias = "let k = first + number;
      if (k < outputs && group.y == 0u) { BIAS[k] = sum; }";
        let part = format!("group.z * outputs * (inputs + {}u)", u8::from(self.bias));
        let places = [part.as_str(), "outputs * inputs"];
        reduction.write(&mut text, self.shared, places, [&weight, bias]);
        text.push_str("}\n");
        text
    }
}
