//! The run as files, and settings from a file.

use leptos::{html, prelude::*, task::spawn_local};
use wasm_bindgen_futures::JsFuture;
use web_sys::File;

use rsc_core::config::{DataSource, RunConfig};

use crate::engine::state::EngineStatus;
use crate::images::model::limits;
use crate::settings::model::import;
use crate::settings::state::Settings;
use crate::training::model::metrics;
use crate::training::model::metrics::Report;
use crate::training::state::Training;
use crate::ui::browser;
use crate::ui::download;

const JSON: &str = "application/json";
const CSV: &str = "text/csv";

/// What the current run was configured with; before there is one, what the controls say.
fn config(training: Training) -> RunConfig {
    let applied = training.settings.applied.get_untracked();
    applied.unwrap_or_else(|| training.settings.draft.get_untracked())
}

fn config_json(training: Training) -> Option<String> {
    let mut text = serde_json::to_string_pretty(&config(training)).ok()?;
    text.push('\n');
    Some(text)
}

fn steps_csv(training: Training) -> Option<String> {
    let arms = training
        .info
        .with_untracked(|info| Some(info.as_ref()?.arms.clone()))?;
    Some(
        training
            .history
            .with_value(|history| metrics::steps_csv(&arms, history)),
    )
}

fn evaluations_csv(training: Training) -> Option<String> {
    training.info.with_untracked(|info| {
        let info = info.as_ref()?;
        Some(
            training
                .evaluations
                .with_untracked(|all| metrics::evaluations_csv(info, all)),
        )
    })
}

fn metrics_json(training: Training) -> Option<String> {
    let run = training.info.get_untracked()?;
    let device = match training.engine.status.get_untracked() {
        EngineStatus::Ready { device, .. } => Some(device),
        _ => None,
    };
    training.history.with_value(|history| {
        training.evaluations.with_untracked(|evaluations| {
            let report = Report {
                config: &config(training),
                run: &run,
                device: device.as_ref(),
                every: history.every(),
                steps: history,
                evaluations,
            };
            serde_json::to_string(&report).ok()
        })
    })
}

/// Settings and metrics.
#[component]
pub(crate) fn RunFiles() -> impl IntoView {
    let settings = expect_context::<Settings>();
    let training = expect_context::<Training>();
    let said = RwSignal::new(String::new());
    let steps = move || steps(training);
    let evaluations = move || training.evaluations.with(Vec::len);
    let save = move |name: &str, kind: &str, text: Option<String>| {
        let outcome = match text {
            Some(text) => download::text(name, kind, &text),
            None => Err(String::from(text!("share.not-prepared"))),
        };
        said.set(match outcome {
            Ok(()) => text!("share.saved", file = name),
            Err(problem) => text!("share.not-saved", file = name, problem = problem),
        });
    };
    view! {
        <section class="share-part" aria-labelledby="run-files-title">
            <h3 id="run-files-title">{text!("share.files")}</h3>
            <Contents />
            <Show when=move || settings.anything_pending()>
                <p class="takes-effect">
                    {text!("share.files.pending")}
                </p>
            </Show>
            <div class="buttons">
                <button
                    data-testid="export-config"
                    on:click=move |_| save("config.json", JSON, config_json(training))
                >
                    {text!("share.files.settings")}
                </button>
                <button
                    data-testid="export-steps"
                    disabled=move || steps() == 0
                    on:click=move |_| save("steps.csv", CSV, steps_csv(training))
                >
                    {text!("share.files.steps")}
                </button>
                <button
                    data-testid="export-evaluations"
                    disabled=move || evaluations() == 0
                    on:click=move |_| save("evaluations.csv", CSV, evaluations_csv(training))
                >
                    {text!("share.files.evaluations")}
                </button>
                <button
                    data-testid="export-metrics"
                    disabled=move || steps() == 0 && evaluations() == 0
                    on:click=move |_| save("metrics.json", JSON, metrics_json(training))
                >
                    {text!("share.files.everything")}
                </button>
            </div>
            <p class="said" role="status" data-testid="export-said">{said}</p>
        </section>
    }
}

