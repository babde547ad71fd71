//! A sweep as files: a line per cell and seed.

use rsc_core::config::RunConfig;
use rsc_core::protocol::EvaluationRecord;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::sweep::model::plan::Plan;
use crate::sweep::model::{Job, Machine, Outcome};
use crate::training::model::metrics::domain_name;
use crate::ui::model::csv;

fn seed(plan: &Plan, job: Job) -> u64 {
    plan.seeds.get(job.seed).copied().unwrap_or_default()
}

/// Every run of the plan in the order of work, those of refused cells last, with what is known.
fn rows(machine: &Machine) -> Vec<(Job, &'static str, Option<&EvaluationRecord>, Option<&str>)> {
    let plan = &machine.plan;
    let refused = plan
        .cells()
        .filter(|&cell| machine.refusal(cell).is_some())
        .flat_map(|cell| (0..plan.seeds.len()).map(move |seed| Job { seed, cell }));
    let rows = plan.jobs().into_iter().chain(refused).map(|job| {
        if let Some(why) = machine.refusal(job.cell) {
            return (job, "refused", None, Some(why));
        }
        match machine.results.get(job) {
            Some(Outcome::Measured(record)) => (job, "done", Some(record), None),
            Some(Outcome::Failed(why)) => (job, "failed", None, Some(why.as_str())),
            None => (job, "missing", None, None),
        }
    });
    rows.collect()
}

/// A line per cell and seed, with the accuracies of every arm.
pub(crate) fn csv(machine: &Machine) -> String {
    let plan = &machine.plan;
    let domains: Vec<&str> = machine.info.as_ref().map_or_else(Vec::new, |info| {
        let domains = info.domains.iter();
        domains.map(|domain| domain_name(&domain.name)).collect()
    });
    let arms: Vec<&str> = plan.base.arms.iter().map(|arm| arm.name.as_str()).collect();

    let mut columns = vec![plan.columns.factor.name().to_owned()];
    columns.extend(plan.rows.iter().map(|rows| rows.factor.name().to_owned()));
    columns.extend(["seed", "state", "step", "epoch"].map(str::to_owned));
    for arm in &arms {
        for of in [
            "accuracy_same_domain",
            "accuracy_new_domain",
            "loss_same_domain",
            "loss_new_domain",
        ] {
            columns.push(format!("{arm}: {of}")); // not shown
        }
        let domains = domains.iter();
        columns.extend(domains.map(|domain| format!("{arm}: accuracy: {domain}"))); // not shown
    }
    columns.push(String::from("message"));
    let mut records = vec![columns];

    for (job, state, record, message) in rows(machine) {
        let settings = plan.settings(job.cell).into_iter();
        let mut cells: Vec<String> = settings.map(|(_, value)| value.to_string()).collect();
        cells.push(seed(plan, job).to_string());
        cells.push(state.to_owned());
        cells.push(record.map_or_else(String::new, |record| record.step.to_string()));
        cells.push(record.map_or_else(String::new, |record| record.epoch.to_string()));
        for arm in 0..arms.len() {
            let of = record.and_then(|record| record.arms.get(arm));
            let mut push = |value: Option<f32>| {
                cells.push(value.map_or_else(String::new, |value| value.to_string()));
            };
            push(of.map(|arm| arm.accuracy_same_domain));
            push(of.and_then(|arm| arm.accuracy_new_domain));
            push(of.map(|arm| arm.loss_same_domain));
            push(of.and_then(|arm| arm.loss_new_domain));
            for domain in 0..domains.len() {
                push(of.and_then(|arm| arm.accuracy_per_domain.get(domain).copied()));
            }
        }
        cells.push(message.unwrap_or_default().to_owned());
        records.push(cells);
    }
    csv::file(records)
}

#[derive(Serialize)]
struct Setting<'a> {
    name: &'a str,
    values: &'a [f64],
}

#[derive(Serialize)]
struct Row<'a> {
    settings: Map<String, Value>,
    seed: u64,
    state: &'a str,
    message: Option<&'a str>,
    evaluation: Option<Evaluated<'a>>,
}

#[derive(Serialize)]
struct Evaluated<'a> {
    step: u64,
    epoch: u32,
    arms: Vec<Arm<'a>>,
}

#[derive(Serialize)]
struct Arm<'a> {
    name: &'a str,
    accuracy_same_domain: f32,
    accuracy_new_domain: Option<f32>,
    loss_same_domain: f32,
    loss_new_domain: Option<f32>,
    accuracy_per_domain: &'a [f32],
}

