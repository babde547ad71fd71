//! Callbacks between rooms: a room announces that something happens, and rooms above it that
//! registered are called at once, in the order in which they registered.

use std::rc::Rc;

use leptos::prelude::*;

type Listener<T> = Rc<dyn Fn(&T)>;

/// A list of callbacks. Copying it copies a handle.
pub(crate) struct Listeners<T: 'static>(StoredValue<Vec<Listener<T>>, LocalStorage>);

impl<T> Clone for Listeners<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Listeners<T> {}

impl<T> Listeners<T> {
    /// An empty list.
    pub(crate) fn new() -> Self {
        Self(StoredValue::new_local(Vec::new()))
    }

    /// Registers a callback for as long as the page is open.
    pub(crate) fn listen(self, listener: impl Fn(&T) + 'static) {
        self.0.update_value(|all| all.push(Rc::new(listener)));
    }

    /// Calls everyone who has registered.
    pub(crate) fn notify(self, event: &T) {
        // A listener may register another one, or notify again.
        let all = self.0.get_value();
        all.iter().for_each(|listener| listener(event));
    }
}
