//! One image, stage by stage: from the feature map over its gradient and importance to the mask and
//! what the mask does to the probabilities. All of it one real pass with the weights of the moment.

mod histogram;
mod picker;
mod picture;
mod readout;
mod rounds;
mod sheet;

use std::sync::Arc;

use leptos::prelude::*;

use rsc_core::config::{Axis, Strategy};

use self::histogram::ImportanceHistogram;
use self::picker::{Pages, Source};
use self::picture::{ImportanceStage, InputStage, MaskStage};
use self::readout::Readout;
use self::rounds::Rounds;
use self::sheet::{SheetStage, Shown};
use super::batch::BatchView;
use super::masks::bars;
use crate::controls::Toggle;
use crate::pure::rounds::View;
use crate::pure::{format, threshold, tiles};
use crate::session::{Magnified, Session};
use crate::term::Term;

/// The panel.
#[component]
pub(crate) fn Microscope() -> impl IntoView {
    let session = expect_context::<Session>();
    let scope = session.scope;
    let when = move || {
        scope.seen.with(|seen| {
            let seen = seen.as_ref()?;
            let arm = session.arm_label(seen.arm);
            Some(plural!(
                "microscope.when",
                seen.step as usize,
                image = seen.result.name,
                arm = arm
            ))
        })
    };
    let off = move || session.challenge().strategy == Strategy::Off;
    provide_context(Shows::new(session));
    view! {
        <section class="panel microscope" id="microscope" aria-labelledby="microscope-title">
            <div class="masks-head">
                <div>
                    <h2 id="microscope-title">{text!("microscope.title")}</h2>
                    <p class="lead">
                        {text!("microscope.lead")}
                        <span class="facts" data-testid="microscope-when">{when}</span>
                    </p>
                </div>
                <div class="masks-controls">
                    <Source />
                    <Toggle
                        id="sort-channels"
                        label=text!("microscope.sorted")
                        value=scope.sorted
                        on_change=Callback::new(move |on| scope.sorted.set(on))
                    />
                </div>
            </div>
            <Pages />
            <Show when=off>
                <p class="callout">{text!("microscope.off")}</p>
            </Show>
            <Show
                when=move || scope.seen.with(Option::is_some)
                fallback=|| {
                    view! { <p class="empty">{text!("microscope.empty")}</p> }
                }
            >
                <Rounds />
                <ol class="stages" data-figure=text!("microscope.figure")>
                    <InputStage />
                    <SheetStage
                        title=text!("microscope.features")
                        about=text!("microscope.features.about")
                        id="stage-features"
                        shown=Shown::Features
                    />
                    <SheetStage
                        title=text!("microscope.gradient")
                        about=text!("microscope.gradient.about")
                        id="stage-gradient"
                        shown=Shown::Gradient
                    />
                    <ImportanceStage />
                    <ImportanceHistogram />
                    <MaskStage />
                    <SheetStage
                        title=text!("microscope.masked")
                        about=text!("microscope.masked.about")
                        id="stage-masked"
                        shown=Shown::Masked
                    />
                    <Probabilities />
                </ol>
                <Readout />
                <BatchView />
            </Show>
        </section>
    }
}

/// The probabilities before and after.
#[component]
fn Probabilities() -> impl IntoView {
    let session = expect_context::<Session>();
    let rows = move || {
        let names = session.info.with(|info| {
            info.as_ref()
                .map_or_else(Vec::new, |info| info.classes.clone())
        });
        session
            .scope
            .seen
            .with(|seen| seen.as_ref().map(|seen| bars(&seen.result, &names)))
    };
    let drop = move || {
        session.scope.seen.with(|seen| {
            seen.as_ref().map(|seen| {
                let result = &seen.result;
                let at = |values: &[f32]| values.get(result.label).copied().unwrap_or(f32::NAN);
                text!(
                    "microscope.drop",
                    before = format::percent(at(&result.before)),
                    after = format::percent(at(&result.after)),
                    drop = format::change(result.drop)
                )
            })
        })
    };
    view! {
        <li class="stage" id="stage-probabilities" data-figure=stage_figure(text!("microscope.probabilities"))>
            <h3>
                <Term of="probability">{text!("microscope.probabilities")}</Term>
            </h3>
            <div class="probabilities">{rows}</div>
            <p class="stage-about" data-testid="microscope-drop">{drop}</p>
        </li>
    }
}

/// What a picture of a single stage is called.
fn stage_figure(title: &str) -> String {
    text!("microscope.figure.stage", stage = title)
}

/// What all stages show: the chosen round of the challenge.
#[derive(Clone, Copy)]
struct Shows(Memo<Option<Arc<View>>>);

impl Shows {
    fn new(session: Session) -> Self {
        let scope = session.scope;
        Self(Memo::new(move |_| {
            let round = scope.round.get();
            scope.seen.with(|seen| {
                let view = view_of(session, seen.as_ref()?, round)?;
                Some(Arc::new(view))
            })
        }))
    }

    /// What is muted after the round that is shown.
    fn muted(self) -> Vec<bool> {
        let view = self.0.get();
        view.map_or_else(Vec::new, |view| view.muted.clone())
    }
}

/// A single round is worked out here from the importances, so that the stages follow p without
/// waiting; where that does not suffice, it is the engine's own answer.
fn view_of(session: Session, seen: &Magnified, round: usize) -> Option<View> {
    let challenge = session.challenge();
    if threshold::follows(&seen.challenge, &challenge) {
        return Some(View::live(&seen.result.importance, challenge.p));
    }
    View::of(&seen.rounds, round)
}

/// Whether a value of the feature map is kept by a mask along an axis.
fn keeps(axis: Axis, muted: &[bool], channel: usize, position: usize) -> bool {
    let index = match axis {
        Axis::Channel => channel,
        Axis::Spatial | Axis::Mixed => position,
    };
    muted.get(index) != Some(&true)
}

/// Importance of each channel: the challenge's own, or what each brings where positions are ranked.
fn by_channel(seen: &Magnified) -> Vec<f32> {
    let [_, height, width] = seen.shape;
    match seen.result.axis {
        Axis::Channel => seen.result.importance.clone(),
        Axis::Spatial | Axis::Mixed => {
            tiles::channel_importance(&seen.features, &seen.gradient, height * width)
        }
    }
}
