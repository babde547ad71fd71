//! What one arm makes of the picture: its probabilities, the mask over the picture, and the reason.

use std::sync::Arc;

use leptos::{html, prelude::*};

use rsc_core::config::Axis;

use crate::masks::model::scales;
use crate::masks::widgets::probability_bars;
use crate::predict::model::why;
use crate::predict::state::{Answer, Predict};
use crate::settings::model::arms::Arm;
use crate::training::state::Training;
use crate::ui::overlay::{self, Overlay};

/// Opacity of the heat map, as the masks have it at first.
const OPACITY: f64 = 0.45;

/// What is shown of an arm.
#[component]
pub(crate) fn ArmAnswer(
    /// Which arm.
    arm: Arm,
) -> impl IntoView {
    let (predict, training) = (expect_context::<Predict>(), expect_context::<Training>());
    let index = arm.index;
    let answer = Memo::new(move |_| {
        let mine = |all: &Vec<Arc<Answer>>| all.iter().find(|it| it.arm == index).cloned();
        predict.answers.with(mine)
    });
    let names = Memo::new(move |_| {
        let info = training.info;
        info.with(|info| info.as_ref().map_or_else(Vec::new, |it| it.classes.clone()))
    });
    let bars = move || {
        answer.get().map(|answer| {
            let it = &answer.prediction;
            names.with(|names| probability_bars(&it.before, &it.after, it.class, false, names))
        })
    };
    let verdict = move || {
        answer
            .get()
            .map(|it| names.with(|names| why::answer(&it.prediction, names)))
    };
    let reason = move || {
        let strategy = |it: &Answer| it.challenge.strategy;
        let say =
            |it: Arc<Answer>| names.with(|names| why::why(&it.prediction, names, strategy(&it)));
        answer.get().map(say)
    };
    let (label, named) = (arm.label(), arm.label());
    view! {
        <figure class="predict-arm" aria-label=named>
            <figcaption>
                <span class=format!("mask-name {}", arm.class())>{label}</span>
                <span class="predict-verdict" data-testid=format!("predict-answer-{}", arm.name)>
                    <bdi>{verdict}</bdi>
                </span>
            </figcaption>
            <Map answer=answer name=arm.name.clone() />
            <div class="probabilities" data-testid=format!("predict-bars-{}", arm.name)>
                {bars}
            </div>
            <p class="predict-why" data-testid=format!("predict-why-{}", arm.name)>
                {reason}
            </p>
        </figure>
    }
}

/// The picture as the network sees it, under its heat map and mask, or with the channels below.
#[component]
fn Map(answer: Memo<Option<Arc<Answer>>>, name: String) -> impl IntoView {
    let predict = expect_context::<Predict>();
    let canvas = NodeRef::<html::Canvas>::new();
    let strip = NodeRef::<html::Canvas>::new();
    let channels = Memo::new(move |_| {
        let by_channel = |it: &Option<Arc<Answer>>| {
            it.as_ref()
                .is_some_and(|it| it.prediction.axis == Axis::Channel)
        };
        answer.with(by_channel)
    });
    Effect::new(move |_| {
        let (Some(canvas), Some(answer)) = (canvas.get(), answer.get()) else {
            return;
        };
        let it = &answer.prediction;
        // One scale for all arms, so that they can be compared.
        let range = predict.answers.with(|all| {
            let maps = all.iter().map(|it| vec![it.prediction.heat.as_slice()]);
            scales::ends(&maps.collect::<Vec<_>>(), true)
                .first()
                .copied()
        });
        overlay::draw(
            &canvas,
            &Overlay {
                pixels: &answer.pixels,
                side: answer.side,
                grid: answer.grid,
                heat: &it.heat,
                range: range.flatten(),
                muted: if channels.get() { &[] } else { &it.muted },
                opacity: OPACITY,
            },
        );
        if let Some(strip) = strip.get().filter(|_| channels.get()) {
            overlay::draw_strip(&strip, &it.importance, &it.muted);
        }
    });
    view! {
        <div class="mask-picture">
            <canvas
                node_ref=canvas
                width=overlay::SIDE
                height=overlay::SIDE
                data-testid=format!("predict-overlay-{name}")
                role="img"
                aria-label=text!("predict.overlay")
            ></canvas>
        </div>
        <canvas
            class="strip"
            class:absent=move || !channels.get()
            node_ref=strip
            width=overlay::STRIP.0
            height=overlay::STRIP.1
            role="img"
            aria-label=text!("masks.strip")
        ></canvas>
    }
}
