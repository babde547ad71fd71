//! Training on images of one's own: what is kept of them, and what is said of classes without any.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::write_images;
use crate::common::{rsc, succeeds};

/// Settings for own images, as an argument.
fn own_settings(folder: &Path) -> String {
    let settings = r#"{"data": {"source": {"kind": "own"}, "image_size": 16},
        "network": {"backbone": {"kind": "small_cnn", "channels": [2, 3]}},
        "training": {"epochs": 1, "batch_size": 2}}"#;
    let path = folder.join("own.json");
    fs::write(&path, settings).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn what_is_kept_of_images_is_shown_and_removed() {
    let scratch = tempfile::tempdir().unwrap();
    let cache = scratch.path().join("cache");
    let said = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rsc"));
        let output = command
            .args(arguments)
            .env("RSC_CACHE_DIR", &cache)
            .output();
        let output = output.unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "rsc {arguments:?}: {said}");
        String::from_utf8(output.stdout).unwrap()
    };
    let place = cache.to_str().unwrap();
    assert_eq!(
        said(&["cache"]),
        format!("kept: 0 files (0.0 MB) in {place}\n")
    );
    let images = scratch.path().join("images");
    write_images(&images);
    let out = scratch.path().join("run");
    let (images, out) = (images.to_str().unwrap(), out.to_str().unwrap());
    let settings = own_settings(scratch.path());
    let train = [
        "train", "--config", &settings, "--data", images, "--out", out,
    ];
    assert!(said(&train).contains("images: 16"));
    fs::write(cache.join("images-0123456789abcdef.77.part"), "cut off").unwrap();
    fs::write(cache.join("images-of-mine.rgb"), "mine").unwrap();
    let kept = said(&["cache"]);
    assert!(
        kept.starts_with("kept: 2 files (") && kept.contains(place),
        "{kept}"
    );
    assert!(said(&["cache", "--clear"]).starts_with("removed: 2 files ("));
    assert!(said(&["cache"]).starts_with("kept: 0 files"));
    let left: Vec<_> = fs::read_dir(&cache).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

#[test]
fn a_class_without_images_in_the_held_out_domain_is_said() {
    let scratch = tempfile::tempdir().unwrap();
    let images = scratch.path().join("images");
    write_images(&images);
    fs::remove_dir_all(images.join("sketch/dog")).unwrap();
    let more = images.join("sketch/cat/4.png");
    fs::copy(images.join("sketch/cat/3.png"), more).unwrap();
    let place = |name: &str| scratch.path().join(name).to_str().unwrap().to_owned();
    let (out, images) = (place("run"), images.to_str().unwrap());
    let word = "new domain: no image of `dog`, so its accuracy is about the other classes";
    let settings = own_settings(scratch.path());
    let train = [
        "train",
        "--config",
        &settings,
        "--data",
        images,
        "--no-cache",
        "--out",
        &out,
    ];
    let said = succeeds(&train);
    assert!(said.contains(word), "{said}");
    let said = succeeds(&["evaluate", "--run", &out]);
    assert!(said.contains("classes without images: dog"), "{said}");
    let compared = rsc(&["compare", &out]);
    let said = String::from_utf8(compared.stderr).unwrap();
    assert!(said.contains(word), "{said}");

    let protocol = format!(
        "name = \"Own\"\nseeds = 1\n[data]\nfolder = {images:?}\nimage_size = 16\nheld_out = [\"sketch\"]\n\
         [settings.network]\nbackbone = {{ kind = \"small_cnn\", channels = [2, 3] }}\n\
         [settings.training]\nepochs = 1\nbatch_size = 2\n[[methods]]\nname = \"erm\"\n"
    );
    fs::write(place("own.toml"), protocol).unwrap();
    let said = succeeds(&["protocol", &place("own.toml")]);
    assert!(said.contains(&format!("sketch held out: {word}")), "{said}");
    for table in ["table.md", "table.tex", "report.html"] {
        let text = fs::read_to_string(scratch.path().join("own").join(table)).unwrap();
        assert!(text.contains("about the other classes"), "{table}: {text}");
    }
}
