//! The WGSL of the gradient of a convolution's weights and bias.
//!
//! Each workgroup computes the weights from one or a few input channels to several output channels.
//! Its invocations divide the columns of all images among them; each accumulates down its columns, a
//! few rows at a time, and the workgroup reduces their sums. Where this makes too few workgroups for a
//! GPU, the columns are divided among several, and a second shader adds their partial sums.

use std::fmt::Write;

use super::{
    conv3x3_shader::Shape,
    reduce::{Reduction, parts},
    tiles::{Filled, bounds_check, even_split, load_window},
};
use crate::gpu::{ComputeShader, buffers, is_software_adapter, lanes};

/// The gradient of the weights of a convolution: the shader and the shapes that it runs for.
#[derive(Debug, Clone, Copy)]
pub(super) struct WeightGrad {
    pub(super) shader: WeightGradShader,
    images: usize,
    shape: Shape,
    /// How many workgroups share the columns.
    pub(super) parts: usize,
}

/// The shader, for images of all shapes that its tiles divide alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct WeightGradShader {
    bias: bool,
    /// Output and input channels of one workgroup.
    tile: [usize; 2],
    /// Whether tiles fill all output channels.
    filled_outputs: bool,
    /// Rows and columns that an invocation processes at a time.
    patch: [usize; 2],
    /// Whether these fill the image.
    filled: Filled,
    lanes: usize,
    /// Whether several workgroups share the columns.
    shared: bool,
}

impl WeightGrad {
    /// For so many images of a shape.
    pub(super) fn new(images: usize, shape: Shape, bias: bool) -> Self {
        let Shape {
            inputs,
            outputs,
            height,
            width,
        } = shape;
        let (channels, sources, columns) = match is_software_adapter() {
            true => (8, 2, 2),
            false => (4, 1, 1),
        };
        let tile = [even_split(outputs, channels), even_split(inputs, sources)];
        let groups = outputs.div_ceil(tile[0]) * inputs.div_ceil(tile[1]);
        let patch = [even_split(height, 4), even_split(width, columns)];
        let parts = parts(groups, images * width.div_ceil(patch[1]));
        let shader = WeightGradShader {
            bias,
            tile,
            filled_outputs: outputs.is_multiple_of(tile[0]),
            patch,
            filled: Filled::new([height, width], patch),
            lanes: lanes(),
            shared: parts > 1,
        };
        Self {
            shader,
            images,
            shape,
            parts,
        }
    }

    /// Workgroups, and the shader's `params`: columns, columns for each invocation, values of the input, values
    /// of the output's gradient, input and output channels, height, width, parts.
    pub(super) fn groups(&self) -> ([usize; 3], [u32; 9]) {
        let Shape {
            inputs,
            outputs,
            height,
            width,
        } = self.shape;
        let (images, parts) = (self.images, self.parts);
        let [channels, sources] = self.shader.tile;
        let columns = images * width.div_ceil(self.shader.patch[1]);
        let turns = columns.div_ceil(self.shader.lanes * parts);
        let area = images * height * width;
        let (x, grad) = (area * inputs, area * outputs);
        (
            [outputs.div_ceil(channels), inputs.div_ceil(sources), parts],
            [
                columns, turns, x, grad, inputs, outputs, height, width, parts,
            ]
            .map(|value| value as u32),
        )
    }
}

impl WeightGradShader {
    /// Each invocation's sums over its columns.
    fn accumulate(&self, text: &mut String) {
        let ([channels, sources], [rows, columns]) = (self.tile, self.patch);
        self.reduction().declare(text);
        let _ = writeln!(
            text,
            "  for (var turn = 0u; turn < params[1]; turn++) {{
    let counted = (turn * params[8] + group.z) * {}u + lane;
    let here = counted < params[0];
    let column = min(counted, params[0] - 1u);
    let image = column / across;
    let left = column % across * {columns}u;
    let source = image * inputs * area + left;
    let begin = image * outputs * area + left;
    for (var top = 0u; top < height; top += {rows}u) {{",
            self.lanes,
        );
        for source in 0..sources {
            let _ = writeln!(
                text,
                "    let at{source} = source + q{source} + top * width;"
            );
            let names = [format!("v{source}_"), format!("at{source}")];
            let names = [names[0].as_str(), names[1].as_str()];
            load_window(text, names, self.patch, self.filled);
        }
        for channel in 0..channels {
            self.accumulate_channel(text, channel);
        }
        text.push_str("    }\n  }\n");
    }

    /// Adds the products of one output channel's gradients with the loaded windows.
    fn accumulate_channel(&self, text: &mut String, channel: usize) {
        let ([_, sources], [rows, columns]) = (self.tile, self.patch);
        let places = || (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
        let _ = writeln!(
            text,
            "    let to{channel} = begin + k{channel} + top * width;"
        );
        for (row, column) in places() {
            let checks = [
                bounds_check(["top", "height"], row as isize, rows, self.filled.rows),
                bounds_check(
                    ["left", "width"],
                    column as isize,
                    columns,
                    self.filled.columns,
                ),
            ];
            let mut checks: Vec<String> = checks.into_iter().flatten().collect();
            let mut place = format!("to{channel} + {row}u * width + {column}u");
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
        let ([channels, sources], columns) = (self.tile, self.patch[1]);
        let reduction = self.reduction();
        let made = reduction.outputs(self.shared);
        let mut text = buffers(&["x", "grad"], made, true);
        let _ = writeln!(
            text,
            "{}@compute @workgroup_size({})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {{
  let last = params[2] - 1u;
  let inputs = params[4];
  let outputs = params[5];
  let height = params[6];
  let width = params[7];
  let area = height * width;
  let across = (width + {}u) / {columns}u;
  let first = group.x * {channels}u;",
            reduction.memory(),
            self.lanes,
            columns - 1,
        );
        for channel in 0..channels {
            let number = match self.filled_outputs {
                true => format!("first + {channel}u"),
                false => format!("min(first + {channel}u, outputs - 1u)"),
            };
            let _ = writeln!(text, "  let k{channel} = ({number}) * area;");
        }
        for source in 0..sources {
            let _ = writeln!(
                text,
                "  let q{source} = min(group.y * {sources}u + {source}u, inputs - 1u) * area;"
            );
        }
        self.accumulate(&mut text);
        let each = channels * 9;
        let weight = format!(
            "let c = group.y * {sources}u + number / {each}u;
      let k = first + number % {each}u / 9u;
      if (k < outputs && c < inputs) {{ WEIGHT[(k * inputs + c) * 9u + number % 9u] = sum; }}"
        );
        let bias = "let k = first + number;
      if (k < outputs && group.y == 0u) { BIAS[k] = sum; }";
        let weights = "outputs * inputs * 9u";
        let part = format!(
            "group.z * outputs * (inputs * 9u + {}u)",
            u8::from(self.bias)
        );
        reduction.write(&mut text, self.shared, [&part, weights], [&weight, bias]);
        text.push_str("}\n");
        text
    }
}
