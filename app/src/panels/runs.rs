//! The list of runs: every one that made a step, to be compared, repeated and shown in the charts.

use leptos::prelude::*;

use super::run_row::RunRow;
use crate::pure::overlay::MOST_OVERLAYS;
use crate::pure::runs::MOST_UNPINNED;
use crate::session::Session;

/// The panel.
#[component]
pub(crate) fn Runs() -> impl IntoView {
    let session = expect_context::<Session>();
    let runs = session.runs;
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
