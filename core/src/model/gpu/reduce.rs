//! The end of a shader that computes weights' gradients: the sums of a workgroup's invocations are
//! added, and where several workgroups share the work, a second shader adds their sums.

use std::fmt::Write;

use burn_cubecl::tensor::CubeTensor;

use crate::gpu::{ComputeShader, LANES, buffers, empty, is_software_adapter, lanes, launch};

/// Floats in WebGPU's default limit of a workgroup's memory (16 KiB).
const WORKGROUP_FLOATS: usize = 4096;

/// How many workgroups should share `sites`, where there are `groups` without sharing.
pub(super) fn parts(groups: usize, sites: usize) -> usize {
    let wanted = if is_software_adapter() { 4 } else { 192 };
    let most = sites.div_ceil(lanes());
    usize::div_ceil(wanted, groups).min(most).max(1)
}

/// The variables of an invocation whose sums over a workgroup are wanted: of weights, then of biases.
pub(super) struct Reduction {
    names: Vec<String>,
    weights: usize,
    lanes: usize,
}

impl Reduction {
    /// Of nothing yet, in workgroups of so many invocations, a power of two.
    pub(super) fn new(lanes: usize) -> Self {
        Self {
            names: Vec::new(),
            weights: 0,
            lanes,
        }
    }

    /// Adds a variable of a weight. Biases come after all weights.
    pub(super) fn push_weight(&mut self, name: String) {
        self.names.push(name);
        self.weights = self.names.len();
    }

    /// Adds a variable of a bias.
    pub(super) fn push_bias(&mut self, name: String) {
        self.names.push(name);
    }

    fn has_bias(&self) -> bool {
        self.names.len() > self.weights
    }

    /// The shader's outputs: the gradients, or, where workgroups have `shared` the work, the sums of a part.
    pub(super) fn outputs(&self, shared: bool) -> &'static [&'static str] {
        match (shared, self.has_bias()) {
            (true, _) => &["parts"],
            (false, true) => &["grad_weight", "grad_bias"],
            (false, false) => &["grad_weight"],
        }
    }

    /// Sums that fit into a workgroup's memory.
    fn at_once(&self) -> usize {
        WORKGROUP_FLOATS / self.lanes
    }

    /// WGSL declaration of the memory that [`Self::write`] needs.
    pub(super) fn memory(&self) -> String {
        let floats = self.names.len().min(self.at_once()) * self.lanes;
        format!("var<workgroup> sums: array<f32, {floats}>;\n")
    }

    /// WGSL declarations of the variables.
    pub(super) fn declare(&self, text: &mut String) {
        for name in &self.names {
            let _ = writeln!(text, "  var {name} = 0.0;");
        }
    }

    /// WGSL that adds and stores the sums, as many at a time as the memory holds. `store` are
    /// statements for a weight and for a bias, which find its `number` among the weights or biases of
    /// the workgroup and its `sum`, and write to `WEIGHT[place]` and `BIAS[place]`. Where several
    /// workgroups have `shared` the work, these are the sums from `part` on, of which `weights` are weights'.
    pub(super) fn write(
        &self,
        text: &mut String,
        shared: bool,
        [part, weights]: [&str; 2],
        store: [&str; 2],
    ) {
        let [weight, bias] = match shared {
            false => store.map(|it| {
                it.replace("WEIGHT", "grad_weight")
                    .replace("BIAS", "grad_bias")
            }),
            true => store.map(|it| {
                it.replace("WEIGHT[", &format!("parts[{part} + "))
                    .replace("BIAS[", &format!("parts[{part} + {weights} + "))
            }),
        };
        let lanes = self.lanes;
        for (turn, some) in self.names.chunks(self.at_once()).enumerate() {
            if turn > 0 {
                text.push_str("  workgroupBarrier();\n");
            }
            for (place, name) in some.iter().enumerate() {
                let _ = writeln!(text, "  sums[{}u + lane] = {name};", place * lanes);
            }
            let _ = writeln!(
                text,
                "  workgroupBarrier();
  for (var i = lane; i < {}u; i += {lanes}u) {{
    var sum = 0.0;
    for (var j = 0u; j < {lanes}u; j++) {{ sum += sums[i * {lanes}u + ((j + i) & {}u)]; }}
    let place = i + {}u;
    if (place < {}u) {{
      let number = place;
      {weight}
    }}",
                some.len(),
                lanes - 1,
                turn * self.at_once(),
                self.weights,
            );
            if self.has_bias() {
                let _ = writeln!(
                    text,
                    "    else {{
      let number = place - {}u;
      {bias}
    }}",
                    self.weights
                );
            }
            text.push_str("  }\n");
        }
    }
}

/// Adds the sums of several parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct SumParts {
    /// Values of weights.
    pub(super) weights: usize,
    /// Values of biases, which follow them; 0 for none.
    pub(super) biases: usize,
    /// How many parts.
    pub(super) parts: usize,
}

impl ComputeShader for SumParts {
    fn wgsl(&self) -> String {
        let Self {
            weights,
            biases,
            parts,
        } = *self;
        let values = weights + biases;
        let made: &[&str] = match biases {
            0 => &["grad_weight"],
            _ => &["grad_weight", "grad_bias"],
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
        text.push_str(&match biases {
            0 => "  grad_weight[i] = sum;\n}\n".to_owned(),
            _ => format!(
                "  if (i < {weights}u) {{ grad_weight[i] = sum; }} else {{ grad_bias[i - {weights}u] = sum; }}\n}}\n"
            ),
        });
        text
    }
}

/// The gradients of weights, of this shape, and bias: by a shader with its workgroups and `params`, from
/// the input and the output's gradient, and by a second one where several workgroups share the work.
pub(super) fn grad_parameters_of(
    (shader, groups, params): (impl ComputeShader, [usize; 3], &[u32]),
    [input, grad]: [&CubeTensor; 2],
    shape: [usize; 4],
    sums: SumParts,
) -> (CubeTensor, Option<CubeTensor>) {
    let grad_weight = empty(grad, shape);
    let grad_bias = (sums.biases > 0).then(|| empty(grad, [sums.biases]));
    let made: Vec<&CubeTensor> = std::iter::once(&grad_weight).chain(&grad_bias).collect();
    if sums.parts == 1 {
        let tensors: Vec<_> = [input, grad].into_iter().chain(made).collect();
        launch(shader, groups, &tensors, params);
    } else {
        let values = sums.weights + sums.biases;
        let parts = empty(grad, [sums.parts * values]);
        launch(shader, groups, &[input, grad, &parts], params);
        let tensors: Vec<_> = std::iter::once(&parts).chain(made).collect();
        launch(sums, [values.div_ceil(LANES), 1, 1], &tensors, &[]);
    }
    (grad_weight, grad_bias)
}
