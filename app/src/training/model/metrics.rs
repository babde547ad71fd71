//! A run's metrics as files: a line per step and arm, a line per evaluation and arm, and all of it
//! as JSON.

use rsc_core::config::{Axis, RunConfig};
use rsc_core::protocol::{DeviceInfo, EvaluationRecord, RunInfo, StepMetrics};
use serde::{Serialize, Serializer, ser::SerializeSeq};

use crate::training::model::history::History;
use crate::ui::model::csv;

fn optional(value: Option<f32>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

fn axis_name(axis: Option<Axis>) -> &'static str {
    match axis {
        None => "",
        Some(Axis::Spatial) => "spatial",
        Some(Axis::Channel) => "channel",
        Some(Axis::Mixed) => "mixed",
    }
}

/// How a domain is called in a column.
pub(crate) fn domain_name(name: &str) -> &str {
    if name.is_empty() {
        "all images" // not shown
    } else {
        name
    }
}

fn arm_name(names: &[String], arm: usize) -> &str {
    names.get(arm).map_or("", String::as_str)
}

/// A line per step and arm.
pub(crate) fn steps_csv(arms: &[String], history: &History) -> String {
    let columns = [
        "step",
        "epoch",
        "arm",
        "loss",
        "accuracy",
        "muted_fraction",
        "degenerate",
        "challenged",
        "challenge_gap",
        "axis",
    ];
    let lines = history.rows().flat_map(|(step, epoch, metrics)| {
        let line = move |(arm, m): (usize, &StepMetrics)| {
            [
                step.to_string(),
                epoch.to_string(),
                arm_name(arms, arm).to_owned(),
                m.loss.to_string(),
                m.accuracy.to_string(),
                m.muted_fraction.to_string(),
                m.degenerate.to_string(),
                m.challenged.to_string(),
                m.challenge_gap.to_string(),
                axis_name(m.axis).to_owned(),
            ]
        };
        metrics.iter().enumerate().map(line).collect::<Vec<_>>()
    });
    csv::file(std::iter::once(columns.map(str::to_owned)).chain(lines))
}

/// A line per evaluation and arm; a column for each domain.
pub(crate) fn evaluations_csv(info: &RunInfo, evaluations: &[EvaluationRecord]) -> String {
    let columns = [
        "step",
        "epoch",
        "arm",
        "accuracy_same_domain",
        "accuracy_new_domain",
        "loss_same_domain",
        "loss_new_domain",
    ];
    let domains = info.domains.iter();
    let domains = domains.map(|domain| format!("accuracy: {}", domain_name(&domain.name)));
    let header: Vec<String> = columns
        .map(str::to_owned)
        .into_iter()
        .chain(domains)
        .collect();
    let lines = evaluations.iter().flat_map(|record| {
        record.arms.iter().enumerate().map(|(arm, m)| {
            let of_all = [
                record.step.to_string(),
                record.epoch.to_string(),
                arm_name(&info.arms, arm).to_owned(),
                m.accuracy_same_domain.to_string(),
                optional(m.accuracy_new_domain),
                m.loss_same_domain.to_string(),
                optional(m.loss_new_domain),
            ];
            let of_each = (0..info.domains.len())
                .map(|domain| optional(m.accuracy_per_domain.get(domain).copied()));
            of_all.into_iter().chain(of_each).collect()
        })
    });
    csv::file(std::iter::once(header).chain(lines))
}

/// Everything about a run but its weights and images.
#[derive(Serialize)]
pub(crate) struct Report<'a> {
    /// What it was configured with, tunings included.
    pub(crate) config: &'a RunConfig,
    /// What it turned out to be.
    pub(crate) run: &'a RunInfo,
    /// Where it was computed.
    pub(crate) device: Option<&'a DeviceInfo>,
    /// Every how many steps one is listed.
    pub(crate) every: u64,
    /// Its steps.
    #[serde(serialize_with = "steps")]
    pub(crate) steps: &'a History,
    /// Its evaluations.
    pub(crate) evaluations: &'a [EvaluationRecord],
}

