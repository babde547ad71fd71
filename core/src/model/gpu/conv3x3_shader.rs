//! The WGSL of the 3×3 convolution, and of its input's gradient, which is a transposed convolution.
//!
//! Each invocation computes a tile of several output channels at several positions. A loaded input is
//! used for all channels of the tile and a weight for all positions, so that the work is mostly
//! arithmetic. Neighbouring invocations take neighbouring columns, so that memory accesses coalesce.
//! Loops are unrolled: no array is indexed by a loop variable, and all sums stay in registers. Numbers of
//! channels and sizes of images are parameters of the shader, not part of its text: such a text takes a compiler
//! most of a second, and the layers of a network share it.

use std::fmt::Write;

use burn_cubecl::tensor::CubeTensor;

use super::{
    clamp::clamped,
    tiles::{Filled, bounds_check, even_split, load_window},
};
use crate::{
    gpu::{ComputeShader, LANES, buffers, dims, is_software_adapter},
    model::clamp::Clamp,
};

/// What a shader writes of each sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Output {
    /// The sum within an interval, if there is one.
    Clamped(Clamp),
    /// The maximum of each 2×2 window after ReLU.
    Pool {
        /// Whether the backward pass needs the index of each maximum within its window (0 to 3; 4
        /// where it is not positive).
        save_indices: bool,
    },
}

/// What one invocation computes: output channels, rows and columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Tile {
    channels: usize,
    rows: usize,
    columns: usize,
}

/// Channels and size of the images of a convolution.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    pub(super) height: usize,
    pub(super) width: usize,
}

impl Shape {
    /// Of a convolution of these images, `[B, C, H, W]`, to so many channels.
    pub(super) fn of(images: &CubeTensor, outputs: usize) -> Self {
        let [_, inputs, height, width] = dims(images);
        Self {
            inputs,
            outputs,
            height,
            width,
        }
    }
}

/// A convolution of images of all shapes that its tiles divide alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct ConvShader {
    /// Kernels rotated by 180° and channels exchanged: the input's gradient.
    pub(super) transposed: bool,
    pub(super) bias: bool,
    pub(super) output: Output,
    tile: Tile,
    /// Whether tiles fill all output channels.
    filled_channels: bool,
    /// Whether tiles fill the image.
    filled: Filled,
    /// Whether they fill what is written: a pool drops an odd last line.
    filled_output: Filled,
}

/// Height and width that sums are computed for: a pool drops an odd last line.
fn covered([height, width]: [usize; 2], pool: bool) -> [usize; 2] {
    match pool {
        true => [height / 2 * 2, width / 2 * 2],
        false => [height, width],
    }
}

impl ConvShader {
    /// For images of a shape.
    pub(super) fn new(shape: Shape, transposed: bool, bias: bool, output: Output) -> Self {
        let Shape {
            outputs,
            height,
            width,
            ..
        } = shape;
        let pool = matches!(output, Output::Pool { .. });
        // A software adapter takes most of a second to compile a large tile, which pays where a run trains.
        // What is only looked at, the masks before the first step, is there sooner with a small one.
        let is_looked_at = output
            == Output::Pool {
                save_indices: false,
            };
        // 32 sums and their operands fit into the registers of a small GPU.
        let (channels, rows, columns) = match (is_software_adapter(), pool) {
            (true, _) if is_looked_at => (4, 2, 4),
            (true, _) => (8, 4, 4),
            (false, false) => (8, 4, 1),
            (false, true) => (8, 2, 2),
        };
        let [rows, columns] = match pool {
            true => [
                2 * even_split(height / 2, rows / 2),
                2 * even_split(width / 2, columns / 2),
            ],
            false => [even_split(height, rows), even_split(width, columns)],
        };
        let channels = even_split(outputs, channels);
        Self {
            transposed,
            bias,
            output,
            tile: Tile {
                channels,
                rows,
                columns,
            },
            filled_channels: outputs.is_multiple_of(channels),
            filled: Filled::new([height, width], [rows, columns]),
            filled_output: Filled::new(covered([height, width], pool), [rows, columns]),
        }
    }

    fn pools(&self) -> bool {
        matches!(self.output, Output::Pool { .. })
    }

    /// Workgroups for so many images, and the shader's `params`: invocations in use, values of the input, input
    /// and output channels, height, width.
    pub(super) fn groups(&self, images: usize, shape: Shape) -> ([usize; 3], [u32; 6]) {
        let Shape {
            inputs,
            outputs,
            height,
            width,
        } = shape;
        let [down, across] = covered([height, width], self.pools());
        let sites = down.div_ceil(self.tile.rows) * across.div_ceil(self.tile.columns);
        let (count, values) = (images * sites, images * inputs * height * width);
        let tiles = outputs.div_ceil(self.tile.channels);
        (
            [count.div_ceil(LANES), tiles, 1],
            [count, values, inputs, outputs, height, width].map(|value| value as u32),
        )
    }

    /// Accumulates one output channel's products with the loaded window.
    fn accumulate(&self, text: &mut String, channel: usize) {
        let start = match self.transposed {
            false => format!("(k{channel} * inputs + c) * 9u"),
            true => format!("(c * outputs + k{channel}) * 9u"),
        };
        let _ = writeln!(text, "    let s{channel} = {start};");
        for tap in 0..9 {
            let place = if self.transposed { 8 - tap } else { tap };
            let _ = writeln!(
                text,
                "    let w{channel}_{tap} = weight[s{channel} + {place}u];"
            );
        }
        for row in 0..self.tile.rows {
            for column in 0..self.tile.columns {
                let products: Vec<String> = (0..9)
                    .map(|tap| {
                        let (y, x) = (row + tap / 3, column + tap % 3);
                        format!("w{channel}_{tap} * v{y}_{x}")
                    })
                    .collect();
                let _ = writeln!(
                    text,
                    "    a{channel}_{row}_{column} += {};",
                    products.join(" + ")
                );
            }
        }
    }

