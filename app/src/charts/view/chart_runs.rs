//! Which runs the charts show beside the current one: the letter, the dashes and the name of each.

use leptos::prelude::*;

use crate::runs::model::chart_overlay::{DASHES, LETTERS};
use crate::runs::state::Runs;
use crate::ui::icon::Icon;

/// The key; nothing while no run is chosen.
#[component]
pub(crate) fn ChartRuns() -> impl IntoView {
    let runs = expect_context::<Runs>();
    let shown = Memo::new(move |_| {
        runs.overlays.with(|all| {
            let runs = all.iter();
            runs.map(|run| (run.slot, run.id, run.name.clone()))
                .collect::<Vec<_>>()
        })
    });
    view! {
        <Show when=move || shown.with(|shown| !shown.is_empty())>
            <div class="chart-runs" data-testid="chart-runs">
                <ul aria-label=text!("charts.runs")>
                    <For each=move || shown.get() key=Clone::clone let((slot, id, name))>
                        <li data-testid=format!("chart-run-{id}")>
                            <svg class="dash" viewBox="0 0 56 8" width="56" height="8" aria-hidden="true">
                                <line x1="2" y1="4" x2="54" y2="4" stroke-dasharray=DASHES[slot] />
                            </svg>
                            <b>{LETTERS[slot]}</b>
                            <span class="chart-run-name">{name.clone()}</span>
                            <button
                                class="quiet icon"
                                data-testid=format!("chart-hide-{id}")
                                aria-label=text!("charts.hide", name = name)
                                on:click=move |_| runs.toggle_overlay(id)
                            >
                                <Icon of=icondata_lu::LuX />
                            </button>
                        </li>
                    </For>
                </ul>
                <p class="hint">
                    {text!("charts.runs.hint")}
                </p>
            </div>
        </Show>
    }
}
