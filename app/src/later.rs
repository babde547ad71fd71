//! What the page's first paint can do without. It is compiled into a wasm module of its own, which
//! is fetched as soon as the page stands: most panels, and what takes in the engine's messages,
//! brings back what is stored and measures.
//!
//! Whatever only [`run`] calls is in that module; a single other call from elsewhere brings it into
//! the first one.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use js_sys::ArrayBuffer;
use leptos::{prelude::*, task::spawn_local};
use rsc_core::protocol;
use wasm_split_helpers::{SplitLoaderError, wasm_split};

use crate::browser;
use crate::panels::{Bench, Piece, made};
use crate::session::{Session, Workers};
use crate::shown::Shown;
use crate::store::Store;

/// Set on the root once everything is there.
const COMPLETE: &str = "data-complete";

/// Where the module is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Module {
    /// On its way.
    Coming,
    /// Here.
    Here,
    /// It could not be fetched.
    Missing,
}

/// Something that needs the module.
pub(crate) enum Errand {
    /// A part of the page.
    Piece(Piece),
    /// A message of one of the engine's workers.
    Message(Workers, usize, String, Vec<ArrayBuffer>),
    /// An event of the engine as a whole.
    Event(Box<Session>, Box<protocol::Event>, Vec<ArrayBuffer>),
    /// What is stored, where the page was opened with this link.
    Store(Box<Store>, String, Shown),
    /// A benchmark.
    Bench(Box<Bench>),
}

/// The module that comes later. Copying it copies handles.
#[derive(Clone, Copy)]
pub(crate) struct Arrival {
    module: RwSignal<Module>,
    /// What waits for it, in order, and who owns what comes of it.
    waiting: StoredValue<Vec<(Option<Owner>, Errand)>, LocalStorage>,
}

impl Arrival {
    /// Fetches it.
    pub(crate) fn start() -> Self {
        let arrival = Self {
            module: RwSignal::new(Module::Coming),
            waiting: StoredValue::new_local(Vec::new()),
        };
        arrival.fetch();
        arrival
    }

    /// Fetches it, again if need be.
    pub(crate) fn fetch(self) {
        self.module.set(Module::Coming);
        spawn_local(async move {
            if fetch().await.is_err() {
                self.module.set(Module::Missing);
                return;
            }
            self.module.set(Module::Here);
            let waiting = self.waiting.try_update_value(std::mem::take);
            for (owner, errand) in waiting.unwrap_or_default() {
                match owner {
                    Some(owner) => owner.with(|| at_once(errand)),
                    None => at_once(errand),
                };
            }
            browser::mark_root(COMPLETE, "");
        });
    }

    /// Whether it is here.
    pub(crate) fn is_here(self) -> bool {
        self.module.get() == Module::Here
    }

    /// Whether it could not be fetched.
    pub(crate) fn is_missing(self) -> bool {
        self.module.get() == Module::Missing
    }

    /// Runs an errand as soon as it can be run: at once, or when the module comes.
    pub(crate) fn once_here(self, errand: Errand) {
        if self.module.get_untracked() == Module::Here {
            at_once(errand);
        } else {
            let owner = Owner::current();
            self.waiting
                .update_value(|waiting| waiting.push((owner, errand)));
        }
    }
}

/// Runs an errand. All that only this function needs is left out of the page's first module.
#[wasm_split(later, fallible, preload(fetch))]
fn run(errand: Errand) -> Result<Option<AnyView>, SplitLoaderError> {
    match errand {
        Errand::Piece(piece) => return Ok(Some(made(piece))),
        Errand::Message(workers, worker, text, buffers) => workers.hear(worker, &text, &buffers),
        Errand::Event(session, event, buffers) => session.receive(*event, &buffers),
        Errand::Store(store, link, shown) => store.begin_with(link, shown),
        Errand::Bench(bench) => bench.begin(),
    }
    Ok(None)
}

/// Runs an errand whose module is here.
pub(crate) fn at_once(errand: Errand) -> Option<AnyView> {
    ready(run(errand)).and_then(Result::ok).flatten()
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
