//! Tests of the built site in a real browser, served as a static host does.
//!
//! Each feature of the page has a file or a folder of tests. They share `page_objects`, for parts
//! of the page that several features use; `samples`, for files that are given to the page; and
//! `lab`, which drives the browser. None of these three imports from a feature, and `lab` from
//! neither of the others.
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
//! Every test also fails if the page or one of its workers writes an error to the console, throws,
//! or sends a request to another host.
#![forbid(unsafe_code)]

mod bench;
mod embed;
mod engine;
mod firefox;
mod images;
mod lab;
mod learned;
mod lesson;
mod masks;
mod microscope;
mod offline;
mod page_objects;
mod runs;
mod samples;
mod security;
mod settings;
mod share;
mod soak;
mod storage;
mod sweep;
mod training;
mod ui;
