//! Commands of the program `rsc` that work on what `rsc train` wrote.
#![allow(clippy::unwrap_used, reason = "tests may panic")]

mod compare;
mod evaluate;
mod masks;
mod predict;
mod weights;

use std::fs;
use std::path::Path;

use image::{Rgb, RgbImage};
use serde_json::Value;
use tempfile::TempDir;

use crate::common::{rsc, succeeds};

/// A folder that is removed at the end, with settings and runs in it.
struct Scratch(TempDir);

impl Scratch {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = r#"{"data": {"image_size": 16, "train_images": 64, "test_images": 40},
            "network": {"backbone": {"kind": "small_cnn", "channels": [4, 6]}},
            "training": {"epochs": 4, "batch_size": 16, "learning_rate": 0.02}}"#;
        fs::write(folder.path().join("settings.json"), settings).unwrap();
        Self(folder)
    }

    /// A path in it, as an argument.
    fn place(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    /// Trains by its settings and more options, and returns the folder of the results.
    fn train(&self, name: &str, more: &[&str]) -> String {
        let (settings, out) = (self.place("settings.json"), self.place(name));
        let mut arguments = vec!["train", "--config", &settings, "--out", &out];
        arguments.extend(more);
        succeeds(&arguments);
        out
    }

    /// Writes `class/*` of a folder: cats are red, dogs blue, in `count` images each of their own.
    fn write_images(&self, folder: &str, classes: &[&str], count: u8) -> String {
        for class in classes {
            let place = self.0.path().join(folder).join(class);
            fs::create_dir_all(&place).unwrap();
            let (red, blue) = if *class == "cat" {
                (220, 20)
            } else {
                (30, 200)
            };
            for number in 0..count {
                let image = RgbImage::from_fn(20, 16, |x, y| {
                    Rgb([red, 6 * x as u8 + 5 * y as u8 + number, blue])
                });
                image.save(place.join(format!("{number:02}.png"))).unwrap();
            }
        }
        self.place(folder)
    }

    /// Settings and own images in two domains; the arguments of `rsc train` for them.
    fn own_images(&self) -> [String; 2] {
        let settings = r#"{"data": {"source": {"kind": "own"}, "image_size": 16,
            "held_out": "sketch"},
            "network": {"backbone": {"kind": "small_cnn", "channels": [3, 4]}},
            "training": {"epochs": 3, "batch_size": 4, "learning_rate": 0.02}}"#;
        fs::write(self.place("own.json"), settings).unwrap();
        for domain in ["photo", "sketch"] {
            self.write_images(&format!("own/{domain}"), &["cat", "dog"], 8);
        }
        [self.place("own.json"), self.place("own")]
    }

    /// A run on own images with the classes `cat` and `dog`.
    fn train_own(&self, name: &str, more: &[&str]) -> String {
        let [settings, images] = self.own_images();
        let out = self.place(name);
        let mut arguments = vec!["train", "--config", &settings, "--data", &images];
        arguments.extend(["--out", &out]);
        arguments.extend(more);
        succeeds(&arguments);
        out
    }
}

/// A JSON file.
fn json(path: impl AsRef<Path>) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// Runs the program, which must refuse with one sentence; that sentence.
fn refused(arguments: &[&str]) -> String {
    let output = rsc(arguments);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "rsc {arguments:?}: {said}");
    assert!(said.starts_with("Error: "), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    said
}

/// That a refusal names all of these.
fn names(said: &str, words: &[&str]) {
    for word in words {
        assert!(said.contains(word), "`{word}` in {said}");
    }
}

#[test]
fn what_is_no_finished_run_is_refused_by_every_command() {
    let scratch = Scratch::new();
    let images = scratch.write_images("images", &["cat"], 1);
    let out = scratch.place("masks");
    let commands: [&[&str]; 4] = [
        &["evaluate", "--run"],
        &["predict", &images, "--run"],
        &["masks", &images, "--out", &out, "--run"],
        &["compare"],
    ];
    let with = |command: &[&str], folder: &str| {
        let mut arguments = command.to_vec();
        arguments.push(folder);
        refused(&arguments)
    };
    let run = scratch.train("run", &["--epochs", "1"]);
    let notes = Path::new(&run).join("run.json");
    let mut unfinished = json(&notes);
    unfinished["finished"] = Value::Array(Vec::new());
    fs::write(&notes, unfinished.to_string()).unwrap();
    let nowhere = scratch.place("nowhere");
    for command in commands {
        names(
            &with(command, &nowhere),
            &[&nowhere, "no such folder", "rsc train"],
        );
        names(&with(command, &images), &[&images, "run.json", "rsc train"]);
        names(&with(command, &run), &[&run, "--resume"]);
    }
    assert!(!Path::new(&out).exists());
}

#[test]
fn unknown_arms_seeds_and_lost_weights_are_named() {
    let scratch = Scratch::new();
    let run = scratch.train("run", &["--epochs", "1", "--seeds", "3,5"]);
    let images = scratch.write_images("images", &["cat"], 1);
    let out = scratch.place("masks");
    let commands: [&[&str]; 3] = [
        &["evaluate", "--run", &run],
        &["predict", &images, "--run", &run],
        &["masks", &images, "--out", &out, "--run", &run],
    ];
    let with = |command: &[&str], more: &[&str]| refused(&[command, more].concat());
    for command in commands {
        let said = with(command, &["--arm", "dropout"]);
        names(&said, &["--arm", "dropout", "erm", "rsc", &run]);
        names(&with(command, &["--seed", "4"]), &["--seed", "4", "3, 5"]);
    }
    let lost = Path::new(&run).join("weights/rsc.5.best.safetensors");
    fs::remove_file(&lost).unwrap();
    let damaged = Path::new(&run).join("weights/rsc.5.last.safetensors");
    let mut file = fs::read(&damaged).unwrap();
    file.truncate(file.len() / 2);
    fs::write(&damaged, file).unwrap();
    for command in commands {
        let asked = ["--arm", "rsc", "--seed", "5"];
        let said = with(command, &[&asked[..], &["--weights", "best"]].concat());
        names(&said, &[lost.to_str().unwrap(), "train again"]);
        let said = with(command, &asked);
        names(&said, &[damaged.to_str().unwrap()]);
    }
}
