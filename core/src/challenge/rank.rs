//! "At least as large as the k-th largest", exactly, on the device and without reading back.

use burn::tensor::Tensor;

use super::gpu;

/// Up to this many values a row the rank is counted by comparing all pairs (one kernel whatever
/// `k` is, so that moving p compiles nothing); above, the k-th largest comes from `topk`.
const PAIRWISE: usize = 256;

/// 1 where a value is at least the `k`-th largest of its row, else 0; ties with it count as at
/// least as large. `k = 0` gives all 0, `k ≥ n` all 1.
///
/// This is `1[v ≥ quantile(row, 1 − fraction)]` for linear interpolation and
/// `k = count_at_or_above(n, fraction)`, without the rounding of an interpolated quantile.
///
/// # Shapes
/// - `values`: `[B, n]`
/// - output: `[B, n]`
pub fn at_or_above_kth(values: Tensor<2>, k: usize) -> Tensor<2> {
    let [rows, n] = values.dims();
    if k == 0 {
        return values.zeros_like();
    }
    if k >= n {
        return values.ones_like();
    }
    if let Some(ranked) = gpu::at_or_above_kth::at_or_above_kth(&values, k) {
        return ranked;
    }
    if n <= PAIRWISE {
        // v is at least the k-th largest iff fewer than k values of its row are larger.
        let this = values.clone().reshape([rows, n, 1]);
        let other = values.reshape([rows, 1, n]);
        let larger = other
            .expand([rows, n, n])
            .greater(this.expand([rows, n, n]));
        larger
            .float()
            .sum_dim(2)
            .reshape([rows, n])
            .lower_scalar(k as f32 - 0.5)
            .float()
    } else {
        let kth = values.clone().topk(k, 1).min_dim(1);
        values.greater_equal(kth.expand([rows, n])).float()
    }
}
