//! The files of `rsc train` that have figures: `metrics.jsonl`, `summary.json`.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use rsc_core::protocol::{
    DeviceInfo, EvaluationMetrics, EvaluationRecord, StepMetrics, StepRecord,
};
use serde::{Deserialize, Serialize};

use crate::{
    files::{json, write_whole},
    statistics::Spread,
};

/// The evaluations of one seed that count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct SeedResult {
    /// The seed.
    pub(crate) seed: u64,
    /// Its last evaluation.
    pub(crate) last: EvaluationRecord,
    /// Of each arm the evaluation with the highest accuracy on the training domains' test images, the
    /// first of several: DomainBed's selection by training-domain validation.
    pub(crate) best: Vec<EvaluationMetrics>,
    /// After how many steps these were; none in notes of earlier versions.
    #[serde(default)]
    pub(crate) best_steps: Vec<u64>,
    /// The fingerprint of its images and of how they are divided, in hexadecimal; none in notes of earlier
    /// versions.
    #[serde(default)]
    pub(crate) images: Option<String>,
}

/// The best evaluation of an arm so far.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Best {
    /// After how many steps it was.
    pub(crate) step: u64,
    /// What it found.
    pub(crate) metrics: EvaluationMetrics,
}

impl Best {
    /// Whether an evaluation takes the place of this one: only one with a higher accuracy on the training
    /// domains' test images does, so that of several the first stays.
    fn gives_way_to(&self, metrics: &EvaluationMetrics) -> bool {
        metrics.accuracy_same_domain > self.metrics.accuracy_same_domain
    }
}

/// A line of `metrics.jsonl`.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Line<'a> {
    Step {
        seed: u64,
        step: u64,
        epoch: u32,
        /// Time per step, all arms together, over the steps read at once.
        step_ms: f64,
        arms: BTreeMap<&'a str, &'a StepMetrics>,
    },
    Evaluation {
        seed: u64,
        step: u64,
        epoch: u32,
        arms: BTreeMap<&'a str, &'a EvaluationMetrics>,
    },
}

/// What is read again of a line.
#[derive(Deserialize)]
struct ReadLine {
    kind: String,
    seed: u64,
    step: u64,
    #[serde(default)]
    arms: BTreeMap<String, serde_json::Value>,
}

/// `metrics.jsonl`, a line per step and evaluation.
pub(crate) struct Metrics {
    path: PathBuf,
    file: BufWriter<File>,
    /// Of each arm of the seed at work the best evaluation so far.
    best: BTreeMap<String, Best>,
}

fn by_name<'a, T>(names: &'a [String], arms: &'a [T]) -> BTreeMap<&'a str, &'a T> {
    names.iter().map(String::as_str).zip(arms).collect()
}

impl Metrics {
    /// Starts the file, or goes on with that of a run that was interrupted: keeps the lines of the
    /// `finished` seeds, and of the seed of a `checkpoint` those up to its step.
    pub(crate) fn open(
        folder: &Path,
        finished: &[u64],
        checkpoint: Option<(u64, u64)>,
    ) -> Result<Self> {
        let path = folder.join("metrics.jsonl");
        let unread = || format!("{}: the metrics cannot be read", path.display());
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            read => read.with_context(unread)?,
        };
        let (mut kept, mut best) = (String::new(), BTreeMap::new());
        for text in text.lines() {
            // The last one may be cut off.
            let Ok(line) = serde_json::from_str::<ReadLine>(text) else {
                continue;
            };
            let at_work =
                checkpoint.is_some_and(|(seed, step)| line.seed == seed && line.step <= step);
            if !at_work && !finished.contains(&line.seed) {
                continue;
            }
            kept.push_str(text);
            kept.push('\n');
            if at_work && line.kind == "evaluation" {
                for (name, value) in line.arms {
                    let metrics = serde_json::from_value(value).with_context(unread)?;
                    note_best(&mut best, &name, line.step, &metrics);
                }
            }
        }
        write_whole(&path, kept.as_bytes())?;
        let file = OpenOptions::new().append(true).open(&path);
        let file = file.with_context(unread)?;
        Ok(Self {
            path,
            file: BufWriter::new(file),
            best,
        })
    }

    /// The best evaluation so far of an arm of the seed at work.
    pub(crate) fn best(&self, name: &str) -> Option<&Best> {
        self.best.get(name)
    }

    /// Whether an evaluation would be the best so far of an arm of the seed at work.
    pub(crate) fn is_best(&self, name: &str, metrics: &EvaluationMetrics) -> bool {
        self.best
            .get(name)
            .is_none_or(|best| best.gives_way_to(metrics))
    }

    /// Of each arm the best evaluation of the seed at work, which has ended.
    pub(crate) fn take_best(&mut self, names: &[String]) -> Vec<Best> {
        let mut best = std::mem::take(&mut self.best);
        names.iter().filter_map(|name| best.remove(name)).collect()
    }

    /// Adds steps that took `step_ms` each, all arms together.
    pub(crate) fn steps(
        &mut self,
        seed: u64,
        names: &[String],
        records: &[StepRecord],
        step_ms: f64,
    ) -> Result<()> {
        for record in records {
            self.line(&Line::Step {
                seed,
                step: record.step,
                epoch: record.epoch,
                step_ms,
                arms: by_name(names, &record.arms),
            })?;
        }
        Ok(())
    }

    /// Adds an evaluation, and makes sure that all so far is on disk.
    pub(crate) fn evaluation(
        &mut self,
        seed: u64,
        names: &[String],
        record: &EvaluationRecord,
    ) -> Result<()> {
        self.line(&Line::Evaluation {
            seed,
            step: record.step,
            epoch: record.epoch,
            arms: by_name(names, &record.arms),
        })?;
        for (name, metrics) in names.iter().zip(&record.arms) {
            note_best(&mut self.best, name, record.step, metrics);
        }
        self.flush()
    }

    /// Makes sure that all so far is on disk.
    pub(crate) fn flush(&mut self) -> Result<()> {
        self.file
            .flush()
            .with_context(|| format!("{}: the metrics cannot be written", self.path.display()))
    }

    fn line(&mut self, line: &Line<'_>) -> Result<()> {
        serde_json::to_writer(&mut self.file, line)?;
        writeln!(self.file)
            .with_context(|| format!("{}: the metrics cannot be written", self.path.display()))
    }
}

