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

/// Why worker.js took the engine without the GPU device.
#[cfg(not(feature = "gpu"))]
pub(crate) enum NoGpu {
    /// The browser has a software adapter only, of this name.
    Software(String),
    /// The engine with the GPU device could not open it.
    Failed(String),
}

/// Why worker.js took this engine; `None` where the browser has no adapter at all.
#[cfg(not(feature = "gpu"))]
pub(crate) fn no_gpu() -> Option<NoGpu> {
    let software = text("rscSoftwareAdapter").map(NoGpu::Software);
    software.or_else(|| text("rscGpuProblem").map(NoGpu::Failed))
}

/// A text that worker.js left on its global object.
#[cfg(all(not(feature = "gpu"), feature = "worker", target_family = "wasm"))]
fn text(name: &str) -> Option<String> {
    let name = wasm_bindgen::JsValue::from_str(name);
    js_sys::Reflect::get(&js_sys::global(), &name)
        .ok()?
        .as_string()
}

#[cfg(all(
    not(feature = "gpu"),
    not(all(feature = "worker", target_family = "wasm"))
))]
fn text(_name: &str) -> Option<String> {
    None
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

/// What the browser says of its fastest adapter where it does not describe it: vendor, architecture and device,
/// which wgpu does not pass on. Natively nothing.
#[cfg(feature = "gpu")]
pub(crate) async fn adapter_names() -> Vec<String> {
    #[cfg(all(feature = "worker", target_family = "wasm"))]
    return browser_adapter().await.unwrap_or_default();
    #[cfg(not(all(feature = "worker", target_family = "wasm")))]
    Vec::new()
}

#[cfg(all(feature = "gpu", feature = "worker", target_family = "wasm"))]
async fn browser_adapter() -> Option<Vec<String>> {
    use js_sys::{Function, Object, Promise, Reflect};
    use wasm_bindgen::{JsCast, JsValue};

    let get = |of: &JsValue, name: &str| Reflect::get(of, &name.into()).ok();
    let navigator = get(&js_sys::global(), "navigator")?;
    let gpu = get(&navigator, "gpu")?;
    let request: Function = get(&gpu, "requestAdapter")?.dyn_into().ok()?;
    let options = Object::new();
    // As wgpu asks for it.
    Reflect::set(
        &options,
        &"powerPreference".into(),
        &"high-performance".into(),
    )
    .ok()?;
    let adapter: Promise = request.call1(&gpu, &options).ok()?.dyn_into().ok()?;
    let adapter = wasm_bindgen_futures::JsFuture::from(adapter).await.ok()?;
    let info = get(&adapter, "info")?;
    let names = ["vendor", "architecture", "device"];
    let names = names.map(|name| get(&info, name).and_then(|it| it.as_string()));
    Some(names.into_iter().flatten().collect())
}
