//! One part of the page by itself, for a frame in slides or in a course: `?embed=masks`. It saves nothing,
//! so that it never disturbs the visitor's own project. This is compiled into the deferred module.

use leptos::prelude::*;

use rsc_core::protocol::RunState;

use crate::charts::view::AccuracyChart;
use crate::charts::widgets::cross_hair::CrossHair;
use crate::link::model::embed::Embed;
use crate::link::state::address;
use crate::link::state::visibility::Visibility;
use crate::masks::state::Masks;
use crate::masks::view::MasksPanel;
use crate::microscope::view::MicroscopePanel;
use crate::recovery::view::FailureCallout;
use crate::settings::view::challenge::MutedShare;
use crate::training::state::Training;
use crate::training::view::numbers::AccuracyNumbers;
use crate::training::view::waiting::WaitingCallout;
use crate::training::view::{EngineProgress, RunButtons, RunProgress};
use crate::ui::key_list::KeySheet;
use crate::ui::notice_list::NoticeList;
use crate::ui::term::{Explanation, Term};

/// What a frame shows: the part, what plays the run, and the way to the whole page.
#[component]
pub(crate) fn EmbedView(
    /// The part.
    of: Embed,
) -> impl IntoView {
    let training = expect_context::<Training>();
    if matches!(of, Embed::Masks | Embed::Play) {
        expect_context::<Masks>().look_beside(true);
    }
    if address::autoplay() {
        play_when_ready(training);
    }
    let shown = match of {
        Embed::Masks => view! {
            <MutedShare />
            <MasksPanel look_closer=None />
        }
        .into_any(),
        Embed::Microscope => view! { <MicroscopePanel /> }.into_any(),
        Embed::Accuracy => view! { <Accuracies chart=true /> }.into_any(),
        Embed::Play => view! {
            <div class="embed-head">
                <Accuracies chart=false />
                <MutedShare />
            </div>
            <MasksPanel look_closer=None />
        }
        .into_any(),
    };
    view! {
        <main class="embed" data-part=of.name() data-testid="embed" aria-label=text!("frame.embed-title")>
            <div class="embed-bar" role="region" aria-label=text!("transport.run")>
                <RunButtons />
                <RunProgress />
                <EngineProgress />
                <WholePage />
            </div>
            <FailureCallout />
            <WaitingCallout />
            {shown}
        </main>
        <NoticeList />
        <Explanation />
        <KeySheet />
    }
}

/// Plays the first run as soon as it can be trained.
fn play_when_ready(training: Training) {
    let played = StoredValue::new(false);
    Effect::new(move |_| {
        if training.state.get() == Some(RunState::Ready) && !played.get_value() {
            played.set_value(true);
            training.toggle_play();
        }
    });
}

/// Accuracies of the arms, and their curves where there is room.
#[component]
fn Accuracies(
    /// Whether the curves are drawn.
    chart: bool,
) -> impl IntoView {
    provide_context(CrossHair::new());
    view! {
        <figure class="chart" data-testid="accuracy-chart">
            <figcaption>
                <span class="chart-title">
                    <Term of="accuracy">{text!("training.accuracy")}</Term>
                </span>
                <span class="chart-key" class:absent=!chart>
                    <span class="line solid"></span>
                    <Term of="new-domain">{text!("training.new-domain")}</Term>
                    <span class="line dashed"></span>
                    <Term of="same-domain">{text!("training.same-domain")}</Term>
                </span>
            </figcaption>
            <AccuracyNumbers />
            <p id="chart-keys" hidden>
                {text!("charts.keys")}
            </p>
            {chart.then(|| view! { <AccuracyChart /> })}
        </figure>
    }
}

/// The link to the whole page with the same settings.
#[component]
fn WholePage() -> impl IntoView {
    let training = expect_context::<Training>();
    let visibility = expect_context::<Visibility>();
    view! {
        <a
            class="embed-open"
            data-testid="embed-open"
            href=move || address::whole_page(training, visibility)
            target="_blank"
            rel="noopener"
        >
            {text!("frame.embed-open")}
        </a>
    }
}
