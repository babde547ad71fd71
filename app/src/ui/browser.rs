//! Functions of the browser that Leptos does not wrap. Each returns `None` or does nothing where the
//! browser does not support it, so that no caller needs to check.

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    Element, HtmlElement, PerformanceEntry, PerformanceResourceTiming, ScrollIntoViewOptions,
    ScrollLogicalPosition,
};

/// A text in Unicode's composed form (NFC): some systems write `é` as two characters, and it is one name.
pub(crate) fn composed(text: &str) -> String {
    let text = js_sys::JsString::from(text);
    text.normalize("NFC").into()
}

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
            moment.to_locale_date_string(text!("page.dates"), &JsValue::UNDEFINED)
        )
    }
}

/// The order of two texts in the alphabet of the page's language.
pub(crate) fn alphabetical(a: &str, b: &str) -> std::cmp::Ordering {
    let locales = js_sys::Array::of1(&text!("page.dates").into());
    let order = js_sys::JsString::from(a).locale_compare(b, &locales, &js_sys::Object::new());
    order.cmp(&0)
}

/// Whether this element has the focus and shows it (as it does for those who use the keyboard).
pub(crate) fn has_visible_focus(testid: &str) -> bool {
    let selector = format!("[data-testid=\"{testid}\"]:focus-visible");
    matches!(
        leptos::prelude::document().query_selector(&selector),
        Ok(Some(_))
    )
}

/// Processor cores that the browser lets the page use; 1 where it does not tell.
pub(crate) fn cores() -> usize {
    let window = web_sys::window();
    window.map_or(1, |it| it.navigator().hardware_concurrency() as usize)
}

/// Whether the visitor looks at another tab.
pub(crate) fn hidden() -> bool {
    leptos::prelude::document().hidden()
}

/// Noted once the page is mounted.
pub(crate) const PAGE_USABLE: &str = "page-usable";
/// Noted once the engine's first device is open.
pub(crate) const ENGINE_READY: &str = "engine-ready";

/// Notes this moment under a name, the first time only; developer tools show it too.
pub(crate) fn mark_once(name: &str) {
    let performance = web_sys::window().and_then(|window| window.performance());
    if let Some(performance) = performance.filter(|_| marked(name).is_none()) {
        let _ = performance.mark(name);
    }
}

/// When a moment was noted, in milliseconds since the visit began.
pub(crate) fn marked(name: &str) -> Option<f64> {
    let entries = web_sys::window()?.performance()?.get_entries_by_name(name);
    let first: PerformanceEntry = entries.get(0).dyn_into().ok()?;
    Some(first.start_time())
}

/// Addresses of what the page has loaded, and how many bytes of each were transferred or taken
/// from the cache, before decompression.
pub(crate) fn loaded() -> Vec<(String, f64)> {
    let performance = web_sys::window().and_then(|window| window.performance());
    let entries = performance.map(|performance| performance.get_entries_by_type("resource"));
    let timings = entries.unwrap_or_default().into_iter();
    let timings = timings.filter_map(|it| it.dyn_into::<PerformanceResourceTiming>().ok());
    timings
        .map(|timing| (timing.name(), timing.encoded_body_size()))
        .collect()
}

/// Hands a text to this site's own server, where somebody waits for it.
pub(crate) fn send_home(address: &str, text: &str) {
    if let Some(window) = web_sys::window() {
        // Whoever waits says so when nothing comes.
        let _ = window
            .navigator()
            .send_beacon_with_opt_str(address, Some(text));
    }
}

/// What stands in the address between `?` and `#`, with the `?`.
pub(crate) fn search() -> String {
    web_sys::window()
        .and_then(|window| window.location().search().ok())
        .unwrap_or_default()
}

/// A value from the address, `?name=value`.
pub(crate) fn query(name: &str) -> Option<String> {
    search()
        .trim_start_matches('?')
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
}

/// Writes another address of this page, without loading it or adding to the history.
pub(crate) fn replace_address(address: &str) {
    // A browser that refuses leaves the address as it was.
    let replaced = || -> Option<()> {
        let history = web_sys::window()?.history().ok()?;
        let state = history.state().unwrap_or(JsValue::NULL);
        history
            .replace_state_with_url(&state, "", Some(address))
            .ok()
    };
    let _ = replaced();
}

/// A property of `globalThis`, as text.
pub(crate) fn global_text(name: &str) -> Option<String> {
    global(name)?.as_string()
}

/// A property of `globalThis`.
pub(crate) fn global(name: &str) -> Option<JsValue> {
    let value = js_sys::Reflect::get(&js_sys::global(), &JsValue::from_str(name)).ok()?;
    (!value.is_undefined()).then_some(value)
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

/// Waits so many milliseconds.
pub(crate) async fn pause(milliseconds: i32) {
    let waited = js_sys::Promise::new(&mut |resolve, _| {
        if let Some(window) = web_sys::window() {
            let _ = window
                .set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds);
        }
    });
    let _ = wasm_bindgen_futures::JsFuture::from(waited).await;
}

/// Takes an element out of the page.
pub(crate) fn remove_element(id: &str) {
    if let Some(element) = leptos::prelude::document().get_element_by_id(id) {
        element.remove();
    }
}

