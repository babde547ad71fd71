//! `rsc evaluate`.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{Scratch, json, names, refused, rsc, succeeds};

/// A number as the 32-bit float that it was.
fn single(value: &Value) -> f32 {
    value.as_f64().unwrap() as f32
}

/// Evaluates a run, and compares every number that training has noted, bit for bit.
fn as_in_training(run: &str, report: &str) {
    let notes = json(Path::new(run).join("run.json"));
    let summary = json(Path::new(run).join("summary.json"));
    for kept in ["last", "best"] {
        let file = format!("{report}.{kept}.json");
        succeeds(&["evaluate", "--run", run, "--weights", kept, "--json", &file]);
        let report = json(&file);
        assert_eq!(report["weights"], kept);
        for (i, arm) in report["arms"].as_array().unwrap().iter().enumerate() {
            let seeds = arm["seeds"].as_array().unwrap();
            let finished = notes["finished"].as_array().unwrap();
            assert_eq!(seeds.len(), finished.len());
            for (seed, noted) in seeds.iter().zip(finished) {
                assert_eq!(seed["seed"], noted["seed"]);
                let (metrics, step) = match kept {
                    "last" => (&noted["last"]["arms"][i], &noted["last"]["step"]),
                    _ => (&noted["best"][i], &noted["best_steps"][i]),
                };
                assert_eq!(&seed["step"], step);
                let [same, new] = [0, 1].map(|section| &seed["sections"][section]);
                for (section, name) in [(same, "same_domain"), (new, "new_domain")] {
                    let noted = |what: &str| single(&metrics[format!("{what}_{name}")]);
                    assert_eq!(single(&section["accuracy"]), noted("accuracy"));
                    assert_eq!(single(&section["cross_entropy"]), noted("loss"));
                }
                let domains = [same, new].map(|it| it["domains"].as_array().unwrap().clone());
                let accuracies = domains.concat();
                let accuracies: Vec<f32> = accuracies
                    .iter()
                    .map(|it| single(&it["accuracy"]))
                    .collect();
                let noted = metrics["accuracy_per_domain"].as_array().unwrap();
                assert_eq!(accuracies, noted.iter().map(single).collect::<Vec<_>>());
            }
            let noted = &summary["arms"][arm["arm"].as_str().unwrap()];
            let noted = match kept {
                "last" => noted,
                _ => &noted["selected_by_validation"],
            };
            let over = &arm["over_seeds"];
            assert_eq!(over[0]["accuracy"], noted["accuracy_same_domain"]);
            assert_eq!(over[1]["accuracy"], noted["accuracy_new_domain"]);
        }
    }
}

#[test]
fn own_images_give_the_numbers_of_training() {
    let scratch = Scratch::new();
    let run = scratch.train("run", &["--seeds", "3,5,8", "--epochs", "12"]);
    as_in_training(&run, &scratch.place("built-in"));
    let run = scratch.train_own("own-run", &["--seeds", "1,2"]);
    as_in_training(&run, &scratch.place("own"));
    // Features of frozen stages, which training computes once, and a last stage that trains.
    for trains in ["head", "last-stage"] {
        let lite0 = ["--backbone", "efficientnet_lite0", "--head", "conv:4"];
        let more = [
            "--image-size",
            "64",
            "--trains",
            trains,
            "--epochs",
            "1",
            "--seeds",
            "1",
        ];
        let run = scratch.train_own(trains, &[&lite0[..], &more].concat());
        as_in_training(&run, &scratch.place(&format!("lite0-{trains}")));
    }
}

