//! What the benchmark shows: a button, how far it is, the overlays it draws, a table, the JSON.

use leptos::{prelude::*, task::spawn_local};

use rsc_core::bench::BenchReport;
use rsc_core::protocol::DevicePreference;

use crate::bench::state::redraws::{OVERLAYS, canvas_id};
use crate::bench::state::stage::Stage;
use crate::bench::state::{Bench, State};
use crate::ui::clipboard;
use crate::ui::model::format;
use crate::ui::overlay::SIDE;
use crate::ui::text::text_of;

/// The panel, where the address asks for it.
#[component]
pub(crate) fn BenchPanel() -> impl IntoView {
    let bench = expect_context::<Bench>();
    bench.asked().then(|| view! { <Panel bench=bench /> })
}

fn name(device: DevicePreference) -> &'static str {
    match device {
        DevicePreference::Webgpu | DevicePreference::Simulated(_) => text!("bench.webgpu"),
        DevicePreference::Cpu | DevicePreference::Automatic | DevicePreference::Fallback => {
            text!("bench.cpu")
        }
    }
}

fn status(state: State) -> String {
    match state {
        State::Idle => text!("bench.idle").to_owned(),
        State::Busy(None, _) => text!("bench.loading").to_owned(),
        State::Busy(Some(device), stage) => {
            let what = match stage {
                Stage::Loading => text!("bench.loading"),
                Stage::Steps(..) => text!("bench.steps"),
                Stage::Overlays(..) => text!("bench.overlays"),
                Stage::Training => text!("bench.training"),
            };
            text!("bench.busy", device = name(device), what = what)
        }
        State::Done => text!("bench.done").to_owned(),
        State::Failed(problem) => text!("bench.failed", problem = problem),
    }
}

#[component]
fn Panel(bench: Bench) -> impl IntoView {
    // Told once for each stage, not for each step.
    let told = Memo::new(move |_| status(bench.state.get()));
    let far = move || match bench.state.get() {
        State::Busy(_, Stage::Steps(done, total) | Stage::Overlays(done, total)) => {
            Some((done, total))
        }
        _ => None,
    };
    let idle = move || bench.state.get() == State::Idle;
    let skipped = move || {
        let (device, problem) = bench.skipped.get()?;
        let said = text!("bench.skipped", device = name(device), problem = problem);
        Some(view! { <p class="callout warning" data-testid="bench-skipped">{said}</p> })
    };
    view! {
        <section class="panel bench" id="bench" aria-labelledby="bench-title">
            <h2 id="bench-title">{text!("bench.title")}</h2>
            <p class="lead">{text!("bench.lead")}</p>
            <div class="buttons">
                <button
                    class="primary"
                    data-testid="bench-start"
                    disabled=move || bench.busy()
                    on:click=move |_| bench.begin()
                >
                    {text!("bench.start")}
                </button>
                <a class="button" href="." data-testid="bench-leave">
                    {text!("bench.leave")}
                </a>
            </div>
            <div class="bench-state">
                <p role="status" data-testid="bench-status">{told}</p>
                <Show when=move || far().is_some()>
                    <progress
                        aria-label=text!("bench.progress")
                        max=move || far().map_or(1, |(_, total)| total)
                        value=move || far().map_or(0, |(done, _)| done)
                    ></progress>
                </Show>
            </div>
            <div class="bench-overlays" class:absent=idle role="img" aria-label=text!("bench.images")>
                {(0..OVERLAYS)
                    .map(|k| view! { <canvas id=canvas_id(k) width=SIDE height=SIDE></canvas> })
                    .collect_view()}
            </div>
            {skipped}
            {move || {
                let reports = bench.reports.get();
                (!reports.is_empty()).then(|| view! { <Results bench=bench reports=reports /> })
            }}
        </section>
    }
}

#[component]
fn Results(bench: Bench, reports: Vec<BenchReport>) -> impl IntoView {
    let said = RwSignal::new("");
    let copy = move |_| {
        spawn_local(async move {
            let copied = clipboard::copy(&untrack(|| bench.json())).await;
            let outcome = if copied {
                text!("bench.copied")
            } else {
                text!("bench.by-hand")
            };
            // Another benchmark may have begun meanwhile.
            let _ = said.try_set(outcome);
        });
    };
    view! {
        <div class="bench-scroll">
            <Table reports=reports />
        </div>
        <p class="hint">{text!("bench.hint")}</p>
        <div class="bench-json">
            <h3 id="bench-json-title">{text!("bench.json")}</h3>
            <button data-testid="bench-copy" on:click=copy>
                {text!("bench.copy")}
            </button>
            <span role="status" data-testid="bench-copied">{said}</span>
        </div>
        <pre
            class="bench-text"
            data-testid="bench-json"
            tabindex="0"
            role="region"
            aria-labelledby="bench-json-title"
        >
            {bench.json()}
        </pre>
    }
}

/// A row for each quantity that some device knows, a column for each device.
#[component]
fn Table(reports: Vec<BenchReport>) -> impl IntoView {
    let heads = reports
        .iter()
        .map(|report| view! { <th scope="col">{report.device.clone()}</th> })
        .collect_view();
    let columns: Vec<_> = reports.iter().map(BenchReport::rows).collect();
    let ids: Vec<&str> = columns
        .first()
        .map_or_else(Vec::new, |rows| rows.iter().map(|(id, _)| *id).collect());
    let rows = ids
        .into_iter()
        .enumerate()
        .filter_map(|(row, id)| {
            let values: Vec<Option<String>> = columns
                .iter()
                .map(|column| column.get(row).and_then(|(_, value)| value.clone()))
                .collect();
            if values.iter().all(Option::is_none) {
                return None;
            }
            let id = id.replace('_', "-");
            // A device keeps its name, a number gets the language's marks.
            let local = |value| {
                if id == "device-name" {
                    value
                } else {
                    format::local(value)
                }
            };
            let cells = values
                .into_iter()
                .map(|value| value.map_or_else(|| String::from("–"), local))
                .map(|value| view! { <td>{value}</td> })
                .collect_view();
            Some(view! {
                <tr class:part=id.starts_with("split.")>
                    <th scope="row">{text_of(&format!("bench.row.{id}"))}</th>
                    {cells}
                </tr>
            })
        })
        .collect_view();
    view! {
        <table class="bench-table" data-testid="bench-table">
            <thead>
                <tr>
                    <td></td>
                    {heads}
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
}
