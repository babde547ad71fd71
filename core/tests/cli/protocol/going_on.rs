//! What is stopped, killed or cut off goes on to the same tables.
#![cfg(unix)]

use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use super::{Place, TINY, leftovers, record_paths, records, tables};
use crate::common::signal::send;

#[test]
fn killed_at_any_moment_it_goes_on_to_the_same_tables() {
    let undisturbed = Place::with(TINY);
    undisturbed.succeeds(&[]);
    let expected = tables(&undisturbed.out());

    // With a checkpoint after each step a cell goes on where it was, else at its beginning.
    for [jobs, seconds] in [["1", "0"], ["1", "60"], ["2", "60"]] {
        let place = Place::with(TINY);
        // Moments that lie anywhere in a run, each time others.
        let mut moment = Duration::from_millis(u64::from(std::process::id() % 97) + 20);
        let mut kills = 0;
        loop {
            let mut command = place.command(&["--jobs", jobs, "--checkpoint-every", seconds]);
            let mut child = command.stdout(Stdio::null()).spawn().unwrap();
            let began = Instant::now();
            let ended = loop {
                if let Some(status) = child.try_wait().unwrap() {
                    break Some(status);
                }
                if began.elapsed() > moment {
                    break None;
                }
                sleep(Duration::from_millis(2));
            };
            if let Some(status) = ended {
                assert!(status.success());
                break;
            }
            send("-KILL", &child);
            child.wait().unwrap();
            kills += 1;
            moment += Duration::from_millis(83);
        }
        assert!(kills > 1, "it was never killed");
        assert_eq!(record_paths(&place.out()).len(), 8);
        assert!(
            tables(&place.out()) == expected,
            "{jobs} processes, {seconds} s"
        );
        assert!(leftovers(&place.out()).is_empty());
    }
}

#[test]
fn ctrl_c_stops_cleanly_and_says_how_to_go_on() {
    for jobs in ["1", "2"] {
        let place = Place::with(&TINY.replace("epochs = 8", "epochs = 60"));
        let mut command = place.command(&["--jobs", jobs]);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        while !place.path("tiny/cells").exists() || record_paths(&place.out()).is_empty() {
            assert!(child.try_wait().unwrap().is_none(), "it ended too early");
            sleep(Duration::from_millis(5));
        }
        send("-INT", &child);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(130), "{jobs}");
        let said = String::from_utf8_lossy(&output.stdout);
        let again = format!(
            "rsc protocol {} --out {}",
            place.file().display(),
            place.out().display()
        );
        assert!(
            said.contains(&again) && said.contains("cells missing"),
            "{said}"
        );
        let done = record_paths(&place.out()).len();
        assert!(done < 8, "{jobs}: it was over already");
        // But for the cell's own checkpoint.
        let ends = |path: &PathBuf, end: &str| path.extension().unwrap() == end;
        let mut left = leftovers(&place.out());
        left.retain(|path| !ends(path, "safetensors") && !ends(path, "way"));
        assert!(left.is_empty(), "{jobs}: {left:?}");

        // What is there stays as it is.
        let before: Vec<Vec<u8>> = record_paths(&place.out())
            .into_iter()
            .map(|path| fs::read(path).unwrap())
            .collect();
        place.succeeds(&[]);
        assert!(leftovers(&place.out()).is_empty());
        let after = record_paths(&place.out());
        assert_eq!(after.len(), 8);
        for content in before {
            assert!(after.iter().any(|path| fs::read(path).unwrap() == content));
        }
    }
}

#[test]
fn a_cell_goes_on_where_it_was() {
    let protocol = TINY.replace("epochs = 8", "epochs = 300");
    let whole = Place::with(&protocol);
    whole.succeeds(&["--cell", "1"]);
    let place = Place::with(&protocol);
    let mut child = place
        .command(&["--cell", "1", "--checkpoint-every", "0"])
        .spawn()
        .unwrap();
    let is_saved = || {
        let left = place
            .path("tiny/cells")
            .exists()
            .then(|| leftovers(&place.out()));
        left.into_iter()
            .flatten()
            .any(|path| path.extension().unwrap() == "safetensors")
    };
    while !is_saved() {
        assert!(child.try_wait().unwrap().is_none(), "it ended too early");
        sleep(Duration::from_millis(5));
    }
    sleep(Duration::from_millis(300));
    send("-KILL", &child);
    child.wait().unwrap();
    assert!(record_paths(&place.out()).is_empty(), "it was over already");
    place.succeeds(&["--cell", "1"]);
    let of = |place: &Place| records(&place.out()).remove(0);
    let (resumed, undisturbed) = (of(&place), of(&whole));
    let at = resumed["resumed_at"].as_u64().unwrap();
    assert!(at > 0 && at < 1800, "{at}");
    assert!(undisturbed["resumed_at"].is_null());
    assert_eq!(resumed["evaluations"].as_array().unwrap().len(), 300);
    assert!(resumed["evaluations"] == undisturbed["evaluations"]);
    assert_eq!(resumed["config"], undisturbed["config"]);
}

#[test]
fn records_that_are_cut_off_or_of_another_cell_are_made_again() {
    let place = Place::with(TINY);
    place.succeeds(&[]);
    let expected = tables(&place.out());
    let before = records(&place.out());
    let paths = record_paths(&place.out());
    let text = fs::read_to_string(&paths[2]).unwrap();
    fs::write(&paths[2], &text[..text.len() / 2]).unwrap();
    let foreign = fs::read_to_string(&paths[5]).unwrap();
    let hash = before[5]["hash"].as_str().unwrap();
    fs::write(&paths[5], foreign.replace(hash, "0123456789abcdef")).unwrap();
    fs::write(&paths[6], "").unwrap();

    let said = place.succeeds(&["--table"]);
    assert!(said.contains("3 of 8 cells are missing"), "{said}");
    let said = place.succeeds(&[]);
    assert!(said.contains("8 cells, 3 of them missing"), "{said}");
    assert!(tables(&place.out()) == expected);
}

#[test]
fn a_full_disk_is_named_and_nothing_is_lost() {
    let place = Place::with(TINY);
    place.succeeds(&["--cell", "0"]);
    // Files of at most two kilobytes, as on a disk that fills up.
    let limited = format!(
        "trap '' XFSZ; ulimit -f 4; exec {} protocol {}",
        env!("CARGO_BIN_EXE_rsc"),
        place.file().display()
    );
    let output = Command::new("sh").args(["-c", &limited]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("cells/00001-") && said.contains("cannot be written"),
        "{said}"
    );
    assert!(said.contains("File too large"), "{said}");
    assert_eq!(record_paths(&place.out()).len(), 1);
    assert!(leftovers(&place.out()).is_empty());
    let said = place.succeeds(&[]);
    assert!(said.contains("8 cells, 7 of them missing"), "{said}");
    assert_eq!(record_paths(&place.out()).len(), 8);
}
