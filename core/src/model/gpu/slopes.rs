//! The texts of the gradient of a convolution's weights and bias.
//!
//! Each workgroup makes the weights from one input channel, or a few, to several output channels.
//! Its invocations share out the columns of all images; each walks down its columns, some rows at a
//! time, and the workgroup adds up what they have. Where this makes too few workgroups for a GPU, the
//! columns are shared out among several, and a second program adds their parts.

use std::fmt::Write;

use super::convolve::{even, inside, window};
use crate::gpu::{LANES, Program, buffers, lanes, quotient, remainder, software};

/// Numbers in a workgroup's memory, as many as WebGPU promises room for.
const MEMORY: usize = 4096;

/// The gradient of the weights of a convolution of images of one shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Slopes {
    inputs: usize,
    outputs: usize,
    height: usize,
    width: usize,
    bias: bool,
    /// Output and input channels of one workgroup.
    tile: [usize; 2],
    /// Rows and columns that an invocation takes at a time.
    patch: [usize; 2],
    lanes: usize,
    /// Among so many workgroups the columns are shared out.
    pub(super) parts: usize,
}

impl Slopes {
    /// For so many images of `[channels, height, width]`.
    pub(super) fn new(
        images: usize,
        [inputs, height, width]: [usize; 3],
        outputs: usize,
        bias: bool,
    ) -> Self {
        let (channels, sources, columns, wanted) = match software() {
            true => (8, 2, 2, 12),
            false => (4, 1, 1, 192),
        };
        let tile = [even(outputs, channels), even(inputs, sources)];
        let groups = outputs.div_ceil(tile[0]) * inputs.div_ceil(tile[1]);
        let patch = [even(height, 4), even(width, columns)];
        let most = (images * width.div_ceil(patch[1])).div_ceil(lanes());
        Self {
            inputs,
            outputs,
            height,
            width,
            bias,
            tile,
            patch,
            lanes: lanes(),
            parts: usize::div_ceil(wanted, groups).min(most).max(1),
        }
    }

    /// Values of one part.
    pub(super) fn values(&self) -> usize {
        self.outputs * (self.inputs * 9 + usize::from(self.bias))
    }

    /// Workgroups for so many images, and the numbers that the program is given.
    pub(super) fn groups(&self, images: usize) -> ([usize; 3], [u32; 4]) {
        let columns = images * self.width.div_ceil(self.patch[1]);
        let turns = columns.div_ceil(self.lanes * self.parts);
        let area = images * self.height * self.width;
        let [channels, sources] = self.tile;
        (
            [
                self.outputs.div_ceil(channels),
                self.inputs.div_ceil(sources),
                self.parts,
            ],
            [
                columns as u32,
                turns as u32,
                (area * self.inputs) as u32,
                (area * self.outputs) as u32,
            ],
        )
    }

