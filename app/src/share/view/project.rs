//! Everything made on the page as one file, for another browser or a later day.

use std::collections::{BTreeMap, BTreeSet};

use js_sys::{Array, Uint8Array};
use leptos::{html, prelude::*, task::spawn_local};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, File};

use rsc_core::config::RunConfig;
use rsc_core::image_layout::Part;

use crate::images::model::folder::{self, Placement};
use crate::images::model::limits::{MOST_PROJECT_BYTES, MOST_RUNS};
use crate::images::model::saved::part_of;
use crate::images::state::read::ProjectImage;
use crate::runs::model::RunRecord;
use crate::runs::model::course::Course;
use crate::runs::state::Runs;
use crate::runs::state::checkpoints::Checkpoint;
use crate::settings::model::{hold_out::HoldOut, import};
use crate::share::model::board::{Board, BoardImage};
use crate::share::model::project_zip;
use crate::share::model::project_zip::{Entry, part};
use crate::sweep::model::{Machine, SavedSweep};
use crate::sweep::state::Sweeper;
use crate::ui::model::format;

use crate::storage::state::Storage;
use crate::ui::{browser, download, figure_export};

const FILE: &str = "project.zip";

async fn bytes(content: &Blob) -> Result<Vec<u8>, String> {
    let buffer = JsFuture::from(content.array_buffer()).await;
    let buffer = buffer.map_err(|error| browser::error_text(&error))?;
    Ok(Uint8Array::new(&buffer).to_vec())
}

fn json(path: &str, value: &impl serde::Serialize) -> Result<Entry, String> {
    Ok(Entry {
        path: path.to_owned(),
        bytes: serde_json::to_vec(value).map_err(|error| error.to_string())?,
    })
}

/// A run's checkpoint, as files.
fn parts(run: usize, checkpoint: &Checkpoint) -> Result<[Entry; 4], String> {
    let file = |part: &str, bytes: Vec<u8>| Entry {
        path: project_zip::checkpoint_path(run, part),
        bytes,
    };
    let course = Course {
        step: checkpoint.step,
        evaluations: serde_json::from_str(&checkpoint.evaluations).unwrap_or_default(),
    };
    Ok([
        file(part::CHECKPOINT, checkpoint.file.to_vec()),
        file(part::HISTORY, checkpoint.history.clone()),
        json(&project_zip::checkpoint_path(run, part::COURSE), &course)?,
        file(part::PREDICTIONS, checkpoint.predictions.clone()),
    ])
}

/// The parts of one run together again; `None` where one is missing.
fn joined(mut parts: BTreeMap<String, Vec<u8>>) -> Option<Result<Checkpoint, String>> {
    let (file, history) = (
        parts.remove(part::CHECKPOINT)?,
        parts.remove(part::HISTORY)?,
    );
    let course = parts.remove(part::COURSE)?;
    let predictions = parts.remove(part::PREDICTIONS).unwrap_or_default();
    let read = |course: Course| {
        Ok(Checkpoint {
            step: course.step,
            file: Uint8Array::from(file.as_slice()),
            history,
            evaluations: serde_json::to_string(&course.evaluations).map_err(|e| e.to_string())?,
            predictions,
        })
    };
    Some(Course::read(&course).and_then(read))
}

/// Packs everything; `on_progress` is called with how far it is.
async fn pack(
    runs: Runs,
    sweeper: Sweeper,
    storage: Storage,
    on_progress: impl Fn(String),
) -> Result<String, String> {
    let packed = runs.runs_to_pack();
    let run_count = packed.len();
    let mut weights = 0;
    let mut entries = vec![
        json(
            project_zip::CONFIG,
            &runs.training.settings.draft.get_untracked(),
        )?,
        json(project_zip::RUNS, &packed)?,
    ];
    for (place, run) in packed.iter().enumerate() {
        if untrack(|| runs.can_resume(run.id))
            && let Ok(checkpoint) = storage.checkpoint(run.id).await
        {
            entries.extend(parts(place, &checkpoint)?);
            weights += 1;
        }
    }
    if let Some(sweep) = sweeper.to_pack() {
        entries.push(json(project_zip::SWEEP, &sweep)?);
    }
    let choice = runs.training.images.choice_untracked();
    let mut board = Board {
        held_out: choice.held_out,
        together: choice.together,
        images: Vec::new(),
    };
    let classes = runs.training.images.classes.get_untracked();
    let total: usize = classes.iter().map(|class| class.images.len()).sum();
    let mut taken = BTreeSet::new();
    for class in &classes {
        for image in &class.images {
            let now = format::of(taken.len() + 1, total);
            on_progress(text!("share.project.packing", count = now));
            let content =
                figure_export::pixels_png(&image.pixels, image.width, image.height).await?;
            let path = project_zip::image_path(&image.domain, &class.name, &image.name, &mut taken);
            board.images.push(BoardImage {
                path: path.clone(),
                name: image.name.clone(),
                class: class.name.trim().to_owned(),
                domain: image.domain.clone(),
                test_only: image.test_only(),
                train_only: image.part == Part::Train,
            });
            entries.push(Entry {
                path,
                bytes: bytes(&content).await?,
            });
        }
    }
    for (path, list) in [
        (project_zip::TEST_ONLY, board.test_only()),
        (project_zip::TRAIN_ONLY, board.train_only()),
    ] {
        entries.extend(list.map(|list| Entry {
            path: path.to_owned(),
            bytes: list.into_bytes(),
        }));
    }
    if total > 0 {
        entries.push(json(project_zip::BOARD, &board)?);
    }
    let packed = project_zip::pack(&entries)?;
    download::bytes(FILE, &Uint8Array::from(packed.as_slice()))?;
    Ok(text!(
        "share.project.saved",
        file = FILE,
        size = format::megabytes(packed.len() as u64),
        images = plural!("share.images", total),
        runs = plural!("share.runs", run_count),
        trained = plural!("share.weights-of", weights)
    ))
}

