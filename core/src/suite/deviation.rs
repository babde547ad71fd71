//! The result of a comparison.

/// The largest difference in units of what is tolerated, or what is wrong.
pub type Deviation = Result<f64, String>;
