//! The parts of the page in the deferred module, and what each is given of other features.

use leptos::prelude::*;
use rsc_core::protocol::ImageRef;

use crate::images::model::ImageClass;
use crate::images::state::Images;
use crate::microscope::state::Microscope;
use crate::storage::view::StoragePart;
use crate::training::state::Training;

use crate::bench::view::BenchPanel;
use crate::charts::view::chart_runs::ChartRuns;
use crate::charts::view::{AccuracyChart, GapChart, LossChart};
use crate::device::view::DevicePanel;
use crate::formulas::view::Formulas;
use crate::images::view::OwnImagesPanel;
use crate::learned::view::LearnedPanel;
use crate::lesson::view::LessonSheet;
use crate::masks::view::MasksPanel;
use crate::microscope::view::MicroscopePanel;
use crate::recovery::view::FailureCallout;
use crate::runs::view::RunsPanel;
use crate::settings::view::augmentation::Augmentation;
use crate::settings::view::network::Network;
use crate::settings::view::optimizer::Optimizer;
use crate::share::view::Share;
use crate::sweep::view::Sweep;
use crate::ui::glossary_list::Glossary;
use crate::ui::key_list::KeySheet;
use crate::ui::term::Explanation;

/// A part of the page in the deferred module.
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
pub(crate) fn make(of: Piece) -> AnyView {
    match of {
        Piece::AccuracyChart => view! { <AccuracyChart /> }.into_any(),
        Piece::Augmentation => view! { <Augmentation /> }.into_any(),
        Piece::Bench => view! { <BenchPanel /> }.into_any(),
        Piece::ChartRuns => view! { <ChartRuns /> }.into_any(),
        Piece::Device => view! { <DevicePanel /> }.into_any(),
        Piece::Explanation => view! { <Explanation /> }.into_any(),
        Piece::Failure => view! { <FailureCallout /> }.into_any(),
        Piece::Formulas => view! { <Formulas /> }.into_any(),
        Piece::GapChart => view! { <GapChart /> }.into_any(),
        Piece::Glossary => view! { <Glossary /> }.into_any(),
        Piece::Keys => view! { <KeySheet /> }.into_any(),
        Piece::Learned => view! { <LearnedPanel /> }.into_any(),
        Piece::Lesson => view! { <LessonSheet /> }.into_any(),
        Piece::LossChart => view! { <LossChart /> }.into_any(),
        Piece::Masks => view! { <MasksPanel look_closer=look_closer() /> }.into_any(),
        Piece::Microscope => view! { <MicroscopePanel /> }.into_any(),
        Piece::Network => network(),
        Piece::Optimizer => view! { <Optimizer /> }.into_any(),
        Piece::OwnImages => own_images(),
        Piece::Runs => view! { <RunsPanel /> }.into_any(),
        Piece::Share => view! { <Share><StoragePart /></Share> }.into_any(),
        Piece::Sweep => view! { <Sweep /> }.into_any(),
    }
}

fn network() -> AnyView {
    let (images, training) = (expect_context::<Images>(), expect_context::<Training>());
    let filled =
        |classes: &Vec<ImageClass>| classes.iter().filter(|c| !c.images.is_empty()).count();
    let classes_of_images = Signal::derive(move || images.classes.with(filled));
    let in_run = Signal::derive(move || {
        let info = training.info;
        info.with(|info| info.as_ref().map(|info| (info.parameters, info.features)))
    });
    view! { <Network classes_of_images=classes_of_images in_run=in_run /> }.into_any()
}

fn own_images() -> AnyView {
    let training = expect_context::<Training>();
    let train = Callback::new(move |()| training.use_images());
    view! { <OwnImagesPanel train=train /> }.into_any()
}

/// Puts an image of the masks under the microscope, as an arm sees it.
fn look_closer() -> Callback<(usize, ImageRef)> {
    let microscope = expect_context::<Microscope>();
    Callback::new(move |(arm, image)| microscope.look_closer(arm, image))
}
