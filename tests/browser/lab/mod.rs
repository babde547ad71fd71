//! The driver of the browser tests: it serves the built site, opens it in Chromium, and reads and
//! operates the page. Elements are found by their `data-testid`, so that texts and styles may
//! change freely.

mod chromium;
mod controls;
mod frames;
mod keyboard;
pub(crate) mod languages;
mod monitor;
mod navigation;
mod page;
mod pointer;
mod reading;
mod screen;
mod site;
mod timeouts;
mod training;
mod visit;
mod waiting;

pub(crate) use navigation::SAME_ADDRESS;
pub(crate) use page::Lab;
pub(crate) use reading::number;
pub(crate) use site::{Site, site_folder};
pub(crate) use timeouts::{DRAWN, LOAD, SOON};
pub(crate) use visit::{visit, visit_folder, visit_with_headers, visit_with_service_workers};
