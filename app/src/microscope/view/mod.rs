//! One image, stage by stage: from the feature map over its gradient and importance to the mask and
//! what the mask does to the probabilities. All of it one real pass with the weights of the moment.

pub(crate) mod batch;
pub(crate) mod histogram;
pub(crate) mod picker;
pub(crate) mod picture;
pub(crate) mod readout;
pub(crate) mod rounds;
pub(crate) mod sheet;
pub(crate) mod visible_round;

use leptos::prelude::*;

use rsc_core::config::Strategy;

use crate::masks::widgets::bars;
use crate::microscope::state::Microscope;
use crate::microscope::view::batch::BatchView;
use crate::microscope::view::histogram::ImportanceHistogram;
use crate::microscope::view::picker::{Pages, Source};
use crate::microscope::view::picture::{ImportanceStage, InputStage, MaskStage};
use crate::microscope::view::readout::Readout;
use crate::microscope::view::rounds::Rounds;
use crate::microscope::view::sheet::{SheetContent, SheetStage};
use crate::microscope::view::visible_round::{VisibleRound, stage_figure};
use crate::settings::state::Settings;
use crate::training::state::Training;
use crate::ui::controls::Toggle;
use crate::ui::model::format;

use crate::ui::term::Term;

/// The panel.
#[component]
pub(crate) fn MicroscopePanel() -> impl IntoView {
    let microscope = expect_context::<Microscope>();
    let settings = expect_context::<Settings>();
    let training = expect_context::<Training>();
    let scope = microscope;
    let when = move || {
        microscope.seen.with(|seen| {
            let seen = seen.as_ref()?;
            let arm = training.arm_label(seen.arm);
            Some(plural!(
                "microscope.when",
                seen.step as usize,
                image = seen.result.name,
                arm = arm
            ))
        })
    };
    let off = move || settings.challenge().strategy == Strategy::Off;
    provide_context(VisibleRound::new(microscope));
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
                when=move || microscope.seen.with(Option::is_some)
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
                        shown=SheetContent::Features
                    />
                    <SheetStage
                        title=text!("microscope.gradient")
                        about=text!("microscope.gradient.about")
                        id="stage-gradient"
                        shown=SheetContent::Gradient
                    />
                    <ImportanceStage />
                    <ImportanceHistogram />
                    <MaskStage />
                    <SheetStage
                        title=text!("microscope.masked")
                        about=text!("microscope.masked.about")
                        id="stage-masked"
                        shown=SheetContent::Masked
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
    let microscope = expect_context::<Microscope>();
    let training = expect_context::<Training>();
    let rows = move || {
        let names = training.info.with(|info| {
            info.as_ref()
                .map_or_else(Vec::new, |info| info.classes.clone())
        });
        microscope
            .seen
            .with(|seen| seen.as_ref().map(|seen| bars(&seen.result, &names)))
    };
    let drop = move || {
        microscope.seen.with(|seen| {
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