/// Width and height of the window, in CSS pixels.
pub(crate) fn window_size() -> Option<(f64, f64)> {
    let window = web_sys::window()?;
    let width = window.inner_width().ok()?.as_f64()?;
    let height = window.inner_height().ok()?.as_f64()?;
    Some((width, height))
}

/// Writes an attribute of the page's root, which the style sheets read.
pub(crate) fn set_root_attribute(name: &str, value: &str) {
    if let Some(root) = leptos::prelude::document().document_element() {
        let _ = root.set_attribute(name, value);
    }
}

/// Takes an attribute of the page's root away.
pub(crate) fn remove_root_attribute(name: &str) {
    if let Some(root) = leptos::prelude::document().document_element() {
        let _ = root.remove_attribute(name);
    }
}

/// Moves the keyboard's focus to the element with this id.
pub(crate) fn focus(id: &str) {
    let element = leptos::prelude::document().get_element_by_id(id);
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        let _ = element.focus();
    }
}

/// Set on what [`point_at`] points at; lesson.css draws a ring around it.
const POINTED: &str = "data-pointed";

/// Brings what carries this `data-testid` into view, opening what folds it away, and marks it.
/// Whether it moves there smoothly is up to style.css, which asks what the visitor prefers.
pub(crate) fn point_at(testid: &str) {
    stop_pointing();
    let pointed = || -> Option<()> {
        let document = leptos::prelude::document();
        let found = document
            .query_selector(&format!("[data-testid=\"{testid}\"]"))
            .ok()??;
        // A control together with its name and its sentence.
        let whole = found.closest(".field, .muted-line"); // not shown
        let whole = whole.ok()?.unwrap_or(found);
        open_around(&whole);
        whole.set_attribute(POINTED, "").ok()?;
        let (_, height) = window_size()?;
        let tall = f64::from(whole.client_height()) > height / 2.0;
        let options = ScrollIntoViewOptions::new();
        options.set_block(if tall {
            ScrollLogicalPosition::Start
        } else {
            ScrollLogicalPosition::Center
        });
        whole.scroll_into_view_with_scroll_into_view_options(&options);
        Some(())
    };
    // What is not on the page cannot be pointed at.
    let _ = pointed();
}

/// Takes the mark of [`point_at`] away.
pub(crate) fn stop_pointing() {
    let marked = leptos::prelude::document().query_selector(&format!("[{POINTED}]"));
    if let Ok(Some(element)) = marked {
        let _ = element.remove_attribute(POINTED);
    }
}

/// Opens every folded part that an element lies in.
fn open_around(element: &Element) {
    while let Ok(Some(folded)) = element.closest("details:not([open])") {
        if folded.set_attribute("open", "").is_err() {
            return;
        }
    }
}

/// Where an event happened within an element, `0..=1` each way while it is inside.
pub(crate) fn place_in(
    element: &web_sys::Element,
    event: &web_sys::MouseEvent,
) -> Option<(f64, f64)> {
    let area = element.get_bounding_client_rect();
    let inside = area.width() > 0.0 && area.height() > 0.0;
    inside.then(|| {
        (
            (f64::from(event.client_x()) - area.left()) / area.width(),
            (f64::from(event.client_y()) - area.top()) / area.height(),
        )
    })
}

/// Where an event happened within the element that it was sent to.
pub(crate) fn place_in_target(event: &web_sys::MouseEvent) -> Option<(f64, f64)> {
    let element: web_sys::Element = event.current_target()?.dyn_into().ok()?;
    place_in(&element, event)
}

/// Text of a thrown JavaScript value.
pub(crate) fn error_text(value: &JsValue) -> String {
    value
        .dyn_ref::<js_sys::Error>()
        .map(|error| String::from(error.message()))
        .or_else(|| value.as_string())
        .unwrap_or_else(|| format!("{value:?}"))
}

/// Says in place of the page that its words could not be had. That sentence stands in index.html,
/// as there are none.
pub(crate) fn show_without_texts(problem: &str) {
    let told = || -> Option<()> {
        let place = web_sys::window()?.document()?.get_element_by_id("boot")?;
        let sentence = place.get_attribute("data-no-words")?;
        place.set_attribute("role", "alert").ok()?;
        let told = format!("{sentence} ({problem})"); // not shown
        place.set_text_content(Some(&told));
        Some(())
    };
    let _ = told();
}

/// Says on the page that the page itself has stopped; nothing else can, at that point.
pub(crate) fn show_crash() {
    let told = || -> Option<()> {
        let document = web_sys::window()?.document()?;
        let message = document.create_element("p").ok()?;
        message.set_class_name("crash");
        message.set_attribute("role", "alert").ok()?;
        message.set_text_content(Some(text!("page.crash")));
        document.body()?.append_child(&message).ok()?;
        Some(())
    };
    let _ = told();
}

/// Gigabytes of memory of the device, as far as the browser tells: rounded, and 8 at most in some.
pub(crate) fn device_memory() -> Option<f64> {
    let navigator = web_sys::window()?.navigator();
    let value = js_sys::Reflect::get(&navigator, &"deviceMemory".into()).ok()?;
    value.as_f64()
}
