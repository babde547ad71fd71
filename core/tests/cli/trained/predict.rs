//! `rsc predict`.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{Scratch, names, refused, rsc, succeeds};

/// Path, class and probabilities of each line of CSV.
fn rows(text: &str) -> Vec<(String, String, Vec<f32>)> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows = reader.records().map(|row| {
        let row = row.unwrap();
        let probabilities = row.iter().skip(2).map(|it| it.parse().unwrap());
        (
            row[0].to_owned(),
            row[1].to_owned(),
            probabilities.collect(),
        )
    });
    rows.collect()
}

#[test]
fn every_image_has_a_class_and_probabilities() {
    let scratch = Scratch::new();
    let run = scratch.train_own("run", &["--epochs", "30"]);
    // More than are read at once, at several depths, beside what is no image.
    let folder = scratch.write_images("new/a/b/c", &["cat", "dog"], 20);
    let folder = Path::new(&folder).ancestors().nth(3).unwrap();
    let deep = folder.join("a/b/c/cat/00.png");
    fs::copy(&deep, folder.join("above.png")).unwrap();
    fs::write(folder.join("notes.txt"), "no image").unwrap();
    fs::create_dir(folder.join(".hidden")).unwrap();
    fs::copy(&deep, folder.join(".hidden/1.png")).unwrap();
    let folder = folder.to_str().unwrap();

    let text = succeeds(&["predict", "--run", &run, folder]);
    assert_eq!(text.lines().next(), Some("path,predicted,p_cat,p_dog"));
    let all = rows(&text);
    assert_eq!(all.len(), 41);
    for (path, class, probabilities) in &all {
        assert!(Path::new(path).is_file(), "{path}");
        let sum: f32 = probabilities.iter().sum();
        assert!((sum - 1.0).abs() < 1e-5, "{probabilities:?}");
        let cat = probabilities[0] > probabilities[1];
        assert_eq!(class, if cat { "cat" } else { "dog" });
        let is_cat = path.contains("/cat/") || path.ends_with("above.png");
        assert_eq!(cat, is_cat, "{path}: {probabilities:?}");
    }

    // One image alone, and another way to write it.
    let deep = deep.to_str().unwrap();
    let one = rows(&succeeds(&["predict", "--run", &run, deep]));
    assert_eq!(one.len(), 1);
    assert!(all.contains(&one[0]), "{one:?}");
    let lines = succeeds(&["predict", "--run", &run, "--format", "jsonl", deep]);
    let line: Value = serde_json::from_str(&lines).unwrap();
    assert_eq!(line["path"], deep);
    assert_eq!(line["predicted"], "cat");
    assert_eq!(
        line["probabilities"]["cat"].as_f64().unwrap() as f32,
        one[0].2[0]
    );

    // Other weights answer otherwise.
    let other = succeeds(&["predict", "--run", &run, "--arm", "erm", deep]);
    assert_ne!(rows(&other), one);
}

/// As `rsc predict … | head -1`: whoever reads goes away after the first bytes.
#[cfg(unix)]
#[test]
fn it_ends_quietly_where_nobody_reads_any_more() {
    use std::io::Read;
    use std::process::{Command, Stdio};

    let scratch = Scratch::new();
    let run = scratch.train_own("run", &["--epochs", "1"]);
    // More than a pipe holds.
    let folder = scratch.write_images("new", &["cat", "dog"], 60);
    let again = [folder.as_str(); 20];
    for arguments in [
        [&["predict", "--run", &run][..], &again].concat(),
        vec!["evaluate", "--run", &run],
        vec!["compare", &run],
        vec!["compare", "--format", "csv", &run],
        vec!["train", "--help"],
        vec!["cache"],
    ] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_rsc"))
            .args(&arguments)
            .env("RSC_CACHE_DIR", scratch.place("cache"))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = [0; 4];
        let mut stdout = child.stdout.take().unwrap();
        if arguments[0] == "predict" {
            stdout.read_exact(&mut first).unwrap();
        }
        drop(stdout);
        let ended = child.wait_with_output().unwrap();
        let said = String::from_utf8(ended.stderr).unwrap();
        assert!(ended.status.success(), "rsc {arguments:?}: {said}");
        let is_quiet = !said.contains("rror") && !said.contains("anicked");
        assert!(is_quiet, "rsc {arguments:?}: {said}");
    }
}

#[test]
fn images_that_cannot_be_read_are_named_and_the_others_predicted() {
    let scratch = Scratch::new();
    let run = scratch.train_own("run", &[]);
    let folder = scratch.write_images("new", &["cat"], 3);
    fs::write(Path::new(&folder).join("cat/01.png"), "no image").unwrap();
    let missing = scratch.place("missing.png");
    let out = scratch.place("predictions.csv");
    let predict = ["predict", "--run", &run, "--out", &out, &folder, &missing];
    let output = rsc(&predict);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    names(&said, &["cat/01.png", "missing.png", "2 of 4 images"]);
    let written = fs::read_to_string(&out).unwrap();
    assert_eq!(rows(&written).len(), 2);
    assert!(!Path::new(&format!("{out}.part")).exists());

    // A file that is there is left alone.
    names(&refused(&predict), &["--out", &out, "--overwrite"]);
    assert_eq!(fs::read_to_string(&out).unwrap(), written);
    let good = Path::new(&folder).join("cat/00.png");
    let good = good.to_str().unwrap();
    succeeds(&["predict", "--run", &run, "--out", &out, "--overwrite", good]);
    assert_eq!(rows(&fs::read_to_string(&out).unwrap()).len(), 1);

    let empty = scratch.place("empty");
    fs::create_dir_all(&empty).unwrap();
    let output = rsc(&["predict", "--run", &run, &empty]);
    assert!(!output.status.success());
    names(
        &String::from_utf8(output.stderr).unwrap(),
        &[&empty, "no image"],
    );
}
