//! The WGSL of the depthwise convolution, in which each channel has its own kernel and becomes one
//! channel, and of the gradient of its input. Sizes of images and numbers of channels are parameters of the shaders,
//! so that the layers of a network share their texts.

use std::fmt::Write;

use super::{
    clamp::clamped,
    tiles::{Filled, even_split},
};
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

/// What the texts of these shaders depend on of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Taps {
    pub(super) kernel: usize,
    pub(super) stride: usize,
    pub(super) padding: [usize; 2],
}

impl Taps {
    /// That of a window.
    pub(super) fn of(window: &Window) -> Self {
        Self {
            kernel: window.kernel,
            stride: window.stride,
            padding: window.padding,
        }
    }

    /// Positions of the kernel.
    pub(super) fn count(&self) -> usize {
        self.kernel * self.kernel
    }
}

/// The sizes of a window among `params`: height and width of the input, then of the output.
pub(super) fn sizes(window: &Window) -> [u32; 4] {
    let ([height, width], [down, across]) = (window.input, window.output);
    [height, width, down, across].map(|value| value as u32)
}

/// WGSL that gives names to [`sizes`], which stand in `params` from the place `from` on.
pub(super) fn named_sizes(from: usize) -> String {
    let names = ["in_height", "in_width", "height", "width"];
    let line = |(place, name): (usize, &str)| format!("  let {name} = params[{}];\n", from + place);
    names.into_iter().enumerate().map(line).collect()
}

/// Loads the values of `x` that a tile of `rows × columns` outputs needs, into `v{row}_{column}`; zero
/// outside the image. `top` and `left` are the tile's place in the output, `start` the image plane's
/// first value, and `last` the last one of all.
pub(super) fn load_inputs(text: &mut String, taps: Taps, [rows, columns]: [usize; 2]) {
    let Taps {
        kernel,
        stride,
        padding,
    } = taps;
    let lines = [rows, columns].map(|count| (count - 1) * stride + kernel);
    // Lines before the first wrap around to a huge number, which is outside too.
    let axes = [("y", "top", "in_height"), ("x_", "left", "in_width")];
    for (axis, (name, from, length)) in axes.into_iter().enumerate() {
        for line in 0..lines[axis] {
            let _ = writeln!(
                text,
                "    let {name}{line} = {from} * {stride}u + {line}u - {}u;
    let in_{name}{line} = {name}{line} < {length};",
                padding[axis]
            );
        }
    }
    for row in 0..lines[0] {
        let _ = writeln!(text, "    let r{row} = start + y{row} * in_width;");
        for column in 0..lines[1] {
            let _ = writeln!(
                text,
                "    let v{row}_{column} = select(0.0, x[min(r{row} + x_{column}, last)], in_y{row} && in_x_{column});"
            );
        }
    }
}

/// A depthwise convolution of so many channels, or the gradient of the input of one: the shader and the shapes that
/// it runs for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Depthwise {
    pub(super) shader: DepthwiseShader,
    window: Window,
    channels: usize,
}

/// The shader, for images of all shapes that its tiles divide alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct DepthwiseShader {
    taps: Taps,
    /// Kernels rotated by 180°: the input's gradient at stride 1.
    rotated: bool,
    bias: bool,
    clamp: Clamp,
    /// Rows and columns of one invocation.
    tile: [usize; 2],
    /// Whether tiles fill the output.
    filled: Filled,
}