    /// Writes one channel's outputs.
    fn write_output(&self, text: &mut String, channel: usize) {
        let Tile { rows, columns, .. } = self.tile;
        let added = match self.bias {
            true => format!(" + bias[k{channel}]"),
            false => String::new(),
        };
        let sum = |row: usize, column: usize| format!("a{channel}_{row}_{column}{added}");
        let filled = self.filled_output;
        let guarded = |text: &mut String, row: usize, column: usize, what: &str| {
            let checks = [
                bounds_check(["top", "covered_height"], row as isize, rows, filled.rows),
                bounds_check(
                    ["left", "covered_width"],
                    column as isize,
                    columns,
                    filled.columns,
                ),
            ];
            let checks: Vec<String> = checks.into_iter().flatten().collect();
            let _ = match checks.is_empty() {
                true => writeln!(text, "    {what}"),
                false => writeln!(text, "    if ({}) {{ {what} }}", checks.join(" && ")),
            };
        };
        let plane = format!("(image * outputs + k{channel})");
        let save_indices = match self.output {
            Output::Pool { save_indices } => save_indices,
            Output::Clamped(clamp) => {
                let _ = writeln!(text, "    let o = {plane} * area + top * width + left;");
                for row in 0..rows {
                    for column in 0..columns {
                        let name = format!("z{row}_{column}");
                        let _ = writeln!(text, "    let {name} = {};", sum(row, column));
                        let value = clamped(clamp, &name);
                        let place = format!("o + {row}u * width + {column}u");
                        guarded(text, row, column, &format!("y[{place}] = {value};"));
                    }
                }
                return;
            }
        };
        let _ = writeln!(
            text,
            "    let pooled = covered_width >> 1u;
    let o = ({plane} * (covered_height >> 1u) + (top >> 1u)) * pooled + (left >> 1u);"
        );
        for row in (0..rows).step_by(2) {
            for column in (0..columns).step_by(2) {
                let name = format!("{row}_{column}");
                let _ = writeln!(
                    text,
                    "    var m{name} = {};\n    var i{name} = 0u;",
                    sum(row, column)
                );
                for place in 1..4 {
                    let next = sum(row + place / 2, column + place % 2);
                    // NaN wins.
                    let _ = writeln!(
                        text,
                        "    let z{name}_{place} = {next};
    let l{name}_{place} = z{name}_{place} > m{name} || z{name}_{place} != z{name}_{place};
    m{name} = select(m{name}, z{name}_{place}, l{name}_{place});
    i{name} = select(i{name}, {place}u, l{name}_{place});"
                    );
                }
                let place = format!("o + {}u * pooled + {}u", row / 2, column / 2);
                let mut write = format!("y[{place}] = select(m{name}, 0.0, m{name} < 0.0);");
                if save_indices {
                    let _ = write!(
                        write,
                        " indices[{place}] = select(i{name}, 4u, m{name} <= 0.0);"
                    );
                }
                guarded(text, row, column, &write);
            }
        }
    }
}

impl ComputeShader for ConvShader {
    fn wgsl(&self) -> String {
        let Tile {
            channels,
            rows,
            columns,
        } = self.tile;
        let covered = if self.pools() { " & 0xfffffffeu" } else { "" };
        let mut names = vec!["x", "weight"];
        if self.bias {
            names.push("bias");
        }
        let save_indices = matches!(self.output, Output::Pool { save_indices: true });
        let outputs_declared: &[&str] = if save_indices {
            &["y", "indices: u32"]
        } else {
            &["y"]
        };
        let mut text = buffers(&names, outputs_declared, true);
        let _ = write!(
            text,
            "@compute @workgroup_size({LANES})
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(workgroup_id) group: vec3<u32>) {{
  let site = id.x;
  if (site >= params[0]) {{ return; }}
  let last = params[1] - 1u;
  let inputs = params[2];
  let outputs = params[3];
  let height = params[4];
  let width = params[5];
  let area = height * width;
  let covered_height = height{covered};
  let covered_width = width{covered};
  let down = (covered_height + {}u) / {rows}u;
  let across = (covered_width + {}u) / {columns}u;
  let image = site / (down * across);
  let within = site % (down * across);
  let top = within / across * {rows}u;
  let left = within % across * {columns}u;
  let first = group.y * {channels}u;
",
            rows - 1,
            columns - 1,
        );
        for channel in 0..channels {
            let number = match self.filled_channels {
                true => format!("first + {channel}u"),
                false => format!("min(first + {channel}u, outputs - 1u)"),
            };
            let _ = writeln!(text, "  let k{channel} = {number};");
            for row in 0..rows {
                for column in 0..columns {
                    let _ = writeln!(text, "  var a{channel}_{row}_{column} = 0.0;");
                }
            }
        }
        text.push_str(
            "  var at = image * inputs * area + top * width + left;
  for (var c = 0u; c < inputs; c++) {
",
        );
        load_window(&mut text, ["v", "at"], [rows, columns], self.filled);
        for channel in 0..channels {
            self.accumulate(&mut text, channel);
        }
        text.push_str("    at += area;\n  }\n");
        for channel in 0..channels {
            let _ = match self.filled_channels {
                true => writeln!(text, "  {{"),
                false => writeln!(text, "  if (first + {channel}u < outputs) {{"),
            };
            self.write_output(&mut text, channel);
            text.push_str("  }\n");
        }
        text.push_str("}\n");
        text
    }
}
