//! The WGSL of the depthwise convolution, in which each channel has its own kernel and becomes one
//! channel, and of the gradient of its input.

use std::fmt::Write;

use super::{clamp::clamped, conv3x3_shader::even_split};
use crate::{
    gpu::{ComputeShader, LANES, buffers, is_software_adapter, quotient, remainder},
    model::{clamp::Clamp, window::Window},
};

/// Workgroups along the first dimension; further ones lie along the second.
const ACROSS: usize = 1 << 15;

/// Workgroups with one invocation for each of `count` values.
fn groups(count: usize) -> [usize; 3] {
    let groups = count.div_ceil(LANES);
    [groups.min(ACROSS), groups.div_ceil(ACROSS), 1]
}

/// WGSL of the number of an invocation among [`groups`], and the end of those that have no value.
fn numbered(name: &str) -> String {
    format!(
        "@compute @workgroup_size({LANES})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {{
  let {name} = (group.y * {ACROSS}u + group.x) * {LANES}u + lane;
  if ({name} >= params[0]) {{ return; }}
"
    )
}

/// Loads the values of `x` that a tile of `rows × columns` outputs needs, into `v{row}_{column}`; zero
/// outside the image. `top` and `left` are the tile's place in the output, `start` the image plane's
/// first value, and `last` the last one of all.
pub(super) fn load_inputs(text: &mut String, window: &Window, [rows, columns]: [usize; 2]) {
    let Window {
        kernel,
        stride,
        padding,
        input: [height, width],
        ..
    } = *window;
    let lines = [rows, columns].map(|count| (count - 1) * stride + kernel);
    // Lines before the first wrap around to a huge number, which is outside too.
    let axes = [("y", "top", height), ("x_", "left", width)];
    for (axis, (name, from, length)) in axes.into_iter().enumerate() {
        for line in 0..lines[axis] {
            let _ = writeln!(
                text,
                "    let {name}{line} = {from} * {stride}u + {line}u - {}u;
    let in_{name}{line} = {name}{line} < {length}u;",
                padding[axis]
            );
        }
    }
    for row in 0..lines[0] {
        let _ = writeln!(text, "    let r{row} = start + y{row} * {width}u;");
        for column in 0..lines[1] {
            let _ = writeln!(
                text,
                "    let v{row}_{column} = select(0.0, x[min(r{row} + x_{column}, last)], in_y{row} && in_x_{column});"
            );
        }
    }
}

/// A depthwise convolution of images of one shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct DepthwiseShader {
    window: Window,
    channels: usize,
    /// Kernels rotated by 180°: the input's gradient at stride 1.
    rotated: bool,
    bias: bool,
    clamp: Clamp,
    /// Rows and columns of one invocation.
    tile: [usize; 2],
}

impl DepthwiseShader {
    /// Of so many channels.
    pub(super) fn new(window: Window, channels: usize, bias: bool, clamp: Clamp) -> Self {
        let [rows, columns] = match (is_software_adapter(), window.stride) {
            (true, 1) => [4, 4],
            (true, _) => [2, 4],
            // A column of neighbouring invocations' own, so that memory accesses coalesce.
            (false, _) => [4, 1],
        };
        let [height, width] = window.output;
        Self {
            window,
            channels,
            rotated: false,
            bias,
            clamp,
            tile: [even_split(height, rows), even_split(width, columns)],
        }
    }

    /// The gradient of the input of a convolution with this window, at stride 1: a convolution of the
    /// output's gradient.
    pub(super) fn grad_input(window: Window, channels: usize) -> Option<Self> {
        let before = |padding: usize| (window.kernel - 1).checked_sub(padding);
        let [top, left] = window.padding;
        let turned = Window {
            padding: [before(top)?, before(left)?],
            input: window.output,
            output: window.input,
            ..window
        };
        let shader = Self {
            rotated: true,
            ..Self::new(turned, channels, false, Clamp::None)
        };
        (window.stride == 1).then_some(shader)
    }

    /// Rows and columns of invocations for one plane.
    fn sites(&self) -> [usize; 2] {
        let ([height, width], [rows, columns]) = (self.window.output, self.tile);
        [height.div_ceil(rows), width.div_ceil(columns)]
    }

    /// Workgroups for so many images, and the shader's `params`: invocations in use, values of the input.
    pub(super) fn groups(&self, images: usize) -> ([usize; 3], [u32; 2]) {
        let planes = images * self.channels;
        let [down, across] = self.sites();
        let [height, width] = self.window.input;
        let count = planes * down * across;
        (
            groups(count),
            [count as u32, (planes * height * width) as u32],
        )
    }
}

