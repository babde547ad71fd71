//! The WGSL of the gradient of a convolution's weights and bias.
//!
//! Each workgroup computes the weights from one or a few input channels to several output channels.
//! Its invocations divide the columns of all images among them; each accumulates down its columns, a
//! few rows at a time, and the workgroup reduces their sums. Where this makes too few workgroups for a
//! GPU, the columns are divided among several, and a second shader adds their partial sums.

use std::fmt::Write;

use super::{
    conv3x3_shader::{bounds_check, even_split, load_window},
    reduce::{Reduction, parts},
};
use crate::gpu::{ComputeShader, buffers, is_software_adapter, lanes, quotient, remainder};

/// The gradient of the weights of a convolution of images of one shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct WeightGradShader {
    inputs: usize,
    outputs: usize,
    height: usize,
    width: usize,
    bias: bool,
    /// Output and input channels of one workgroup.
    tile: [usize; 2],
    /// Rows and columns that an invocation processes at a time.
    patch: [usize; 2],
    lanes: usize,
    /// How many workgroups share the columns.
    pub(super) parts: usize,
}

impl WeightGradShader {
    /// For so many images of `[channels, height, width]`.
    pub(super) fn new(
        images: usize,
        [inputs, height, width]: [usize; 3],
        outputs: usize,
        bias: bool,
    ) -> Self {
        let (channels, sources, columns) = match is_software_adapter() {
            true => (8, 2, 2),
            false => (4, 1, 1),
        };
        let tile = [even_split(outputs, channels), even_split(inputs, sources)];
        let groups = outputs.div_ceil(tile[0]) * inputs.div_ceil(tile[1]);
        let patch = [even_split(height, 4), even_split(width, columns)];
        Self {
            inputs,
            outputs,
            height,
            width,
            bias,
            tile,
            patch,
            lanes: lanes(),
            parts: parts(groups, images * width.div_ceil(patch[1])),
        }
    }

    /// Values of one partial sum: all weights and biases.
    pub(super) fn values(&self) -> usize {
        self.outputs * (self.inputs * 9 + usize::from(self.bias))
    }

    /// Workgroups for so many images, and the shader's `params`: columns, columns for each invocation,
    /// values of the input, values of the output's gradient.
    pub(super) fn groups(&self, images: usize) -> ([usize; 3], [u32; 4]) {
        let columns = images * self.width.div_ceil(self.patch[1]);
        let iterations = columns.div_ceil(self.lanes * self.parts);
        let area = images * self.height * self.width;
        let [channels, sources] = self.tile;
        (
            [
                self.outputs.div_ceil(channels),
                self.inputs.div_ceil(sources),
                self.parts,
            ],
            [
                columns as u32,
                iterations as u32,
                (area * self.inputs) as u32,
                (area * self.outputs) as u32,
            ],
        )
    }

