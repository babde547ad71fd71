//! The text of the 3×3 convolution, and of the gradient of its input, which is one itself.
//!
//! Each invocation makes up to eight channels at four places: four rows of one column, or the four
//! of a pool's window. An input that it has read serves all of these channels, and a weight all four
//! places, so that most of the work is arithmetic. Neighbouring invocations take neighbouring
//! columns, so that what they read and write lies side by side. Everything is written out: no
//! array is indexed by a loop's counter, and all sums stay in registers.

use std::fmt::Write;

use crate::gpu::{LANES, Program, buffers};

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
}

/// A count cut into as few even parts of at most `most` as there can be.
pub(super) fn tile(count: usize, most: usize) -> usize {
    count.div_ceil(count.div_ceil(most))
}

impl Convolve {
    /// Channels of one invocation.
    fn channels(&self) -> usize {
        tile(self.outputs, 8)
    }

    /// Rows and columns of the output of one invocation.
    fn patch(&self) -> [usize; 2] {
        match self.end {
            End::Pool { .. } => [2, 2],
            _ => [tile(self.height, 4), 1],
        }
    }

    /// Rows and columns of invocations for one image.
    fn sites(&self) -> [usize; 2] {
        match self.end {
            End::Pool { .. } => [self.height / 2, self.width / 2],
            _ => [self.height.div_ceil(self.patch()[0]), self.width],
        }
    }

    /// Workgroups for so many images, and the numbers that the program is given.
    pub(super) fn groups(&self, images: usize) -> ([usize; 3], [u32; 2]) {
        let [rows, columns] = self.sites();
        let count = images * rows * columns;
        let tiles = self.outputs.div_ceil(self.channels());
        let values = images * self.inputs * self.height * self.width;
        (
            [count.div_ceil(LANES), tiles, 1],
            [count as u32, values as u32],
        )
    }

    /// What invocations read: a row and a column more on each side than they make.
    fn window(&self, text: &mut String) {
        let ([rows, columns], [height, width]) = (self.patch(), [self.height, self.width]);
        // What surely lies inside of the image needs no question.
        let pool = matches!(self.end, End::Pool { .. });
        let whole = pool || height.is_multiple_of(rows);
        for row in 0..rows + 2 {
            for column in 0..columns + 2 {
                let mut inside = Vec::new();
                if row == 0 {
                    inside.push("top > 0u".to_owned());
                } else if row == rows + 1 || (row > 1 && !whole) {
                    inside.push(format!("top + {}u < {height}u", row - 1));
                }
                if column == 0 {
                    inside.push("left > 0u".to_owned());
                } else if column == columns + 1 {
                    inside.push(format!("left + {columns}u < {width}u"));
                }
                // Steps back before the first value come out as a huge number, and are held at the last.
                let (ahead, back) = (row * width + column, width + 1);
                let place = if ahead >= back {
                    format!("at + {}u", ahead - back)
                } else {
                    format!("at - {}u", back - ahead)
                };
                let value = format!("x[min({place}, last)]");
                let value = if inside.is_empty() {
                    value
                } else {
                    format!("select(0.0, {value}, {})", inside.join(" && "))
                };
                let _ = writeln!(text, "    let v{row}_{column} = {value};");
            }
        }
    }
}

