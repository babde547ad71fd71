//! The WGSL of the 3×3 convolution, and of its input's gradient, which is a transposed convolution.
//!
//! Each invocation computes a tile of several output channels at several positions. A loaded input is
//! used for all channels of the tile and a weight for all positions, so that the work is mostly
//! arithmetic. Neighbouring invocations take neighbouring columns, so that memory accesses coalesce.
//! Loops are unrolled: no array is indexed by a loop variable, and all sums stay in registers.

use std::fmt::Write;

use super::clamp::clamped;
use crate::{
    gpu::{ComputeShader, LANES, buffers, is_software_adapter, quotient, remainder},
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

/// A convolution of images of one shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct ConvShader {
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    pub(super) height: usize,
    pub(super) width: usize,
    /// Kernels rotated by 180° and channels exchanged: the input's gradient.
    pub(super) transposed: bool,
    pub(super) bias: bool,
    pub(super) output: Output,
    tile: Tile,
}

/// The size of the parts when `count` is split evenly into as few parts of at most `most` as possible.
pub(super) fn even_split(count: usize, most: usize) -> usize {
    count.div_ceil(count.div_ceil(most))
}

/// The WGSL condition that the line `ahead` of `first` lies inside an image of `length` lines; `None` if
/// it always does. `tile` is how many lines an invocation covers from `first` on.
pub(super) fn bounds_check(
    first: &str,
    ahead: isize,
    tile: usize,
    length: usize,
) -> Option<String> {
    if ahead < 0 {
        return Some(format!("{first} > 0u"));
    }
    // Every tile starts inside; if tiles divide the image evenly, they also end inside.
    let ahead = ahead.unsigned_abs();
    let always = ahead == 0 || (length.is_multiple_of(tile) && ahead < tile);
    (!always).then(|| format!("{first} + {ahead}u < {length}u"))
}

