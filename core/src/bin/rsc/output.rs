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
use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::files::{json, write_whole};

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
    best: BTreeMap<String, EvaluationMetrics>,
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
                    note_best(&mut best, &name, &metrics);
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

    /// Of each arm the best evaluation of the seed at work, which has ended.
    pub(crate) fn take_best(&mut self, names: &[String]) -> Vec<EvaluationMetrics> {
        let best = std::mem::take(&mut self.best);
        names
            .iter()
            .filter_map(|name| best.get(name).cloned())
            .collect()
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
            note_best(&mut self.best, name, metrics);
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
    best: &mut BTreeMap<String, EvaluationMetrics>,
    name: &str,
    metrics: &EvaluationMetrics,
) {
    let better = |it: &EvaluationMetrics| metrics.accuracy_same_domain > it.accuracy_same_domain;
    if best.get(name).is_none_or(better) {
        best.insert(name.to_owned(), metrics.clone());
    }
}

/// Mean over seeds, and how sure it is.
#[derive(Debug, PartialEq, Serialize)]
struct Spread {
    mean: f64,
    /// Sample standard deviation (`n − 1` below the root; 0 for a single seed).
    deviation: f64,
    /// Half the width of the 95 % interval of the mean, by Student's t; none for a single seed.
    interval_95: Option<f64>,
    values: Vec<f64>,
}

impl Spread {
    fn of(values: Vec<f64>) -> Option<Self> {
        let n = values.len() as f64;
        if values.is_empty() {
            return None;
        }
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let deviation = (squares / (n - 1.0).max(1.0)).sqrt();
        Some(Self {
            mean,
            deviation,
            interval_95: half_width_95(deviation, values.len()),
            values,
        })
    }

    /// As people read it.
    fn percent(&self) -> String {
        let mean = self.mean * 100.0;
        match self.interval_95 {
            Some(half) => format!("{mean:.1} ± {:.1} %", half * 100.0),
            None => format!("{mean:.1} %"),
        }
    }
}

/// Half the width of the 95 % interval of a mean of `count` values: the 97.5 % quantile of Student's t
/// with `count − 1` degrees of freedom, times the standard error.
fn half_width_95(deviation: f64, count: usize) -> Option<f64> {
    let freedom = count.checked_sub(1)? as f64;
    let student = StudentsT::new(0.0, 1.0, freedom).ok()?;
    Some(student.inverse_cdf(0.975) * deviation / (count as f64).sqrt())
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
        println!("mean of {count} seeds ± 95 % interval (Student's t):");
        for name in names {
            let Accuracies {
                accuracy_same_domain: same,
                accuracy_new_domain: new,
            } = &arms[name.as_str()].last;
            let [same, new] = [same, new].map(|it| it.as_ref().map(Spread::percent));
            let same = same.unwrap_or_default();
            let new = new.unwrap_or_else(|| "none held out".into());
            println!("{name}: same domain {same}, new domain {new}");
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spread_is_the_sample_deviation() {
        let spread = Spread::of(vec![1.0, 2.0, 3.0]).map(|it| (it.mean, it.deviation));
        assert_eq!(spread, Some((2.0, 1.0)));
        assert_eq!(Spread::of(vec![0.5]).map(|it| it.deviation), Some(0.0));
        assert_eq!(Spread::of(vec![]), None);
    }

    #[test]
    fn intervals_are_those_of_the_tables() {
        // Quantiles as printed in tables of Student's t.
        for (count, quantile) in [(2, 12.706), (3, 4.303), (10, 2.262), (31, 2.042)] {
            let half = half_width_95(1.0, count).unwrap_or_default();
            let expected = quantile / (count as f64).sqrt();
            assert!((half - expected).abs() < 5e-4, "{count}: {half}");
        }
        assert_eq!(half_width_95(0.0, 1), None);
        assert_eq!(half_width_95(0.0, 0), None);
    }
}
