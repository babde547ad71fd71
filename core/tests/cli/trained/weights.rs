//! The weights that a run keeps.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::{Scratch, names, refused, succeeds};
#[cfg(unix)]
use crate::common::signal::send;

/// The files of weights of a run by their names.
fn weights(run: &str) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(Path::new(run).join("weights")).unwrap();
    let files = entries.map(|entry| {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        (name, fs::read(entry.path()).unwrap())
    });
    files.collect()
}

#[test]
fn those_of_every_seed_are_kept_until_they_are_replaced() {
    let scratch = Scratch::new();
    let run = scratch.train("run", &["--seeds", "3,5"]);
    let kept = weights(&run);
    let expected: Vec<_> = ["erm.3", "erm.5", "rsc.3", "rsc.5"]
        .into_iter()
        .flat_map(|name| ["best", "last"].map(|kept| format!("{name}.{kept}.safetensors")))
        .collect();
    assert_eq!(
        kept.keys().collect::<Vec<_>>(),
        expected.iter().collect::<Vec<_>>()
    );
    for arm in ["erm", "rsc"] {
        let model = Path::new(&run).join(format!("model.{arm}.safetensors"));
        assert_eq!(
            fs::read(model).unwrap(),
            kept[&format!("{arm}.3.last.safetensors")]
        );
        assert_ne!(
            kept[&format!("{arm}.3.last.safetensors")],
            kept[&format!("{arm}.5.last.safetensors")]
        );
    }

    // Weights alone are results too; files of others stay.
    let only = scratch.place("only");
    let folder = Path::new(&only).join("weights");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("notes.txt"), "mine").unwrap();
    fs::write(folder.join("erm.0.best.safetensors"), "old").unwrap();
    let settings = scratch.place("settings.json");
    let train = [
        "train", "--config", &settings, "--epochs", "1", "--out", &only,
    ];
    names(
        &refused(&train),
        &["--out", &only, "--resume", "--overwrite"],
    );
    succeeds(&[&train[..], &["--overwrite", "--seeds", "4"]].concat());
    let kept = weights(&only);
    assert!(!kept.contains_key("erm.0.best.safetensors"));
    assert_eq!(kept["notes.txt"], b"mine");
    assert_eq!(kept.len(), 1 + 4);
}

#[test]
#[cfg(unix)]
fn a_run_that_was_stopped_goes_on_to_the_same_weights() {
    let scratch = Scratch::new();
    let whole = scratch.train("whole", &["--seeds", "3,5", "--epochs", "80"]);
    let expected = weights(&whole);
    let settings = scratch.place("settings.json");
    for (name, signal, every) in [
        ("asked", "-INT", "0"),
        ("killed", "-KILL", "0"),
        // The last checkpoint is not of the best evaluation.
        ("killed-late", "-KILL", "3600"),
    ] {
        let out = scratch.place(name);
        let mut child = Command::new(env!("CARGO_BIN_EXE_rsc"))
            .args([
                "train", "--config", &settings, "--seeds", "3,5", "--epochs", "80",
            ])
            .args(["--out", &out, "--checkpoint-every", every])
            .spawn()
            .unwrap();
        // Some best weights of the second seed, under their own name or not yet.
        let begun = || {
            let entries = fs::read_dir(Path::new(&out).join("weights"));
            let mut entries = entries.into_iter().flatten().flatten();
            entries.any(|entry| {
                let name = entry.file_name().into_string().unwrap();
                name.starts_with("rsc.5.best.") && name.ends_with(".safetensors")
            })
        };
        while !begun() {
            assert!(child.try_wait().unwrap().is_none(), "it ended too early");
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        send(signal, &child);
        child.wait().unwrap();
        assert!(!Path::new(&out).join("summary.json").exists(), "{name}");
        succeeds(&["train", "--resume", "--out", &out]);
        assert!(weights(&out) == expected, "{name}");
    }
}
