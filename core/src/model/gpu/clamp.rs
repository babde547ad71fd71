//! Clamps at the end of a shader, and their backward pass.

use burn_cubecl::tensor::CubeTensor;

use crate::{
    gpu::{ComputeShader, LANES, buffers, dims, empty, grid_stride_groups, launch},
    model::clamp::Clamp,
};

/// WGSL of a value, given by its name, within the clamp's interval; NaN stays.
pub(super) fn clamped(clamp: Clamp, name: &str) -> String {
    let relu = format!("select({name}, 0.0, {name} < 0.0)");
    match clamp {
        Clamp::None => name.to_owned(),
        Clamp::Relu => relu,
        Clamp::Relu6 => format!("select({relu}, 6.0, {name} > 6.0)"),
    }
}

/// The backward pass of a clamp: the gradient where the output is strictly inside, else 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct ClampBackward {
    /// Whether there is an upper bound, 6.
    upper: bool,
}

impl ComputeShader for ClampBackward {
    fn wgsl(&self) -> String {
        let outside = match self.upper {
            true => "output[i] <= 0.0 || output[i] >= 6.0",
            false => "output[i] <= 0.0",
        };
        format!(
            "{}@compute @workgroup_size({LANES})
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {{
  for (var i = id.x; i < params[0]; i += groups.x * {LANES}u) {{
    grad_input[i] = select(grad[i], 0.0, {outside});
  }}
}}
",
            buffers(&["grad", "output"], &["grad_input"], true)
        )
    }
}

/// The gradient before a clamp, from the gradient behind it and the output.
pub(super) fn clamp_backward(clamp: Clamp, grad: &CubeTensor, output: &CubeTensor) -> CubeTensor {
    if clamp == Clamp::None {
        return grad.clone();
    }
    let shape: [usize; 4] = dims(grad);
    let made = empty(grad, shape);
    let count = shape.iter().product();
    let upper = clamp == Clamp::Relu6;
    launch(
        ClampBackward { upper },
        grid_stride_groups(count),
        &[grad, output, &made],
        &[count as u32],
    );
    made
}
