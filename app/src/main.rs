//! The page: a Leptos front-end that knows configurations and messages, never tensors.
#![forbid(unsafe_code)]
#![expect(
    unreachable_pub,
    reason = "leptos writes `pub` for the properties of every component"
)]

#[macro_use]
mod text;

mod address;
mod app;
mod browser;
mod clipboard;
mod controls;
mod icon;
mod keyboard;
mod later;
mod lesson;
mod own;
mod panels;
mod picture;
mod pure;
mod save;
mod session;
mod shown;
mod snapshot;
mod store;
mod term;
mod theme;

fn main() {
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        browser::tell_of_crash();
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
            Err(problem) => browser::tell_of_no_words(&problem),
        }
    });
}
