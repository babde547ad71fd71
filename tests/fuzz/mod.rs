//! Fuzzing, shared by the engine's tests and the page's: every parser that takes bytes from outside
//! gets the inputs of its corpus, then noise and valid inputs that were tampered with.
//!
//! The corpus of a parser is the folder `tests/corpus/<parser>`. `PROPTEST_CASES` says how many
//! inputs are made for each parser; an input that fails is written to a file, to be added to the
//! corpus once the fault is mended.

use std::cell::Cell;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestError, TestRunner};
use serde_json::{Value, json};

/// What a check says: whether the input was taken, or what is wrong with having taken it.
pub(crate) type Checked = Result<bool, TestCaseError>;

/// Feeds a parser. `check` gives an input to it, and fails where it took something unfit for use;
/// that it does not panic is checked here.
pub(crate) fn fuzz(parser: &str, valid: &[Vec<u8>], check: impl Fn(&[u8]) -> Checked) {
    let started = Instant::now();
    let corpus = corpus(parser);
    for (path, bytes) in &corpus {
        if let Err(problem) = check(bytes) {
            panic!("{}: {problem}", path.display());
        }
    }
    for bytes in valid {
        let taken = check(bytes);
        assert!(matches!(taken, Ok(true)), "{parser}: valid, but {taken:?}");
    }

    let (made, taken) = (Cell::new(0_u64), Cell::new(0_u64));
    let mut seeds: Vec<_> = corpus.iter().map(|(_, bytes)| bytes.clone()).collect();
    // What is nearly valid gets furthest: every second input begins with what is.
    let often = corpus.len().div_ceil(valid.len().max(1));
    seeds.extend(std::iter::repeat_n(valid, often).flatten().cloned());
    let config = ProptestConfig {
        // The corpus does this.
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let outcome = TestRunner::new(config).run(&inputs(seeds), |input| {
        made.set(made.get() + 1);
        taken.set(taken.get() + u64::from(check(&input)?));
        Ok(())
    });
    if let Err(error) = outcome {
        match error {
            TestError::Fail(reason, input) => panic!("{parser}: {reason}{}", kept(parser, &input)),
            TestError::Abort(reason) => panic!("{parser}: {reason}"),
        }
    }
    // Past the harness, which shows the output of failed tests only.
    let _ = writeln!(
        std::io::stderr(),
        "fuzz {parser}: {} of the corpus, {} made, {} of them taken, {:.1} s",
        corpus.len(),
        made.get(),
        taken.get(),
        started.elapsed().as_secs_f64()
    );
}

/// The inputs of a parser's corpus, in the order of their names.
fn corpus(parser: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/corpus");
    let mut files = Vec::new();
    let mut open = vec![folder.join(parser)];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            let entries = fs::read_dir(&path).expect("the corpus can be listed");
            open.extend(entries.map(|entry| entry.expect("it has entries").path()));
        } else {
            let bytes = fs::read(&path).expect("the corpus can be read");
            files.push((path, bytes));
        }
    }
    files.sort();
    assert!(!files.is_empty(), "there is no corpus for {parser}");
    files
}

/// Writes down an input that failed, and says where.
fn kept(parser: &str, input: &[u8]) -> String {
    let path = std::env::temp_dir().join(format!("rsc-fuzz-{}", parser.replace('/', "-")));
    match fs::write(&path, input) {
        Ok(()) => format!("; the input is in {}", path.display()),
        Err(_) => format!("; the input: {input:?}"),
    }
}

/// Noise, spoilt bytes, and JSON with absurd values.
fn inputs(seeds: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let texts: Vec<Value> = seeds
        .iter()
        .filter_map(|seed| serde_json::from_slice(seed).ok())
        .collect();
    let noise = prop::collection::vec(any::<u8>(), 0..400);
    let spoilt =
        (prop::sample::select(seeds), edits()).prop_map(|(seed, edits)| spoil(seed, &edits));
    if texts.is_empty() {
        prop_oneof![1 => noise, 6 => spoilt].boxed()
    } else {
        let absurd = (prop::sample::select(texts), replacements())
            .prop_map(|(text, replacements)| absurd(text, &replacements).to_string().into_bytes());
        prop_oneof![1 => noise, 4 => spoilt, 6 => absurd].boxed()
    }
}

