//! What is told of many times.

/// The value at a fraction of the ranks, the nearest rank below; `None` of nothing.
pub fn percentile(values: &[f64], fraction: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = fraction * sorted.len().saturating_sub(1) as f64;
    sorted.get(rank as usize).copied()
}

/// Three decimals are more than any clock here has.
pub fn rounded(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}
