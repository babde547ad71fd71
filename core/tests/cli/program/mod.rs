//! The program `rsc`, as somebody runs it who has saved something on the page.
#![allow(clippy::unwrap_used, reason = "tests may panic")]

mod digits;
mod own_images;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use image::{Rgb, RgbImage};
use rsc_core::config::RunConfig;
use serde_json::Value;

#[cfg(unix)]
use crate::common::signal::send;
use crate::common::{rsc, succeeds};

/// As the page saves it under "Share": a browser test sees to it that this is what it saves.
fn saved_by_the_page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/page/config.json")
}

fn config(folder: &Path) -> RunConfig {
    let text = fs::read_to_string(folder.join("config.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn it_trains_by_the_pages_config_json_as_it_is() {
    let out = tempfile::tempdir().unwrap();
    let (file, folder) = (saved_by_the_page(), out.path().join("run"));
    let (file, folder) = (file.to_str().unwrap(), folder.to_str().unwrap());
    succeeds(&["train", "--config", file, "--out", folder]);

    let folder = Path::new(folder);
    let text = fs::read_to_string(file).unwrap();
    let wanted: RunConfig = serde_json::from_str(&text).unwrap();
    assert_eq!(config(folder), wanted);
    let summary = fs::read_to_string(folder.join("summary.json")).unwrap();
    let summary: Value = serde_json::from_str(&summary).unwrap();
    for arm in &wanted.arms {
        assert!(summary.to_string().contains(&arm.name), "{summary}");
        let weights = folder.join(format!("model.{}.safetensors", arm.name));
        assert!(weights.is_file(), "{}", weights.display());
    }
    let metrics = fs::read_to_string(folder.join("metrics.jsonl")).unwrap();
    assert!(metrics.lines().any(|line| line.contains("\"evaluation\"")));
}

/// Two classes in two domains, and a list of what is for testing only.
fn write_images(folder: &Path) {
    for (domain, class, red) in [
        ("photo", "cat", 220),
        ("photo", "dog", 20),
        ("sketch", "cat", 200),
        ("sketch", "dog", 40),
    ] {
        let place = folder.join(domain).join(class);
        fs::create_dir_all(&place).unwrap();
        for number in 0..4 {
            let image = RgbImage::from_fn(16, 16, |x, y| Rgb([red, 16 * x as u8, 16 * y as u8]));
            image.save(place.join(format!("{number}.png"))).unwrap();
        }
    }
    fs::write(folder.join("test-only.txt"), "photo/cat/3.png\n").unwrap();
}

#[test]
fn domains_are_held_out_or_trained_on_together() {
    let scratch = tempfile::tempdir().unwrap();
    let images = scratch.path().join("images");
    write_images(&images);
    let settings = scratch.path().join("settings.json");
    fs::write(
        &settings,
        r#"{"data": {"source": {"kind": "own"}, "image_size": 16, "held_out": "photo"},
            "network": {"backbone": {"kind": "small_cnn", "channels": [2, 3]}},
            "training": {"epochs": 1, "batch_size": 2}}"#,
    )
    .unwrap();
    let (images, settings) = (images.to_str().unwrap(), settings.to_str().unwrap());
    let trained = |name: &str, more: &[&str]| {
        let folder = scratch.path().join(name);
        let mut arguments = vec!["train", "--config", settings, "--data", images];
        arguments.extend(more);
        arguments.extend(["--out", folder.to_str().unwrap()]);
        succeeds(&arguments);
        let data = config(&folder).data;
        let metrics = fs::read_to_string(folder.join("metrics.jsonl")).unwrap();
        let last: Value = serde_json::from_str(metrics.lines().last().unwrap()).unwrap();
        let tested = last["arms"]["erm"]["accuracy_per_domain"].clone();
        (
            data.held_out,
            data.together,
            tested.as_array().unwrap().len(),
        )
    };
    let photo = Some(String::from("photo"));
    assert_eq!(trained("as-set", &[]), (photo, false, 2));
    let sketch = Some(String::from("sketch"));
    let other = ["--held-out", "sketch"];
    assert_eq!(trained("other", &other), (sketch, false, 2));
    assert_eq!(trained("together", &["--together"]), (None, true, 1));

    let both = [
        "train",
        "--data",
        images,
        "--together",
        "--held-out",
        "photo",
        "--out",
        "x",
    ];
    let refused = rsc(&both);
    assert!(!refused.status.success());
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(said.contains("--together"), "{said}");
}

#[test]
fn it_writes_the_built_in_images_and_reads_them_again() {
    let out = tempfile::tempdir().unwrap();
    let folder = out.path().join("styles");
    let folder = folder.to_str().unwrap();
    let write = ["images", "--preset", "styles", "--out", folder];
    succeeds(&write);
    let listed = fs::read_to_string(Path::new(folder).join("test-only.txt")).unwrap();
    let data = rsc_core::data::folder::read_folder(Path::new(folder)).unwrap();
    let (images, warnings) = data;
    assert!(warnings.is_empty(), "{warnings:?}");
    let tested: Vec<_> = images.iter().filter(|image| image.test_only).collect();
    assert_eq!(tested.len(), listed.lines().count());
    assert!(!tested.is_empty() && tested.len() < images.len());
    let config = RunConfig::for_preset(rsc_core::config::DataPreset::Styles);
    let made = config.data.train_images + config.data.test_images;
    assert!(images.len() >= made, "{} of {made}", images.len());
    let domains: std::collections::BTreeSet<_> = images.iter().map(|it| &it.domain).collect();
    assert_eq!(domains.len(), 4);
    // Of each domain as many as where one of them is held out.
    let trained = images.len() - tested.len();
    assert_eq!(trained / 4, config.data.train_images.div_ceil(3));

    let again = rsc(&write);
    assert!(!again.status.success());
    let said = String::from_utf8_lossy(&again.stderr);
    assert!(said.contains("styles") && said.contains("--out"), "{said}");
}

/// Settings of a run that takes a few seconds.
fn write_settings(folder: &Path) -> PathBuf {
    let file = folder.join("settings.json");
    let settings = r#"{"data": {"image_size": 16, "train_images": 64, "test_images": 32},
        "network": {"backbone": {"kind": "small_cnn", "channels": [4, 8]}},
        "training": {"epochs": 150, "batch_size": 16}}"#;
    fs::write(&file, settings).unwrap();
    file
}

