//! The longest task of the page's thread, where the browser reports long tasks.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Array, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{
    PerformanceEntry, PerformanceObserver, PerformanceObserverEntryList, PerformanceObserverInit,
};

const KIND: &str = "longtask";

/// Hears of every task of 50 ms or more until it is dropped.
pub(crate) struct LongTasks {
    observer: PerformanceObserver,
    longest: Rc<Cell<f64>>,
    _callback: Closure<dyn FnMut(PerformanceObserverEntryList)>,
}

impl LongTasks {
    /// `None` where the browser does not tell.
    pub(crate) fn watch() -> Option<Self> {
        let kind = JsValue::from_str(KIND);
        let observers = Reflect::get(&js_sys::global(), &"PerformanceObserver".into()).ok()?;
        let kinds = Reflect::get(&observers, &"supportedEntryTypes".into()).ok()?;
        if !Array::from(&kinds).includes(&kind, 0) {
            return None;
        }
        let longest = Rc::new(Cell::new(0.0_f64));
        let seen = Rc::clone(&longest);
        let callback = Closure::new(move |list: PerformanceObserverEntryList| {
            for entry in list.get_entries().iter() {
                let entry: PerformanceEntry = entry.unchecked_into();
                seen.set(seen.get().max(entry.duration()));
            }
        });
        let observer = PerformanceObserver::new(callback.as_ref().unchecked_ref()).ok()?;
        observer.observe(&PerformanceObserverInit::new(&Array::of1(&kind)));
        Some(Self {
            observer,
            longest,
            _callback: callback,
        })
    }

    /// The longest so far; 0 where none took 50 ms.
    pub(crate) fn longest(&self) -> f64 {
        self.longest.get()
    }
}

impl Drop for LongTasks {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}
