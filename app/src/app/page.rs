//! What stands where, and what the first parts of the page are given of other features.

use leptos::prelude::*;

use crate::app::deferred_parts::DeferredPart;
use crate::app::footer::Footer;
use crate::app::header::Header;
use crate::app::placeholder::{Missing, Placeholder};
use crate::app::training_panel::TrainingPanel;
use crate::masks::state::Masks;
use crate::settings::view::challenge::{Challenge, Observed};
use crate::settings::view::data::Data;
use crate::share::view::ShareButton;
use crate::training::state::Training;
use crate::training::view::PlayBar;
use crate::training::view::facts::RunFacts;
use crate::ui::notice_list::NoticeList;

/// What stands where.
#[component]
pub(crate) fn Page() -> impl IntoView {
    let (training, masks) = (expect_context::<Training>(), expect_context::<Masks>());
    let observed = observed(training, masks);
    view! {
        <a class="skip" href="#training">{text!("page.skip")}</a>
        <Header />
        <Placeholder of=DeferredPart::Lesson />
        <PlayBar>
            <ShareButton />
        </PlayBar>
        <main>
            <Missing />
            <Placeholder of=DeferredPart::Bench />
            <div class="flow">
                <div class="side">
                    <Data
                        thumbnails=training.thumbnails
                        apply=Callback::new(move |()| training.reset())
                    >
                        <RunFacts />
                        <Placeholder of=DeferredPart::PictureCredits />
                    </Data>
                    <Challenge observed=observed>
                        <Placeholder of=DeferredPart::Formulas />
                    </Challenge>
                </div>
                <div class="side">
                    <TrainingPanel />
                    <Placeholder of=DeferredPart::Learned />
                    <Placeholder of=DeferredPart::Masks />
                </div>
            </div>
            <Placeholder of=DeferredPart::Predict />
            <Placeholder of=DeferredPart::Microscope />
            <Placeholder of=DeferredPart::Runs />
            <Placeholder of=DeferredPart::Sweep />
            <Placeholder of=DeferredPart::OwnImages />
            <Placeholder of=DeferredPart::Device />
            <Placeholder of=DeferredPart::Glossary />
        </main>
        <Footer />
        <NoticeList />
        <Placeholder of=DeferredPart::Explanation />
        <Placeholder of=DeferredPart::Share />
        <Placeholder of=DeferredPart::Keys />
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
