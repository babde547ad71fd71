//! The WGSL of the gradient of a depthwise convolution's weights.

use std::fmt::Write;

use super::{
    conv3x3_shader::even_split,
    depthwise_shader::load_inputs,
    reduce::{Reduction, parts},
};
use crate::{
    gpu::{ComputeShader, buffers, lanes, quotient, remainder},
    model::window::Window,
};

/// The gradient of the weights of a depthwise convolution. Each workgroup computes those of one
/// channel; its invocations divide the rows of all images, a few columns at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct DepthwiseWeightGrad {
    window: Window,
    channels: usize,
    bias: bool,
    /// Columns that an invocation processes at a time.
    columns: usize,
    lanes: usize,
    /// How many workgroups share a channel.
    pub(super) parts: usize,
}

impl DepthwiseWeightGrad {
    /// For so many images.
    pub(super) fn new(images: usize, window: Window, channels: usize, bias: bool) -> Self {
        let [height, width] = window.output;
        let columns = even_split(width, 4);
        let sites = images * height * width.div_ceil(columns);
        Self {
            window,
            channels,
            bias,
            columns,
            lanes: lanes(),
            parts: parts(channels, sites),
        }
    }

    /// Values of one partial sum: all weights and biases.
    pub(super) fn values(&self) -> usize {
        self.channels * (self.window.taps() + usize::from(self.bias))
    }

    /// Workgroups for so many images, and the shader's `params`: pieces of rows, of these for each
    /// invocation, values of the input.
    pub(super) fn groups(&self, images: usize) -> ([usize; 3], [u32; 3]) {
        let ([rows, width], [height, across]) = (self.window.output, self.window.input);
        let pieces = images * rows * width.div_ceil(self.columns);
        let turns = pieces.div_ceil(self.lanes * self.parts);
        let values = images * self.channels * height * across;
        (
            [self.channels, self.parts, 1],
            [pieces as u32, turns as u32, values as u32],
        )
    }
}

impl DepthwiseWeightGrad {
    /// Adds the products of the loaded inputs with the gradients from `o` on.
    fn accumulate(&self, text: &mut String) {
        let (columns, taps) = (self.columns, self.window.taps());
        let Window {
            kernel,
            stride,
            output: [_, width],
            ..
        } = self.window;
        for column in 0..columns {
            let place = match width.is_multiple_of(columns) || column == 0 {
                true => (format!("left + {column}u"), "here".to_owned()),
                false => (
                    format!("min(left + {column}u, {}u)", width - 1),
                    format!("here && left + {column}u < {width}u"),
                ),
            };
            let _ = writeln!(
                text,
                "    let g{column} = select(0.0, grad[o + {}], {});",
                place.0, place.1
            );
            if self.bias {
                let _ = writeln!(text, "    b += g{column};");
            }
        }
        for tap in 0..taps {
            let products: Vec<String> = (0..columns)
                .map(|column| {
                    let (y, x) = (tap / kernel, column * stride + tap % kernel);
                    format!("g{column} * v{y}_{x}")
                })
                .collect();
            let _ = writeln!(text, "    a{tap} += {};", products.join(" + "));
        }
    }
}

impl ComputeShader for DepthwiseWeightGrad {
    fn wgsl(&self) -> String {
        let Self {
            window,
            channels,
            columns,
            lanes,
            ..
        } = *self;
        let Window {
            input: [input_rows, input_columns],
            output: [height, width],
            ..
        } = window;
        let (taps, across) = (window.taps(), width.div_ceil(columns));
        let mut reduction = Reduction::new(lanes);
        (0..taps).for_each(|tap| reduction.push_weight(format!("a{tap}")));
        if self.bias {
            reduction.push_bias("b".to_owned());
        }
        let mut text = buffers(&["x", "grad"], reduction.outputs(self.parts > 1), true);
        let _ = write!(
            text,
            "{}@compute @workgroup_size({lanes})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {{
  let last = params[2] - 1u;
  let channel = group.x;
",
            reduction.memory(),
        );
        reduction.declare(&mut text);
        let _ = write!(
            text,
            "  for (var turn = 0u; turn < params[1]; turn++) {{
    let counted = (turn * {}u + group.y) * {lanes}u + lane;
    let here = counted < params[0];
    let site = min(counted, params[0] - 1u);
    let image = {};
    let within = {};
    let top = {};
    let left = {} * {columns}u;
    let plane = image * {channels}u + channel;
    let start = plane * {}u;
    let o = (plane * {height}u + top) * {width}u;
",
            self.parts,
            quotient("site", height * across),
            remainder("site", height * across),
            quotient("within", across),
            remainder("within", across),
            input_rows * input_columns,
        );
        load_inputs(&mut text, &window, [1, columns]);
        self.accumulate(&mut text);
        text.push_str("  }\n");
        let weight = format!("WEIGHT[channel * {taps}u + number] = sum;");
        let part = format!("group.y * {}u", self.values());
        let store = [weight.as_str(), "BIAS[channel] = sum;"];
        let weights = format!("{}u", channels * taps);
        reduction.write(&mut text, self.parts > 1, [&part, &weights], store);
        text.push_str("}\n");
        text
    }
}
