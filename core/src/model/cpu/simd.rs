//! The innermost loops, in explicit vector instructions: AVX-512 or AVX2 where a native machine has it
//! and SIMD128 in wasm, at any optimisation level of this crate.
#![allow(
    clippy::needless_range_loop,
    reason = "compiled for size, an enumerated iterator keeps a check that such a range does not need"
)]

use pulp::{Arch, Simd, WithSimd};

/// Outputs that stay in the first-level cache while all taps are added to them.
const BLOCK: usize = 2048;

pub(super) fn dispatch<O: WithSimd>(operation: O) -> O::Output {
    // `Arch` knows AVX2 only with a feature of its crate that nothing else here needs.
    #[cfg(target_arch = "x86_64")]
    {
        if let Some(simd) = pulp::x86::V4::try_new() {
            return Simd::vectorize(simd, operation);
        }
        if let Some(simd) = pulp::x86::V3::try_new() {
            return Simd::vectorize(simd, operation);
        }
    }
    Arch::new().dispatch(operation)
}

/// How many of the remaining taps one loop handles, their weights or sums in registers.
#[inline(always)]
fn taps_at_once(remaining: usize) -> usize {
    match remaining {
        9 => 9,
        5.. => 5,
        3.. => 3,
        _ => 1,
    }
}

/// Runs an expression for each index below a constant in place, since a compiler that optimises for size
/// leaves a loop, and an array that is indexed in a loop is not in registers.
macro_rules! unrolled {
    ($count:ident, $index:ident => $body:expr) => {
        unrolled!($count, $index => $body; 0 1 2 3 4 5 6 7 8)
    };
    ($count:ident, $index:ident => $body:expr; $($number:literal)*) => {
        $(if $number < $count {
            let $index = $number;
            $body;
        })*
    };
}
pub(super) use unrolled;

/// `out[i] += Σ_t weights[t] · input[i + offsets[t]]`.
pub(super) fn accumulate(out: &mut [f32], input: &[f32], offsets: &[usize], weights: &[f32]) {
    dispatch(Accumulate {
        out,
        input,
        offsets,
        weights,
    });
}

struct Accumulate<'a> {
    out: &'a mut [f32],
    input: &'a [f32],
    offsets: &'a [usize],
    weights: &'a [f32],
}

impl WithSimd for Accumulate<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for (block, out) in self.out.chunks_mut(BLOCK).enumerate() {
            let input = &self.input[block * BLOCK..];
            let (mut offsets, mut weights) = (self.offsets, self.weights);
            while !offsets.is_empty() {
                let count = taps_at_once(offsets.len());
                let (at, by) = (&offsets[..count], &weights[..count]);
                match count {
                    9 => add_taps::<S, 9>(simd, out, input, at, by),
                    5 => add_taps::<S, 5>(simd, out, input, at, by),
                    3 => add_taps::<S, 3>(simd, out, input, at, by),
                    _ => add_taps::<S, 1>(simd, out, input, at, by),
                }
                (offsets, weights) = (&offsets[count..], &weights[count..]);
            }
        }
    }
}

/// Adds `N` taps.
#[inline(always)]
fn add_taps<S: Simd, const N: usize>(
    simd: S,
    out: &mut [f32],
    input: &[f32],
    offsets: &[usize],
    weights: &[f32],
) {
    let (vectors, tail) = S::as_mut_simd_f32s(out);
    let (count, rest) = (vectors.len(), tail.len());
    let mut factors = [simd.splat_f32s(0.0); N];
    let mut inputs: [(&[S::f32s], &[f32]); N] = [(&[], &[]); N];
    unrolled!(N, tap => factors[tap] = simd.splat_f32s(weights[tap]));
    unrolled!(N, tap => inputs[tap] = shifted::<S>(input, offsets[tap], count, rest));
    for i in 0..count {
        let mut sum = vectors[i];
        unrolled!(N, tap => sum = simd.mul_add_e_f32s(factors[tap], inputs[tap].0[i], sum));
        vectors[i] = sum;
    }
    if !tail.is_empty() {
        let mut sum = simd.partial_load_f32s(tail);
        for (factor, (_, input)) in factors.iter().zip(inputs) {
            sum = simd.mul_add_e_f32s(*factor, simd.partial_load_f32s(input), sum);
        }
        simd.partial_store_f32s(tail, sum);
    }
}

/// So many vectors of the input from an offset, and so many values after them.
#[inline(always)]
fn shifted<S: Simd>(
    input: &[f32],
    offset: usize,
    vectors: usize,
    rest: usize,
) -> (&[S::f32s], &[f32]) {
    let (all, tail) = S::as_simd_f32s(&input[offset..][..vectors * S::F32_LANES + rest]);
    (&all[..vectors], tail)
}

/// `sums[t] = Σ_i values[i] · input[i + offsets[t]]`.
pub(super) fn correlate(sums: &mut [f32], values: &[f32], input: &[f32], offsets: &[usize]) {
    dispatch(Correlate {
        sums,
        values,
        input,
        offsets,
    });
}

struct Correlate<'a> {
    sums: &'a mut [f32],
    values: &'a [f32],
    input: &'a [f32],
    offsets: &'a [usize],
}

