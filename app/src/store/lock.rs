//! Which tab saves: the browser's lock of this name is held by at most one, until it closes.
//! (`web-sys` has no stable binding of it.)

use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;

use crate::browser;

const NAME: &str = "rsc-lab-project";
/// A page that is being reloaded may not have let go yet.
const ATTEMPTS: u32 = 5;
/// Between attempts, in milliseconds.
const PATIENCE: i32 = 400;

/// Whether this tab may save.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claim {
    /// It may. Where the browser has no locks, every tab may.
    Held,
    /// Another tab does.
    Taken,
}

/// Claims the right to save, for as long as the page is open.
pub(crate) async fn claim() -> Claim {
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            browser::pause(PATIENCE).await;
        }
        match ask().await {
            Ok(false) => {}
            Ok(true) | Err(_) => return Claim::Held,
        }
    }
    Claim::Taken
}

async fn ask() -> Result<bool, JsValue> {
    let navigator = Reflect::get(&js_sys::global(), &"navigator".into())?;
    let locks = Reflect::get(&navigator, &"locks".into())?;
    let request: Function = Reflect::get(&locks, &"request".into())?.dyn_into()?;
    let options = Object::new();
    Reflect::set(&options, &"ifAvailable".into(), &JsValue::TRUE)?;
    let mut asked = Err(JsValue::UNDEFINED);
    let answer = Promise::new(&mut |resolve, reject| {
        let granted = Closure::once_into_js(move |lock: JsValue| -> JsValue {
            let held = !lock.is_null() && !lock.is_undefined();
            let _ = resolve.call1(&JsValue::UNDEFINED, &JsValue::from_bool(held));
            if held {
                // Held until this is settled, which never happens.
                Promise::new(&mut |_, _| {}).into()
            } else {
                JsValue::UNDEFINED
            }
        });
        asked = request.call3(&locks, &NAME.into(), &options, &granted);
        if let Err(error) = &asked {
            let _ = reject.call1(&JsValue::UNDEFINED, error);
        }
    });
    if let Ok(outcome) = asked
        && let Ok(outcome) = outcome.dyn_into::<Promise>()
    {
        // A browser that refuses says so in this promise, not in the answer.
        let refused = Promise::race(&js_sys::Array::of2(&answer, &outcome));
        return Ok(JsFuture::from(refused).await? == JsValue::TRUE);
    }
    Ok(JsFuture::from(answer).await? == JsValue::TRUE)
}