impl DepthwiseShader {
    /// Writes one output of the tile at `o`.
    fn write_output(&self, text: &mut String, [row, column]: [usize; 2]) {
        let Window {
            kernel,
            stride,
            output: [height, width],
            ..
        } = self.window;
        let [rows, columns] = self.tile;
        let products: Vec<String> = (0..self.window.taps())
            .map(|tap| {
                let (y, x) = (row * stride + tap / kernel, column * stride + tap % kernel);
                format!("w{tap} * v{y}_{x}")
            })
            .collect();
        let added = if self.bias { "bias[channel] + " } else { "" };
        let name = format!("s{row}_{column}");
        let mut checks = Vec::new();
        if row > 0 && !height.is_multiple_of(rows) {
            checks.push(format!("top + {row}u < {height}u"));
        }
        if column > 0 && !width.is_multiple_of(columns) {
            checks.push(format!("left + {column}u < {width}u"));
        }
        let write = format!(
            "y[o + {}u] = {};",
            row * width + column,
            clamped(self.clamp, &name)
        );
        let _ = writeln!(text, "    let {name} = {added}{};", products.join(" + "));
        let _ = match checks.is_empty() {
            true => writeln!(text, "    {write}"),
            false => writeln!(text, "    if ({}) {{ {write} }}", checks.join(" && ")),
        };
    }
}

impl ComputeShader for DepthwiseShader {
    fn wgsl(&self) -> String {
        let Self {
            window,
            channels,
            tile: [rows, columns],
            ..
        } = *self;
        let Window {
            input,
            output: [height, width],
            ..
        } = window;
        let [down, across] = self.sites();
        let mut names = vec!["x", "weight"];
        if self.bias {
            names.push("bias");
        }
        let mut text = buffers(&names, &["y"], true);
        text.push_str(&numbered("site"));
        let _ = write!(
            text,
            "  let last = params[1] - 1u;
  let plane = {};
  let within = {};
  let top = {} * {rows}u;
  let left = {} * {columns}u;
  let channel = {};
  let start = plane * {}u;
  {{
",
            quotient("site", down * across),
            remainder("site", down * across),
            quotient("within", across),
            remainder("within", across),
            remainder("plane", channels),
            input[0] * input[1],
        );
        load_inputs(&mut text, &window, self.tile);
        let taps = window.taps();
        for tap in 0..taps {
            let place = if self.rotated { taps - 1 - tap } else { tap };
            let _ = writeln!(
                text,
                "    let w{tap} = weight[channel * {taps}u + {place}u];"
            );
        }
        let _ = writeln!(
            text,
            "    let o = plane * {}u + top * {width}u + left;",
            height * width
        );
        for row in 0..rows {
            (0..columns).for_each(|column| self.write_output(&mut text, [row, column]));
        }
        text.push_str("  }\n}\n");
        text
    }
}

/// The gradient of the input of a depthwise convolution at any stride. Each invocation adds, for one
/// value, what the outputs that it went into send back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct DepthwiseGradInput {
    /// The convolution's.
    pub(super) window: Window,
    /// How many.
    pub(super) channels: usize,
}

impl DepthwiseGradInput {
    /// Workgroups for so many images, and the shader's `params`: values of the input.
    pub(super) fn groups(&self, images: usize) -> ([usize; 3], [u32; 1]) {
        let [height, width] = self.window.input;
        let count = images * self.channels * height * width;
        (groups(count), [count as u32])
    }
}

impl ComputeShader for DepthwiseGradInput {
    fn wgsl(&self) -> String {
        let Window {
            kernel,
            stride,
            padding: [above, before],
            input: [height, width],
            output: [rows, columns],
        } = self.window;
        let mut text = buffers(&["grad", "weight"], &["grad_input"], true);
        text.push_str(&numbered("i"));
        let _ = write!(
            text,
            "  let plane = {};
  let within = {};
  let y = {} + {above}u;
  let x = {} + {before}u;
  let kernel = {} * {}u;
  let start = plane * {}u;
  var sum = 0.0;
  for (var v = {}; v < {kernel}u && v <= y; v += {stride}u) {{
    let row = {};
    if (row >= {rows}u) {{ continue; }}
    for (var h = {}; h < {kernel}u && h <= x; h += {stride}u) {{
      let column = {};
      if (column < {columns}u) {{
        sum += grad[start + row * {columns}u + column] * weight[kernel + v * {kernel}u + h];
      }}
    }}
  }}
  grad_input[i] = sum;
}}
",
            quotient("i", height * width),
            remainder("i", height * width),
            quotient("within", width),
            remainder("within", width),
            remainder("plane", self.channels),
            kernel * kernel,
            rows * columns,
            remainder("y", stride),
            quotient("(y - v)", stride),
            remainder("x", stride),
            quotient("(x - h)", stride),
        );
        text
    }
}
