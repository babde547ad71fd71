//! What the engine can learn about the module and the worker that it runs in. Natively there is
//! neither.

/// How long [`moment`] takes, in milliseconds.
#[cfg(all(feature = "worker", target_family = "wasm"))]
const MOMENT_MS: i32 = 20;

/// Bytes that the WebAssembly module has taken so far.
pub(crate) fn module_memory() -> Option<u64> {
    #[cfg(target_family = "wasm")]
    return Some(core::arch::wasm32::memory_size::<0>() as u64 * 65_536);
    #[cfg(not(target_family = "wasm"))]
    None
}

/// Compute shaders started so far, where worker.js counts them: it does for a benchmark.
pub(crate) fn dispatches() -> Option<u64> {
    number("rscDispatches")
}

/// Bytes of the engine's module as they came over the wire, where worker.js tells them.
pub(crate) fn transferred() -> Option<u64> {
    number("rscEngineBytes").filter(|bytes| *bytes > 0)
}

/// A number that worker.js left on its global object.
#[cfg(all(feature = "worker", target_family = "wasm"))]
fn number(name: &str) -> Option<u64> {
    let name = wasm_bindgen::JsValue::from_str(name);
    let value = js_sys::Reflect::get(&js_sys::global(), &name).ok()?;
    value.as_f64().map(|number| number as u64)
}

#[cfg(not(all(feature = "worker", target_family = "wasm")))]
fn number(_name: &str) -> Option<u64> {
    None
}

/// Lets whatever waits in the worker's queue have its turn, for a fiftieth of a second. Natively
/// nothing waits there.
pub(crate) async fn moment() {
    #[cfg(all(feature = "worker", target_family = "wasm"))]
    {
        use wasm_bindgen::JsCast;
        let scope: web_sys::WorkerGlobalScope = js_sys::global().unchecked_into();
        let passed = js_sys::Promise::new(&mut |resolve, _| {
            let set =
                scope.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, MOMENT_MS);
            if set.is_err() {
                let _ = resolve.call0(&wasm_bindgen::JsValue::NULL);
            }
        });
        let _ = wasm_bindgen_futures::JsFuture::from(passed).await;
    }
}
