//! Every parser of the page that takes bytes from outside, fed with its corpus, with noise and with
//! valid inputs that were tampered with: none may panic, and what one takes must be fit for use.

#[path = "../../tests/fuzz/mod.rs"]
mod fuzz;
use proptest::prelude::*;

use rsc_core::config::RunConfig;
use rsc_core::protocol::{RunState, StepMetrics, StepRecord};

use crate::images::model::limits::{MOST_RUNS, MOST_UNPACKED};
use crate::images::model::saved::{Columns, ImageFacts};
use crate::images::model::tiff;
use crate::images::model::zip;
use crate::images::model::zip::ZipTail;
use crate::link::model;
use crate::runs::model::course::Course;
use crate::runs::model::{Facts, RunRecord};
use crate::settings::model::import;
use crate::share::model::board::Board;
use crate::share::model::project_zip;
use crate::share::model::project_zip::Entry;
use crate::storage::model::settings;
use crate::sweep::model::{Factor, Head, Machine, Plan, SavedRun};
use crate::training::model::curves::CURVES;
use crate::training::model::history::History;
use crate::training::model::predictions;
use crate::training::model::trace::Point;
use fuzz::fuzz;

fn project() -> Vec<u8> {
    let entry = |path: &str, bytes: &[u8]| Entry {
        path: path.to_owned(),
        bytes: bytes.to_vec(),
    };
    let config = serde_json::to_vec(&RunConfig::default()).expect("json");
    project_zip::pack(&[
        entry(project_zip::CONFIG, &config),
        entry(project_zip::RUNS, b"[]"),
        entry(
            &project_zip::checkpoint_path(2, project_zip::part::HISTORY),
            &[7; 90],
        ),
        entry("images/photo/cat/1.png", &[1; 300]),
        entry("images/emoji \u{1f600}/\u{202e}gnp.2", &[2; 30]),
    ])
    .expect("zip")
}

fn history() -> Vec<u8> {
    let mut history = History::default();
    let metrics = StepMetrics {
        loss: 1.2,
        accuracy: 0.5,
        muted_fraction: 0.3,
        degenerate: 0,
        challenged: 16,
        challenge_gap: 0.1,
        axis: None,
    };
    for step in 1..20 {
        history.push(&StepRecord {
            step,
            epoch: 0,
            arms: vec![metrics; 2],
        });
    }
    history.to_bytes()
}

/// A sweep as it is kept: what it is, and one of its runs.
fn a_sweep() -> (String, String) {
    let second = Some((Factor::LearningRate, "0.1, 0.01"));
    let plan = Plan::read(
        RunConfig::default(),
        (Factor::P, "0.2, 0.4"),
        second,
        "3, 4",
    );
    let machine = Machine::new(9.0, plan.expect("a plan"), None);
    let head = serde_json::to_string(&machine.head()).expect("json");
    let run = r#"{"seed":1,"row":0,"column":1,"measured":null,"failed":"no luck","run":null}"#;
    (head, run.to_owned())
}

fn a_link() -> String {
    let mut config = RunConfig::default();
    config.training.learning_rate = 0.01;
    config.training.seed = 9;
    config.arms[1].challenge.p = 0.7;
    config.arms[1].challenge.rounds = 3;
    model::write(&config, &[crate::link::model::panel::Panel::Runs])
}

fn run() -> RunRecord {
    let facts = Facts {
        name: String::from("quiet-otter"),
        steps: 3,
        total_steps: 640,
        state: Some(RunState::Paused),
        ..Facts::default()
    };
    let point = |x| Point {
        x,
        y: [0.5; CURVES],
    };
    let curves = vec![point(1.0), point(3.0)];
    RunRecord::new(1, facts, RunConfig::default(), curves, Vec::new())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn links() {
    fuzz("links", &[a_link().into_bytes()], |bytes| {
        let text = text(bytes);
        let read = model::read(&text);
        prop_assert!(read.config.validate().is_ok());
        // What was taken of it can be shared again.
        let again = model::read(&model::write(&read.config, &read.hidden));
        prop_assert_eq!(again.ignored, vec![]);
        prop_assert_eq!(again.config, read.config);
        model::ignored_message(&read.ignored);
        Ok(read.ignored.is_empty())
    });
}

#[test]
fn settings_from_files() {
    let valid = serde_json::to_vec(&RunConfig::default()).expect("json");
    fuzz("settings", &[valid], |bytes| {
        let text = text(bytes);
        let read = import::config_json(&text);
        prop_assert_eq!(settings(&text).is_ok(), read.is_ok());
        if let Ok(config) = &read {
            prop_assert!(config.validate().is_ok() && import::fits_page(config).is_ok());
        }
        Ok(read.is_ok())
    });
}

#[test]
fn tiff_files() {
    let valid = include_bytes!("../../tests/corpus/images/taken/print.tiff");
    fuzz("tiff", &[valid.to_vec()], |bytes| {
        let Some(picture) = tiff::decode(bytes) else {
            return Ok(false);
        };
        let count = picture.width as usize * picture.height as usize;
        prop_assert_eq!(picture.pixels.len(), 4 * count);
        Ok(true)
    });
}

#[test]
fn projects() {
    fuzz("projects", &[project()], |bytes| {
        let Ok(entries) = project_zip::unpack(bytes) else {
            return Ok(false);
        };
        let all: usize = entries.iter().map(|entry| entry.bytes.len()).sum();
        prop_assert!(all <= bytes.len());
        for entry in entries {
            let climbs = entry.path.split(['/', '\\']).any(|part| part == "..");
            prop_assert!(!climbs && !entry.path.starts_with('/'), "{}", entry.path);
            prop_assert!(!zip::is_zip(&entry.path), "{}", entry.path);
        }
        Ok(true)
    });
}

#[test]
fn zipped_images() {
    fuzz("zipped-images", &[project()], |bytes| {
        zip::header_length(bytes);
        let mut taken = false;
        // A file of nearly 2⁶⁴ bytes has no end to count from.
        for start in [0, 1 << 40, u64::MAX / 2] {
            let bytes = bytes.to_vec();
            let Ok(listing) = zip::list("some.zip", ZipTail { start, bytes }, str::to_owned) else {
                continue;
            };
            taken |= start == 0;
            for entry in listing.entries {
                let plain = |name: &str| !name.contains('/') && name != "..";
                prop_assert!(plain(&entry.name) && !entry.name.is_empty());
                prop_assert!(!zip::is_zip(&entry.name));
                prop_assert!(entry.stored <= u64::from(u32::MAX) || entry.stored > MOST_UNPACKED);
            }
        }
        Ok(taken)
    });
}

#[test]
fn histories() {
    fuzz("history", &[history()], |bytes| {
        let Some(read) = History::from_bytes(bytes) else {
            return Ok(false);
        };
        prop_assert_eq!(read.to_bytes(), bytes);
        prop_assert!(read.rows().count() == read.len());
        Ok(true)
    });
}

#[test]
fn courses() {
    let valid = br#"{"step":64,"evaluations":[{"step":32,"epoch":0,"arms":[
        {"accuracy_same_domain":0.5,"accuracy_new_domain":null,"loss_same_domain":1.5,
        "loss_new_domain":null,"accuracy_per_domain":[0.5],
        "usage":{"effective_number":3.5,"gini":0.5,"top_tenth":0.5,"curve":[1.0]}}]}]}"#;
    fuzz("course", &[valid.to_vec()], |bytes| {
        let Ok(read) = Course::read(bytes) else {
            return Ok(false);
        };
        let arms = read.evaluations.first().map_or(1, |first| first.arms.len());
        for evaluation in &read.evaluations {
            prop_assert!(evaluation.step <= read.step && evaluation.arms.len() == arms);
        }
        Ok(true)
    });
}