/// One way to spoil bytes, at a place given as a share of their length.
#[derive(Debug, Clone)]
enum Edit {
    Flip(f64, u8),
    Set(f64, u8),
    Cut(f64),
    Drop(f64, usize),
    Insert(f64, Vec<u8>),
    Repeat(f64, usize),
}

/// Places are near the front as often as anywhere: that is where headers are.
fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let at = || prop_oneof![0.0_f64..1.0, (0.0_f64..1.0).prop_map(|at| at.powi(4))];
    let edit = prop_oneof![
        4 => (at(), 1_u8..).prop_map(|(at, bits)| Edit::Flip(at, bits)),
        2 => (at(), prop::sample::select(vec![0_u8, 1, 0x7F, 0x80, 0xFF]))
            .prop_map(|(at, byte)| Edit::Set(at, byte)),
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
        let length = bytes.len();
        let place = |at: f64| ((at * length as f64) as usize).min(length);
        match edit {
            Edit::Flip(at, bits) => {
                if let Some(byte) = bytes.get_mut(place(*at)) {
                    *byte ^= bits;
                }
            }
            Edit::Set(at, value) => {
                if let Some(byte) = bytes.get_mut(place(*at)) {
                    *byte = *value;
                }
            }
            Edit::Cut(at) => bytes.truncate(place(*at)),
            Edit::Drop(at, count) => {
                let from = place(*at);
                bytes.drain(from..(from + count).min(length));
            }
            Edit::Insert(at, more) => {
                let at = place(*at);
                bytes.splice(at..at, more.iter().copied());
            }
            Edit::Repeat(at, count) => {
                let from = place(*at);
                let part = bytes[from..(from + count).min(length)].to_vec();
                bytes.splice(from..from, part);
            }
        }
    }
    bytes
}

/// What stands instead of one of a text's values, which is counted from the first.
#[derive(Debug, Clone)]
enum Replacement {
    By(Value),
    Removed,
    /// A list of so many of it.
    Many(usize),
}

fn replacements() -> impl Strategy<Value = Vec<(usize, Replacement)>> {
    let values = [
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(1),
        json!(-1),
        json!(2),
        json!(255),
        json!(65_536),
        json!(u32::MAX),
        json!(1_u64 << 32),
        json!((1_u64 << 53) + 1),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(0.5),
        json!(-0.0),
        json!(1e-308),
        json!(1e308),
        json!(-1e308),
        json!(""),
        json!("x"),
        json!("../../\u{202e}\u{1f600}\0"),
        json!("long".repeat(3000)),
        json!([]),
        json!({}),
        json!([[[[[[[[[[]]]]]]]]]]),
    ];
    let one = prop_oneof![
        8 => prop::sample::select(values.to_vec()).prop_map(Replacement::By),
        1 => Just(Replacement::Removed),
        1 => (0_usize..300).prop_map(Replacement::Many),
    ];
    prop::collection::vec((any::<usize>(), one), 1..4)
}

/// A text with replacements carried out.
fn absurd(mut text: Value, replacements: &[(usize, Replacement)]) -> Value {
    for (which, replacement) in replacements {
        let mut places = Vec::new();
        collect(&text, "", &mut places);
        let place = &places[which % places.len()];
        let Some(there) = text.pointer_mut(place) else {
            continue;
        };
        match replacement {
            Replacement::By(value) => *there = value.clone(),
            Replacement::Many(count) => *there = vec![there.clone(); *count].into(),
            Replacement::Removed => {
                let Some((above, name)) = place.rsplit_once('/') else {
                    continue;
                };
                let name = name.to_owned();
                match text.pointer_mut(above) {
                    Some(Value::Object(fields)) => {
                        fields.remove(&name);
                    }
                    Some(Value::Array(entries)) => {
                        let at = name.parse().unwrap_or(0).min(entries.len() - 1);
                        entries.remove(at);
                    }
                    _ => {}
                }
            }
        }
    }
    text
}

fn collect(value: &Value, at: &str, places: &mut Vec<String>) {
    places.push(at.to_owned());
    match value {
        Value::Object(fields) => fields
            .iter()
            .for_each(|(name, field)| collect(field, &format!("{at}/{name}"), places)),
        Value::Array(entries) => (0..)
            .zip(entries)
            .for_each(|(i, entry): (usize, _)| collect(entry, &format!("{at}/{i}"), places)),
        _ => {}
    }
}
