//! How long the soak tests are.

/// Minutes that a soak test lasts; `None` in an ordinary run.
pub(super) fn soak_minutes() -> Option<f64> {
    std::env::var("RSC_SOAK_MINUTES").ok()?.parse().ok()
}
