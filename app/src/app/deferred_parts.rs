//! The parts of the page in the deferred module, and what each is given of other features.

use leptos::prelude::*;
use rsc_core::protocol::ImageRef;

use crate::app::embed::EmbedView;
use crate::images::state::Images;
use crate::link::model::embed::Embed;
use crate::microscope::state::Microscope;
use crate::storage::view::{StoragePart, StorageStatus};
use crate::training::state::Training;
use crate::training::view::waiting::WaitingCallout;
use crate::weights::widgets::WeightsField;

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
use crate::offline::view::OfflineStatus;
use crate::predict::view::PredictPanel;
use crate::recovery::view::FailureCallout;
use crate::runs::view::RunsPanel;
use crate::settings::view::augmentation::Augmentation;
use crate::settings::view::challenge::OtherMethods;
use crate::settings::view::network::Network;
use crate::settings::view::optimizer::Optimizer;
use crate::share::view::Share;
use crate::sweep::view::Sweep;
use crate::training::view::preset_pictures::PictureCredits;
use crate::training::view::story::Story;
use crate::ui::glossary_list::Glossary;
use crate::ui::key_list::KeySheet;
use crate::ui::term::Explanation;
use crate::ui::views::{View, Views};

/// A part of the page in the deferred module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DeferredPart {
    AccuracyChart,
    Augmentation,
    Bench,
    ChartRuns,
    Device,
    Embed(Embed),
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
    Offline,
    Optimizer,
    OtherMethods,
    OwnImages,
    PictureCredits,
    Predict,
    Runs,
    Share,
    StorageStatus,
    Story,
    Sweep,
    Waiting,
}

/// Makes a piece. Nothing of the page's first module may call this.
pub(crate) fn make(of: DeferredPart) -> AnyView {
    match of {
        DeferredPart::AccuracyChart => view! { <AccuracyChart /> }.into_any(),
        DeferredPart::Augmentation => view! { <Augmentation /> }.into_any(),
        DeferredPart::Bench => view! { <BenchPanel /> }.into_any(),
        DeferredPart::ChartRuns => view! { <ChartRuns /> }.into_any(),
        DeferredPart::Device => view! { <DevicePanel /> }.into_any(),
        DeferredPart::Embed(of) => view! { <EmbedView of=of /> }.into_any(),
        DeferredPart::Explanation => view! { <Explanation /> }.into_any(),
        DeferredPart::Failure => view! { <FailureCallout /> }.into_any(),
        DeferredPart::Formulas => view! { <Formulas /> }.into_any(),
        DeferredPart::GapChart => view! { <GapChart /> }.into_any(),
        DeferredPart::Glossary => view! { <Glossary /> }.into_any(),
        DeferredPart::Keys => view! { <KeySheet /> }.into_any(),
        DeferredPart::Learned => view! { <LearnedPanel /> }.into_any(),
        DeferredPart::Lesson => view! { <LessonSheet /> }.into_any(),
        DeferredPart::LossChart => view! { <LossChart /> }.into_any(),
        DeferredPart::Masks => view! { <MasksPanel look_closer=Some(look_closer()) /> }.into_any(),
        DeferredPart::Microscope => view! { <MicroscopePanel /> }.into_any(),
        DeferredPart::Network => network(),
        DeferredPart::Offline => view! { <OfflineStatus /> }.into_any(),
        DeferredPart::Optimizer => view! { <Optimizer /> }.into_any(),
        DeferredPart::OtherMethods => view! { <OtherMethods /> }.into_any(),
        DeferredPart::OwnImages => own_images(),
        DeferredPart::PictureCredits => view! { <PictureCredits /> }.into_any(),
        DeferredPart::Predict => view! { <PredictPanel /> }.into_any(),
        DeferredPart::Runs => view! { <RunsPanel /> }.into_any(),
        DeferredPart::Share => view! { <Share><StoragePart /></Share> }.into_any(),
        DeferredPart::StorageStatus => view! { <StorageStatus /> }.into_any(),
        DeferredPart::Story => view! { <Story /> }.into_any(),
        DeferredPart::Sweep => view! { <Sweep /> }.into_any(),
        DeferredPart::Waiting => view! { <WaitingCallout /> }.into_any(),
    }
}

fn network() -> AnyView {
    let (images, training) = (expect_context::<Images>(), expect_context::<Training>());
    let draft = training.settings.draft;
    let own_images =
        Signal::derive(move || images.counts(draft.with(|draft| draft.data.validation_fraction)));
    let chosen = Signal::derive(move || draft.with(|draft| draft.network.backbone.pretrained()));
    let on_file = Callback::new(move |(network, file)| training.bring_weights(network, file));
    let weights = move || {
        view! { <WeightsField weights=training.weights network=chosen on_file=on_file /> }
    };
    let in_run = Signal::derive(move || {
        let info = training.info;
        info.with(|info| info.as_ref().map(|info| (info.parameters, info.features)))
    });
    view! { <Network own_images=own_images in_run=in_run weights=weights /> }.into_any()
}

fn own_images() -> AnyView {
    let (training, views) = (expect_context::<Training>(), expect_context::<Views>());
    let train = Callback::new(move |()| {
        training.use_images();
        if training.images.problem_untracked().is_none() {
            views.open(View::Lab);
        }
    });
    view! { <OwnImagesPanel train=train /> }.into_any()
}

/// Puts an image of the masks under the microscope, as an arm sees it, and shows it there.
fn look_closer() -> Callback<(usize, ImageRef)> {
    let (microscope, views) = (expect_context::<Microscope>(), expect_context::<Views>());
    Callback::new(move |(arm, image)| {
        microscope.look_closer(arm, image);
        views.open(View::Microscope);
    })
}
