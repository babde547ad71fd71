//! Every parser of the page that takes bytes from outside, fed with noise and with valid inputs that
//! were tampered with: none may panic, and what one takes must be fit for use. `PROPTEST_CASES` sets
//! how many inputs each test makes.

use proptest::prelude::*;

use rsc_core::config::RunConfig;
use rsc_core::protocol::{StepMetrics, StepRecord};

use super::archive::{self, Entry};
use super::board::zip::{self, Tail};
use super::history::History;
use super::kept::{Columns, ImageFacts, settings};
use super::sweep::{Factor, Head, KeptRun, Machine, Plan};
use super::{import, link, predictions};

/// One way to spoil bytes, at a place given as a share of their length.
#[derive(Debug, Clone)]
enum Edit {
    Flip(f64, u8),
    Cut(f64),
    Drop(f64, usize),
    Insert(f64, Vec<u8>),
    Repeat(f64, usize),
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let at = || 0.0..1.0;
    let edit = prop_oneof![
        4 => (at(), 1_u8..).prop_map(|(at, bits)| Edit::Flip(at, bits)),
        1 => at().prop_map(Edit::Cut),
        1 => (at(), 1_usize..40).prop_map(|(at, count)| Edit::Drop(at, count)),
        1 => (at(), prop::collection::vec(any::<u8>(), 1..20))
            .prop_map(|(at, bytes)| Edit::Insert(at, bytes)),
        1 => (at(), 1_usize..60).prop_map(|(at, count)| Edit::Repeat(at, count)),
    ];
    prop::collection::vec(edit, 1..6)
}

fn spoil(mut bytes: Vec<u8>, edits: &[Edit]) -> Vec<u8> {
    for edit in edits {
        let place = |at: f64| ((at * bytes.len() as f64) as usize).min(bytes.len());
        match edit {
            Edit::Flip(at, bits) => {
                let at = place(*at);
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= bits;
                }
            }
            Edit::Cut(at) => bytes.truncate(place(*at)),
            Edit::Drop(at, count) => {
                let from = place(*at);
                let to = (from + count).min(bytes.len());
                bytes.drain(from..to);
            }
            Edit::Insert(at, more) => {
                let at = place(*at);
                bytes.splice(at..at, more.iter().copied());
            }
            Edit::Repeat(at, count) => {
                let from = place(*at);
                let part = bytes[from..(from + count).min(bytes.len())].to_vec();
                bytes.splice(from..from, part);
            }
        }
    }
    bytes
}

/// Noise, or `valid` spoilt.
fn hostile(valid: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        1 => prop::collection::vec(any::<u8>(), 0..400),
        4 => edits().prop_map(move |edits| spoil(valid.clone(), &edits)),
    ]
}

fn hostile_text(valid: String) -> impl Strategy<Value = String> {
    hostile(valid.into_bytes()).prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

fn project() -> Vec<u8> {
    let entry = |path: &str, bytes: &[u8]| Entry {
        path: path.to_owned(),
        bytes: bytes.to_vec(),
    };
    let config = serde_json::to_vec(&RunConfig::default()).expect("json");
    archive::pack(&[
        entry(archive::CONFIG, &config),
        entry(archive::RUNS, b"[]"),
        entry(&archive::aside_path(2, archive::aside::HISTORY), &[7; 90]),
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
    link::write(&config, &[super::panel::Panel::Runs])
}

proptest! {
    #[test]
    fn links(text in hostile_text(a_link())) {
        let read = link::read(&text);
        prop_assert!(read.config.validate().is_ok());
        // What was taken of it can be shared again.
        let again = link::read(&link::write(&read.config, &read.hidden));
        prop_assert_eq!(again.ignored, vec![]);
        prop_assert_eq!(again.config, read.config);
        link::complaint(&read.ignored);
    }

    #[test]
    fn settings_from_files(text in hostile_text(
        serde_json::to_string_pretty(&RunConfig::default()).expect("json")
    )) {
        if let Ok(config) = import::config_json(&text) {
            prop_assert!(config.validate().is_ok());
        }
        prop_assert_eq!(settings(&text).is_ok(), import::config_json(&text).is_ok());
    }

    #[test]
    fn projects(bytes in hostile(project())) {
        if let Ok(entries) = archive::unpack(&bytes) {
            let all: usize = entries.iter().map(|entry| entry.bytes.len()).sum();
            prop_assert!(all <= bytes.len());
            for entry in entries {
                let climbs = entry.path.split(['/', '\\']).any(|part| part == "..");
                prop_assert!(!climbs && !entry.path.starts_with('/'), "{}", entry.path);
            }
        }
    }

    #[test]
    fn zipped_images(bytes in hostile(project()), start in prop_oneof![Just(0_u64), any::<u64>()]) {
        zip::header_length(&bytes);
        // A file of nearly 2⁶⁴ bytes has no end to count from.
        let start = start.min(u64::MAX / 2);
        if let Ok(listing) = zip::list("some.zip", Tail { start, bytes }) {
            for entry in listing.entries {
                let plain = |name: &str| !name.contains('/') && name != "..";
                prop_assert!(plain(&entry.name) && !entry.name.is_empty());
            }
        }
    }

    #[test]
    fn courses(bytes in hostile(history())) {
        if let Some(read) = History::from_bytes(&bytes) {
            prop_assert_eq!(read.to_bytes(), bytes);
            prop_assert!(read.rows().count() == read.len());
        }
    }

    #[test]
    fn predictions_of_runs_put_aside(bytes in hostile(predictions::to_bytes(&[vec![3; 40], vec![1; 40]]))) {
        let read = predictions::from_bytes(&bytes);
        if !read.is_empty() {
            prop_assert_eq!(predictions::to_bytes(&read), bytes);
        }
    }

    #[test]
    fn sweeps(head in hostile_text(a_sweep().0), run in hostile_text(a_sweep().1)) {
        let runs = serde_json::from_str::<KeptRun>(&run).into_iter().collect();
        if let Ok(head) = serde_json::from_str::<Head>(&head)
            && let Some(machine) = Machine::restored(head, runs)
        {
            prop_assert!(machine.results.len() <= machine.runs);
            prop_assert!(!machine.phase.active());
        }
    }

    #[test]
    fn boards(text in hostile_text(String::from(
        r#"{"held_out":null,"together":true,"images":[{"path":"images/cat/a.png","name":"a.jpg","class":"cat","domain":"","test_only":true}]}"#
    ))) {
        if let Ok(board) = serde_json::from_str::<archive::Board>(&text) {
            board.test_only();
            prop_assert!(!(board.choice().together && board.choice().held_out.is_some()));
        }
    }

    #[test]
    fn what_the_browser_kept(
        text in hostile_text(String::from(
            r#"{"columns":[{"id":1,"name":"cat"},{"id":2,"name":"dog"}],"held_out":null,"last_id":9,"last_run":3}"#
        )),
        facts in hostile_text(String::from(
            r#"{"class":1,"name":"a.png","domain":"","width":2,"height":3}"#
        )),
    ) {
        if let Ok(read) = Columns::read(&text) {
            read.is_untouched();
        }
        if let Ok(read) = ImageFacts::read(&facts, 24) {
            prop_assert_eq!(read.width * read.height, 6);
        }
    }
}