/// What a zip holds, checked as a whole before anything is taken.
struct Unpacked {
    config: Option<RunConfig>,
    runs: Vec<RunRecord>,
    /// By the run's place in `runs`.
    checkpoints: BTreeMap<usize, Checkpoint>,
    images: Vec<Entry>,
    board: Option<Board>,
    sweep: Option<Machine>,
}

async fn unpack(file: &File) -> Result<Unpacked, String> {
    if file.size() > MOST_PROJECT_BYTES {
        let most = format::megabytes(MOST_PROJECT_BYTES as u64);
        return Err(text!("share.project.large", most = most));
    }
    let mut unpacked = Unpacked {
        config: None,
        runs: Vec::new(),
        checkpoints: BTreeMap::new(),
        images: Vec::new(),
        board: None,
        sweep: None,
    };
    let mut pieces: BTreeMap<usize, BTreeMap<String, Vec<u8>>> = BTreeMap::new();
    for entry in project_zip::unpack(&bytes(file).await?)? {
        match entry.path.as_str() {
            project_zip::CONFIG => {
                let text = String::from_utf8_lossy(&entry.bytes);
                let config = import::config_json(&text);
                unpacked.config =
                    Some(config.map_err(|problem| format!("config.json: {problem}"))?); // not shown
            }
            project_zip::RUNS => {
                let runs = RunRecord::read_all(&entry.bytes, MOST_RUNS);
                unpacked.runs = runs.map_err(|problem| format!("runs.json: {problem}"))?; // not shown
            }
            project_zip::BOARD => {
                let board = serde_json::from_slice(&entry.bytes);
                let board = board.map_err(|problem| format!("board.json: {problem}"))?; // not shown
                unpacked.board = Some(board);
            }
            project_zip::SWEEP => {
                let sweep = serde_json::from_slice::<SavedSweep>(&entry.bytes);
                let sweep = sweep.map_err(|problem| format!("sweep.json: {problem}"))?; // not shown
                unpacked.sweep = Machine::restored(sweep.sweep, sweep.runs);
            }
            _ if entry.is_image() => unpacked.images.push(entry),
            _ => {
                if let Some((run, part)) = entry.checkpoint_part() {
                    let part = part.to_owned();
                    pieces.entry(run).or_default().insert(part, entry.bytes);
                }
            }
        }
    }
    for (run, pieces) in pieces {
        if let Some(checkpoint) = joined(pieces) {
            let checkpoint = checkpoint.map_err(|problem| format!("runs/{run}: {problem}"))?;
            unpacked.checkpoints.insert(run, checkpoint);
        }
    }
    if unpacked.config.is_none() && unpacked.runs.is_empty() && unpacked.images.is_empty() {
        return Err(String::from(text!("share.project.nothing")));
    }
    Ok(unpacked)
}

/// The images of a zip with what is known of each: by the board, or else by the folders that they
/// lie in.
fn brought(images: Vec<Entry>, board: &Board) -> Result<Vec<ProjectImage>, String> {
    let paths: Vec<String> = images.iter().map(|entry| entry.path.clone()).collect();
    let known: BTreeMap<&str, &BoardImage> = board
        .images
        .iter()
        .map(|image| (image.path.as_str(), image))
        .collect();
    let placed = images.into_iter().zip(folder::place(&paths));
    let brought = placed.map(|(entry, placement)| {
        let last = entry.path.rsplit('/').next().unwrap_or_default();
        let parts = Array::of1(&Uint8Array::from(entry.bytes.as_slice()));
        let file = File::new_with_u8_array_sequence(&parts, last);
        let file = file.map_err(|error| browser::error_text(&error))?;
        let placement = placement.unwrap_or_else(Placement::nowhere);
        Ok(match known.get(entry.path.as_str()) {
            Some(image) => ProjectImage {
                name: image.name.clone(),
                class: image.class.clone(),
                domain: image.domain.clone(),
                part: part_of(image.test_only, image.train_only),
                file,
            },
            None => ProjectImage {
                name: last.to_owned(),
                class: placement.class,
                domain: placement.domain,
                part: Part::Any,
                file,
            },
        })
    });
    brought.collect()
}

