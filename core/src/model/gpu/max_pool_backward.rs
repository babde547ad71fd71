//! The backward pass of ReLU with a 2×2 max-pool.

use burn_cubecl::tensor::CubeTensor;

use crate::gpu::{
    ComputeShader, LANES, buffers, dims, empty, grid_stride_groups, launch, quotient, remainder,
};

/// The backward pass of ReLU and pool: each gradient goes to the maximum of its window. Each workgroup
/// iterates over the windows of some planes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct MaxPoolBackward {
    height: usize,
    width: usize,
}

impl ComputeShader for MaxPoolBackward {
    fn wgsl(&self) -> String {
        let Self { height, width } = *self;
        let (rows, columns) = (height / 2, width / 2);
        // An odd side has a last line that no window covers.
        let across = width.div_ceil(2);
        let windows = height.div_ceil(2) * across;
        let odd = windows != rows * columns;
        let (window, inside) = match odd {
            true => (
                format!(
                    "min(y, {}u) * {columns}u + min(x, {}u)",
                    rows - 1,
                    columns - 1
                ),
                format!("select(4u, indices[at], x < {columns}u && y < {rows}u)"),
            ),
            false => ("i".to_owned(), "indices[at]".to_owned()),
        };
        let write = |place: usize| {
            let (down, right) = (place / 2, place % 2);
            let inside = match (odd, place) {
                (false, _) | (true, 0) => String::new(),
                (true, _) => {
                    format!("if (2u * y + {down}u < {height}u && 2u * x + {right}u < {width}u) ")
                }
            };
            format!(
                "    {inside}{{ grad_input[to + {}u] = select(0.0, value, which == {place}u); }}\n",
                down * width + right
            )
        };
        format!(
            "{declared}@compute @workgroup_size({LANES})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {{
  for (var plane = group.x; plane < params[0]; plane += groups.x) {{
  for (var i = lane; i < {windows}u; i += {LANES}u) {{
    let y = {y};
    let x = {x};
    let at = plane * {pooled}u + {window};
    let value = grad[at];
    let which = {inside};
    let to = plane * {area}u + 2u * y * {width}u + 2u * x;
{writes}  }}
  }}
}}
",
            declared = buffers(&["grad", "indices: u32"], &["grad_input"], true),
            y = quotient("i", across),
            x = remainder("i", across),
            pooled = rows * columns,
            area = height * width,
            writes = (0..4).map(write).collect::<String>(),
        )
    }
}

/// The gradient of a pool's input, with the height and width of `like`.
pub(super) fn max_pool_backward(
    grad: &CubeTensor,
    indices: &CubeTensor,
    like: &CubeTensor,
) -> CubeTensor {
    let [images, channels, ..] = dims::<4>(grad);
    let [.., height, width] = dims::<4>(like);
    let made = empty(grad, [images, channels, height, width]);
    let planes = images * channels;
    let tensors = [grad, indices, &made];
    // One workgroup a plane, up to the limit of workgroups.
    let groups = grid_stride_groups(planes * LANES);
    let shader = MaxPoolBackward { height, width };
    launch(shader, groups, &tensors, &[planes as u32]);
    made
}
