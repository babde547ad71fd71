//! Parts of the page, its database and its files that the tests of several features use.

pub(crate) mod board;
pub(crate) mod camera;
pub(crate) mod database;
pub(crate) mod downloads;
pub(crate) mod losses;
pub(crate) mod settings;
pub(crate) mod sweep;
pub(crate) mod workers;