    /// Each invocation's sums over its columns.
    fn accumulate(&self, text: &mut String) {
        let ([channels, sources], [rows, columns]) = (self.tile, self.patch);
        let (height, width) = (self.height, self.width);
        let (area, across) = (height * width, width.div_ceil(columns));
        self.reduction().declare(text);
        let _ = writeln!(
            text,
            "  for (var turn = 0u; turn < params[1]; turn++) {{
    let counted = (turn * {}u + group.z) * {}u + lane;
    let here = counted < params[0];
    let column = min(counted, params[0] - 1u);
    let image = {};
    let left = {} * {columns}u;
    let source = image * {}u + left;
    let begin = image * {}u + left;
    for (var top = 0u; top < {height}u; top += {rows}u) {{",
            self.parts,
            self.lanes,
            quotient("column", across),
            remainder("column", across),
            self.inputs * area,
            self.outputs * area,
        );
        for source in 0..sources {
            let _ = writeln!(
                text,
                "    let at{source} = source + q{source} + top * {width}u;"
            );
            let names = [format!("v{source}_"), format!("at{source}")];
            let names = [names[0].as_str(), names[1].as_str()];
            load_window(text, names, self.patch, [height, width]);
        }
        for channel in 0..channels {
            self.accumulate_channel(text, channel);
        }
        text.push_str("    }\n  }\n");
    }

    /// Adds the products of one output channel's gradients with the loaded windows.
    fn accumulate_channel(&self, text: &mut String, channel: usize) {
        let ([_, sources], [rows, columns]) = (self.tile, self.patch);
        let (height, width) = (self.height, self.width);
        let places = || (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
        let _ = writeln!(
            text,
            "    let to{channel} = begin + k{channel} + top * {width}u;"
        );
        for (row, column) in places() {
            let checks = [
                bounds_check("top", row as isize, rows, height),
                bounds_check("left", column as isize, columns, width),
            ];
            let mut checks: Vec<String> = checks.into_iter().flatten().collect();
            let mut place = format!("to{channel} + {}u", row * width + column);
            if !checks.is_empty() {
                place = format!("min({place}, params[3] - 1u)");
            }
            checks.push("here".to_owned());
            let _ = writeln!(
                text,
                "    let g{channel}_{row}_{column} = select(0.0, grad[{place}], {});",
                checks.join(" && ")
            );
        }
        if self.bias {
            let all: Vec<String> = places()
                .map(|(row, column)| format!("g{channel}_{row}_{column}"))
                .collect();
            let _ = writeln!(text, "    b{channel} += {};", all.join(" + "));
        }
        for source in 0..sources {
            for tap in 0..9 {
                let products: Vec<String> = places()
                    .map(|(row, column)| {
                        let (y, x) = (row + tap / 3, column + tap % 3);
                        format!("g{channel}_{row}_{column} * v{source}_{y}_{x}")
                    })
                    .collect();
                let _ = writeln!(
                    text,
                    "    a{source}_{channel}_{tap} += {};",
                    products.join(" + ")
                );
            }
        }
    }

    /// The sums of an invocation.
    fn reduction(&self) -> Reduction {
        let [channels, sources] = self.tile;
        let mut reduction = Reduction::new(self.lanes);
        for source in 0..sources {
            for channel in 0..channels {
                (0..9).for_each(|tap| reduction.push_weight(format!("a{source}_{channel}_{tap}")));
            }
        }
        if self.bias {
            (0..channels).for_each(|channel| reduction.push_bias(format!("b{channel}")));
        }
        reduction
    }
}

impl ComputeShader for WeightGradShader {
    fn wgsl(&self) -> String {
        let [channels, sources] = self.tile;
        let area = self.height * self.width;
        let reduction = self.reduction();
        let made = reduction.outputs(self.parts);
        let mut text = buffers(&["x", "grad"], made, true);
        let _ = writeln!(
            text,
            "{}@compute @workgroup_size({})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {{
  let last = params[2] - 1u;
  let first = group.x * {channels}u;",
            reduction.memory(),
            self.lanes,
        );
        for channel in 0..channels {
            let number = match self.outputs.is_multiple_of(channels) {
                true => format!("first + {channel}u"),
                false => format!("min(first + {channel}u, {}u)", self.outputs - 1),
            };
            let _ = writeln!(text, "  let k{channel} = ({number}) * {area}u;");
        }
        for source in 0..sources {
            let _ = writeln!(
                text,
                "  let q{source} = min(group.y * {sources}u + {source}u, {}u) * {area}u;",
                self.inputs - 1
            );
        }
        self.accumulate(&mut text);
        let (inputs, outputs, each) = (self.inputs, self.outputs, channels * 9);
        let weight = format!(
            "let c = group.y * {sources}u + number / {each}u;
      let k = first + number % {each}u / 9u;
      if (k < {outputs}u && c < {inputs}u) {{ WEIGHT[(k * {inputs}u + c) * 9u + number % 9u] = sum; }}"
        );
        let bias = format!(
            "let k = first + number;
      if (k < {outputs}u && group.y == 0u) {{ BIAS[k] = sum; }}"
        );
        let part = format!("group.z * {}u", self.values());
        let weights = outputs * inputs * 9;
        reduction.write(&mut text, self.parts, &part, weights, [&weight, &bias]);
        text.push_str("}\n");
        text
    }
}
