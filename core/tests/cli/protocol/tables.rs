//! Tables are what the records say, by DomainBed's two ways of selection.

use std::{collections::BTreeMap, fs, sync::Arc};

use serde_json::Value;

use super::{Place, TINY, records};

/// With two samples, so that there is something to select.
fn searched() -> String {
    format!("{TINY}\n[grid]\n\"training.learning_rate\" = [0.02, 0.002]\n")
}

fn share(score: &Value) -> f64 {
    score["correct"].as_f64().unwrap() / score["images"].as_f64().unwrap()
}

fn validation(evaluation: &Value) -> f64 {
    let domains = evaluation["validation"].as_array().unwrap();
    domains.iter().map(share).sum::<f64>() / domains.len() as f64
}

/// Of the records of one method, held-out domain and seed what is reported.
fn chosen(group: &[&Value], oracle: bool) -> f64 {
    let evaluations = |record: &Value| record["evaluations"].as_array().unwrap().clone();
    let mut best = (f64::NEG_INFINITY, f64::NAN);
    for record in group {
        let all = evaluations(record);
        if oracle {
            let last = all.last().unwrap();
            let by = share(&last["held_out_out"]);
            if by > best.0 {
                best = (by, share(&last["held_out_in"]));
            }
        } else {
            for evaluation in &all {
                let by = validation(evaluation);
                if by > best.0 {
                    best = (by, share(&evaluation["held_out_in"]));
                }
            }
        }
    }
    best.1
}

/// Mean and half the width of the 95 % interval of two values: 12.7062 is the 97.5 % quantile of Student's t
/// with one degree of freedom.
fn of_two(values: [f64; 2]) -> [f64; 2] {
    let [a, b] = values;
    let mean = (a + b) / 2.0;
    let deviation = ((a - mean).powi(2) + (b - mean).powi(2)).sqrt();
    [mean, 12.706_204_736 * deviation / 2_f64.sqrt()]
}

fn read_csv(text: &str) -> Vec<BTreeMap<String, String>> {
    let mut csv = csv::Reader::from_reader(text.as_bytes());
    csv.deserialize().map(Result::unwrap).collect()
}

fn number(text: &str) -> f64 {
    text.parse().unwrap()
}

#[test]
fn tables_are_what_the_records_say() {
    let place = Place::with(&searched());
    let said = place.succeeds(&[]);
    let out = place.out();
    let records = records(&out);
    assert_eq!(records.len(), 16);
    for record in &records {
        let evaluations = record["evaluations"].as_array().unwrap();
        assert_eq!(evaluations.len(), 8);
        for evaluation in evaluations {
            let parts = [&evaluation["held_out_in"], &evaluation["held_out_out"]];
            let images = parts.map(|it| it["images"].as_u64().unwrap());
            assert_eq!(images, [32, 8]);
            assert_eq!(evaluation["validation"].as_array().unwrap().len(), 3);
        }
    }

    let read = |name: &str| fs::read_to_string(out.join(name)).unwrap();
    let lines = read_csv(&read("table.csv"));
    let shown = read("table.txt");
    assert!(said.contains(&shown), "{said}");
    let differences = read_csv(&read("differences.csv"));
    let accuracy = |method: &str, held_out: &str, seed: u64, oracle: bool| {
        let is_of = |it: &&Value| {
            it["method"] == method && it["held_out"] == held_out && it["seed"] == seed
        };
        let group: Vec<&Value> = records.iter().filter(is_of).collect();
        assert_eq!(group.len(), 2);
        chosen(&group, oracle)
    };
    let mut distinct = Vec::new();
    for (selection, oracle) in [("training_validation", false), ("oracle", true)] {
        let column = |method: &str, column: &str| {
            [3, 5].map(|seed| match column {
                "Avg" => {
                    let of = |held_out| accuracy(method, held_out, seed, oracle);
                    f64::midpoint(of("sketch"), of("outline"))
                }
                held_out => accuracy(method, held_out, seed, oracle),
            })
        };
        for held_out in ["sketch", "outline", "Avg"] {
            for method in ["erm", "rsc"] {
                let values = column(method, held_out);
                distinct.extend(values.map(f64::to_bits));
                let [mean, half] = of_two(values);
                let line = lines.iter().find(|it| {
                    it["selection"] == selection
                        && it["method"] == method
                        && it["held_out"] == held_out
                });
                let line = line.unwrap();
                assert_eq!(line["n"], "2");
                assert!((number(&line["mean"]) - mean).abs() < 1e-12, "{line:?}");
                assert!(
                    (number(&line["interval_95"]) - half).abs() < 1e-8,
                    "{line:?}"
                );
                let entry = format!("{:.1} ± {:.1} (2)", mean * 100.0, half * 100.0);
                assert!(shown.contains(&entry), "{entry} in {shown}");
            }
            let [first, second] = ["erm", "rsc"].map(|method| column(method, held_out));
            let [mean, half] = of_two([second[0] - first[0], second[1] - first[1]]);
            let line = differences
                .iter()
                .find(|it| it["selection"] == selection && it["held_out"] == held_out);
            let line = line.unwrap();
            assert_eq!([&line["method"], &line["minus"]], ["rsc", "erm"]);
            assert!((number(&line["mean"]) - mean).abs() < 1e-12, "{line:?}");
            assert!(
                (number(&line["interval_95"]) - half).abs() < 1e-8,
                "{line:?}"
            );
        }
    }
    distinct.sort_unstable();
    distinct.dedup();
    assert!(
        distinct.len() > 4,
        "the protocol is no test: all accuracies are alike"
    );
}

