//! The parts of the page that its first paint can do without.

use leptos::prelude::*;

use super::augmentation::Augmentation;
use super::bench::BenchPanel;
use super::chart_runs::ChartRuns;
use super::charts::{AccuracyChart, GapChart, LossChart};
use super::device::Device;
use super::failure::FailureCallout;
use super::formulas::Formulas;
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
use crate::later::{Arrival, Errand, at_once};
use crate::term::Explanation;

/// What comes later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece {
    AccuracyChart,
    Augmentation,
    Bench,
    ChartRuns,
    Device,
    Explanation,
    Failure,
    Formulas,
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

/// Makes a piece. Nothing of the page's first module may call this.
pub(crate) fn made(of: Piece) -> AnyView {
    match of {
        Piece::AccuracyChart => view! { <AccuracyChart /> }.into_any(),
        Piece::Augmentation => view! { <Augmentation /> }.into_any(),
        Piece::Bench => view! { <BenchPanel /> }.into_any(),
        Piece::ChartRuns => view! { <ChartRuns /> }.into_any(),
        Piece::Device => view! { <Device /> }.into_any(),
        Piece::Explanation => view! { <Explanation /> }.into_any(),
        Piece::Failure => view! { <FailureCallout /> }.into_any(),
        Piece::Formulas => view! { <Formulas /> }.into_any(),
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
    }
}

/// The place of a piece: empty until the modules are here.
#[component]
pub(crate) fn Later(
    /// What stands here.
    of: Piece,
) -> impl IntoView {
    let arrival = expect_context::<Arrival>();
    move || {
        let piece = arrival.is_here().then(|| at_once(Errand::Piece(of)));
        piece.flatten()
    }
}

/// Says that pieces are missing, and offers to fetch them again.
#[component]
pub(crate) fn Missing() -> impl IntoView {
    let arrival = expect_context::<Arrival>();
    view! {
        <Show when=move || arrival.is_missing()>
            <div class="callout error" role="alert" data-testid="pieces-missing">
                <p>{text!("page.missing")}</p>
                <button data-testid="pieces-again" on:click=move |_| arrival.fetch()>
                    {text!("page.fetch-again")}
                </button>
            </div>
        </Show>
    }
}
