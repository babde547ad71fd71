//! Tests of `record`.

use serde_json::{Value, json};

use super::*;

fn record() -> Value {
    let facts = Facts {
        name: String::from("quiet-otter"),
        steps: 3,
        total_steps: 640,
        state: Some(RunState::Paused),
        device: String::from("CPU"),
        step_ms: 20.0,
        started: Some(1e12),
        ..Facts::default()
    };
    let curves = [1.0, 3.0].map(|x| Point {
        x,
        y: [0.5; CURVES],
    });
    let accuracy = Accuracy {
        per_domain: vec![Some(0.5), None],
        ..Accuracy::default()
    };
    let evaluation = Evaluation {
        step: 3,
        epoch: 0,
        arms: vec![accuracy; 2],
    };
    let config = RunConfig::default();
    let run = RunRecord::new(1, facts, config, curves.to_vec(), vec![evaluation]);
    serde_json::to_value(&run).unwrap_or_default()
}

#[test]
fn what_is_written_is_read() {
    let text = record().to_string();
    let read = RunRecord::read(&text);
    assert!(read.as_ref().is_ok_and(|run| run.name == "quiet-otter"));
    let all = format!("[{text},{text}]");
    assert!(RunRecord::read_all(all.as_bytes(), 2).is_ok_and(|runs| runs.len() == 2));
}

/// Every field, out of its range or of a wrong type: none reaches the list.
#[test]
fn what_is_out_of_range_is_named() {
    for (path, value, part) in [
        ("/config/training/epochs", json!(0), "training.epochs"),
        ("/config/training/epochs", json!("many"), "many"),
        ("/config/training/learning_rate", json!(-1), "learning_rate"),
        ("/config/version", json!(9), "version"),
        ("/config/arms/1/name", json!("ERM"), "].name"),
        ("/config/arms/1/challenge/p", json!(7), "challenge.p"),
        ("/config/data/image_size", json!(4096), "data.image_size"),
        ("/steps", json!(0), "steps"),
        ("/steps", json!(-3), "-3"),
        ("/steps", json!(u64::MAX), "steps"),
        ("/total_steps", json!(u64::MAX), "total_steps"),
        ("/step_ms", json!(-1), "step_ms"),
        ("/started", json!(-1), "started"),
        ("/curves/0/0", json!(9), "curves"),
        ("/curves/0/0", json!(-1), "curves"),
        ("/curves/1/0", json!(1e300), "curves"),
        (
            "/curves",
            json!(vec![record()["curves"][0].clone(); 900]),
            "curves",
        ),
        ("/evaluations/0/arms", json!([]), "evaluations"),
        ("/evaluations/0/arms/0/per_domain", json!([]), "evaluations"),
        ("/evaluations/0/step", json!(u64::MAX), "evaluations"),
        ("/state", json!("asleep"), "asleep"),
        ("/changes", json!(3), "3"),
    ] {
        let mut run = record();
        let Some(place) = run.pointer_mut(path) else {
            panic!("there is no {path}");
        };
        *place = value;
        let problem = RunRecord::read(&run.to_string()).err();
        let named = |problem: &String| problem.contains(part);
        assert!(problem.as_ref().is_some_and(named), "{path}: {problem:?}");
        let all = json!([record(), run]).to_string();
        let problem = RunRecord::read_all(all.as_bytes(), 9).err();
        assert!(problem.as_ref().is_some_and(named), "{path}: {problem:?}");
    }
    let many = json!([record(), record()]).to_string();
    let problem = RunRecord::read_all(many.as_bytes(), 1).err();
    assert!(problem.is_some_and(|problem| problem.contains("more than 1")));
}

#[test]
fn names_hide_nothing() {
    let mut run = record();
    run["name"] = json!("a\u{202e}b");
    let read = RunRecord::read(&run.to_string());
    assert!(read.is_ok_and(|run| run.name == "a\u{fffd}b"));
}