impl Program for Convolve {
    fn wgsl(&self) -> String {
        let Self {
            inputs,
            outputs,
            height,
            width,
            ..
        } = *self;
        let (channels, [rows, columns]) = (self.channels(), self.patch());
        let [site_rows, site_columns] = self.sites();
        let places: Vec<[usize; 2]> = (0..rows)
            .flat_map(|row| (0..columns).map(move |column| [row, column]))
            .collect();
        let even = outputs.is_multiple_of(channels);
        let area = height * width;

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
  let image = site / {}u;
  let within = site % {}u;
  let top = (within / {site_columns}u) * {rows}u;
  let left = (within % {site_columns}u) * {columns}u;
  let first = group.y * {channels}u;
",
            site_rows * site_columns,
            site_rows * site_columns,
        );
        for channel in 0..channels {
            let number = match even {
                true => format!("first + {channel}u"),
                false => format!("min(first + {channel}u, {}u)", outputs - 1),
            };
            let _ = writeln!(text, "  let k{channel} = {number};");
            for place in 0..places.len() {
                let _ = writeln!(text, "  var a{channel}_{place} = 0.0;");
            }
        }
        let _ = write!(
            text,
            "  var at = image * {}u + top * {width}u + left;
  for (var c = 0u; c < {inputs}u; c++) {{
",
            inputs * area
        );
        self.window(&mut text);
        for channel in 0..channels {
            let start = match self.turned {
                false => format!("(k{channel} * {inputs}u + c) * 9u"),
                true => format!("(c * {outputs}u + k{channel}) * 9u"),
            };
            let _ = writeln!(text, "    let s{channel} = {start};");
            for tap in 0..9 {
                let from = if self.turned { 8 - tap } else { tap };
                let _ = writeln!(
                    text,
                    "    let w{channel}_{tap} = weight[s{channel} + {from}u];"
                );
            }
            for (place, [row, column]) in places.iter().enumerate() {
                let products: Vec<String> = (0..9)
                    .map(|tap| {
                        let (y, x) = (row + tap / 3, column + tap % 3);
                        format!("w{channel}_{tap} * v{y}_{x}")
                    })
                    .collect();
                let _ = writeln!(text, "    a{channel}_{place} += {};", products.join(" + "));
            }
        }
        let _ = write!(text, "    at += {area}u;\n  }}\n");
        for channel in 0..channels {
            if !even {
                let _ = writeln!(text, "  if (first + {channel}u < {outputs}u) {{");
            }
            for place in 0..places.len() {
                let mut value = format!("a{channel}_{place}");
                if self.bias {
                    value = format!("{value} + bias[k{channel}]");
                }
                let _ = writeln!(text, "  let z{channel}_{place} = {value};");
            }
            if !even {
                // Names end with their block.
                self.finish(&mut text, channel, places.len());
                let _ = writeln!(text, "  }}");
            } else {
                self.finish(&mut text, channel, places.len());
            }
        }
        text.push_str("}\n");
        text
    }
}

impl Convolve {
    /// Writes one channel's outputs.
    fn finish(&self, text: &mut String, channel: usize, places: usize) {
        let (outputs, height, width) = (self.outputs, self.height, self.width);
        if let End::Pool { keep } = self.end {
            let (rows, columns) = (height / 2, width / 2);
            let _ = writeln!(
                text,
                "  var m{channel} = z{channel}_0;\n  var i{channel} = 0u;"
            );
            for place in 1..places {
                // NaN wins.
                let _ = writeln!(
                    text,
                    "  if (z{channel}_{place} > m{channel} || z{channel}_{place} != z{channel}_{place}) \
                     {{ m{channel} = z{channel}_{place}; i{channel} = {place}u; }}"
                );
            }
            let _ = writeln!(
                text,
                "  let o{channel} = (image * {outputs}u + k{channel}) * {}u + top / 2u * {columns}u + left / 2u;
  y[o{channel}] = select(m{channel}, 0.0, m{channel} < 0.0);",
                rows * columns
            );
            if keep {
                let _ = writeln!(
                    text,
                    "  chosen[o{channel}] = select(i{channel}, 4u, m{channel} <= 0.0);"
                );
            }
            return;
        }
        let _ = writeln!(
            text,
            "  let o{channel} = (image * {outputs}u + k{channel}) * {}u + top * {width}u + left;",
            height * width
        );
        for place in 0..places {
            let value = match self.end {
                End::Relu => {
                    format!("select(z{channel}_{place}, 0.0, z{channel}_{place} < 0.0)")
                }
                _ => format!("z{channel}_{place}"),
            };
            let write = format!("y[o{channel} + {}u] = {value};", place * width);
            if place == 0 || height.is_multiple_of(places) {
                let _ = writeln!(text, "  {write}");
            } else {
                let _ = writeln!(text, "  if (top + {place}u < {height}u) {{ {write} }}");
            }
        }
    }
}
