//! What stands where, and what the first parts of the page are given of other features.

use leptos::prelude::*;

use crate::app::footer::Footer;
use crate::app::header::Header;
use crate::app::pieces::Piece;
use crate::app::placeholder::{DeferredPiece, Missing};
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
        <DeferredPiece of=Piece::Lesson />
        <PlayBar>
            <ShareButton />
        </PlayBar>
        <main>
            <Missing />
            <DeferredPiece of=Piece::Bench />
            <div class="flow">
                <div class="side">
                    <Data
                        thumbnails=training.thumbnails
                        apply=Callback::new(move |()| training.reset())
                    >
                        <RunFacts />
                    </Data>
                    <Challenge observed=observed>
                        <DeferredPiece of=Piece::Formulas />
                    </Challenge>
                </div>
                <div class="side">
                    <TrainingPanel />
                    <DeferredPiece of=Piece::Learned />
                    <DeferredPiece of=Piece::Masks />
                </div>
            </div>
            <DeferredPiece of=Piece::Microscope />
            <DeferredPiece of=Piece::Runs />
            <DeferredPiece of=Piece::Sweep />
            <DeferredPiece of=Piece::OwnImages />
            <DeferredPiece of=Piece::Device />
            <DeferredPiece of=Piece::Glossary />
        </main>
        <Footer />
        <NoticeList />
        <DeferredPiece of=Piece::Explanation />
        <DeferredPiece of=Piece::Share />
        <DeferredPiece of=Piece::Keys />
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
