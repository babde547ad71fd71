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
            <h2 id="runs-title">"Runs"</h2>
            <p class="lead">
                "Every run that made a step stays here. Change something, reset, train again, and compare."
            </p>
            <ul class="run-list">
                <For each=move || order.get() key=|id| *id let:id>
                    <RunRow id=id />
                </For>
            </ul>
            <Show when=alone>
                <p class="empty">
                    "So far there is only this run. When the next one takes its place, it moves down the list."
                </p>
            </Show>
            <div class="run-notes">
                <p class="hint">
                    "The same seed means the same start: with equal settings, the images, first weights and batches are equal. So “Use these settings”, then Reset, gives the same run again: bit for bit on the CPU, and up to rounding on a GPU, which may add numbers in another order. Only a run changed in mid-run cannot be had again this way; it says so."
                </p>
                <p class="hint">
                    {format!(
                        "The newest {MOST_UNPINNED} runs are kept, and every pinned one. The charts take up to {MOST_OVERLAYS} beside the current run.",
                    )}
                </p>
            </div>
        </section>
    }
}
