//! What stands where, and what the first parts of the page are given of other features.

use leptos::prelude::*;

use crate::app::deferred_parts::DeferredPart;
use crate::app::footer::Footer;
use crate::app::header::{Header, Introduction};
use crate::app::placeholder::{Missing, Placeholder};
use crate::app::rail::Rail;
use crate::app::training_panel::{RunMessages, RunPanel, TrainingPanel};
use crate::charts::widgets::cross_hair::CrossHair;
use crate::masks::state::Masks;
use crate::settings::view::challenge::{Challenge, Observed};
use crate::settings::view::data::Data;
use crate::share::view::ShareButton;
use crate::training::state::Training;
use crate::training::view::PlayBar;
use crate::training::view::facts::RunFacts;
use crate::ui::notice_list::NoticeList;
use crate::ui::views::{View, ViewBox};

/// What stands where.
#[component]
pub(crate) fn Page() -> impl IntoView {
    provide_context(CrossHair::new());
    view! {
        <a class="skip" href="#content">{text!("page.skip")}</a>
        <PlayBar>
            <ShareButton />
        </PlayBar>
        <Placeholder of=DeferredPart::Lesson />
        <div class="page">
            <Rail />
            <main id="content" tabindex="-1">
                <Missing />
                <Placeholder of=DeferredPart::Bench />
                <RunMessages />
                <ViewBox of=View::Lab>
                    <Lab />
                </ViewBox>
                <ViewBox of=View::Microscope>
                    <Placeholder of=DeferredPart::Microscope />
                </ViewBox>
                <ViewBox of=View::Learned>
                    <Placeholder of=DeferredPart::Learned />
                </ViewBox>
                <ViewBox of=View::Runs>
                    <Placeholder of=DeferredPart::Runs />
                    <Placeholder of=DeferredPart::Sweep />
                </ViewBox>
                <ViewBox of=View::Images>
                    <Placeholder of=DeferredPart::OwnImages />
                    <Placeholder of=DeferredPart::Predict />
                </ViewBox>
                <ViewBox of=View::Network>
                    <RunPanel />
                    <Placeholder of=DeferredPart::Device />
                </ViewBox>
                <ViewBox of=View::Words>
                    <Introduction />
                    <Placeholder of=DeferredPart::Glossary />
                </ViewBox>
                <Footer />
            </main>
        </div>
        <NoticeList />
        <Placeholder of=DeferredPart::Explanation />
        <Placeholder of=DeferredPart::Share />
        <Placeholder of=DeferredPart::Keys />
    }
}

/// The whole story on one screen: the data, what is muted, the masks over images, and the accuracies.
#[component]
fn Lab() -> impl IntoView {
    let (training, masks) = (expect_context::<Training>(), expect_context::<Masks>());
    let observed = observed(training, masks);
    view! {
        <Header />
        <Data
            thumbnails=training.thumbnails
            apply=Callback::new(move |()| training.reset())
        >
            <RunFacts />
            <Placeholder of=DeferredPart::PictureCredits />
        </Data>
        <div class="flow">
            <Challenge observed=observed>
                <Placeholder of=DeferredPart::OtherMethods />
                <Placeholder of=DeferredPart::Formulas />
            </Challenge>
            <Placeholder of=DeferredPart::Masks />
            <TrainingPanel />
        </div>
    }
}

/// What the run and the masks show of the challenge that the controls set.
fn observed(training: Training, masks: Masks) -> Observed {
    Observed {
        muted: Signal::derive(move || masks.muted_count()),
        features: Signal::derive(move || {
            let info = training.info;
            info.with(|info| info.as_ref().map(|info| info.features))
        }),
        degenerate_in_batch: Signal::derive(move || {
            let arm = training.edited_in_run();
            training.latest.with(|arms| {
                let metrics = arm.and_then(|arm| arms.get(arm));
                metrics.map_or(0, |metrics| metrics.degenerate)
            })
        }),
        degenerate_in_view: Signal::derive(move || {
            masks.seen.with(|seen| {
                seen.as_ref()
                    .is_some_and(|seen| seen.images.iter().any(|image| image.result.degenerate))
            })
        }),
    }
}
