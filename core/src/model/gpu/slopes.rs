//! The texts of the gradient of a convolution's weights and bias.
//!
//! Each workgroup makes the nine weights from one input channel to up to four output channels.
//! Its invocations share out the columns of all images; each walks down its columns with three rows
//! of the input at hand, so that a row is read once, and the workgroup adds up what they have. Where
//! this makes too few workgroups for a GPU, the columns are shared out among several, and a second
//! program adds their parts.

use std::fmt::Write;

use super::convolve::tile;
use crate::gpu::{LANES, Program, buffers};

/// So many workgroups are wanted, so that a GPU has enough to do.
const WANTED: usize = 192;

/// The gradient of the weights of a convolution of images of one shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Slopes {
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) bias: bool,
    /// Among so many workgroups the columns are shared out.
    pub(super) parts: usize,
}

impl Slopes {
    fn channels(&self) -> usize {
        tile(self.outputs, 4)
    }

    /// For so many images.
    pub(super) fn for_images(mut self, images: usize) -> Self {
        let groups = self.outputs.div_ceil(self.channels()) * self.inputs;
        let most = (images * self.width).div_ceil(LANES);
        self.parts = WANTED.div_ceil(groups).min(most).max(1);
        self
    }

    /// Values of one part.
    pub(super) fn values(&self) -> usize {
        self.outputs * (self.inputs * 9 + usize::from(self.bias))
    }

    /// Workgroups for so many images, and the numbers that the program is given.
    pub(super) fn groups(&self, images: usize) -> ([usize; 3], [u32; 3]) {
        let columns = images * self.width;
        let turns = columns.div_ceil(LANES * self.parts);
        let values = columns * self.inputs * self.height;
        (
            [
                self.outputs.div_ceil(self.channels()),
                self.inputs,
                self.parts,
            ],
            [columns as u32, turns as u32, values as u32],
        )
    }
}

impl Program for Slopes {
    fn wgsl(&self) -> String {
        let Self {
            inputs,
            outputs,
            height,
            width,
            bias,
            parts,
        } = *self;
        let (channels, area) = (self.channels(), height * width);
        let even = outputs.is_multiple_of(channels);
        let weights = outputs * inputs * 9;
        let kept = channels * (9 + usize::from(bias));

        let made: &[&str] = match (parts, bias) {
            (1, true) => &["of_weight", "of_bias"],
            (1, false) => &["of_weight"],
            _ => &["parts"],
        };
        let mut text = buffers(&["x", "slope"], made, true);
        let _ = write!(
            text,
            "var<workgroup> sums: array<f32, {}>;
@compute @workgroup_size({LANES})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {{
  let columns = words[0];
  let last = words[2] - 1u;
  let first = group.x * {channels}u;
  let c = group.y;
",
            kept * LANES
        );
        for channel in 0..channels {
            let number = match even {
                true => format!("first + {channel}u"),
                false => format!("min(first + {channel}u, {}u)", outputs - 1),
            };
            let _ = writeln!(text, "  let k{channel} = ({number}) * {area}u;");
            for tap in 0..9 {
                let _ = writeln!(text, "  var a{channel}_{tap} = 0.0;");
            }
            if bias {
                let _ = writeln!(text, "  var b{channel} = 0.0;");
            }
        }
        let read = |name: &str, at: &str, back: &str| {
            format!(
                "let {name}0 = select(0.0, x[min({at} - 1u, last)], {back}left);
    let {name}1 = select(0.0, x[min({at}, last)], {back}true);
    let {name}2 = select(0.0, x[min({at} + 1u, last)], {back}right);"
            )
        };
        let _ = write!(
            text,
            "  for (var turn = 0u; turn < words[1]; turn++) {{
    let counted = (turn * {parts}u + group.z) * {LANES}u + lane;
    let here = counted < columns;
    let column = min(counted, columns - 1u);
    let image = column / {width}u;
    let across = column % {width}u;
    let left = across > 0u;
    let right = across + 1u < {width}u;
    var at = (image * {inputs}u + c) * {area}u + across;
    var begin = image * {}u + across;
    {}
    var u0 = 0.0; var u1 = 0.0; var u2 = 0.0;
    var m0 = n0; var m1 = n1; var m2 = n2;
    for (var row = 1u; row <= {height}u; row++) {{
    at += {width}u;
    let below = row < {height}u;
    {}
",
            outputs * area,
            read("n", "at", ""),
            read("l", "at", "below && "),
        );
        for channel in 0..channels {
            let _ = writeln!(
                text,
                "    let g{channel} = select(0.0, slope[begin + k{channel}], here);"
            );
            for (line, name) in ["u", "m", "l"].iter().enumerate() {
                for column in 0..3 {
                    let tap = 3 * line + column;
                    let _ = writeln!(text, "    a{channel}_{tap} += g{channel} * {name}{column};");
                }
            }
            if bias {
                let _ = writeln!(text, "    b{channel} += g{channel};");
            }
        }
        let _ = write!(
            text,
            "    u0 = m0; u1 = m1; u2 = m2;
    m0 = l0; m1 = l1; m2 = l2;
    begin += {width}u;
    }}
  }}
"
        );
        for channel in 0..channels {
            for tap in 0..9 {
                let _ = writeln!(
                    text,
                    "  sums[{}u + lane] = a{channel}_{tap};",
                    (channel * 9 + tap) * LANES
                );
            }
            if bias {
                let place = (channels * 9 + channel) * LANES;
                let _ = writeln!(text, "  sums[{place}u + lane] = b{channel};");
            }
        }
        let (weight, bias_at) = match parts {
            1 => ("of_weight[", "of_bias["),
            _ => ("parts[start + ", "parts[start + WEIGHTS + "),
        };
        let _ = write!(
            text,
            "  workgroupBarrier();
  let start = group.z * {}u;
  for (var i = lane; i < {kept}u; i += {LANES}u) {{
    var sum = 0.0;
    for (var j = 0u; j < {LANES}u; j++) {{
      sum += sums[i * {LANES}u + (j + i) % {LANES}u];
    }}
    let k = first + select(i - {nine}u, i / 9u, i < {nine}u);
    if (k < {outputs}u) {{
      if (i < {nine}u) {{
        {weight}(k * {inputs}u + c) * 9u + i % 9u] = sum;
      }}
",
            self.values(),
            nine = channels * 9,
        );
        if bias {
            let place = bias_at.replace("WEIGHTS", &format!("{weights}u"));
            let _ = write!(
                text,
                "      if (i >= {}u && c == 0u) {{ {place}k] = sum; }}\n",
                channels * 9
            );
        }
        text.push_str("    }\n  }\n}\n");
        if parts == 1 {
            text = text.replace(
                &format!("  let start = group.z * {}u;\n", self.values()),
                "",
            );
        }
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
        let made: &[&str] = if bias {
            &["of_weight", "of_bias"]
        } else {
            &["of_weight"]
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
