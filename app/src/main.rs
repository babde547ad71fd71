//! The page: a Leptos front-end that knows configurations and messages, never tensors.

#![expect(
    unreachable_pub,
    reason = "leptos writes `pub` for the properties of every component"
)]

mod app;
mod browser;
mod controls;
mod keyboard;
mod own;
mod panels;
mod pure;
mod session;
mod theme;

fn main() {
    console_error_panic_hook::set_once();
    theme::apply(theme::remembered());
    leptos::mount::mount_to_body(app::App);
    browser::remove_element("boot");
}