#[derive(Serialize)]
struct Report<'a> {
    /// Every setting that was the same in all runs.
    config: &'a RunConfig,
    device: Option<&'a str>,
    domains: Vec<&'a str>,
    sweep: Vec<Setting<'a>>,
    seeds: &'a [u64],
    rows: Vec<Row<'a>>,
}

/// All of it as JSON.
///
/// # Errors
/// Where a value cannot be written.
pub(crate) fn json(machine: &Machine) -> Result<String, serde_json::Error> {
    let plan = &machine.plan;
    let ranges = std::iter::once(&plan.columns).chain(&plan.rows);
    let rows = rows(machine)
        .into_iter()
        .map(|(job, state, record, message)| Row {
            settings: plan
                .settings(job.cell)
                .into_iter()
                .map(|(factor, value)| (factor.name().to_owned(), Value::from(value)))
                .collect(),
            seed: seed(plan, job),
            state,
            message,
            evaluation: record.map(|record| Evaluated {
                step: record.step,
                epoch: record.epoch,
                arms: record
                    .arms
                    .iter()
                    .zip(&plan.base.arms)
                    .map(|(arm, named)| Arm {
                        name: &named.name,
                        accuracy_same_domain: arm.accuracy_same_domain,
                        accuracy_new_domain: arm.accuracy_new_domain,
                        loss_same_domain: arm.loss_same_domain,
                        loss_new_domain: arm.loss_new_domain,
                        accuracy_per_domain: &arm.accuracy_per_domain,
                    })
                    .collect(),
            }),
        })
        .collect();
    let report = Report {
        config: &plan.base,
        device: machine.device.as_deref(),
        domains: machine.info.as_ref().map_or_else(Vec::new, |info| {
            let domains = info.domains.iter();
            domains.map(|domain| domain.name.as_str()).collect()
        }),
        sweep: ranges
            .map(|range| Setting {
                name: range.factor.name(),
                values: &range.values,
            })
            .collect(),
        seeds: &plan.seeds,
        rows,
    };
    let mut text = serde_json::to_string_pretty(&report)?;
    text.push('\n');
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::super::plan::tests::plan;
    use super::super::results::tests::record;
    use super::*;
    use crate::sweep::model::Cell;

    fn machine() -> Machine {
        let mut machine = Machine::new(0.0, plan("0.5, 2", Some("1"), "3, 4"), None);
        let job = |seed| Job {
            seed,
            cell: Cell { row: 0, column: 0 },
        };
        let measured = record(Some(0.25), Some(0.75));
        machine.results.put(job(0), Outcome::Measured(measured));
        machine
            .results
            .put(job(1), Outcome::Failed("no, \"never\"".into()));
        machine
    }

    #[test]
    fn a_line_per_cell_and_seed() {
        let csv = csv(&machine());
        let lines: Vec<&str> = csv.lines().collect();
        assert_eq!(lines.len(), 5, "{csv}");
        assert!(lines[0].starts_with(
            "p,b,seed,state,step,epoch,erm: accuracy_same_domain,erm: accuracy_new_domain,"
        ));
        assert_eq!(
            lines[1],
            "0.5,1,3,done,32,0,0.9,0.25,0.5,1.5,0.9,0.75,0.5,1.5,"
        );
        assert_eq!(lines[2], "0.5,1,4,failed,,,,,,,,,,,\"no, \"\"never\"\"\"");
        assert!(lines[3].starts_with("2,1,3,refused,,"), "{}", lines[3]);
        let columns = lines[0].split(',').count();
        assert_eq!(lines[1].split(',').count(), columns);
    }

    #[test]
    fn the_json_says_the_same() -> Result<(), serde_json::Error> {
        let text = json(&machine())?;
        let value: Value = serde_json::from_str(&text)?;
        assert_eq!(value["sweep"][0]["name"], "p");
        assert_eq!(value["seeds"], serde_json::json!([3, 4]));
        assert_eq!(value["rows"].as_array().map(Vec::len), Some(4));
        let first = &value["rows"][0];
        assert_eq!(first["settings"]["b"], 1.0);
        assert_eq!(first["evaluation"]["arms"][1]["accuracy_new_domain"], 0.75);
        assert_eq!(value["rows"][1]["state"], "failed");
        let config: RunConfig = serde_json::from_value(value["config"].clone())?;
        assert_eq!(config, RunConfig::default());
        Ok(())
    }
}
