//! What leaves the page: links, files, pictures, weights, project.zip.

pub(crate) mod model;
pub(crate) mod state;
pub(crate) mod view;
