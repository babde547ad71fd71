//! Files that tests give to the page: images, folders of images and zip files.

pub(crate) mod corpus;
pub(crate) mod images;
pub(crate) mod zip;