/// Steps recorded so far.
fn steps(training: Training) -> usize {
    training.progress.track();
    training.history.with_value(|history| history.len())
}

/// What the files hold, and the command that makes the run again.
#[component]
fn Contents() -> impl IntoView {
    let settings = expect_context::<Settings>();
    let training = expect_context::<Training>();
    let contents = move || {
        let mut text = text!(
            "share.so-far",
            steps = plural!("share.steps", steps(training)),
            evaluations = plural!("share.evaluations", training.evaluations.with(Vec::len))
        );
        let every = training.history.with_value(|history| history.every());
        if every > 1 {
            text.push_str(&text!("share.every", every = every));
        }
        text
    };
    let own = move || {
        settings.applied.with(|applied| {
            applied
                .as_ref()
                .is_some_and(|config| config.data.source == DataSource::Own)
        })
    };
    view! {
            <p class="hint">
                {contents} {text!("share.files.program")}
                <code>
                    {move || {
                        if own() {
                            "rsc train --config config.json --data my-images --out out" // not shown
                        } else {
                            "rsc train --config config.json --out out" // not shown
                        }
                    }}
                </code> "."
            </p>
    }
}

/// What came of an import.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Outcome {
    Taken(String),
    Refused(String),
}

/// Reads the file as text.
async fn contents(file: &File) -> Result<String, String> {
    if file.size() > limits::MOST_CONFIG_BYTES {
        return Err(String::from(text!("share.import.large")));
    }
    let text = JsFuture::from(file.text()).await;
    let text = text.map_err(|error| browser::error_text(&error))?;
    text.as_string()
        .ok_or_else(|| String::from(text!("share.import.no-text")))
}

async fn take(training: Training, file: &File) -> Outcome {
    let name = file.name();
    let read = contents(file).await;
    match read.and_then(|text| import::config_json(&text)) {
        Err(problem) => Outcome::Refused(text!(
            "share.import.refused",
            file = name,
            problem = problem
        )),
        Ok(config) => {
            let whole = training.replace_settings(config);
            let mut text = text!("share.import.taken", file = name);
            if !whole {
                text.push_str(text!("share.import.own"));
            }
            if untrack(|| training.settings.anything_pending()) {
                text.push_str(text!("share.import.wait"));
            }
            Outcome::Taken(text)
        }
    }
}

/// Settings from a file.
#[component]
pub(crate) fn Import() -> impl IntoView {
    let training = expect_context::<Training>();
    let input = NodeRef::<html::Input>::new();
    let outcome = RwSignal::new(None::<Outcome>);
    let picked = move |_| {
        let Some(input) = input.get_untracked() else {
            return;
        };
        let file = input.files().and_then(|files| files.get(0));
        if let Some(file) = file {
            spawn_local(async move {
                let taken = take(training, &file).await;
                // The same file can be chosen again once it is mended.
                input.set_value("");
                let _ = outcome.try_set(Some(taken));
            });
        }
    };
    let taken = move || match outcome.get() {
        Some(Outcome::Taken(text)) => text,
        _ => String::new(),
    };
    let refused = move || match outcome.get() {
        Some(Outcome::Refused(text)) => text,
        _ => String::new(),
    };
    view! {
        <section class="share-part" aria-labelledby="import-title">
            <h3 id="import-title">{text!("share.import")}</h3>
            <p class="hint">
                {text!("share.import.a")} <code>{text!("share.import.config")}</code>
                {text!("share.import.by")} <code>{text!("share.import.rsc-train")}</code>
                {text!("share.import.checked")}
            </p>
            <label class="button">
                {text!("share.import.choose")}
                <input
                    node_ref=input
                    class="visually-hidden"
                    type="file"
                    accept=".json,application/json"
                    data-testid="import-config"
                    on:change=picked
                />
            </label>
            <p class="said" role="status" data-testid="import-said">{taken}</p>
            <p class="refusal" role="alert" data-testid="import-refused">{refused}</p>
        </section>
    }
}
