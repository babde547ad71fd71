//! The text of the 3×3 convolution, and of the gradient of its input, which is one itself.
//!
//! Each invocation makes several channels at several places. An input that it has read serves all of
//! these channels, and a weight all places, so that most of the work is arithmetic. Neighbouring
//! invocations take neighbouring columns, so that what they read and write lies side by side.
//! Everything is written out: no array is indexed by a loop's counter, and all sums stay in
//! registers.

use std::fmt::Write;

use crate::gpu::{LANES, Program, buffers, quotient, remainder, software};

/// What becomes of a sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum End {
    /// It is the output.
    Plain,
    /// Negative ones become 0.
    Relu,
    /// Likewise, and the largest of each 2×2 window is the output; with `keep` it is also written down
    /// which of the four that was, and 4 where it is not positive.
    Pool {
        /// Whether a step back will come.
        keep: bool,
    },
}

/// What one invocation makes: channels, rows and columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Tile {
    channels: usize,
    rows: usize,
    columns: usize,
}

/// A convolution of images of one shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Convolve {
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    pub(super) height: usize,
    pub(super) width: usize,
    /// Kernels turned by 180° and channels exchanged: the gradient of the input.
    pub(super) turned: bool,
    pub(super) bias: bool,
    pub(super) end: End,
    tile: Tile,
}

/// A count cut into as few even parts of at most `most` as there can be.
pub(super) fn even(count: usize, most: usize) -> usize {
    count.div_ceil(count.div_ceil(most))
}

/// The question whether a line lies inside of an image of this length, `ahead` of the first of the `made`
/// that an invocation makes, if there is one to ask.
pub(super) fn inside(first: &str, ahead: isize, made: usize, length: usize) -> Option<String> {
    if ahead < 0 {
        return Some(format!("{first} > 0u"));
    }
    // Every invocation starts inside, and where they fill the image evenly ends inside.
    let ahead = ahead.unsigned_abs();
    let sure = ahead == 0 || (length.is_multiple_of(made) && ahead < made);
    (!sure).then(|| format!("{first} + {ahead}u < {length}u"))
}

/// Reads what an invocation needs that makes so many rows and columns from `top` and `left` on, a row and
/// a column more on each side: `name` with row and column, from `x` around the place `at`.
pub(super) fn window(
    text: &mut String,
    [name, at]: [&str; 2],
    [rows, columns]: [usize; 2],
    [height, width]: [usize; 2],
) {
    for row in 0..rows + 2 {
        for column in 0..columns + 2 {
            let questions = [
                inside("top", row as isize - 1, rows, height),
                inside("left", column as isize - 1, columns, width),
            ];
            let inside: Vec<String> = questions.into_iter().flatten().collect();
            // Steps back before the first value come out as a huge number, and are held at the last.
            let (ahead, back) = (row * width + column, width + 1);
            let place = if ahead >= back {
                format!("{at} + {}u", ahead - back)
            } else {
                format!("{at} - {}u", back - ahead)
            };
            let value = format!("x[min({place}, last)]");
            let value = match inside.is_empty() {
                true => value,
                false => format!("select(0.0, {value}, {})", inside.join(" && ")),
            };
            let _ = writeln!(text, "    let {name}{row}_{column} = {value};");
        }
    }
}

impl Convolve {
    /// For images of `[channels, height, width]`.
    pub(super) fn new(
        [inputs, height, width]: [usize; 3],
        outputs: usize,
        turned: bool,
        bias: bool,
        end: End,
    ) -> Self {
        let pool = matches!(end, End::Pool { .. });
        // 32 sums and what they are made of find room in the registers of a small GPU.
        let (rows, columns) = match (software(), pool) {
            (true, _) => (4, 4),
            (false, false) => (4, 1),
            (false, true) => (2, 2),
        };
        let [rows, columns] = match pool {
            true => [
                2 * even(height / 2, rows / 2),
                2 * even(width / 2, columns / 2),
            ],
            false => [even(height, rows), even(width, columns)],
        };
        Self {
            inputs,
            outputs,
            height,
            width,
            turned,
            bias,
            end,
            tile: Tile {
                channels: even(outputs, 8),
                rows,
                columns,
            },
        }
    }

    fn pools(&self) -> bool {
        matches!(self.end, End::Pool { .. })
    }

    /// Height and width of what sums are made for: a pool leaves an odd last line out.
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

    /// Workgroups for so many images, and the numbers that the program is given.
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

    /// The sums of one channel take in what was read.
    fn add(&self, text: &mut String, channel: usize) {
        let (inputs, outputs) = (self.inputs, self.outputs);
        let start = match self.turned {
            false => format!("(k{channel} * {inputs}u + c) * 9u"),
            true => format!("(c * {outputs}u + k{channel}) * 9u"),
        };
        let _ = writeln!(text, "    let s{channel} = {start};");
        for tap in 0..9 {
            let place = if self.turned { 8 - tap } else { tap };
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
    fn finish(&self, text: &mut String, channel: usize) {
        let Tile { rows, columns, .. } = self.tile;
        let added = match self.bias {
            true => format!(" + bias[k{channel}]"),
            false => String::new(),
        };
        let sum = |row: usize, column: usize| format!("a{channel}_{row}_{column}{added}");
        let [height, width] = self.covered();
        let guarded = |text: &mut String, row: usize, column: usize, what: &str| {
            let questions = [
                inside("top", row as isize, rows, height),
                inside("left", column as isize, columns, width),
            ];
            let inside: Vec<String> = questions.into_iter().flatten().collect();
            let _ = match inside.is_empty() {
                true => writeln!(text, "    {what}"),
                false => writeln!(text, "    if ({}) {{ {what} }}", inside.join(" && ")),
            };
        };
        let plane = format!("(image * {}u + k{channel})", self.outputs);
        let End::Pool { keep } = self.end else {
            let area = self.height * self.width;
            let _ = writeln!(
                text,
                "    let o = {plane} * {area}u + top * {}u + left;",
                self.width
            );
            for row in 0..rows {
                for column in 0..columns {
                    let (sum, ahead) = (sum(row, column), row * self.width + column);
                    let value = match self.end {
                        End::Relu => format!("select({sum}, 0.0, {sum} < 0.0)"),
                        _ => sum,
                    };
                    guarded(text, row, column, &format!("y[o + {ahead}u] = {value};"));
                }
            }
            return;
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
                if keep {
                    let _ = write!(
                        write,
                        " chosen[o + {ahead}u] = select(i{name}, 4u, m{name} <= 0.0);"
                    );
                }
                guarded(text, row, column, &write);
            }
        }
    }
}

impl Program for Convolve {
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
        let keep = matches!(self.end, End::Pool { keep: true });
        let made: &[&str] = if keep { &["y", "chosen: u32"] } else { &["y"] };
        let mut text = buffers(&names, made, true);
        let _ = write!(
            text,
            "@compute @workgroup_size({LANES})
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(workgroup_id) group: vec3<u32>) {{
  let site = id.x;
  if (site >= words[0]) {{ return; }}
  let last = words[1] - 1u;
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
        window(
            &mut text,
            ["v", "at"],
            [rows, columns],
            [self.height, width],
        );
        for channel in 0..channels {
            self.add(&mut text, channel);
        }
        let _ = write!(text, "    at += {area}u;\n  }}\n");
        for channel in 0..channels {
            let _ = match filled {
                true => writeln!(text, "  {{"),
                false => writeln!(text, "  if (first + {channel}u < {outputs}u) {{"),
            };
            self.finish(&mut text, channel);
            text.push_str("  }\n");
        }
        text.push_str("}\n");
        text
    }
}
