//! What every chart is made of: the curves and the cross-hair that all charts share.

pub(crate) mod cross_hair;
pub(crate) mod curves;