/// Loads the input window of a tile of `rows × columns` at `top`, `left`, with a border of one on each
/// side, from `x` around the index `at`, into variables `{name}{row}_{column}`; zero outside the image.
pub(super) fn load_window(
    text: &mut String,
    [name, at]: [&str; 2],
    [rows, columns]: [usize; 2],
    [height, width]: [usize; 2],
) {
    for row in 0..rows + 2 {
        for column in 0..columns + 2 {
            let checks = [
                bounds_check("top", row as isize - 1, rows, height),
                bounds_check("left", column as isize - 1, columns, width),
            ];
            let checks: Vec<String> = checks.into_iter().flatten().collect();
            // An index before the first wraps around to a huge number, which `min` clamps.
            let (ahead, back) = (row * width + column, width + 1);
            let place = if ahead >= back {
                format!("{at} + {}u", ahead - back)
            } else {
                format!("{at} - {}u", back - ahead)
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

impl ConvShader {
    /// For images of `[channels, height, width]`.
    pub(super) fn new(
        [inputs, height, width]: [usize; 3],
        outputs: usize,
        transposed: bool,
        bias: bool,
        output: Output,
    ) -> Self {
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
        Self {
            inputs,
            outputs,
            height,
            width,
            transposed,
            bias,
            output,
            tile: Tile {
                channels: even_split(outputs, channels),
                rows,
                columns,
            },
        }
    }

    fn pools(&self) -> bool {
        matches!(self.output, Output::Pool { .. })
    }

    /// Height and width that sums are computed for: a pool drops an odd last line.
    fn covered(&self) -> [usize; 2] {
        match self.pools() {
            true => [self.height / 2 * 2, self.width / 2 * 2],
            false => [self.height, self.width],
        }
    }

    /// Rows and columns of invocations for one image.
    fn sites(&self) -> [usize; 2] {
        let [height, width] = self.covered();
        [
            height.div_ceil(self.tile.rows),
            width.div_ceil(self.tile.columns),
        ]
    }

    /// Workgroups for so many images, and the shader's `params`: invocations in use, values of the input.
    pub(super) fn groups(&self, images: usize) -> ([usize; 3], [u32; 2]) {
        let [rows, columns] = self.sites();
        let count = images * rows * columns;
        let tiles = self.outputs.div_ceil(self.tile.channels);
        let values = images * self.inputs * self.height * self.width;
        (
            [count.div_ceil(LANES), tiles, 1],
            [count as u32, values as u32],
        )
    }

    /// Accumulates one output channel's products with the loaded window.
    fn accumulate(&self, text: &mut String, channel: usize) {
        let (inputs, outputs) = (self.inputs, self.outputs);
        let start = match self.transposed {
            false => format!("(k{channel} * {inputs}u + c) * 9u"),
            true => format!("(c * {outputs}u + k{channel}) * 9u"),
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
        let [height, width] = self.covered();
        let guarded = |text: &mut String, row: usize, column: usize, what: &str| {
            let checks = [
                bounds_check("top", row as isize, rows, height),
                bounds_check("left", column as isize, columns, width),
            ];
            let checks: Vec<String> = checks.into_iter().flatten().collect();
            let _ = match checks.is_empty() {
                true => writeln!(text, "    {what}"),
                false => writeln!(text, "    if ({}) {{ {what} }}", checks.join(" && ")),
            };
        };
        let plane = format!("(image * {}u + k{channel})", self.outputs);
        let save_indices = match self.output {
            Output::Pool { save_indices } => save_indices,
            Output::Clamped(clamp) => {
                let area = self.height * self.width;
                let _ = writeln!(
                    text,
                    "    let o = {plane} * {area}u + top * {}u + left;",
                    self.width
                );
                for row in 0..rows {
                    for column in 0..columns {
                        let (name, ahead) = (format!("z{row}_{column}"), row * self.width + column);
                        let _ = writeln!(text, "    let {name} = {};", sum(row, column));
                        let value = clamped(clamp, &name);
                        guarded(text, row, column, &format!("y[o + {ahead}u] = {value};"));
                    }
                }
                return;
            }
        };
        let (area, across) = (height * width / 4, width / 2);
        let _ = writeln!(
            text,
            "    let o = {plane} * {area}u + (top >> 1u) * {across}u + (left >> 1u);"
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
                let ahead = row / 2 * across + column / 2;
                let mut write = format!("y[o + {ahead}u] = select(m{name}, 0.0, m{name} < 0.0);");
                if save_indices {
                    let _ = write!(
                        write,
                        " indices[o + {ahead}u] = select(i{name}, 4u, m{name} <= 0.0);"
                    );
                }
                guarded(text, row, column, &write);
            }
        }
    }
}

impl ComputeShader for ConvShader {
    fn wgsl(&self) -> String {
        let (inputs, outputs, width) = (self.inputs, self.outputs, self.width);
        let Tile {
            channels,
            rows,
            columns,
        } = self.tile;
        let [down, across] = self.sites();
        let filled = outputs.is_multiple_of(channels);
        let area = self.height * width;

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
  let image = {};
  let within = {};
  let top = {} * {rows}u;
  let left = {} * {columns}u;
  let first = group.y * {channels}u;
",
            quotient("site", down * across),
            remainder("site", down * across),
            quotient("within", across),
            remainder("within", across),
        );
        for channel in 0..channels {
            let number = match filled {
                true => format!("first + {channel}u"),
                false => format!("min(first + {channel}u, {}u)", outputs - 1),
            };
            let _ = writeln!(text, "  let k{channel} = {number};");
            for row in 0..rows {
                for column in 0..columns {
                    let _ = writeln!(text, "  var a{channel}_{row}_{column} = 0.0;");
                }
            }
        }
        let _ = write!(
            text,
            "  var at = image * {}u + top * {width}u + left;
  for (var c = 0u; c < {inputs}u; c++) {{
",
            inputs * area
        );
        load_window(
            &mut text,
            ["v", "at"],
            [rows, columns],
            [self.height, width],
        );
        for channel in 0..channels {
            self.accumulate(&mut text, channel);
        }
        let _ = write!(text, "    at += {area}u;\n  }}\n");
        for channel in 0..channels {
            let _ = match filled {
                true => writeln!(text, "  {{"),
                false => writeln!(text, "  if (first + {channel}u < {outputs}u) {{"),
            };
            self.write_output(&mut text, channel);
            text.push_str("  }\n");
        }
        text.push_str("}\n");
        text
    }
}
