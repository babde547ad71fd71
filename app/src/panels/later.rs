//! What the page's first paint can do without. It is compiled into wasm modules of its own, which
//! are fetched as soon as the page stands.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use leptos::{prelude::*, task::spawn_local};
use wasm_split_helpers::{SplitLoaderError, wasm_split};

use super::augmentation::Augmentation;
use super::bench::BenchPanel;
use super::chart_runs::ChartRuns;
use super::charts::{AccuracyChart, GapChart, LossChart};
use super::glossary::Glossary;
use super::keys::KeySheet;
use super::learned::Learned;
use super::lesson::LessonSheet;
use super::masks::Masks;
use super::microscope::Microscope;
use super::network::Network;
use super::optimizer::Optimizer;
use super::own_images::OwnImagesPanel;
use super::runs::Runs;
use super::share::Share;
use super::sweep::Sweep;
use crate::browser;
use crate::term::Explanation;

/// Set on the root once everything is there.
const COMPLETE: &str = "data-complete";

/// Where the modules are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Modules {
    /// On their way.
    Coming,
    /// All here.
    Here,
    /// They could not be fetched.
    Missing,
}

/// The modules that come later. Copying it copies handles.
#[derive(Clone, Copy)]
pub(crate) struct Arrival {
    modules: RwSignal<Modules>,
}

impl Arrival {
    /// Fetches them.
    pub(crate) fn start() -> Self {
        let arrival = Self {
            modules: RwSignal::new(Modules::Coming),
        };
        arrival.fetch();
        arrival
    }

    fn fetch(self) {
        self.modules.set(Modules::Coming);
        spawn_local(async move {
            let fetched = fetch_pieces().await;
            self.modules.set(match fetched {
                Ok(()) => Modules::Here,
                Err(_) => Modules::Missing,
            });
            if fetched.is_ok() {
                browser::mark_root(COMPLETE, "");
            }
        });
    }
}

/// What comes later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece {
    AccuracyChart,
    Augmentation,
    Bench,
    ChartRuns,
    Explanation,
    GapChart,
    Glossary,
    Keys,
    Learned,
    Lesson,
    LossChart,
    Masks,
    Microscope,
    Network,
    Optimizer,
    OwnImages,
    Runs,
    Share,
    Sweep,
}

/// Makes a piece. All that only this function needs is left out of the page's first module.
#[wasm_split(pieces, fallible, preload(fetch_pieces))]
fn piece(of: Piece) -> Result<AnyView, SplitLoaderError> {
    Ok(match of {
        Piece::AccuracyChart => view! { <AccuracyChart /> }.into_any(),
        Piece::Augmentation => view! { <Augmentation /> }.into_any(),
        Piece::Bench => view! { <BenchPanel /> }.into_any(),
        Piece::ChartRuns => view! { <ChartRuns /> }.into_any(),
        Piece::Explanation => view! { <Explanation /> }.into_any(),
        Piece::GapChart => view! { <GapChart /> }.into_any(),
        Piece::Glossary => view! { <Glossary /> }.into_any(),
        Piece::Keys => view! { <KeySheet /> }.into_any(),
        Piece::Learned => view! { <Learned /> }.into_any(),
        Piece::Lesson => view! { <LessonSheet /> }.into_any(),
        Piece::LossChart => view! { <LossChart /> }.into_any(),
        Piece::Masks => view! { <Masks /> }.into_any(),
        Piece::Microscope => view! { <Microscope /> }.into_any(),
        Piece::Network => view! { <Network /> }.into_any(),
        Piece::Optimizer => view! { <Optimizer /> }.into_any(),
        Piece::OwnImages => view! { <OwnImagesPanel /> }.into_any(),
        Piece::Runs => view! { <Runs /> }.into_any(),
        Piece::Share => view! { <Share /> }.into_any(),
        Piece::Sweep => view! { <Sweep /> }.into_any(),
    })
}

/// The place of a piece: empty until the modules are here.
#[component]
pub(crate) fn Later(
    /// What stands here.
    of: Piece,
) -> impl IntoView {
    let modules = expect_context::<Arrival>().modules;
    move || {
        let made = (modules.get() == Modules::Here).then(|| at_once(piece(of)));
        made.flatten().and_then(Result::ok)
    }
}

/// What a future gives that has nothing to wait for.
fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

/// Says that pieces are missing, and offers to fetch them again.
#[component]
pub(crate) fn Missing() -> impl IntoView {
    let arrival = expect_context::<Arrival>();
    view! {
        <Show when=move || arrival.modules.get() == Modules::Missing>
            <div class="callout error" role="alert" data-testid="pieces-missing">
                <p>{text!("page.missing")}</p>
                <button data-testid="pieces-again" on:click=move |_| arrival.fetch()>
                    {text!("page.fetch-again")}
                </button>
            </div>
        </Show>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_gives_nothing_yet() {
        assert_eq!(at_once(std::future::ready(3)), Some(3));
        assert_eq!(at_once(std::future::pending::<u8>()), None);
    }
}
