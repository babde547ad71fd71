//! The page: a Leptos front-end that knows configurations and messages, never tensors.
#![forbid(unsafe_code)]
#![expect(
    unreachable_pub,
    reason = "leptos writes `pub` for the properties of every component"
)]

// The macros for texts: before every module that uses them.
#[macro_use]
mod ui;

mod app;
mod bench;
mod charts;
mod device;
mod engine;
mod formulas;
#[cfg(test)]
mod hostile;
mod images;
mod learned;
mod lesson;
mod link;
mod masks;
mod microscope;
mod offline;
mod predict;
mod recovery;
mod runs;
mod settings;
mod share;
mod storage;
mod sweep;
mod training;
mod weights;

use crate::ui::{browser, text, theme};

fn main() {
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        browser::show_crash();
    }));
    theme::apply(theme::remembered());
    // Nothing can be shown before its words are here.
    wasm_bindgen_futures::spawn_local(async {
        match text::begin().await {
            Ok(language) => {
                leptos::mount::mount_to_body(move || app::App(app::AppProps { language }));
                browser::remove_element("boot");
                browser::mark_once(browser::PAGE_USABLE);
            }
            Err(problem) => browser::show_without_texts(&problem),
        }
    });
}
