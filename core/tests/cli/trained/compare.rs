//! `rsc compare`.

use std::path::Path;

use serde_json::Value;

use super::{Scratch, json, names, refused, rsc, succeeds};

fn report(arguments: &[&str]) -> Value {
    let all = [&["compare", "--format", "json"], arguments].concat();
    serde_json::from_str(&succeeds(&all)).unwrap()
}

/// The measures of a report.
fn measures(report: &Value) -> &Vec<Value> {
    report["measures"].as_array().unwrap()
}

#[test]
fn arms_of_several_runs_stand_side_by_side() {
    let scratch = Scratch::new();
    let one = scratch.train("one", &["--seeds", "1,2,3", "--arms", "erm,rsc"]);
    let two = scratch.train("two", &["--seeds", "2,3,4", "--arms", "random"]);
    let report = report(&[&one, &two]);
    assert_eq!(measures(&report).len(), 4);
    let summary = json(Path::new(&one).join("summary.json"));
    for measure in measures(&report) {
        let accuracy = format!("accuracy_{}", measure["accuracy"].as_str().unwrap());
        let mut noted = &summary["arms"]["rsc"];
        if measure["evaluation"] == "selected_by_validation" {
            noted = &noted["selected_by_validation"];
        }
        let arms = measure["arms"].as_array().unwrap();
        let arm_names: Vec<_> = arms.iter().map(|it| it["arm"].as_str().unwrap()).collect();
        let [erm, rsc, random] = [(&one, "erm"), (&one, "rsc"), (&two, "random")]
            .map(|(run, arm)| format!("{run}/{arm}"));
        assert_eq!(arm_names, [&erm, &rsc, &random]);
        for key in ["mean", "interval_95", "values"] {
            assert_eq!(arms[1][key], noted[&accuracy][key]);
        }

        // All pairs, over the seeds that both have.
        let differences = measure["differences"].as_array().unwrap();
        assert_eq!(differences.len(), 3);
        let first = &differences[0];
        assert_eq!(
            (&first["arm"], &first["minus"]),
            (&rsc.as_str().into(), &erm.as_str().into())
        );
        let mean = |arm: &Value| arm["mean"].as_f64().unwrap();
        assert!((mean(first) - (mean(&arms[1]) - mean(&arms[0]))).abs() < 1e-12);
        assert_eq!(first["n"], 3);
        let mut tested = 0;
        for difference in differences {
            let shared = if difference["arm"] == random {
                [2, 3].as_slice()
            } else {
                &[1, 2, 3]
            };
            assert_eq!(difference["seeds"], serde_json::json!(shared));
            if let Some(p) = difference["p"].as_f64() {
                tested += 1;
                assert!(difference["p_holm"].as_f64().unwrap() >= p);
            } else {
                assert_eq!(difference["p_holm"], Value::Null);
            }
        }
        assert_eq!(measure["comparisons"], tested);
    }

    let with_one = |baseline: &str| {
        let all = ["--baseline", baseline, one.as_str(), two.as_str()];
        let report = self::report(&all);
        let measure = &measures(&report)[0];
        let differences = measure["differences"].as_array().unwrap().clone();
        differences
            .into_iter()
            .map(|it| it["minus"].clone())
            .collect::<Vec<_>>()
    };
    let erm = format!("{one}/erm");
    assert_eq!(with_one("erm"), [erm.as_str(), erm.as_str()]);
    assert_eq!(with_one(&erm), [erm.as_str(), erm.as_str()]);
}

#[test]
fn every_format_has_the_same_numbers() {
    let scratch = Scratch::new();
    let run = scratch.train("a_run", &["--seeds", "1,2,3"]);
    let format = |name: &str| succeeds(&["compare", "--format", name, &run]);
    let text = succeeds(&["compare", &run]);
    assert_eq!(text, format("text"));
    let shown = [
        "same domain, last evaluation",
        "new domain, selected by validation",
    ];
    names(&text, &shown);
    names(
        &text,
        &["Holm (1979)", "paired t-test", "1 comparison", "p (Holm)"],
    );
    let markdown = format("markdown");
    names(
        &markdown,
        &["### Accuracy, new domain", "| arm", "|--", "Holm (1979)"],
    );
    let latex = format("latex");
    names(
        &latex,
        &[
            "\\begin{tabular}{lrr}",
            "\\toprule",
            "a\\_run/erm",
            "$\\pm$",
            "\\%",
        ],
    );
    assert!(!latex.contains("a_run"), "{latex}");

    let csv = format("csv");
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.unwrap()).collect();
    // Two arms and a difference, by four measures.
    assert_eq!(rows.len(), 4 * 3);
    let report = report(&[&run]);
    let first = &measures(&report)[0];
    assert_eq!(
        rows[0][5].parse::<f64>().ok(),
        first["arms"][0]["mean"].as_f64()
    );
    let difference = &first["differences"][0];
    assert_eq!(rows[2][5].parse::<f64>().ok(), difference["mean"].as_f64());
    assert_eq!(rows[2][7].parse::<f64>().ok(), difference["p"].as_f64());
}

#[test]
fn one_seed_has_no_p() {
    let scratch = Scratch::new();
    let run = scratch.train("run", &["--seeds", "1"]);
    let report = report(&[&run]);
    let measure = &measures(&report)[1];
    assert_eq!(measure["comparisons"], 0);
    let difference = &measure["differences"][0];
    assert_eq!(difference["n"], 1);
    for key in ["interval_95", "p", "p_holm"] {
        assert_eq!(difference[key], Value::Null);
    }
    names(
        &succeeds(&["compare", &run]),
        &["With one seed there is neither interval nor p"],
    );
    let other = scratch.train("other", &["--seeds", "2"]);
    names(
        &succeeds(&["compare", &run, &other]),
        &["Arms without a seed in common"],
    );

    // A run that is under way counts with the seeds that have ended.
    let notes = Path::new(&run).join("run.json");
    let mut changed = json(&notes);
    changed["seeds"] = serde_json::json!([1, 2, 3]);
    std::fs::write(&notes, changed.to_string()).unwrap();
    let output = rsc(&["compare", &run]);
    assert!(output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    names(&said, &["warning", &run, "1 of 3 seeds"]);
}

#[test]
fn runs_on_other_data_are_compared_only_if_asked_for() {
    let scratch = Scratch::new();
    let short = ["--epochs", "1", "--seeds", "1,2"];
    let run = scratch.train("run", &short);
    let tint = scratch.train("tint", &[&short[..], &["--preset", "tint-cue"]].concat());
    let small = ["--image-size", "20"];
    let small = scratch.train("small", &[&short[..], &small].concat());
    let cued = scratch.train("cued", &[&short[..], &["--held-out", "cued"]].concat());
    for (other, difference) in [
        (
            &tint,
            "the held-out domain: random cue in the first and random tint in the second",
        ),
        (
            &cued,
            "the held-out domain: random cue in the first and cued in the second",
        ),
        (&small, "fingerprints"),
    ] {
        let said = refused(&["compare", &run, other]);
        names(&said, &[&run, other, difference, "--mixed"]);
        succeeds(&["compare", "--mixed", &run, other]);
    }
    names(&refused(&["compare", &run, &run]), &[&run, "twice"]);
    let said = refused(&["compare", "--baseline", "irm", &run]);
    names(&said, &["--baseline", "irm", "run/erm", "run/rsc"]);
    let said = refused(&["compare", "--mixed", "--baseline", "erm", &run, &small]);
    names(&said, &["--baseline", "several", "run/erm", "small/erm"]);
}
