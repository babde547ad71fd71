//! The files whose words do not yet stand in `app/texts`. Whoever converts one takes it off.

/// Paths below `app/src`.
pub(crate) const UNCONVERTED: &[&str] = &[];
