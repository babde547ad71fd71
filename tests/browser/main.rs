//! RSC Lab as a visitor meets it: the built site, served as a static host would, in a real browser.
//!
//! `cargo lab test` builds the site and runs these tests. By hand, on a site that
//! `cargo lab build --out DIR` wrote:
//!
//! ```text
//! RSC_SITE=DIR cargo test --workspace --test browser
//! ```
//!
//! `CHROME` names the browser's program where it is not found by itself. `RSC_SCREENSHOTS` names a
//! folder for screenshots: of the page in its sizes and colour schemes, and of every failure.
//!
//! Every test also fails if the page or its worker writes an error to the console, throws, or asks
//! any other host for anything.
#![forbid(unsafe_code)]

mod accessible;
mod bad_input;
mod bench;
mod board;
mod bring;
mod challenge;
mod comfort;
mod crew;
mod experiment;
mod failure;
mod firefox;
mod guard;
mod lab;
mod language;
mod learned;
mod lesson;
mod looks;
mod many;
mod marks;
mod memory;
mod microscope;
mod network;
mod own_images;
mod presets;
mod project;
mod runs;
mod server;
mod share;
mod storage;
mod store;
mod sweep;
mod tabs;
mod touch;
mod training;
mod understand;
mod wander;
mod watch;
