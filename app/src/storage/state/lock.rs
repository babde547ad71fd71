//! The Web Lock of the tab that saves: at most one tab holds it, until it closes or hands it over.
//! (`web-sys` has no stable binding of it.)

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;

use crate::ui::browser;

const NAME: &str = "rsc-lab-project";
/// A page that is being reloaded may not have let go yet.
const ATTEMPTS: u32 = 5;
/// Between attempts, in milliseconds.
const PATIENCE: i32 = 400;

/// The right to save, for as long as the page is open; [`Self::release`] hands it on.
pub(crate) struct Lock(Option<Function>);

impl Lock {
    /// Lets the next tab have it.
    pub(crate) fn release(self) {
        if let Some(release) = self.0 {
            let _ = release.call0(&JsValue::UNDEFINED);
        }
    }
}

/// Claims the right to save; `None` where another tab has it. Where the browser has no locks, every
/// tab may save.
pub(crate) async fn claim() -> Option<Lock> {
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            browser::pause(PATIENCE).await;
        }
        match ask(true).await {
            Ok(None) => {}
            Ok(Some(lock)) => return Some(lock),
            Err(_) => return Some(Lock(None)),
        }
    }
    None
}

/// Waits until the tab that has the right closes or hands it on.
pub(crate) async fn wait() -> Option<Lock> {
    ask(false).await.ok().flatten()
}

async fn ask(at_once: bool) -> Result<Option<Lock>, JsValue> {
    let navigator = Reflect::get(&js_sys::global(), &"navigator".into())?;
    let locks = Reflect::get(&navigator, &"locks".into())?;
    let request: Function = Reflect::get(&locks, &"request".into())?.dyn_into()?;
    let options = Object::new();
    Reflect::set(&options, &"ifAvailable".into(), &at_once.into())?;
    let release = Rc::new(RefCell::new(None));
    let mut asked = Err(JsValue::UNDEFINED);
    let answer = Promise::new(&mut |resolve, reject| {
        let slot = Rc::clone(&release);
        let granted = Closure::once_into_js(move |lock: JsValue| -> JsValue {
            let held = !lock.is_null() && !lock.is_undefined();
            // Held until this is settled.
            let holding = Promise::new(&mut |release, _| {
                if held {
                    *slot.borrow_mut() = Some(release);
                } else {
                    let _ = release.call0(&JsValue::UNDEFINED);
                }
            });
            let _ = resolve.call1(&JsValue::UNDEFINED, &JsValue::from_bool(held));
            holding.into()
        });
        asked = request.call3(&locks, &NAME.into(), &options, &granted);
        if let Err(error) = &asked {
            let _ = reject.call1(&JsValue::UNDEFINED, error);
        }
    });
    let held = if let Ok(outcome) = asked
        && let Ok(outcome) = outcome.dyn_into::<Promise>()
    {
        // A browser that refuses says so in this promise, not in the answer.
        let refused = Promise::race(&Array::of2(&answer, &outcome));
        JsFuture::from(refused).await? == JsValue::TRUE
    } else {
        JsFuture::from(answer).await? == JsValue::TRUE
    };
    let release = release.borrow_mut().take();
    Ok(held.then_some(Lock(release)))
}