#[test]
fn runs_of_projects() {
    let valid = serde_json::to_vec(&[run(), run()]).expect("json");
    fuzz("runs", &[valid], |bytes| {
        let Ok(runs) = RunRecord::read_all(bytes, MOST_RUNS) else {
            return Ok(false);
        };
        prop_assert!(runs.len() <= MOST_RUNS);
        for run in &runs {
            prop_assert!(run.config.validate().is_ok());
            prop_assert!(run.steps > 0);
            let arms = run.arms().len();
            prop_assert!(run.evaluations.iter().all(|it| it.arms.len() == arms));
            // What is taken can be kept and read again.
            let again = serde_json::to_string(run).expect("json");
            prop_assert!(RunRecord::read(&again).is_ok());
            run.facts();
        }
        Ok(true)
    });
}

#[test]
fn predictions_of_suspended_runs() {
    let valid = predictions::to_bytes(&[vec![3; 40], vec![1; 40]]);
    fuzz("predictions", &[valid], |bytes| {
        let read = predictions::from_bytes(bytes);
        if read.is_empty() {
            return Ok(false);
        }
        prop_assert_eq!(predictions::to_bytes(&read), bytes);
        Ok(true)
    });
}

#[test]
fn sweeps() {
    let (head, run) = a_sweep();
    fuzz(
        "sweeps",
        &[head.clone().into(), run.clone().into()],
        |bytes| {
            let text = text(bytes);
            let mut taken = false;
            // As the head of a sweep, and as one of its runs.
            let sound_run = serde_json::from_str::<SavedRun>(&run).expect("json");
            let sound_head = serde_json::from_str::<Head>(&head).expect("json");
            let as_head = serde_json::from_str::<Head>(&text).map(|it| (it, sound_run));
            let as_run = serde_json::from_str::<SavedRun>(&text).map(|it| (sound_head, it));
            for (head, run) in as_head.into_iter().chain(as_run) {
                if let Some(machine) = Machine::restored(head, vec![run]) {
                    prop_assert!(machine.results.len() <= machine.runs);
                    prop_assert!(!machine.phase.active());
                    taken = true;
                }
            }
            Ok(taken)
        },
    );
}

#[test]
fn boards() {
    let valid = br#"{"held_out":null,"together":true,"images":[{"path":"images/cat/a.png","name":"a.jpg","class":"cat","domain":"","test_only":true}]}"#;
    fuzz("boards", &[valid.to_vec()], |bytes| {
        let Ok(board) = serde_json::from_slice::<Board>(bytes) else {
            return Ok(false);
        };
        board.test_only();
        prop_assert!(!(board.choice().together && board.choice().held_out.is_some()));
        Ok(true)
    });
}

#[test]
fn what_the_browser_kept() {
    let columns = br#"{"columns":[{"id":1,"name":"cat"},{"id":2,"name":"dog"}],
        "held_out":null,"last_id":9,"last_run":3}"#;
    let facts = br#"{"class":1,"name":"a.png","domain":"","width":2,"height":3}"#;
    fuzz("records", &[columns.to_vec(), facts.to_vec()], |bytes| {
        let text = text(bytes);
        let columns = Columns::read(&text);
        if let Ok(read) = &columns {
            read.is_untouched();
        }
        let facts = ImageFacts::read(&text, 24);
        if let Ok(read) = &facts {
            prop_assert_eq!(read.width * read.height, 6);
        }
        Ok(columns.is_ok() || facts.is_ok())
    });
}
