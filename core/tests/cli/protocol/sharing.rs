//! Several processes in one folder.

use std::{
    fs,
    path::PathBuf,
    process::Stdio,
    thread::sleep,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde_json::{Value, json};

use super::{Place, TINY, leftovers, record_paths, records, tables};

fn without_time(mut record: Value) -> Value {
    record.as_object_mut().unwrap().remove("seconds").unwrap();
    record
}

/// Where the claim of cell 0 lies, and its content if somebody elsewhere had it who was alive so long ago.
fn claim(place: &Place, silent: Duration) -> (PathBuf, Vec<u8>) {
    let listed = place.succeeds(&["--list"]);
    let hash = listed.split_whitespace().nth(1).unwrap().to_owned();
    let path = place.path(&format!("tiny/cells/00000-{hash}.claim"));
    let alive = SystemTime::now() - silent;
    let alive = alive.duration_since(UNIX_EPOCH).unwrap().as_secs();
    let claimant = json!({"host": "elsewhere", "process": 7, "began": alive, "alive": alive});
    (path, serde_json::to_vec(&claimant).unwrap())
}

#[test]
fn two_processes_on_one_cell_do_no_harm() {
    let place = Place::with(TINY);
    let start = || {
        let mut command = place.command(&["--cell", "3"]);
        command.stdout(Stdio::null()).spawn().unwrap()
    };
    let children: Vec<_> = (0..4).map(|_| start()).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(record_paths(&place.out()).len(), 1);
    assert!(leftovers(&place.out()).is_empty());
    let first = without_time(records(&place.out()).remove(0));

    // Once more, there is nothing to do.
    let path = record_paths(&place.out()).remove(0);
    let before = fs::metadata(&path).unwrap().modified().unwrap();
    let said = place.succeeds(&["--cell", "3"]);
    assert!(said.contains("there already"), "{said}");
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), before);

    let alone = Place::with(TINY);
    alone.succeeds(&["--cell", "3"]);
    assert_eq!(without_time(records(&alone.out()).remove(0)), first);
}

#[test]
fn several_processes_share_the_cells() {
    let alone = Place::with(TINY);
    alone.succeeds(&[]);
    let place = Place::with(TINY);
    let start = || {
        let mut command = place.command(&[]);
        command.stdout(Stdio::piped()).spawn().unwrap()
    };
    let children: Vec<_> = (0..3).map(|_| start()).collect();
    let mut made = 0;
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        let said = String::from_utf8_lossy(&output.stdout);
        made += said
            .lines()
            .filter(|line| line.starts_with("cell "))
            .count();
    }
    assert_eq!(made, 8, "each cell is made once");
    assert!(tables(&place.out()) == tables(&alone.out()));

    let jobs = Place::with(TINY);
    let said = jobs.succeeds(&["--jobs", "2"]);
    assert!(said.contains("Model selection"), "{said}");
    assert!(tables(&jobs.out()) == tables(&alone.out()));
}

#[test]
fn a_cell_of_somebody_who_is_alive_is_waited_for() {
    let place = Place::with(TINY);
    place.succeeds(&["--table"]);
    let (path, content) = claim(&place, Duration::ZERO);
    fs::write(&path, content).unwrap();
    let mut child = place
        .command(&["--cell", "0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    sleep(Duration::from_millis(1500));
    assert!(child.try_wait().unwrap().is_none(), "it did not wait");
    assert!(record_paths(&place.out()).is_empty());
    fs::remove_file(&path).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("process 7 on elsewhere"), "{said}");
    assert_eq!(record_paths(&place.out()).len(), 1);
}

#[test]
fn a_cell_of_somebody_who_has_been_silent_is_taken_over() {
    let place = Place::with(TINY);
    place.succeeds(&["--table"]);
    let (path, content) = claim(&place, Duration::from_secs(600));
    fs::write(&path, content).unwrap();
    place.succeeds(&["--cell", "0"]);
    assert_eq!(record_paths(&place.out()).len(), 1);
    assert!(!path.exists());
}