#[test]
fn the_report_has_intervals_confusion_and_means() {
    let scratch = Scratch::new();
    let run = scratch.train("run", &["--seeds", "3,5"]);
    let file = scratch.place("report.json");
    let said = succeeds(&["evaluate", "--run", &run, "--arm", "rsc", "--json", &file]);
    let shown = [
        "arm rsc, last weights of seed 3",
        "mean of 2 seeds",
        "95 % interval",
        "domain random cue",
        "class disc",
        "true \\ predicted",
        "calibration error (ECE, 15 bins)",
        "cross-entropy",
    ];
    names(&said, &shown);
    assert!(!said.contains("arm erm"), "{said}");

    let report = json(&file);
    let arms = report["arms"].as_array().unwrap();
    assert_eq!(arms.len(), 1);
    for seed in arms[0]["seeds"].as_array().unwrap() {
        for section in seed["sections"].as_array().unwrap() {
            let counts = |row: &Value| -> Vec<u64> {
                row.as_array()
                    .unwrap()
                    .iter()
                    .map(|it| it.as_u64().unwrap())
                    .collect()
            };
            let confusion: Vec<Vec<u64>> = section["confusion"]
                .as_array()
                .unwrap()
                .iter()
                .map(counts)
                .collect();
            let all: u64 = confusion.iter().flatten().sum();
            let right: u64 = (0..confusion.len()).map(|i| confusion[i][i]).sum();
            assert_eq!(section["n"], all);
            assert_eq!(section["correct"], right);
            for (row, class) in confusion.iter().zip(section["classes"].as_array().unwrap()) {
                assert_eq!(class["n"], row.iter().sum::<u64>());
                let [low, high] = [0, 1].map(|end| class["interval_95"][end].as_f64().unwrap());
                let accuracy = class["accuracy"].as_f64().unwrap();
                assert!(0.0 <= low && low <= accuracy && accuracy <= high && high <= 1.0);
            }
            let error = section["calibration_error"].as_f64().unwrap();
            assert!((0.0..=1.0).contains(&error));
        }
    }

    // A file that is there is left alone.
    let again = ["evaluate", "--run", &run, "--seed", "5", "--json", &file];
    names(&refused(&again), &["--json", &file, "--overwrite"]);
    assert_eq!(json(&file), report);
    let said = succeeds(&[&again[..], &["--overwrite"]].concat());
    assert!(
        said.contains("seed 5") && !said.contains("mean of"),
        "{said}"
    );
    assert_eq!(json(&file)["arms"][0]["seeds"].as_array().unwrap().len(), 1);
}

#[test]
fn other_images_are_matched_by_the_names_of_their_classes() {
    let scratch = Scratch::new();
    let run = scratch.train_own("run", &["--epochs", "30", "--seeds", "1,2"]);
    let file = scratch.place("report.json");
    // Without cats, dogs are still the second class.
    let dogs = scratch.write_images("dogs", &["dog"], 5);
    fs::write(Path::new(&dogs).join("dog/broken.png"), "no").unwrap();
    let output = rsc(&["evaluate", "--run", &run, "--data", &dogs, "--json", &file]);
    assert!(output.status.success());
    names(
        &String::from_utf8(output.stdout).unwrap(),
        &["classes without images: cat"],
    );
    names(
        &String::from_utf8(output.stderr).unwrap(),
        &["broken.png", "left out"],
    );
    let report = json(&file);
    assert_eq!(report["classes"], serde_json::json!(["cat", "dog"]));
    let section = &report["arms"][0]["seeds"][0]["sections"][0];
    assert_eq!(
        (&section["n"], &section["name"]),
        (&5.into(), &"images".into())
    );
    let classes = &section["classes"];
    assert_eq!((&classes[0]["n"], &classes[1]["n"]), (&0.into(), &5.into()));
    assert_eq!(classes[0]["accuracy"], Value::Null);
    assert_eq!(section["confusion"][0], serde_json::json!([0, 0]));
    assert_eq!(section["correct"], section["confusion"][1][1]);

    // Names may be written in other letters. Pixels are read once.
    let other = scratch.write_images("other", &["Cat", "DOG"], 3);
    let evaluate = ["evaluate", "--run", &run, "--data", &other];
    let output = rsc(&evaluate);
    names(
        &String::from_utf8(output.stderr).unwrap(),
        &["`Cat`", "`cat`", "`DOG`", "`dog`"],
    );
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(!said.contains("without images"), "{said}");
    assert!(said.contains("images: 6"), "{said}");

    let birds = scratch.write_images("birds", &["bird", "cat"], 1);
    let said = refused(&["evaluate", "--run", &run, "--data", &birds]);
    names(&said, &["--data", "no class bird", "cat, dog", "bird, cat"]);
    let empty = scratch.place("empty");
    fs::create_dir_all(&empty).unwrap();
    let said = refused(&["evaluate", "--run", &run, "--data", &empty]);
    names(&said, &["--data", &empty, "no image"]);

    // Own images that are no longer what they were.
    let [_, own] = scratch.own_images();
    let image = Path::new(&own).join("photo/cat/03.png");
    image::RgbImage::new(16, 16).save(image).unwrap();
    let said = refused(&["evaluate", "--run", &run]);
    names(&said, &[&own, &run, "--data"]);
    fs::remove_dir_all(&own).unwrap();
    names(&refused(&["evaluate", "--run", &run]), &[&own, "--data"]);
    succeeds(&["evaluate", "--run", &run, "--data", &dogs]);
}
