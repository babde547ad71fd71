//! The visitor's own images: a board of classes and domains, filled from files, folders, zip files and the camera.

pub(crate) mod model;
pub(crate) mod state;
pub(crate) mod view;
