//! The running time per step.

/// Weight of the newest measurement in the running time per step.
const FRESH: f64 = 0.2;

/// The running time per step, in milliseconds, after another measurement.
pub(crate) fn pace(before: Option<f64>, each: f64, step: u64) -> f64 {
    match before {
        // The first step compiles kernels and warms caches: it does not count for long.
        Some(before) if step > 3 => before + FRESH * (each - before),
        _ => each,
    }
}
