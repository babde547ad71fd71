//! Round axes, and how each line looks.

pub(crate) mod axis;
pub(crate) mod line_style;
