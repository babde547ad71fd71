//! Quota and persistence of the browser's storage.

use js_sys::{Promise, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::StorageManager;

/// Absent where the page is not served securely.
fn manager() -> Option<StorageManager> {
    let navigator = web_sys::window()?.navigator();
    let there = Reflect::get(&navigator, &"storage".into()).ok()?;
    let there = !there.is_undefined() && !there.is_null();
    there.then(|| navigator.storage())
}

async fn answer(promise: Result<Promise, JsValue>) -> Option<JsValue> {
    JsFuture::from(promise.ok()?).await.ok()
}

/// Bytes used by this site and granted to it.
pub(crate) async fn estimate() -> Option<(f64, f64)> {
    let estimate = answer(manager()?.estimate()).await?;
    let number = |name: &str| Reflect::get(&estimate, &name.into()).ok()?.as_f64();
    Some((number("usage")?, number("quota")?))
}

/// Whether the browser has promised to keep what is stored.
pub(crate) async fn persisted() -> Option<bool> {
    answer(manager()?.persisted()).await?.as_bool()
}

/// Asks the browser to keep what is stored even when it runs short of room.
pub(crate) async fn persist() -> Option<bool> {
    let promised = answer(manager()?.persist()).await?;
    promised.as_bool()
}