    /// Each invocation's sums over its columns.
    fn walk(&self, text: &mut String) {
        let ([channels, sources], [rows, columns]) = (self.tile, self.patch);
        let (height, width) = (self.height, self.width);
        let (area, across) = (height * width, width.div_ceil(columns));
        for channel in 0..channels {
            for source in 0..sources {
                for tap in 0..9 {
                    let _ = writeln!(text, "  var a{source}_{channel}_{tap} = 0.0;");
                }
            }
            let _ = writeln!(text, "  var b{channel} = 0.0;");
        }
        let _ = writeln!(
            text,
            "  for (var turn = 0u; turn < words[1]; turn++) {{
    let counted = (turn * {}u + group.z) * {}u + lane;
    let here = counted < words[0];
    let column = min(counted, words[0] - 1u);
    let image = {};
    let left = {} * {columns}u;
    let source = image * {}u + left;
    let begin = image * {}u + left;
    for (var top = 0u; top < {height}u; top += {rows}u) {{",
            self.parts,
            self.lanes,
            quotient("column", across),
            remainder("column", across),
            self.inputs * area,
            self.outputs * area,
        );
        for source in 0..sources {
            let _ = writeln!(
                text,
                "    let at{source} = source + q{source} + top * {width}u;"
            );
            let names = [format!("v{source}_"), format!("at{source}")];
            let names = [names[0].as_str(), names[1].as_str()];
            window(text, names, self.patch, [height, width]);
        }
        let places = || (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
        for channel in 0..channels {
            let _ = writeln!(
                text,
                "    let to{channel} = begin + k{channel} + top * {width}u;"
            );
            for (row, column) in places() {
                let questions = [
                    inside("top", row as isize, rows, height),
                    inside("left", column as isize, columns, width),
                ];
                let mut questions: Vec<String> = questions.into_iter().flatten().collect();
                let mut place = format!("to{channel} + {}u", row * width + column);
                if !questions.is_empty() {
                    place = format!("min({place}, words[3] - 1u)");
                }
                questions.push("here".to_owned());
                let _ = writeln!(
                    text,
                    "    let g{channel}_{row}_{column} = select(0.0, slope[{place}], {});",
                    questions.join(" && ")
                );
            }
            let all: Vec<String> = places()
                .map(|(row, column)| format!("g{channel}_{row}_{column}"))
                .collect();
            let _ = writeln!(text, "    b{channel} += {};", all.join(" + "));
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
        text.push_str("    }\n  }\n");
    }

    /// Adds up the sums of a workgroup's invocations, as many at a time as its memory holds.
    fn gather(&self, text: &mut String) {
        let ([channels, sources], lanes) = (self.tile, self.lanes);
        let mut sums = Vec::new();
        for source in 0..sources {
            for channel in 0..channels {
                sums.extend((0..9).map(|tap| format!("a{source}_{channel}_{tap}")));
            }
        }
        let weights = sums.len();
        if self.bias {
            sums.extend((0..channels).map(|channel| format!("b{channel}")));
        }
        let (weight, bias) = match self.parts {
            1 => ("of_weight[".to_owned(), "of_bias[".to_owned()),
            _ => {
                let start = format!("parts[group.z * {}u + ", self.values());
                let weights = self.outputs * self.inputs * 9;
                (start.clone(), format!("{start}{weights}u + "))
            }
        };
        let (inputs, outputs) = (self.inputs, self.outputs);
        let each = channels * 9;
        for (turn, some) in sums.chunks(MEMORY / lanes).enumerate() {
            if turn > 0 {
                text.push_str("  workgroupBarrier();\n");
            }
            for (place, sum) in some.iter().enumerate() {
                let _ = writeln!(text, "  sums[{}u + lane] = {sum};", place * lanes);
            }
            let _ = writeln!(
                text,
                "  workgroupBarrier();
  for (var i = lane; i < {}u; i += {lanes}u) {{
    var sum = 0.0;
    for (var j = 0u; j < {lanes}u; j++) {{ sum += sums[i * {lanes}u + ((j + i) & {}u)]; }}
    let number = i + {}u;
    if (number < {weights}u) {{
      let c = group.y * {sources}u + number / {each}u;
      let k = first + number % {each}u / 9u;
      if (k < {outputs}u && c < {inputs}u) {{ {weight}(k * {inputs}u + c) * 9u + number % 9u] = sum; }}
    }}",
                some.len(),
                lanes - 1,
                turn * (MEMORY / lanes),
            );
            if self.bias {
                let _ = writeln!(
                    text,
                    "    else {{
      let k = first + number - {weights}u;
      if (k < {outputs}u && group.y == 0u) {{ {bias}k] = sum; }}
    }}"
                );
            }
            text.push_str("  }\n");
        }
    }
}

impl Program for Slopes {
    fn wgsl(&self) -> String {
        let [channels, sources] = self.tile;
        let area = self.height * self.width;
        let made: &[&str] = match (self.parts, self.bias) {
            (1, true) => &["of_weight", "of_bias"],
            (1, false) => &["of_weight"],
            _ => &["parts"],
        };
        let mut text = buffers(&["x", "slope"], made, true);
        let _ = writeln!(
            text,
            "var<workgroup> sums: array<f32, {}>;
@compute @workgroup_size({})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {{
  let last = words[2] - 1u;
  let first = group.x * {channels}u;",
            (channels * (9 * sources + usize::from(self.bias))).min(MEMORY / self.lanes)
                * self.lanes,
            self.lanes,
        );
        for channel in 0..channels {
            let number = match self.outputs.is_multiple_of(channels) {
                true => format!("first + {channel}u"),
                false => format!("min(first + {channel}u, {}u)", self.outputs - 1),
            };
            let _ = writeln!(text, "  let k{channel} = ({number}) * {area}u;");
        }
        for source in 0..sources {
            let _ = writeln!(
                text,
                "  let q{source} = min(group.y * {sources}u + {source}u, {}u) * {area}u;",
                self.inputs - 1
            );
        }
        self.walk(&mut text);
        self.gather(&mut text);
        text.push_str("}\n");
        text
    }
}

/// Adds the parts of [`Slopes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Together(pub(super) Slopes);

impl Program for Together {
    fn wgsl(&self) -> String {
        let Slopes {
            inputs,
            outputs,
            bias,
            parts,
            ..
        } = self.0;
        let (weights, values) = (outputs * inputs * 9, self.0.values());
        let made: &[&str] = match bias {
            true => &["of_weight", "of_bias"],
            false => &["of_weight"],
        };
        let mut text = buffers(&["parts"], made, false);
        let _ = write!(
            text,
            "@compute @workgroup_size({LANES})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {{
  let i = id.x;
  if (i >= {values}u) {{ return; }}
  var sum = 0.0;
  for (var part = 0u; part < {parts}u; part++) {{ sum += parts[part * {values}u + i]; }}
"
        );
        text.push_str(&match bias {
            true => format!(
                "  if (i < {weights}u) {{ of_weight[i] = sum; }} else {{ of_bias[i - {weights}u] = sum; }}\n}}\n"
            ),
            false => "  of_weight[i] = sum;\n}\n".to_owned(),
        });
        text
    }
}
