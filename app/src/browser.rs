//! The few things asked of the browser that Leptos does not wrap. Each returns `None` or does
//! nothing where the browser has no answer, so that no caller needs to care.

use wasm_bindgen::{Clamped, JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

/// Milliseconds since the page began.
pub(crate) fn now() -> f64 {
    web_sys::window()
        .and_then(|window| window.performance())
        .map_or(0.0, |performance| performance.now())
}

/// Milliseconds since 1970.
pub(crate) fn date() -> f64 {
    js_sys::Date::now()
}

/// A moment in the visitor's own time: the hour of one today, else the day as well.
pub(crate) fn local_time(milliseconds: f64) -> String {
    let moment = js_sys::Date::new(&JsValue::from_f64(milliseconds));
    let hour = format!("{:02}:{:02}", moment.get_hours(), moment.get_minutes());
    if moment.to_date_string() == js_sys::Date::new_0().to_date_string() {
        hour
    } else {
        format!(
            "{}, {hour}",
            moment.to_locale_date_string("en-GB", &JsValue::UNDEFINED)
        )
    }
}

/// Whether this element has the focus and shows it (as it does for those who use the keyboard).
pub(crate) fn has_visible_focus(testid: &str) -> bool {
    let selector = format!("[data-testid=\"{testid}\"]:focus-visible");
    matches!(
        leptos::prelude::document().query_selector(&selector),
        Ok(Some(_))
    )
}

/// Whether the visitor looks at another tab.
pub(crate) fn hidden() -> bool {
    leptos::prelude::document().hidden()
}

/// A value from the address, `?name=value`.
pub(crate) fn query(name: &str) -> Option<String> {
    let search = web_sys::window()?.location().search().ok()?;
    search
        .trim_start_matches('?')
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
}

/// A property of `globalThis`, as text.
pub(crate) fn global_text(name: &str) -> Option<String> {
    js_sys::Reflect::get(&js_sys::global(), &JsValue::from_str(name))
        .ok()?
        .as_string()
}

/// What was stored under `key` on an earlier visit.
pub(crate) fn recall(key: &str) -> Option<String> {
    let storage = web_sys::window()?.local_storage().ok()??;
    storage.get_item(key).ok()?
}

/// Stores `value` for the next visit; private windows may refuse, which is fine.
pub(crate) fn remember(key: &str, value: &str) {
    if let Some(storage) = web_sys::window().and_then(|w| w.local_storage().ok().flatten()) {
        let _ = storage.set_item(key, value);
    }
}

/// Takes an element out of the page.
pub(crate) fn remove_element(id: &str) {
    if let Some(element) = leptos::prelude::document().get_element_by_id(id) {
        element.remove();
    }
}

/// A canvas outside the page.
pub(crate) fn scratch_canvas(width: u32, height: u32) -> Option<HtmlCanvasElement> {
    let canvas: HtmlCanvasElement = leptos::prelude::document()
        .create_element("canvas")
        .ok()?
        .dyn_into()
        .ok()?;
    canvas.set_width(width);
    canvas.set_height(height);
    Some(canvas)
}

/// A canvas' drawing context.
pub(crate) fn context(canvas: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    canvas.get_context("2d").ok()??.dyn_into().ok()
}

/// Draws RGBA pixels over the whole of a canvas, each a sharp square.
pub(crate) fn draw_pixels(canvas: &HtmlCanvasElement, pixels: &[u8], width: u32, height: u32) {
    let drawn = || -> Option<()> {
        let image =
            ImageData::new_with_u8_clamped_array_and_sh(Clamped(pixels), width, height).ok()?;
        let scratch = scratch_canvas(width, height)?;
        context(&scratch)?.put_image_data(&image, 0.0, 0.0).ok()?;
        let target = context(canvas)?;
        target.set_image_smoothing_enabled(false);
        let (w, h) = (f64::from(canvas.width()), f64::from(canvas.height()));
        target.clear_rect(0.0, 0.0, w, h);
        target
            .draw_image_with_html_canvas_element_and_dw_and_dh(&scratch, 0.0, 0.0, w, h)
            .ok()
    };
    // Pixels that do not fit their size (an engine of another version) leave the canvas empty.
    let _ = drawn();
}

/// Text of a thrown JavaScript value.
pub(crate) fn thrown(value: &JsValue) -> String {
    value
        .dyn_ref::<js_sys::Error>()
        .map(|error| String::from(error.message()))
        .or_else(|| value.as_string())
        .unwrap_or_else(|| format!("{value:?}"))
}

/// Says on the page that the page itself has stopped; nothing else can, at that point.
pub(crate) fn tell_of_crash() {
    let told = || -> Option<()> {
        let document = web_sys::window()?.document()?;
        let message = document.create_element("p").ok()?;
        message.set_class_name("crash");
        message.set_attribute("role", "alert").ok()?;
        message.set_text_content(Some(
            "This page has stopped because of a fault of its own. Reload it to go on; the browser's console says more.",
        ));
        document.body()?.append_child(&message).ok()?;
        Some(())
    };
    let _ = told();
}
