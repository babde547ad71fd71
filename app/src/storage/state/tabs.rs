//! The channel by which a tab asks the one that saves to hand over. (Through `Reflect`: a channel is
//! all that is needed of `web-sys` here.)

use js_sys::{Array, Function, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};

const NAME: &str = "rsc-lab-project";
/// What a tab says that wants to save.
const HAND_OVER: &str = "hand over"; // not shown

/// A line to the other tabs. Dropping it closes it.
pub(crate) struct Tabs {
    channel: JsValue,
    _on_message: Closure<dyn FnMut(JsValue)>,
}

impl Tabs {
    /// Listens to the other tabs; `asked` is called when one wants to save. `None` where the browser
    /// has no such lines.
    pub(crate) fn listen(asked: impl Fn() + 'static) -> Option<Self> {
        let class = Reflect::get(&js_sys::global(), &"BroadcastChannel".into()).ok()?;
        let class: Function = class.dyn_into().ok()?;
        let channel = Reflect::construct(&class, &Array::of1(&NAME.into())).ok()?;
        let on_message = Closure::new(move |event: JsValue| {
            let said = Reflect::get(&event, &"data".into()).ok();
            if said.and_then(|said| said.as_string()).as_deref() == Some(HAND_OVER) {
                asked();
            }
        });
        Reflect::set(&channel, &"onmessage".into(), on_message.as_ref()).ok()?;
        Some(Self {
            channel,
            _on_message: on_message,
        })
    }

    /// Asks the tab that saves to let this one do it. Returns whether the question went out.
    pub(crate) fn ask(&self) -> bool {
        self.call("postMessage", Some(&HAND_OVER.into())).is_some()
    }

    fn call(&self, method: &str, argument: Option<&JsValue>) -> Option<JsValue> {
        let method = Reflect::get(&self.channel, &method.into()).ok()?;
        let method: Function = method.dyn_into().ok()?;
        match argument {
            Some(argument) => method.call1(&self.channel, argument).ok(),
            None => method.call0(&self.channel).ok(),
        }
    }
}

impl Drop for Tabs {
    fn drop(&mut self) {
        self.call("close", None);
    }
}
