//! `rsc masks`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use safetensors::{Dtype, SafeTensors};

use super::{Scratch, names, refused, rsc, succeeds};

/// Each line of `masks.csv` by the names of its columns.
fn listed(folder: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(Path::new(folder).join("masks.csv")).unwrap();
    reader.deserialize().map(|row| row.unwrap()).collect()
}

/// The shape and the bytes of an array.
fn array(file: &[u8], name: &str, kind: Dtype) -> (Vec<usize>, Vec<u8>) {
    let file = SafeTensors::deserialize(file).unwrap();
    let view = file.tensor(name).unwrap();
    assert_eq!(view.dtype(), kind);
    (view.shape().to_vec(), view.data().to_vec())
}

#[test]
fn every_image_has_a_picture_and_arrays() {
    let scratch = Scratch::new();
    let run = scratch.train_own("run", &["--epochs", "30"]);
    let labelled = scratch.write_images("new", &["cat", "dog", "bird"], 2);
    let alone = Path::new(&labelled).join("cat/00.png");
    let alone = alone.to_str().unwrap();
    let out = scratch.place("masks");
    let said = succeeds(&["masks", "--run", &run, "--out", &out, &labelled, alone]);
    names(
        &said,
        &[
            "arm rsc",
            "masks: 7",
            "4 by the true class, 3 by the predicted one",
        ],
    );

    let rows = listed(&out);
    assert_eq!(rows.len(), 7);
    for row in &rows {
        let class = Path::new(&row["path"])
            .parent()
            .unwrap()
            .file_name()
            .unwrap();
        let class = class.to_str().unwrap();
        let is_true = row["path"] != alone || row["overlay"] == "cat/00.png";
        let (of, is) = match class {
            "cat" | "dog" if is_true => (class, "true"),
            _ => (row["predicted"].as_str(), "predicted"),
        };
        assert_eq!((row["class"].as_str(), row["class_is"].as_str()), (of, is));
        let picture = image::open(Path::new(&out).join(&row["overlay"])).unwrap();
        assert!(picture.width() > 2 * 250 && picture.height() >= 250);

        let file = fs::read(Path::new(&out).join(&row["arrays"])).unwrap();
        // Positions after the second block of 16 px: 8 by 8.
        let (shape, mask) = array(&file, "mask", Dtype::BOOL);
        assert_eq!(shape, [8, 8]);
        let muted = mask.iter().filter(|&&kept| kept == 0).count();
        assert_eq!(muted.to_string(), row["muted"]);
        assert_eq!(
            (row["of"].as_str(), row["axis"].as_str()),
            ("64", "spatial")
        );
        assert_eq!(array(&file, "importance", Dtype::F32).0, [8, 8]);
        assert_eq!(array(&file, "before", Dtype::F32).0, [2]);
    }
    // The same image by its true class and by the predicted one, which is the true one here.
    assert_eq!(rows[6]["overlay"], "00.png");
    let of = |name: &str| fs::read(Path::new(&out).join(name)).unwrap();
    let pairs = rows
        .iter()
        .find(|row| row["overlay"] == "cat/00.png")
        .unwrap();
    assert_eq!(pairs["predicted"], "cat");
    assert_eq!(of("00.safetensors"), of("cat/00.safetensors"));
}

#[test]
fn the_challenge_can_be_changed() {
    let scratch = Scratch::new();
    let run = scratch.train_own("run", &[]);
    let images = scratch.write_images("new", &["cat"], 1);
    let masks = |name: &str, more: &[&str]| {
        let out = scratch.place(name);
        let fixed = ["masks", "--run", &run, "--out", &out, &images];
        succeeds(&[&fixed[..], more].concat());
        let row = listed(&out).remove(0);
        let file = fs::read(Path::new(&out).join(&row["arrays"])).unwrap();
        let importance = array(&file, "importance", Dtype::F32);
        (row, importance)
    };
    let channels = ["--axis", "channel", "--p", "0.5"];
    let (row, importance) = masks("channels", &channels);
    assert_eq!((row["axis"].as_str(), row["of"].as_str()), ("channel", "4"));
    assert_eq!(importance.0, [4]);
    // A plain arm is shown with the challenge of the other one.
    let (_, own) = masks("as-it-is", &[]);
    let (_, other) = masks("other", &["--importance", "gradient_mean"]);
    let (plain, _) = masks("plain", &["--arm", "erm", "--p", "0"]);
    assert_ne!(own, other);
    assert_eq!(plain["muted"], "0");
}

#[test]
fn bad_input_is_refused_and_bad_images_are_named() {
    let scratch = Scratch::new();
    let run = scratch.train_own("run", &[]);
    let images = scratch.write_images("new", &["cat"], 2);
    let out = scratch.place("masks");
    let with = |more: &[&str]| -> Vec<String> {
        let fixed = ["masks", "--run", &run, "--out", &out, &images];
        [&fixed[..], more]
            .concat()
            .iter()
            .map(|&it| it.to_owned())
            .collect()
    };
    let p = with(&["--p", "1.5"]);
    names(
        &refused(&p.iter().map(String::as_str).collect::<Vec<_>>()),
        &["--p", "1.5"],
    );
    let unknown = with(&["--importance", "lime"]);
    let output = rsc(&unknown.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(!output.status.success());
    names(
        &String::from_utf8(output.stderr).unwrap(),
        &["lime", "grad_cam"],
    );
    assert!(!Path::new(&out).exists());

    fs::write(Path::new(&images).join("cat/00.png"), "no image").unwrap();
    let plain = with(&[]);
    let plain: Vec<&str> = plain.iter().map(String::as_str).collect();
    let output = rsc(&plain);
    assert_eq!(output.status.code(), Some(1));
    names(
        &String::from_utf8(output.stderr).unwrap(),
        &["cat/00.png", "1 of 2 images"],
    );
    assert_eq!(listed(&out).len(), 1);
    names(&refused(&plain), &["--out", &out, "--overwrite"]);
    assert_eq!(listed(&out).len(), 1);

    // What was written before goes; what is somebody else's stays, whatever the list says.
    let (old, own) = (Path::new(&out).join("cat/01.png"), scratch.place("own.png"));
    assert!(old.is_file());
    for path in [&own, &format!("{out}/mine.png")] {
        fs::write(path, "mine").unwrap();
    }
    let mut list = fs::read_to_string(Path::new(&out).join("masks.csv")).unwrap();
    let row = list.lines().nth(1).unwrap().to_owned();
    list.push_str(&row.replace("cat/01.png", "../own.png"));
    fs::write(Path::new(&out).join("masks.csv"), list).unwrap();
    let other = scratch.write_images("newer", &["dog"], 2);
    succeeds(&["masks", "--run", &run, "--out", &out, "--overwrite", &other]);
    assert_eq!(listed(&out).len(), 2);
    assert!(!old.exists());
    assert!(Path::new(&own).is_file() && Path::new(&out).join("mine.png").is_file());
}