impl WithSimd for Correlate<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (mut sums, mut offsets) = (self.sums, self.offsets);
        while !offsets.is_empty() {
            let count = taps_at_once(offsets.len());
            let (now, later) = sums.split_at_mut(count);
            let (at, rest) = offsets.split_at(count);
            match count {
                9 => sum_taps::<S, 9>(simd, now, self.values, self.input, at),
                5 => sum_taps::<S, 5>(simd, now, self.values, self.input, at),
                3 => sum_taps::<S, 3>(simd, now, self.values, self.input, at),
                _ => sum_taps::<S, 1>(simd, now, self.values, self.input, at),
            }
            (sums, offsets) = (later, rest);
        }
    }
}

#[inline(always)]
fn sum_taps<S: Simd, const N: usize>(
    simd: S,
    sums: &mut [f32],
    values: &[f32],
    input: &[f32],
    offsets: &[usize],
) {
    let (vectors, tail) = S::as_simd_f32s(values);
    let (count, rest) = (vectors.len(), tail.len());
    let mut partial = [simd.splat_f32s(0.0); N];
    let mut inputs: [(&[S::f32s], &[f32]); N] = [(&[], &[]); N];
    unrolled!(N, tap => inputs[tap] = shifted::<S>(input, offsets[tap], count, rest));
    for i in 0..count {
        unrolled!(N, tap => {
            partial[tap] = simd.mul_add_e_f32s(vectors[i], inputs[tap].0[i], partial[tap]);
        });
    }
    if !tail.is_empty() {
        let value = simd.partial_load_f32s(tail);
        for (partial, (_, input)) in partial.iter_mut().zip(inputs) {
            *partial = simd.mul_add_e_f32s(value, simd.partial_load_f32s(input), *partial);
        }
    }
    for (sum, partial) in sums.iter_mut().zip(partial) {
        *sum = simd.reduce_sum_f32s(partial);
    }
}

/// Adds `bias` to each value, then limits it to the interval; NaN stays NaN.
pub(super) fn add_and_limit(values: &mut [f32], bias: f32, interval: Option<[f32; 2]>) {
    let interval = interval.unwrap_or([f32::NEG_INFINITY, f32::INFINITY]);
    dispatch(AddAndLimit {
        values,
        bias,
        interval,
    });
}

struct AddAndLimit<'a> {
    values: &'a mut [f32],
    bias: f32,
    interval: [f32; 2],
}

impl WithSimd for AddAndLimit<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let bias = simd.splat_f32s(self.bias);
        let [low, high] = self.interval;
        let [low, high] = [simd.splat_f32s(low), simd.splat_f32s(high)];
        let (vectors, tail) = S::as_mut_simd_f32s(self.values);
        for value in vectors {
            *value = limit(simd, simd.add_f32s(*value, bias), low, high);
        }
        if !tail.is_empty() {
            let value = simd.add_f32s(simd.partial_load_f32s(tail), bias);
            simd.partial_store_f32s(tail, limit(simd, value, low, high));
        }
    }
}

#[inline(always)]
pub(super) fn limit<S: Simd>(simd: S, value: S::f32s, low: S::f32s, high: S::f32s) -> S::f32s {
    let value = select(simd, simd.less_than_f32s(value, low), low, value);
    select(simd, simd.less_than_f32s(high, value), high, value)
}

/// [`Simd::select_f32s`], which is not compiled with the instructions of the device on x86, so that each use of it is
/// two calls.
#[inline(always)]
fn select<S: Simd>(simd: S, mask: S::m32s, if_true: S::f32s, if_false: S::f32s) -> S::f32s {
    let if_true = simd.transmute_u32s_f32s(if_true);
    let if_false = simd.transmute_u32s_f32s(if_false);
    simd.transmute_f32s_u32s(simd.select_u32s(mask, if_true, if_false))
}

/// Sets each gradient to zero whose output does not lie strictly inside the interval.
pub(super) fn zero_outside(grads: &mut [f32], outputs: &[f32], interval: [f32; 2]) {
    dispatch(ZeroOutside {
        grads,
        outputs,
        interval,
    });
}

struct ZeroOutside<'a> {
    grads: &'a mut [f32],
    outputs: &'a [f32],
    interval: [f32; 2],
}

impl WithSimd for ZeroOutside<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let [low, high] = self.interval;
        let [low, high] = [simd.splat_f32s(low), simd.splat_f32s(high)];
        let zero = simd.splat_f32s(0.0);
        let (grads, grads_tail) = S::as_mut_simd_f32s(self.grads);
        let (outputs, outputs_tail) = S::as_simd_f32s(self.outputs);
        for (grad, &output) in grads.iter_mut().zip(outputs) {
            let above = select(simd, simd.less_than_f32s(low, output), *grad, zero);
            *grad = select(simd, simd.less_than_f32s(output, high), above, zero);
        }
        for (grad, &output) in grads_tail.iter_mut().zip(outputs_tail) {
            if output <= self.interval[0] || output >= self.interval[1] {
                *grad = 0.0;
            }
        }
    }
}
