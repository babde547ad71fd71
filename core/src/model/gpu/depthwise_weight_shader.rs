//! The WGSL of the gradient of a depthwise convolution's weights.

use std::fmt::Write;

use super::{
    depthwise_shader::{Taps, load_inputs, named_sizes, sizes},
    reduce::{Reduction, parts},
    tiles::even_split,
};
use crate::{
    gpu::{ComputeShader, buffers, lanes},
    model::window::Window,
};

/// The gradient of the weights of a depthwise convolution: the shader and the shapes that it runs for.
#[derive(Debug, Clone, Copy)]
pub(super) struct DepthwiseWeightGrad {
    pub(super) shader: DepthwiseWeightShader,
    images: usize,
    window: Window,
    channels: usize,
    /// How many workgroups share a channel.
    pub(super) parts: usize,
}

/// The shader. Each workgroup computes the weights of one channel; its invocations divide the rows of all images, a
/// few columns at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct DepthwiseWeightShader {
    taps: Taps,
    bias: bool,
    /// Columns that an invocation processes at a time.
    columns: usize,
    /// Whether they fill the rows.
    filled: bool,
    lanes: usize,
    /// Whether several workgroups share a channel.
    shared: bool,
}

impl DepthwiseWeightGrad {
    /// For so many images.
    pub(super) fn new(images: usize, window: Window, channels: usize, bias: bool) -> Self {
        let [height, width] = window.output;
        let columns = even_split(width, 4);
        let parts = parts(channels, images * height * width.div_ceil(columns));
        Self {
            shader: DepthwiseWeightShader {
                taps: Taps::of(&window),
                bias,
                columns,
                filled: width.is_multiple_of(columns),
                lanes: lanes(),
                shared: parts > 1,
            },
            images,
            window,
            channels,
            parts,
        }
    }

    /// Workgroups, and the shader's `params`: pieces of rows, of these for each invocation, values of the input,
    /// channels, parts, and [`sizes`].
    pub(super) fn groups(&self) -> ([usize; 3], [u32; 9]) {
        let [rows, width] = self.window.output;
        let pieces = self.images * rows * width.div_ceil(self.shader.columns);
        let turns = pieces.div_ceil(self.shader.lanes * self.parts);
        let values = self.images * self.channels * self.window.input.iter().product::<usize>();
        let [in_height, in_width, height, width] = sizes(&self.window);
        (
            [self.channels, self.parts, 1],
            [
                pieces as u32,
                turns as u32,
                values as u32,
                self.channels as u32,
                self.parts as u32,
                in_height,
                in_width,
                height,
                width,
            ],
        )
    }
}

impl DepthwiseWeightShader {
    /// Adds the products of the loaded inputs with the gradients from `o` on.
    fn accumulate(&self, text: &mut String) {
        let (columns, taps) = (self.columns, self.taps.count());
        let Taps { kernel, stride, .. } = self.taps;
        for column in 0..columns {
            let place = match self.filled || column == 0 {
                true => (format!("left + {column}u"), "here".to_owned()),
                false => (
                    format!("min(left + {column}u, width - 1u)"),
                    format!("here && left + {column}u < width"),
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

impl ComputeShader for DepthwiseWeightShader {
    fn wgsl(&self) -> String {
        let Self { columns, lanes, .. } = *self;
        let taps = self.taps.count();
        let mut reduction = Reduction::new(lanes);
        (0..taps).for_each(|tap| reduction.push_weight(format!("a{tap}")));
        if self.bias {
            reduction.push_bias("b".to_owned());
        }
        let mut text = buffers(&["x", "grad"], reduction.outputs(self.shared), true);
        let _ = write!(
            text,
            "{}@compute @workgroup_size({lanes})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {{
  let last = params[2] - 1u;
  let channel = group.x;
  let channels = params[3];
",
            reduction.memory(),
        );
        text.push_str(&named_sizes(5));
        reduction.declare(&mut text);
        let _ = write!(
            text,
            "  let across = (width + {}u) / {columns}u;
  for (var turn = 0u; turn < params[1]; turn++) {{
    let counted = (turn * params[4] + group.y) * {lanes}u + lane;
    let here = counted < params[0];
    let site = min(counted, params[0] - 1u);
    let image = site / (height * across);
    let within = site % (height * across);
    let top = within / across;
    let left = within % across * {columns}u;
    let plane = image * channels + channel;
    let start = plane * in_height * in_width;
    let o = (plane * height + top) * width;
",
            columns - 1,
        );
        load_inputs(&mut text, self.taps, [1, columns]);
        self.accumulate(&mut text);
        text.push_str("  }\n");
        let weight = format!("WEIGHT[channel * {taps}u + number] = sum;");
        let part = format!("group.y * channels * {}u", taps + usize::from(self.bias));
        let weights = format!("channels * {taps}u");
        let store = [weight.as_str(), "BIAS[channel] = sum;"];
        reduction.write(&mut text, self.shared, [&part, &weights], store);
        text.push_str("}\n");
        text
    }
}