/// Adds what a zip holds to what is there.
async fn take(runs: Runs, sweeper: Sweeper, file: &File) -> Result<String, String> {
    let unpacked = unpack(file).await?;
    let count = unpacked.runs.len();
    let choice = match (&unpacked.board, &unpacked.config) {
        (Some(board), _) => board.choice(),
        (None, Some(config)) => HoldOut::of(config),
        (None, None) => HoldOut::default(),
    };
    let images = brought(unpacked.images, &unpacked.board.unwrap_or_default())?;
    let before = runs.training.images.how_many().0;
    if !images.is_empty() {
        runs.training.images.add_project_images(images).await;
        if choice != HoldOut::default() {
            runs.training.images.restore_choice(choice);
        }
    }
    let images = runs.training.images.how_many().0.saturating_sub(before);
    let ids = runs.add_runs(unpacked.runs);
    let checkpoints = unpacked.checkpoints.into_iter();
    let checkpoints =
        checkpoints.filter_map(|(place, checkpoint)| Some((*ids.get(place)?, checkpoint)));
    runs.checkpoints.add(checkpoints);
    let mut text = text!(
        "share.project.taken",
        file = file.name(),
        images = plural!("share.images", images),
        runs = plural!("share.runs", count)
    );
    if let Some(machine) = unpacked.sweep {
        text.push_str(if sweeper.restore(machine) {
            text!("share.project.sweep")
        } else {
            text!("share.project.no-sweep")
        });
    }
    match unpacked.config {
        Some(config) if runs.training.replace_settings(config.clone()) => {
            text.push_str(text!("share.project.set"))
        }
        Some(_) => text.push_str(text!("share.project.set-but-images")),
        None => text.push_str(text!("share.project.not-set")),
    }
    Ok(text)
}

/// The part of the dialog.
#[component]
pub(crate) fn Project() -> impl IntoView {
    let (runs, storage) = (expect_context::<Runs>(), expect_context::<Storage>());
    let sweeper = expect_context::<Sweeper>();
    let input = NodeRef::<html::Input>::new();
    let (said, refused) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let busy = RwSignal::new(false);
    // The dialog may have closed meanwhile.
    let finish = move |outcome: Result<String, String>, name: &str| {
        let (text, problem) = match outcome {
            Ok(text) => (text, String::new()),
            Err(problem) => (
                String::new(),
                text!("share.project.refused", file = name, problem = problem),
            ),
        };
        let _ = (
            said.try_set(text),
            refused.try_set(problem),
            busy.try_set(false),
        );
    };
    let export = move |_| {
        busy.set(true);
        refused.set(String::new());
        spawn_local(async move {
            let on_progress = move |text: String| {
                let _ = said.try_set(text);
            };
            let outcome = pack(runs, sweeper, storage, on_progress).await;
            finish(outcome, FILE);
        });
    };
    let picked = move |_| {
        let Some(input) = input.get_untracked() else {
            return;
        };
        let Some(file) = input.files().and_then(|files| files.get(0)) else {
            return;
        };
        busy.set(true);
        said.set(text!("share.project.reading", file = file.name()));
        refused.set(String::new());
        spawn_local(async move {
            let outcome = take(runs, sweeper, &file).await;
            // The same file can be chosen again once it is mended.
            input.set_value("");
            finish(outcome, &text!("share.project.quoted", file = file.name()));
        });
    };
    view! {
        <section class="share-part" aria-labelledby="project-title">
            <h3 id="project-title">{text!("share.project")}</h3>
            <p class="hint">
                <code>{FILE}</code>
                {text!("share.project.about")}
            </p>
            <div class="buttons">
                <button data-testid="export-project" disabled=busy on:click=export>
                    {text!("share.project.save")}
                </button>
                <label class="button">
                    {text!("share.project.open")}
                    <input
                        node_ref=input
                        class="visually-hidden"
                        type="file"
                        accept=".zip,application/zip"
                        data-testid="import-project"
                        disabled=busy
                        on:change=picked
                    />
                </label>
            </div>
            <p class="said" role="status" data-testid="project-said">{said}</p>
            <p class="refusal" role="alert" data-testid="project-refused">{refused}</p>
        </section>
    }
}
