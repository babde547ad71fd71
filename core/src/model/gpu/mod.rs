//! The convolutions and pools of the GPU device: 3×3, stride 1, padding 1, alone or with what follows
//! them in a block.
//!
//! Burn's own convolution lays patches out as a matrix in memory, and everything after it is another
//! pass over all values. Here a block without normalisation is one program forward, and in the step
//! back one for the activation and the pool, one for the input, and one or two for the weights.
//! Whatever does not fit is left to Burn, whose results the tests compare with.

mod averaged;
mod convolve;
mod slopes;

use burn::{
    backend::autodiff::{
        checkpoint::base::Checkpointer,
        grads::Gradients,
        ops::{Backward, Ops, OpsKind},
    },
    nn::{PaddingConfig2d, conv::Conv2d},
    tensor::Tensor,
};
use burn_cubecl::{CubeBackend, tensor::CubeTensor};

pub(super) use averaged::averaged;
use convolve::{Convolve, End};
use slopes::{Slopes, Together};

use crate::gpu::{
    LANES, Program, Strategy, Tracked, buffers, dims, empty, empty_numbers, inner, launch, plain,
    quotient, remainder, tracked, walk, whole, wrap, wrap_tracked,
};

/// What a block does after its convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    /// Nothing.
    Nothing,
    /// ReLU.
    Relu,
    /// ReLU and a 2×2 max-pool.
    ReluPool,
}

/// A convolution and what follows it; `None` where this file has no way to do it.
///
/// # Shapes
/// - input: `[B, C_in, H, W]`
/// - output: `[B, C_out, H, W]`, or `[B, C_out, ⌊H/2⌋, ⌊W/2⌋]` with the pool
pub(super) fn convolution(conv: &Conv2d, input: &Tensor<4>, after: After) -> Option<Tensor<4>> {
    let [.., height, width] = input.dims();
    let short = after == After::ReluPool && height.min(width) < 2;
    if !fits(conv) || short {
        return None;
    }
    let weight = conv.weight.val();
    let bias = conv.bias.as_ref().map(|bias| bias.val());
    if let Some(x) = plain(input) {
        let bias = match &bias {
            Some(bias) => Some(plain(bias)?),
            None => None,
        };
        return Some(wrap(
            forward(&x, &plain(&weight)?, bias.as_ref(), after, false).0,
        ));
    }
    let (x, weight) = (tracked(input)?, tracked(&weight)?);
    match bias {
        Some(bias) => {
            let bias = tracked(&bias)?;
            let guards = [x.node(), weight.node(), bias.node()];
            Some(with_way_back(guards, [&x, &weight], Some(&bias), after))
        }
        None => {
            let guards = [x.node(), weight.node()];
            Some(with_way_back(guards, [&x, &weight], None, after))
        }
    }
}

/// Whether this is the kind of convolution that this file is for.
fn fits(conv: &Conv2d) -> bool {
    conv.kernel_size == [3, 3]
        && conv.stride == [1, 1]
        && conv.dilation == [1, 1]
        && conv.groups == 1
        && matches!(conv.padding, PaddingConfig2d::Explicit(1, 1, 1, 1))
}

/// The step back; with a bias there are three parents, without two.
#[derive(Debug)]
struct Step;

/// What the step back needs.
#[derive(Debug, Clone)]
struct Kept {
    input: CubeTensor,
    weight: CubeTensor,
    bias: bool,
    after: AfterKept,
}

/// What the step back through ReLU and pool needs.
#[derive(Debug, Clone)]
enum AfterKept {
    Nothing,
    /// The output.
    Relu(CubeTensor),
    /// Which of its window's four each output is.
    ReluPool(CubeTensor),
}

impl<const N: usize> Backward<CubeBackend, N> for Step {
    type State = Kept;

    fn backward(
        self,
        ops: Ops<Self::State, N>,
        grads: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let kept = ops.state;
        let grad = whole(grads.consume::<CubeBackend>(&ops.node));
        let grad = match &kept.after {
            AfterKept::Nothing => grad,
            AfterKept::Relu(output) => where_positive(&grad, output),
            AfterKept::ReluPool(chosen) => spread(&grad, chosen, &kept.input),
        };
        let mut parents = ops.parents.into_iter();
        let mut next = || parents.next().flatten();
        let (input, weight, bias) = (next(), next(), next());
        if let Some(node) = input {
            grads.register::<CubeBackend>(node.id, of_input(&grad, &kept.weight));
        }
        if weight.is_some() || bias.is_some() {
            let (of_weight, of_bias) = of_parameters(&kept.input, &grad, kept.bias);
            if let Some(node) = weight {
                grads.register::<CubeBackend>(node.id, of_weight);
            }
            if let Some((node, of_bias)) = bias.zip(of_bias) {
                grads.register::<CubeBackend>(node.id, of_bias);
            }
        }
    }
}

fn with_way_back<const N: usize>(
    guards: [burn::backend::autodiff::ops::NodeGuard; N],
    [input, weight]: [&Tracked; 2],
    bias: Option<&Tracked>,
    after: After,
) -> Tensor<4> {
    let prepared = Step.prepare::<Strategy>(guards).compute_bound().stateful();
    let (input, weight, bias) = (inner(input), inner(weight), bias.map(inner));
    wrap_tracked(match prepared {
        OpsKind::Tracked(step) => {
            let (output, chosen) = forward(&input, &weight, bias.as_ref(), after, true);
            let after = match (after, chosen) {
                (After::ReluPool, Some(chosen)) => AfterKept::ReluPool(chosen),
                (After::Relu, _) => AfterKept::Relu(output.clone()),
                _ => AfterKept::Nothing,
            };
            let kept = Kept {
                input,
                weight,
                bias: bias.is_some(),
                after,
            };
            step.finish(kept, output)
        }
        OpsKind::UnTracked(step) => {
            step.finish(forward(&input, &weight, bias.as_ref(), after, false).0)
        }
    })
}

