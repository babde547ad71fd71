//! The project file, and PyTorch programs that load exported weights.

pub(crate) mod board;
pub(crate) mod project_zip;
pub(crate) mod pytorch;
