//! The rounds of the challenge: a small mask for each, which shows its round in all stages.

use std::sync::Arc;

use leptos::prelude::*;

use rsc_core::config::Axis;

use crate::microscope::model::rounds::View;
use crate::microscope::state::Microscope;
use crate::ui::model::format;
use crate::ui::pixels::Pixels;

use crate::ui::term::Term;

/// A mask and what it comes to.
#[derive(Clone, PartialEq)]
struct Small {
    round: usize,
    pixels: Arc<Vec<u8>>,
    width: u32,
    height: u32,
    count: (usize, usize),
}

/// One button for each round; nothing where there is but one.
#[component]
pub(crate) fn Rounds() -> impl IntoView {
    let microscope = expect_context::<Microscope>();
    let scope = microscope;
    let small = Memo::new(move |_| {
        scope.seen.with(|seen| {
            let Some(seen) = seen.as_ref().filter(|seen| seen.rounds.len() > 1) else {
                return Vec::new();
            };
            let width = match seen.result.axis {
                Axis::Channel => (seen.shape[0] as f64).sqrt().ceil() as usize,
                Axis::Spatial | Axis::Mixed => seen.shape[2],
            };
            let width = width.max(1);
            let all = (0..seen.rounds.len()).filter_map(|round| {
                let view = View::of(&seen.rounds, round)?;
                let pixels = view.pixels(width);
                Some(Small {
                    round,
                    width: width as u32,
                    height: (pixels.len() / (4 * width)) as u32,
                    pixels: Arc::new(pixels),
                    count: view.count(),
                })
            });
            all.collect()
        })
    });
    let shown = move |round: usize| {
        let last = small.with(Vec::len).saturating_sub(1);
        scope.round.get().min(last) == round
    };
    let button = move |mask: Small| {
        let Small { round, count, .. } = mask;
        let said = text!(
            "microscope.round",
            round = round + 1,
            count = format::of(count.0, count.1)
        );
        view! {
            <button
                class="scope-round"
                data-testid=format!("round-{}", round + 1)
                aria-pressed=move || shown(round).to_string()
                on:click=move |_| scope.round.set(round)
            >
                <Pixels pixels=mask.pixels width=mask.width height=mask.height label=said.clone() />
                <span>{said.clone()}</span>
            </button>
        }
    };
    view! {
        <Show when=move || small.with(|all| !all.is_empty())>
            <div class="scope-rounds" data-testid="rounds-shown">
                <p class="hint">
                    <Term of="rounds">{text!("microscope.rounds")}</Term>
                    {text!("microscope.rounds.about")}
                </p>
                <div role="group" aria-label=text!("microscope.rounds")>
                    <For each=move || small.get() key=|mask| (mask.round, mask.pixels.clone()) let(mask)>
                        {button(mask)}
                    </For>
                </div>
            </div>
        </Show>
    }
}