/// The block's output and, if a step back will come, which of its window's four each output is.
fn forward(
    input: &CubeTensor,
    weight: &CubeTensor,
    bias: Option<&CubeTensor>,
    after: After,
    keep: bool,
) -> (CubeTensor, Option<CubeTensor>) {
    let [images, inputs, height, width] = dims(input);
    let [outputs, ..] = dims::<4>(weight);
    let end = match after {
        After::Nothing => End::Plain,
        After::Relu => End::Relu,
        After::ReluPool => End::Pool { keep },
    };
    let program = Convolve::new([inputs, height, width], outputs, false, bias.is_some(), end);
    let shape = match after {
        After::ReluPool => [images, outputs, height / 2, width / 2],
        _ => [images, outputs, height, width],
    };
    let output = empty(input, shape);
    let chosen = matches!(end, End::Pool { keep: true }).then(|| empty_numbers(input, shape));
    let (groups, words) = program.groups(images);
    let mut tensors = vec![input, weight];
    tensors.extend(bias);
    tensors.push(&output);
    tensors.extend(&chosen);
    launch(program, groups, &tensors, &words);
    (output, chosen)
}

/// The gradient of a convolution's input, `[B, C, H, W]`.
fn of_input(grad: &CubeTensor, weight: &CubeTensor) -> CubeTensor {
    let [images, outputs, height, width] = dims(grad);
    let [_, inputs, ..] = dims::<4>(weight);
    let program = Convolve::new([outputs, height, width], inputs, true, false, End::Plain);
    let made = empty(grad, [images, inputs, height, width]);
    let (groups, words) = program.groups(images);
    launch(program, groups, &[grad, weight, &made], &words);
    made
}

/// The gradients of weights, `[K, C, 3, 3]`, and bias, `[K]`.
fn of_parameters(
    input: &CubeTensor,
    grad: &CubeTensor,
    bias: bool,
) -> (CubeTensor, Option<CubeTensor>) {
    let [images, inputs, height, width] = dims(input);
    let [_, outputs, ..] = dims::<4>(grad);
    let program = Slopes::new(images, [inputs, height, width], outputs, bias);
    let of_weight = empty(grad, [outputs, inputs, 3, 3]);
    let of_bias = bias.then(|| empty(grad, [outputs]));
    let made: Vec<&CubeTensor> = std::iter::once(&of_weight).chain(&of_bias).collect();
    let (groups, words) = program.groups(images);
    if program.parts == 1 {
        let tensors: Vec<_> = [input, grad].into_iter().chain(made).collect();
        launch(program, groups, &tensors, &words);
    } else {
        let parts = empty(grad, [program.parts * program.values()]);
        launch(program, groups, &[input, grad, &parts], &words);
        let tensors: Vec<_> = std::iter::once(&parts).chain(made).collect();
        let groups = [program.values().div_ceil(LANES), 1, 1];
        launch(Together(program), groups, &tensors, &[]);
    }
    (of_weight, of_bias)
}

/// The step back through ReLU: the gradient where the output is positive, else 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct WherePositive;

impl Program for WherePositive {
    fn wgsl(&self) -> String {
        format!(
            "{}@compute @workgroup_size({LANES})
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {{
  for (var i = id.x; i < words[0]; i += groups.x * {LANES}u) {{
    made[i] = select(grad[i], 0.0, output[i] <= 0.0);
  }}
}}
",
            buffers(&["grad", "output"], &["made"], true)
        )
    }
}

fn where_positive(grad: &CubeTensor, output: &CubeTensor) -> CubeTensor {
    let shape: [usize; 4] = dims(grad);
    let made = empty(grad, shape);
    let count = shape.iter().product();
    let tensors = [grad, output, &made];
    launch(WherePositive, walk(count), &tensors, &[count as u32]);
    made
}

/// The step back through a pool: each gradient at the one of its window's four that it came from.
/// Each workgroup walks over the windows of some planes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Spread {
    height: usize,
    width: usize,
}

impl Program for Spread {
    fn wgsl(&self) -> String {
        let Self { height, width } = *self;
        let (rows, columns) = (height / 2, width / 2);
        // With an odd side there is a last line that no window covers.
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
                format!("select(4u, chosen[at], x < {columns}u && y < {rows}u)"),
            ),
            false => ("i".to_owned(), "chosen[at]".to_owned()),
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
                "    {inside}{{ made[to + {}u] = select(0.0, value, which == {place}u); }}\n",
                down * width + right
            )
        };
        format!(
            "{declared}@compute @workgroup_size({LANES})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {{
  for (var plane = group.x; plane < words[0]; plane += groups.x) {{
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
            declared = buffers(&["grad", "chosen: u32"], &["made"], true),
            y = quotient("i", across),
            x = remainder("i", across),
            pooled = rows * columns,
            area = height * width,
            writes = (0..4).map(write).collect::<String>(),
        )
    }
}

/// As [`Spread`] says, for images as high and as wide as `like`'s.
fn spread(grad: &CubeTensor, chosen: &CubeTensor, like: &CubeTensor) -> CubeTensor {
    let [images, channels, ..] = dims::<4>(grad);
    let [.., height, width] = dims::<4>(like);
    let made = empty(grad, [images, channels, height, width]);
    let planes = images * channels;
    let tensors = [grad, chosen, &made];
    // One plane for each workgroup, where so many can be started.
    let groups = walk(planes * LANES);
    let program = Spread { height, width };
    launch(program, groups, &tensors, &[planes as u32]);
    made
}

#[cfg(test)]
mod tests;