/// Its metrics, but for the time that steps took, and its summary.
fn results(folder: &Path) -> (Vec<Value>, Value) {
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let lines = read("metrics.jsonl");
    let lines = lines.lines().map(|line| {
        let mut line: Value = serde_json::from_str(line).unwrap();
        line.as_object_mut().unwrap().remove("step_ms");
        line
    });
    let summary = serde_json::from_str(&read("summary.json")).unwrap();
    (lines.collect(), summary)
}

#[test]
#[cfg(unix)]
fn a_run_that_was_interrupted_or_killed_goes_on_to_the_same_results() {
    let scratch = tempfile::tempdir().unwrap();
    let settings = write_settings(scratch.path());
    let settings = settings.to_str().unwrap();
    let place = |name: &str| scratch.path().join(name).to_str().unwrap().to_owned();
    let train = |out: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rsc"));
        command.args([
            "train", "--config", settings, "--seeds", "3,5", "--out", out,
        ]);
        command.args(["--checkpoint-every", "0"]);
        command
    };
    let whole = place("whole");
    assert!(train(&whole).status().unwrap().success());
    let expected = results(Path::new(&whole));
    let lines = expected.0.len();
    assert!(lines > 2 * 150 * 4, "{lines}");

    for (name, signal) in [("asked", "-INT"), ("killed", "-KILL")] {
        let out = place(name);
        let mut child = train(&out).spawn().unwrap();
        let checkpoint = Path::new(&out).join("checkpoint.safetensors");
        while !checkpoint.is_file() {
            assert!(child.try_wait().unwrap().is_none(), "it ended too early");
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        send(signal, &child);
        let ended = child.wait().unwrap();
        assert_eq!(ended.code(), (name == "asked").then_some(130), "{name}");
        assert!(!Path::new(&out).join("summary.json").exists());

        succeeds(&["train", "--resume", "--out", &out]);
        assert!(results(Path::new(&out)) == expected, "{name}");
        // Once more, there is nothing to do.
        succeeds(&["train", "--resume", "--out", &out]);
        assert!(results(Path::new(&out)) == expected, "{name}, again");
    }

    // Seeds and device are those of the run that the settings are of.
    let again = place("again");
    let settings = Path::new(&whole).join("config.json");
    let settings = settings.to_str().unwrap();
    succeeds(&["train", "--config", settings, "--out", &again]);
    assert!(results(Path::new(&again)) == expected);
}

#[test]
fn results_are_neither_overwritten_nor_left_half() {
    let scratch = tempfile::tempdir().unwrap();
    let out = scratch.path().join("run");
    let out = out.to_str().unwrap();
    let train = [
        "train",
        "--preset",
        "corner-cue",
        "--epochs",
        "1",
        "--out",
        out,
    ];
    succeeds(&train);
    let own = Path::new(out).join("notes.part");
    fs::write(&own, "mine").unwrap();
    let before = results(Path::new(out));

    let refused = rsc(&train);
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8_lossy(&refused.stderr);
    for word in ["--out", out, "--resume", "--overwrite"] {
        assert!(said.contains(word), "{said}");
    }
    assert_eq!(said.lines().count(), 1, "{said}");
    assert_eq!(results(Path::new(out)), before);

    // What fails at its images leaves what was there, and makes no folder.
    let images = scratch.path().join("images");
    fs::create_dir_all(images.join("cat")).unwrap();
    let images = images.to_str().unwrap();
    let empty = scratch.path().join("empty");
    let empty = empty.to_str().unwrap();
    assert!(
        !rsc(&["train", "--data", images, "--out", empty])
            .status
            .success()
    );
    assert!(!Path::new(empty).exists());
    let replaced = ["train", "--data", images, "--overwrite", "--out", out];
    assert!(!rsc(&replaced).status.success());
    assert_eq!(results(Path::new(out)), before);

    let mut train: Vec<&str> = train.to_vec();
    train.extend(["--seeds", "4", "--overwrite"]);
    succeeds(&train);
    assert_ne!(results(Path::new(out)), before);
    assert_eq!(fs::read_to_string(own).unwrap(), "mine");

    let nothing = rsc(&["train", "--resume", "--out", empty]);
    let said = String::from_utf8_lossy(&nothing.stderr);
    assert!(
        !nothing.status.success() && said.contains("run.json"),
        "{said}"
    );
}
