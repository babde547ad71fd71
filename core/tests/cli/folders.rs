//! Folders of images as people have them: Office-31, splits, published lists; what is kept on disk.
#![allow(clippy::unwrap_used, reason = "tests may panic")]

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use image::{Rgb, RgbImage};
use serde_json::Value;

fn write_image(path: &Path, red: u8) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let image = RgbImage::from_fn(20, 18, |x, y| Rgb([red, (9 * x) as u8, (9 * y) as u8]));
    image.save(path).unwrap();
}

/// Trains on a folder, with pixels kept beside it.
fn train(folder: &Path, out: &str, more: &[&str]) -> Output {
    let settings = folder.join(".settings.json");
    let text = r#"{
        "data": {"source": {"kind": "own"}, "image_size": 16},
        "network": {"backbone": {"kind": "small_cnn", "channels": [4]}},
        "training": {"epochs": 1, "batch_size": 4}
    }"#;
    fs::write(&settings, text).unwrap();
    let program = Command::new(env!("CARGO_BIN_EXE_rsc"))
        .env("RSC_CACHE_DIR", folder.join(".cache"))
        .arg("train")
        .arg("--config")
        .arg(&settings)
        .arg("--data")
        .arg(folder)
        .arg("--out")
        .arg(folder.join(out))
        .args(more)
        .output();
    program.unwrap()
}

fn said(output: &Output) -> String {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8_lossy(&text).into_owned()
}

fn notes(folder: &Path, out: &str) -> Value {
    let text = fs::read_to_string(folder.join(out).join("run.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn office_31_has_its_domains_and_is_read_once() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (d, domain) in ["amazon", "dslr", "webcam"].into_iter().enumerate() {
        for (c, class) in ["back_pack", "mug"].into_iter().enumerate() {
            for number in 0..4 {
                let path = format!("{domain}/images/{class}/frame_{number:04}.jpg");
                let red = (60 * d + 30 * c + number) as u8;
                write_image(&folder.join(path), red);
            }
        }
    }
    let first = train(folder, ".first", &["--held-out", "dslr"]);
    let text = said(&first);
    assert!(first.status.success(), "{text}");
    assert!(
        text.contains("`images` is a folder in every path"),
        "{text}"
    );
    let noted = notes(folder, ".first");
    let domains: Vec<_> = noted["images"]["domains"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["name"].as_str().unwrap())
        .collect();
    assert_eq!(domains, ["amazon", "dslr", "webcam"]);
    assert!(!text.contains("read before"), "{text}");

    let second = train(folder, ".second", &["--held-out", "dslr"]);
    let text = said(&second);
    assert!(text.contains("read before"), "{text}");
    assert_eq!(notes(folder, ".second")["images"], noted["images"]);
    let summary = |out: &str| fs::read(folder.join(out).join("summary.json")).unwrap();
    assert_eq!(summary(".first"), summary(".second"));
    let third = train(folder, ".third", &["--held-out", "dslr", "--no-cache"]);
    assert!(!said(&third).contains("read before"));
    assert_eq!(summary(".first"), summary(".third"));
}

#[test]
fn splits_and_lists_are_kept_to_and_noted() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut list = String::new();
    for (c, class) in ["cat", "dog"].into_iter().enumerate() {
        for (split, count) in [("train", 5), ("test", 2)] {
            for number in 0..count {
                let path = format!("{split}/{class}/{number}.png");
                write_image(&folder.join(&path), (40 * c + number) as u8);
                if split == "train" {
                    list.push_str(&format!("{path} {}\n", c + 1));
                }
            }
        }
    }
    let counts = |out: &str| -> Vec<(u64, u64)> {
        let noted = notes(folder, out);
        let domains = noted["images"]["domains"].as_array().unwrap();
        let of = |it: &Value, name: &str| it[name].as_u64().unwrap();
        domains
            .iter()
            .map(|it| (of(it, "train"), of(it, "test")))
            .collect()
    };
    let splits = train(folder, ".splits", &[]);
    assert!(splits.status.success(), "{}", said(&splits));
    assert_eq!(counts(".splits"), [(10, 4)]);
    let domains = train(folder, ".domains", &["--splits", "domains"]);
    assert!(domains.status.success(), "{}", said(&domains));
    assert_eq!(counts(".domains").len(), 2);
    // The same again, from what was noted.
    let again = Command::new(env!("CARGO_BIN_EXE_rsc"))
        .env("RSC_CACHE_DIR", folder.join(".cache"))
        .args(["train", "--config"])
        .arg(folder.join(".domains/config.json"))
        .arg("--out")
        .arg(folder.join(".again"))
        .output()
        .unwrap();
    assert!(again.status.success(), "{}", said(&again));
    assert_eq!(
        notes(folder, ".again")["images"],
        notes(folder, ".domains")["images"]
    );

    let path = folder.join(".photo_train_kfold.txt");
    fs::write(&path, &list).unwrap();
    let path = path.to_str().unwrap();
    let listed = train(folder, ".listed", &["--list", path]);
    assert!(!listed.status.success(), "nothing is left for testing");
    fs::write(path, list.replace("train/", "gone/")).unwrap();
    let gone = train(folder, ".gone", &["--list", path]);
    let text = said(&gone);
    assert!(
        !gone.status.success() && text.contains("gone/cat/0.png"),
        "{text}"
    );
    assert!(!folder.join(".gone").exists());
}
