//! What leaves the page and comes back: links and files.

mod config_files;
mod exports;
mod invalid_projects;
mod links;
mod project;