#[test]
fn results_are_there_as_csv_and_parquet() {
    use parquet::{
        file::reader::{FileReader, SerializedFileReader},
        record::RowAccessor,
    };

    let place = Place::with(TINY);
    place.succeeds(&[]);
    let text = fs::read_to_string(place.path("tiny/results.csv")).unwrap();
    let lines = read_csv(&text);
    // Eight cells with eight checkpoints: three training domains, two parts of the held-out one.
    assert_eq!(lines.len(), 8 * 8 * 5);
    let file = fs::File::open(place.path("tiny/results.parquet")).unwrap();
    let reader = Arc::new(SerializedFileReader::new(file).unwrap());
    let rows: Vec<_> = reader
        .get_row_iter(None)
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(rows.len(), lines.len());
    for (row, line) in rows.iter().zip(&lines) {
        assert_eq!(row.get_long(0).unwrap().to_string(), line["cell"]);
        assert_eq!(row.get_string(1).unwrap(), &line["method"]);
        assert_eq!(row.get_string(9).unwrap(), &line["part"]);
        assert_eq!(row.get_long(10).unwrap().to_string(), line["correct"]);
        assert_eq!(row.get_double(12).unwrap(), number(&line["accuracy"]));
    }
}

#[test]
fn what_is_missing_is_said_and_not_in_the_tables() {
    let place = Place::with(TINY);
    place.succeeds(&["--cell", "0"]);
    let said = place.succeeds(&["--table"]);
    assert!(said.contains("7 of 8 cells are missing"), "{said}");
    let listed = place.succeeds(&["--list"]);
    let there = listed.lines().filter(|line| line.contains(" there "));
    assert_eq!(there.count(), 1, "{listed}");
    assert_eq!(listed.lines().count(), 8, "{listed}");
    let text = fs::read_to_string(place.path("tiny/table.csv")).unwrap();
    let lines = read_csv(&text);
    let of_erm =
        |it: &&BTreeMap<String, String>| it["method"] == "erm" && it["held_out"] == "sketch";
    let first: Vec<_> = lines.iter().filter(of_erm).collect();
    assert_eq!(first.len(), 2);
    assert!(
        first
            .iter()
            .all(|it| it["n"] == "1" && it["interval_95"].is_empty())
    );
    let others = lines.iter().filter(|it| !of_erm(it));
    assert!(others.clone().count() > 0);
    for line in others {
        assert_eq!(line["n"], "0", "{line:?}");
        assert_eq!(line["mean"], "");
    }
}

#[test]
fn samples_are_drawn_for_those_methods_that_have_the_field() {
    let protocol = format!(
        "{TINY}settings = {{ training = {{ epochs = 2 }} }}\n\n[random]\ncount = 3\n\
         \"arm.challenge.p\" = {{ uniform = [0, 0.5], default = 0.25 }}\n"
    );
    let place = Place::with(&protocol);
    let listed = place.succeeds(&["--list"]);
    let of = |word: &str| listed.lines().filter(|line| line.contains(word)).count();
    // One sample of plain training, three of RSC, of two domains and two seeds.
    assert_eq!([of("  erm,"), of("  rsc,")], [4, 12], "{listed}");
    assert_eq!(of("arm.challenge.p = 0.25"), 4, "{listed}");
    place.succeeds(&["--cell", "1"]);
    let record = &records(&place.out())[0];
    assert_eq!(record["config"]["training"]["epochs"], 2);
    assert_eq!(record["config"]["arms"][0]["challenge"]["p"], 0.25);
    assert_eq!(record["config"]["arms"][0]["challenge"]["b"], 0.5);
    assert_eq!(record["config"]["training"]["seed"], 3);
    assert_eq!(record["evaluations"].as_array().unwrap().len(), 2);
}

