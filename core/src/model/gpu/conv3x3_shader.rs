//! The WGSL of the 3×3 convolution, and of its input's gradient, which is a transposed convolution.
//!
//! Each invocation computes a tile of several output channels at several positions. A loaded input is
//! used for all channels of the tile and a weight for all positions, so that the work is mostly
//! arithmetic. Neighbouring invocations take neighbouring columns, so that memory accesses coalesce.
//! Loops are unrolled: no array is indexed by a loop variable, and all sums stay in registers. Numbers of
//! channels and sizes of images are parameters of the shader, not part of its text: such a text takes a compiler
//! most of a second, and the layers of a network share it.

use std::fmt::Write;

use super::clamp::clamped;
use crate::{
    gpu::{ComputeShader, LANES, buffers, is_software_adapter},
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

/// Whether tiles of an image end with it, so that none reaches beyond its last row or column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Filled {
    pub(super) rows: bool,
    pub(super) columns: bool,
}

impl Filled {
    /// Of tiles of so many rows and columns in an image of this height and width.
    pub(super) fn new([height, width]: [usize; 2], [rows, columns]: [usize; 2]) -> Self {
        Self {
            rows: height.is_multiple_of(rows),
            columns: width.is_multiple_of(columns),
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

/// The size of the parts when `count` is split evenly into as few parts of at most `most` as possible.
pub(super) fn even_split(count: usize, most: usize) -> usize {
    count.div_ceil(count.div_ceil(most))
}

/// The WGSL condition that the line `ahead` of `first` lies inside an image of `length` lines, the name of a
/// variable; `None` if it always does. `tile` is how many lines an invocation covers from `first` on, and `filled`
/// says whether tiles end with the image.
pub(super) fn bounds_check(
    [first, length]: [&str; 2],
    ahead: isize,
    tile: usize,
    filled: bool,
) -> Option<String> {
    if ahead < 0 {
        return Some(format!("{first} > 0u"));
    }
    // Every tile starts inside; if tiles divide the image evenly, they also end inside.
    let ahead = ahead.unsigned_abs();
    let always = ahead == 0 || (filled && ahead < tile);
    (!always).then(|| format!("{first} + {ahead}u < {length}"))
}

/// Loads the input window of a tile of `rows × columns` at `top`, `left`, with a border of one on each
/// side, from `x` around the index `at`, into variables `{name}{row}_{column}`; zero outside the image,
/// whose size the variables `height` and `width` have.
pub(super) fn load_window(
    text: &mut String,
    [name, at]: [&str; 2],
    [rows, columns]: [usize; 2],
    filled: Filled,
) {
    for row in 0..rows + 2 {
        // An index before the first wraps around to a huge number, which `min` clamps.
        let line = match row {
            0 => format!("{at} - width"),
            1 => at.to_owned(),
            _ => format!("{at} + {}u * width", row - 1),
        };
        let _ = writeln!(text, "    let {name}{row} = {line};");
        for column in 0..columns + 2 {
            let checks = [
                bounds_check(["top", "height"], row as isize - 1, rows, filled.rows),
                bounds_check(
                    ["left", "width"],
                    column as isize - 1,
                    columns,
                    filled.columns,
                ),
            ];
            let checks: Vec<String> = checks.into_iter().flatten().collect();
            let place = match column {
                0 => format!("{name}{row} - 1u"),
                1 => format!("{name}{row}"),
                _ => format!("{name}{row} + {}u", column - 1),
            };
            let value = format!("x[min({place}, last)]");
            let value = match checks.is_empty() {
                true => value,
                false => format!("select(0.0, {value}, {})", checks.join(" && ")),
            };
            let _ = writeln!(text, "    let {name}{row}_{column} = {value};");
        }
    }
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