/// As `protocol::StepRecord` is written, without making one for each step.
#[derive(Serialize)]
struct Step<'a> {
    step: u64,
    epoch: u32,
    arms: &'a [StepMetrics],
}

fn steps<S: Serializer>(history: &&History, serializer: S) -> Result<S::Ok, S::Error> {
    let mut list = serializer.serialize_seq(Some(history.len()))?;
    for (step, epoch, arms) in history.rows() {
        list.serialize_element(&Step { step, epoch, arms })?;
    }
    list.end()
}

#[cfg(test)]
mod tests {
    use rsc_core::protocol::{DomainInfo, EvaluationMetrics, StepRecord};

    use super::*;

    fn info() -> RunInfo {
        let domain = |name: &str, held_out| DomainInfo {
            name: name.into(),
            held_out,
            train: 8,
            test: 8,
        };
        RunInfo {
            classes: vec!["disc".into(), "plus".into()],
            domains: vec![domain("photo, \"old\"", false), domain("", true)],
            arms: vec!["erm".into(), "rsc".into()],
            image_size: 32,
            features: [64, 8, 8],
            parameters: 1,
            steps_per_epoch: 32,
            total_steps: 640,
        }
    }

    fn history() -> History {
        let metrics = |loss, axis| StepMetrics {
            loss,
            accuracy: 0.25,
            muted_fraction: 0.5,
            degenerate: 1,
            challenged: 16,
            challenge_gap: 0.125,
            axis,
        };
        let mut history = History::default();
        history.push(&StepRecord {
            step: 1,
            epoch: 0,
            arms: vec![metrics(1.5, None), metrics(f32::NAN, Some(Axis::Channel))],
        });
        history
    }

    fn evaluations() -> Vec<EvaluationRecord> {
        let metrics = EvaluationMetrics {
            usage: Default::default(),
            accuracy_same_domain: 0.75,
            accuracy_new_domain: None,
            loss_same_domain: 0.5,
            loss_new_domain: None,
            accuracy_per_domain: vec![0.75],
        };
        vec![EvaluationRecord {
            step: 32,
            epoch: 0,
            arms: vec![metrics],
        }]
    }

    #[test]
    fn one_line_per_step_and_arm() {
        assert_eq!(
            steps_csv(&info().arms, &history()),
            "step,epoch,arm,loss,accuracy,muted_fraction,degenerate,challenged,challenge_gap,axis\n\
             1,0,erm,1.5,0.25,0.5,1,16,0.125,\n\
             1,0,rsc,NaN,0.25,0.5,1,16,0.125,channel\n"
        );
    }

    #[test]
    fn one_line_per_evaluation_and_arm() {
        assert_eq!(
            evaluations_csv(&info(), &evaluations()),
            "step,epoch,arm,accuracy_same_domain,accuracy_new_domain,loss_same_domain,\
             loss_new_domain,\"accuracy: photo, \"\"old\"\"\",accuracy: all images\n\
             32,0,erm,0.75,,0.5,,0.75,\n"
        );
    }

    #[test]
    fn the_report_reads_as_the_engines_own_records() -> Result<(), serde_json::Error> {
        let (config, run, history, evaluations) =
            (RunConfig::default(), info(), history(), evaluations());
        let report = Report {
            config: &config,
            run: &run,
            device: None,
            every: history.every(),
            steps: &history,
            evaluations: &evaluations,
        };
        let mut value = serde_json::to_value(&report)?;
        assert_eq!(
            serde_json::from_value::<RunConfig>(value["config"].take())?,
            config
        );
        assert_eq!(
            serde_json::from_value::<Vec<EvaluationRecord>>(value["evaluations"].take())?,
            evaluations
        );
        // What is not finite is null in JSON.
        assert!(value["steps"][0]["arms"][1]["loss"].is_null());
        value["steps"][0]["arms"][1]["loss"] = 2.0.into();
        let steps: Vec<StepRecord> = serde_json::from_value(value["steps"].take())?;
        assert_eq!(steps[0].arms[0].loss, 1.5);
        Ok(())
    }
}