impl Depthwise {
    /// Of so many channels.
    pub(super) fn new(window: Window, channels: usize, bias: bool, clamp: Clamp) -> Self {
        let [rows, columns] = match (is_software_adapter(), window.stride) {
            (true, 1) => [4, 4],
            (true, _) => [2, 4],
            // A column of neighbouring invocations' own, so that memory accesses coalesce.
            (false, _) => [4, 1],
        };
        let [height, width] = window.output;
        let tile = [even_split(height, rows), even_split(width, columns)];
        Self {
            shader: DepthwiseShader {
                taps: Taps::of(&window),
                rotated: false,
                bias,
                clamp,
                tile,
                filled: Filled::new(window.output, tile),
            },
            window,
            channels,
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
        let mut made = Self::new(turned, channels, false, Clamp::None);
        made.shader.rotated = true;
        (window.stride == 1).then_some(made)
    }

    /// Workgroups for so many images, and the shader's `params`: invocations in use, values of the input,
    /// channels, and [`sizes`].
    pub(super) fn groups(&self, images: usize) -> ([usize; 3], [u32; 7]) {
        let planes = images * self.channels;
        let ([height, width], [rows, columns]) = (self.window.output, self.shader.tile);
        let count = planes * height.div_ceil(rows) * width.div_ceil(columns);
        let values = planes * self.window.input.iter().product::<usize>();
        let [in_height, in_width, height, width] = sizes(&self.window);
        (
            groups(count),
            [
                count as u32,
                values as u32,
                self.channels as u32,
                in_height,
                in_width,
                height,
                width,
            ],
        )
    }
}

impl DepthwiseShader {
    /// Writes one output of the tile at `o`.
    fn write_output(&self, text: &mut String, [row, column]: [usize; 2]) {
        let Taps { kernel, stride, .. } = self.taps;
        let products: Vec<String> = (0..self.taps.count())
            .map(|tap| {
                let (y, x) = (row * stride + tap / kernel, column * stride + tap % kernel);
                format!("w{tap} * v{y}_{x}")
            })
            .collect();
        let added = if self.bias { "bias[channel] + " } else { "" };
        let name = format!("s{row}_{column}");
        let mut checks = Vec::new();
        if row > 0 && !self.filled.rows {
            checks.push(format!("top + {row}u < height"));
        }
        if column > 0 && !self.filled.columns {
            checks.push(format!("left + {column}u < width"));
        }
        let write = format!(
            "y[o + {row}u * width + {column}u] = {};",
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
        let [rows, columns] = self.tile;
        let mut names = vec!["x", "weight"];
        if self.bias {
            names.push("bias");
        }
        let mut text = buffers(&names, &["y"], true);
        text.push_str(&numbered("site"));
        text.push_str(&named_sizes(3));
        let _ = write!(
            text,
            "  let last = params[1] - 1u;
  let down = (height + {}u) / {rows}u;
  let across = (width + {}u) / {columns}u;
  let plane = site / (down * across);
  let within = site % (down * across);
  let top = within / across * {rows}u;
  let left = within % across * {columns}u;
  let channel = plane % params[2];
  let start = plane * in_height * in_width;
  {{
",
            rows - 1,
            columns - 1,
        );
        load_inputs(&mut text, self.taps, self.tile);
        let taps = self.taps.count();
        for tap in 0..taps {
            let place = if self.rotated { taps - 1 - tap } else { tap };
            let _ = writeln!(
                text,
                "    let w{tap} = weight[channel * {taps}u + {place}u];"
            );
        }
        text.push_str("    let o = (plane * height + top) * width + left;\n");
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
pub(super) struct DepthwiseGradInput(pub(super) Taps);

impl DepthwiseGradInput {
    /// Workgroups for so many images and channels, and the shader's `params`: values of the input, channels, and
    /// [`sizes`].
    pub(super) fn groups(
        window: &Window,
        images: usize,
        channels: usize,
    ) -> ([usize; 3], [u32; 6]) {
        let count = images * channels * window.input.iter().product::<usize>();
        let [in_height, in_width, height, width] = sizes(window);
        (
            groups(count),
            [
                count as u32,
                channels as u32,
                in_height,
                in_width,
                height,
                width,
            ],
        )
    }
}

impl ComputeShader for DepthwiseGradInput {
    fn wgsl(&self) -> String {
        let Taps {
            kernel,
            stride,
            padding: [above, before],
        } = self.0;
        let mut text = buffers(&["grad", "weight"], &["grad_input"], true);
        text.push_str(&numbered("i"));
        text.push_str(&named_sizes(2));
        let _ = write!(
            text,
            "  let plane = i / (in_height * in_width);
  let within = i % (in_height * in_width);
  let y = within / in_width + {above}u;
  let x = within % in_width + {before}u;
  let kernel = plane % params[1] * {}u;
  let start = plane * height * width;
  var sum = 0.0;
  for (var v = {}; v < {kernel}u && v <= y; v += {stride}u) {{
    let row = {};
    if (row >= height) {{ continue; }}
    for (var h = {}; h < {kernel}u && h <= x; h += {stride}u) {{
      let column = {};
      if (column < width) {{
        sum += grad[start + row * width + column] * weight[kernel + v * {kernel}u + h];
      }}
    }}
  }}
  grad_input[i] = sum;
}}
",
            kernel * kernel,
            remainder("y", stride),
            quotient("(y - v)", stride),
            remainder("x", stride),
            quotient("(x - h)", stride),
        );
        text
    }
}
