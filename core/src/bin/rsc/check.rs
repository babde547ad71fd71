//! `rsc check`: whether a device computes what the published codes and other devices do.

use anyhow::{Result, ensure};
use clap::Args;
use pollster::block_on;
use rsc_core::{device::open, protocol::Check, suite};

use crate::device::DeviceChoice;

/// Options of `rsc check`.
#[derive(Args)]
pub(crate) struct CheckArgs {
    /// Which device.
    #[arg(long, value_enum, default_value = "cpu")]
    device: DeviceChoice,
    /// Write the device and what was found as JSON.
    #[arg(long)]
    json: bool,
}

/// Runs `rsc check`. What the device computes wrongly is an error, after all is told.
pub(crate) fn run(arguments: &CheckArgs) -> Result<()> {
    let opened = block_on(open(arguments.device.preference()))?;
    let checks = block_on(suite::check(&opened.device, |_, _| ()))?;
    if arguments.json {
        let report = serde_json::json!({ "device": opened.info, "checks": checks });
        say!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        say!("device: {}", opened.info.name);
        if opened.info.software {
            say!("This is a software adapter: it emulates a GPU on the processor.");
        }
        for check in &checks {
            say!("{}", line(check));
        }
    }
    let wrong = checks
        .iter()
        .filter(|check| check.problem.is_some())
        .count();
    ensure!(
        wrong == 0,
        "{}: {wrong} of {} checks have failed; compute on another device, or update its driver",
        opened.info.name,
        checks.len()
    );
    Ok(())
}

fn line(check: &Check) -> String {
    match &check.problem {
        None => format!(
            "{:<20} passed, {:.0} % of what is tolerated",
            check.name,
            100.0 * check.difference
        ),
        Some(problem) => format!("{:<20} FAILED: {problem}", check.name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_was_found() {
        let check = |problem: Option<&str>| Check {
            name: "resume".into(),
            difference: 0.254,
            problem: problem.map(str::to_owned),
        };
        assert_eq!(
            line(&check(None)),
            "resume               passed, 25 % of what is tolerated"
        );
        let failed = line(&check(Some("the loss is NaN")));
        assert!(failed.ends_with("FAILED: the loss is NaN"), "{failed}");
    }
}
