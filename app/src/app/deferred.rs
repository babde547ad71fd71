//! The deferred module: what the first paint does not need (most panels, reading the engine's
//! messages, storage, the benchmark). It is a wasm module of its own, fetched as soon as the page
//! stands.
//!
//! The module holds whatever only [`run`] reaches. A single other call from elsewhere brings the code
//! that it reaches into the first module.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use js_sys::ArrayBuffer;
use leptos::{prelude::*, task::spawn_local};
use rsc_core::config::PresetFile;
use rsc_core::protocol::Event;
use wasm_split_helpers::{SplitLoaderError, wasm_split};

use crate::app::app_state::AppState;
use crate::app::deferred_parts::{DeferredPart, make};
use crate::app::deferred_start::start;
use crate::app::events;
use crate::engine::state::workers::Workers;
use crate::link::state::visibility::Visibility;
use crate::storage;
use crate::training::state::Training;
use crate::ui::browser;
use crate::ui::notices::Offer;

/// Set on the root once everything is there.
const COMPLETE: &str = "data-complete";

/// Where the module is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    /// On its way.
    Loading,
    /// Loaded.
    Loaded,
    /// It could not be fetched.
    Missing,
}

/// Work queued until the deferred module has loaded.
pub(crate) enum Deferred {
    /// A part of the page.
    Part(DeferredPart),
    /// A message of one of the engine's workers.
    Message(Workers, usize, String, Vec<ArrayBuffer>),
    /// An event of the engine as a whole.
    Event(Box<AppState>, Box<Event>, Vec<ArrayBuffer>),
    /// Making the states of the deferred features, and restoring what is stored, where the page was opened
    /// with this link.
    Start(Box<AppState>, String, Visibility),
    /// Loading a file that a preset is made from.
    LoadFile(Training, PresetFile),
    /// The button of a message.
    OfferButton(Offer),
}

/// The deferred module. Copying it copies handles.
#[derive(Clone, Copy)]
pub(crate) struct DeferredModule {
    status: RwSignal<Status>,
    /// What is queued, in order, with the reactive owner of what comes of it.
    queue: StoredValue<Vec<(Option<Owner>, Deferred)>, LocalStorage>,
}

impl DeferredModule {
    /// Fetches it.
    pub(crate) fn start() -> Self {
        let module = Self {
            status: RwSignal::new(Status::Loading),
            queue: StoredValue::new_local(Vec::new()),
        };
        module.fetch();
        module
    }

    /// Fetches it, again if need be, and runs what is queued.
    pub(crate) fn fetch(self) {
        self.status.set(Status::Loading);
        spawn_local(async move {
            if fetch().await.is_err() {
                self.status.set(Status::Missing);
                return;
            }
            self.status.set(Status::Loaded);
            let queue = self.queue.try_update_value(std::mem::take);
            for (owner, work) in queue.unwrap_or_default() {
                match owner {
                    Some(owner) => owner.with(|| run_now(work)),
                    None => run_now(work),
                };
            }
            browser::set_root_attribute(COMPLETE, "");
        });
    }

    /// Whether it is loaded.
    pub(crate) fn is_loaded(self) -> bool {
        self.status.get() == Status::Loaded
    }

    /// Whether it could not be fetched.
    pub(crate) fn is_missing(self) -> bool {
        self.status.get() == Status::Missing
    }

    /// Runs work as soon as it can be run: at once, or when the module has loaded.
    pub(crate) fn run(self, work: Deferred) {
        if self.status.get_untracked() == Status::Loaded {
            run_now(work);
        } else {
            let owner = Owner::current();
            self.queue.update_value(|queue| queue.push((owner, work)));
        }
    }
}

/// Runs work. All that only this function needs is left out of the page's first module.
#[wasm_split(deferred, fallible, preload(fetch))]
fn run(work: Deferred) -> Result<Option<AnyView>, SplitLoaderError> {
    match work {
        Deferred::Part(piece) => return Ok(Some(make(piece))),
        Deferred::Message(workers, worker, text, buffers) => {
            workers.receive(worker, &text, &buffers);
        }
        Deferred::Event(states, event, buffers) => events::receive(*states, *event, &buffers),
        Deferred::Start(states, link, visibility) => {
            start(*states, link, visibility);
        }
        Deferred::LoadFile(training, file) => training.load_file(file),
        Deferred::OfferButton(offer) => return Ok(Some(storage::view::offer_button(offer))),
    }
    Ok(None)
}

/// Runs work whose module is loaded.
pub(crate) fn run_now(work: Deferred) -> Option<AnyView> {
    ready(run(work)).and_then(Result::ok).flatten()
}

/// The button of a message; messages with buttons come from deferred features.
pub(crate) fn offer_button(offer: Offer) -> AnyView {
    run_now(Deferred::OfferButton(offer)).unwrap_or_else(|| ().into_any())
}

/// What a future gives that has nothing to wait for.
fn ready<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_gives_nothing_yet() {
        assert_eq!(ready(std::future::ready(3)), Some(3));
        assert_eq!(ready(std::future::pending::<u8>()), None);
    }
}
