//! The files of `rsc train`: `config.json`, `metrics.jsonl`, `summary.json`.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use rsc_core::{
    config::RunConfig,
    protocol::{DeviceInfo, EvaluationMetrics, EvaluationRecord, StepMetrics, StepRecord},
};
use serde::Serialize;
use statrs::distribution::{ContinuousCDF, StudentsT};

/// The last evaluation of one seed.
pub(crate) struct SeedResult {
    /// The seed.
    pub(crate) seed: u64,
    /// Its last evaluation.
    pub(crate) last: EvaluationRecord,
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

/// `metrics.jsonl`, a line per step and evaluation.
pub(crate) struct Metrics {
    path: PathBuf,
    file: BufWriter<File>,
}

fn by_name<'a, T>(names: &'a [String], arms: &'a [T]) -> BTreeMap<&'a str, &'a T> {
    names.iter().map(String::as_str).zip(arms).collect()
}

impl Metrics {
    /// Starts the file anew.
    pub(crate) fn create(folder: &Path) -> Result<Self> {
        let path = folder.join("metrics.jsonl");
        let file = File::create(&path)
            .with_context(|| format!("{}: the metrics cannot be written", path.display()))?;
        Ok(Self {
            path,
            file: BufWriter::new(file),
        })
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

#[derive(Serialize)]
struct ArmSummary {
    accuracy_same_domain: Option<Spread>,
    accuracy_new_domain: Option<Spread>,
}

#[derive(Serialize)]
struct Summary<'a> {
    version: &'static str,
    device: &'a str,
    seeds: Vec<u64>,
    arms: BTreeMap<&'a str, ArmSummary>,
}

/// Writes `config.json`, which `rsc train --config` takes again.
pub(crate) fn write_config(folder: &Path, config: &RunConfig) -> Result<()> {
    write_json(&folder.join("config.json"), config)
}

/// Writes `summary.json`: mean, deviation and interval over seeds, per arm, accuracies as fractions. Of
/// several seeds it says mean and interval.
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
            let of = |pick: fn(&EvaluationMetrics) -> Option<f32>| {
                let values = results.iter().filter_map(|it| pick(&it.last.arms[i]));
                Spread::of(values.map(f64::from).collect())
            };
            let summary = ArmSummary {
                accuracy_same_domain: of(|arm| Some(arm.accuracy_same_domain)),
                accuracy_new_domain: of(|arm| arm.accuracy_new_domain),
            };
            (name.as_str(), summary)
        })
        .collect();
    if let count @ 2.. = results.len() {
        println!("mean of {count} seeds ± 95 % interval (Student's t):");
        for name in names {
            let ArmSummary {
                accuracy_same_domain: same,
                accuracy_new_domain: new,
            } = &arms[name.as_str()];
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
    write_json(&folder.join("summary.json"), &summary)
}

fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(value)?;
    std::fs::write(path, text + "\n")
        .with_context(|| format!("{}: the file cannot be written", path.display()))
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