/// Keeps the evaluation where it is the best of an arm so far.
fn note_best(
    best: &mut BTreeMap<String, Best>,
    name: &str,
    step: u64,
    metrics: &EvaluationMetrics,
) {
    if best.get(name).is_none_or(|it| it.gives_way_to(metrics)) {
        let metrics = metrics.clone();
        best.insert(name.to_owned(), Best { step, metrics });
    }
}

/// Accuracies over seeds, as fractions.
#[derive(Serialize)]
struct Accuracies {
    accuracy_same_domain: Option<Spread>,
    accuracy_new_domain: Option<Spread>,
}

impl Accuracies {
    fn of<'a>(evaluations: impl Iterator<Item = &'a EvaluationMetrics> + Clone) -> Self {
        let same = evaluations
            .clone()
            .map(|it| f64::from(it.accuracy_same_domain));
        let new = evaluations.filter_map(|it| it.accuracy_new_domain.map(f64::from));
        Self {
            accuracy_same_domain: Spread::of(same.collect()),
            accuracy_new_domain: Spread::of(new.collect()),
        }
    }
}

/// Of the last evaluations, and of those that training-domain validation selects.
#[derive(Serialize)]
struct ArmSummary {
    #[serde(flatten)]
    last: Accuracies,
    selected_by_validation: Accuracies,
}

#[derive(Serialize)]
struct Summary<'a> {
    version: &'static str,
    device: &'a str,
    seeds: Vec<u64>,
    arms: BTreeMap<&'a str, ArmSummary>,
}

/// Writes `summary.json`: mean, deviation and interval over seeds, per arm, accuracies as fractions. Of
/// several seeds it says mean and interval of the last evaluations.
pub(crate) fn write_summary(
    folder: &Path,
    names: &[String],
    device: &DeviceInfo,
    results: &[SeedResult],
) -> Result<()> {
    let arms: BTreeMap<_, _> = names
        .iter()
        .enumerate()
        .map(|(i, name)| {
            let summary = ArmSummary {
                last: Accuracies::of(results.iter().filter_map(|it| it.last.arms.get(i))),
                selected_by_validation: Accuracies::of(
                    results.iter().filter_map(|it| it.best.get(i)),
                ),
            };
            (name.as_str(), summary)
        })
        .collect();
    if let count @ 2.. = results.len() {
        say!("mean of {count} seeds ± 95 % interval (Student's t):");
        for name in names {
            let Accuracies {
                accuracy_same_domain: same,
                accuracy_new_domain: new,
            } = &arms[name.as_str()].last;
            let [same, new] = [same, new].map(|it| it.as_ref().map(Spread::percent));
            let same = same.unwrap_or_default();
            let new = new.unwrap_or_else(|| "none held out".into());
            say!("{name}: same domain {same}, new domain {new}");
        }
    }
    let summary = Summary {
        version: env!("CARGO_PKG_VERSION"),
        device: &device.name,
        seeds: results.iter().map(|it| it.seed).collect(),
        arms,
    };
    write_whole(&folder.join("summary.json"), &json(&summary)?)
}
