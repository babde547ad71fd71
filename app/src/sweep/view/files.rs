//! The sweep as files.

use leptos::prelude::*;

use crate::sweep::model::{csv, json};
use crate::sweep::state::panel::SweepPanelState;
use crate::ui::download;

/// CSV and JSON.
#[component]
pub(crate) fn SweepFiles(view: SweepPanelState) -> impl IntoView {
    let machine = view.sweeper.machine;
    let said = RwSignal::new(String::new());
    let save = move |name: &str, kind: &str, text: Option<Result<String, String>>| {
        let saved = text
            .unwrap_or_else(|| Err(text!("sweep.files.none").to_owned()))
            .and_then(|text| download::text(name, kind, &text));
        said.set(match saved {
            Ok(()) => text!("sweep.files.saved", file = name),
            Err(problem) => text!("sweep.files.not-saved", file = name, problem = problem),
        });
    };
    let save_csv = move |_| {
        let text = machine.with_untracked(|it| it.as_ref().map(|it| Ok(csv(it))));
        save("sweep.csv", "text/csv", text);
    };
    let save_json = move |_| {
        let text = machine.with_untracked(|it| {
            it.as_ref()
                .map(|it| json(it).map_err(|error| error.to_string()))
        });
        save("sweep.json", "application/json", text);
    };
    view! {
        <div class="sweep-buttons">
            <button data-testid="sweep-csv" on:click=save_csv>
                {text!("sweep.files.csv")}
            </button>
            <button data-testid="sweep-json" on:click=save_json>
                {text!("sweep.files.json")}
            </button>
            <span class="hint">{text!("sweep.files.hint")}</span>
            <span class="said" role="status">
                {said}
            </span>
        </div>
    }
}
