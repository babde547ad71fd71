//! Fuzzing of every parser that takes bytes from outside, for the tests of the engine and of the page:
//! first the inputs of its corpus, then random bytes and modified valid inputs.
//!
//! The corpus of a parser is the folder `tests/corpus/<parser>`. `PROPTEST_CASES` is the number of
//! generated inputs for each parser. An input that fails is written to a file, to be added to the
//! corpus once the fault is fixed.

mod inputs;

use std::cell::Cell;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use proptest::prelude::ProptestConfig;
use proptest::test_runner::{TestCaseError, TestError, TestRunner};

use inputs::inputs;

/// The result of a check: whether the parser accepted the input, or why it should not have.
pub(crate) type Checked = Result<bool, TestCaseError>;

/// Fuzzes a parser. `check` passes an input to it, and fails if it accepts something unfit for use; a
/// panic fails too. The inputs in `valid` must be accepted.
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
    // Nearly valid inputs get furthest, so every second input is made from a valid one.
    let often = corpus.len().div_ceil(valid.len().max(1));
    seeds.extend(std::iter::repeat_n(valid, often).flatten().cloned());
    let config = ProptestConfig {
        // Failing inputs go into the corpus instead.
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
            TestError::Fail(reason, input) => panic!("{parser}: {reason}{}", saved(parser, &input)),
            TestError::Abort(reason) => panic!("{parser}: {reason}"),
        }
    }
    // Not through the test harness, which shows the output of failed tests only.
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

/// Writes an input that failed to a file. Returns the end of a message that names it.
fn saved(parser: &str, input: &[u8]) -> String {
    let path = std::env::temp_dir().join(format!("rsc-fuzz-{}", parser.replace('/', "-")));
    match fs::write(&path, input) {
        Ok(()) => format!("; the input is in {}", path.display()),
        Err(_) => format!("; the input: {input:?}"),
    }
}
