//! The list of runs: every one that made a step, to be compared, repeated and shown in the charts.

pub(crate) mod row;

use leptos::prelude::*;

use crate::runs::model::MOST_UNPINNED;
use crate::runs::model::chart_overlay::MOST_OVERLAYS;
use crate::runs::state::Runs;
use crate::runs::view::row::RunRow;

/// The panel.
#[component]
pub(crate) fn RunsPanel() -> impl IntoView {
    let runs = expect_context::<Runs>();
    let order = Memo::new(move |_| runs.order());
    let alone = move || runs.list.with(|list| list.len() == 0);
    view! {
        <section class="panel runs" id="runs" aria-labelledby="runs-title" data-testid="runs">
            <h2 id="runs-title">{text!("runs.title")}</h2>
            <p class="lead">
                {text!("runs.lead")}
            </p>
            <ul class="run-list">
                <For each=move || order.get() key=|id| *id let:id>
                    <RunRow id=id />
                </For>
            </ul>
            <Show when=alone>
                <p class="empty">
                    {text!("runs.alone")}
                </p>
            </Show>
            <div class="run-notes">
                <p class="hint">
                    {text!("runs.again")}
                </p>
                <p class="hint">
                    {text!("runs.kept", unpinned = MOST_UNPINNED, overlays = MOST_OVERLAYS)}
                </p>
            </div>
        </section>
    }
}