#[test]
fn a_method_may_have_an_objective_and_a_regularizer() {
    let objectives = r#"
[[methods]]
name = "vrex"
objective = { kind = "vrex", weight = 10.0, anneal_steps = 5 }

[[methods]]
name = "dro"
objective = { kind = "group_dro", eta = 0.01 }
regularizer = { kind = "dropout", rate = 0.5 }
random = { "arm.objective.eta" = { log_uniform10 = [-3, -1], default = 0.02 } }

[random]
count = 2
"arm.objective.weight" = { log_uniform10 = [-1, 5], default = 10.0 }
"#;
    let place = Place::with(&format!("{TINY}{objectives}"));
    let listed = place.succeeds(&["--list"]);
    let first: Vec<&str> = listed.lines().take(6).collect();
    let expected = [
        "erm, held out sketch, seed 3, sample 0",
        "rsc, held out sketch, seed 3, sample 0",
        "vrex, held out sketch, seed 3, sample 0, arm.objective.weight = 10.0",
        "vrex, held out sketch, seed 3, sample 1, arm.objective.weight = ",
        "dro, held out sketch, seed 3, sample 0, arm.objective.eta = 0.02",
        "dro, held out sketch, seed 3, sample 1, arm.objective.eta = 0.0",
    ];
    for (line, expected) in first.iter().zip(expected) {
        assert!(line.contains(expected), "{line}");
    }
    for cell in ["2", "5"] {
        place.succeeds(&["--cell", cell]);
    }
    let [vrex, dro]: [Value; 2] = records(&place.out()).try_into().unwrap();
    assert_eq!(vrex["config"]["arms"][0]["objective"]["anneal_steps"], 5);
    assert_eq!(vrex["config"]["arms"][0]["challenge"]["strategy"], "off");
    assert_eq!(dro["config"]["arms"][0]["regularizer"]["kind"], "dropout");
    let drawn = &dro["hyperparameters"]["arm.objective.eta"];
    assert_eq!(*drawn, dro["config"]["arms"][0]["objective"]["eta"]);
}

#[test]
fn a_cell_that_diverges_is_said_and_stops_no_other() {
    // Weights grow ninefold in each step.
    let wild = "settings.training = { learning_rate = 10.0, optimizer = { kind = \"sgd\", momentum = 0.0, \
                weight_decay = 1.0 } }\n";
    let place = Place::with(&format!("{TINY}{wild}"));
    let said = place.succeeds(&[]);
    assert!(said.contains("4 of 8 cells diverged"), "{said}");
    for record in records(&place.out()) {
        let wild = record["method"] == "rsc";
        assert_eq!(record["diverged"].is_u64(), wild, "{record}");
        assert_eq!(record["evaluations"].as_array().unwrap().len() < 8, wild);
    }
    let text = fs::read_to_string(place.path("tiny/table.csv")).unwrap();
    let of_oracle = |it: &BTreeMap<String, String>| it["selection"] == "oracle";
    for line in read_csv(&text).into_iter().filter(of_oracle) {
        let expected = if line["method"] == "rsc" { "0" } else { "2" };
        assert_eq!(line["n"], expected, "{line:?}");
    }
    // It is as whole as any other, and not made again.
    let said = place.succeeds(&[]);
    assert!(said.contains("8 cells, 0 of them missing"), "{said}");
}

#[test]
fn the_report_is_one_file_without_scripts() {
    let place = Place::with(&TINY.replace("\"Tiny\"", "\"<b>Tiny</b> & co\""));
    place.succeeds(&[]);
    let page = fs::read_to_string(place.path("tiny/report.html")).unwrap();
    assert!(
        page.contains("<h1>&lt;b&gt;Tiny&lt;/b&gt; &amp; co</h1>"),
        "{page}"
    );
    assert_eq!(page.matches("<svg").count(), 2);
    for word in ["<script", "<link", "src=", "url(", "<b>"] {
        assert!(!page.contains(word), "{word}");
    }
    assert!(page.contains("prefers-color-scheme: dark"));
}

#[test]
fn the_example_of_the_readme_is_a_protocol() {
    let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");
    let readme = fs::read_to_string(readme).unwrap();
    let example = readme.split("```toml\n").nth(1).unwrap();
    let example = example.split("```").next().unwrap();
    let listed = Place::with(example).succeeds(&["--list"]);
    // Five seeds, four domains, three methods with twenty samples each.
    assert_eq!(listed.lines().count(), 5 * 4 * 3 * 20);
}

#[test]
fn the_protocols_that_come_with_the_program_are_protocols() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../images/protocols");
    let files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap().path())
        .filter(|path| path.extension().is_some_and(|it| it == "toml"))
        .map(|path| (fs::read_to_string(&path).unwrap(), path))
        // Those of images in a folder are tested with such a folder, in `digits.rs`.
        .filter(|(text, _)| !text.contains("\nfolder = "))
        .collect();
    assert_eq!(files.len(), 10);
    for (text, file) in files {
        let listed = Place::with(&text).succeeds(&["--list"]);
        assert!(listed.lines().count() >= 24, "{}: {listed}", file.display());
    }
}
