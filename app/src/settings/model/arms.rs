//! The arms of a run by index and name: labels, CSS classes, and rules for names.

use crate::ui::model::colour;
use rsc_core::ConfigError;
use rsc_core::config::{ArmConfig, RunConfig, Strategy};
use rsc_core::protocol::Tuning;

/// Index of the plainly trained arm in every run of this page.
pub(crate) const ERM: usize = 0;
/// Index of the first challenged arm in every run of this page.
pub(crate) const RSC: usize = 1;

/// Most arms of a run, by the engine's rule: each has a colour of its own.
pub(crate) const MOST_ARMS: usize = colour::MOST_ARMS;

/// Names that arms begin with.
const NAMES: [&str; MOST_ARMS] = ["erm", "rsc", "arm-3", "arm-4"];

/// One arm of a run.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Arm {
    /// Its place in the run.
    pub(crate) index: usize,
    /// Its name in the configuration: part of `data-testid`s and file names.
    pub(crate) name: String,
}

impl Arm {
    /// Arms with these names, in their order.
    pub(crate) fn all<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<Self> {
        let named = |(index, name): (usize, &str)| Self {
            index,
            name: name.to_owned(),
        };
        names
            .into_iter()
            .take(MOST_ARMS)
            .enumerate()
            .map(named)
            .collect()
    }

    /// The arms that a run of these settings has.
    pub(crate) fn of(config: &RunConfig) -> Vec<Self> {
        Self::all(config.arms.iter().map(|arm| arm.name.as_str()))
    }

    /// How it is called on the page: the two methods in capitals, as usual.
    pub(crate) fn label(&self) -> String {
        match self.name.as_str() {
            "erm" | "rsc" => self.name.to_ascii_uppercase(),
            _ => self.name.clone(),
        }
    }

    /// CSS classes that give it its colour.
    pub(crate) fn class(&self) -> &'static str {
        match self.index {
            0 => "arm erm",    // not shown
            1 => "arm rsc",    // not shown
            2 => "arm third",  // not shown
            _ => "arm fourth", // not shown
        }
    }
}

/// The colour of an arm's lines outside the charts. Those of further arms are the style sheet's, for
/// they change with the colour scheme.
pub(crate) fn stroke(arm: usize) -> String {
    match arm {
        0 => colour::css(colour::ERM),
        1 => colour::css(colour::RSC),
        2 => String::from("var(--third)"),
        _ => String::from("var(--fourth)"),
    }
}

/// The name that the arm at `index` begins with.
pub(crate) fn usual_name(index: usize) -> &'static str {
    NAMES.get(index).copied().unwrap_or("arm")
}

/// A name for one more arm that none of `arms` has.
pub(crate) fn free_name(arms: &[ArmConfig]) -> String {
    let usual = usual_name(arms.len()).to_owned();
    std::iter::once(usual)
        .chain((3..).map(|i| format!("arm-{i}")))
        .find(|name| !arms.iter().any(|arm| arm.name.eq_ignore_ascii_case(name)))
        .unwrap_or_default()
}

/// Refuses a name that differs from another arm's only in small and capital letters: on the page
/// and on some disks the two would be one. The engine's own check does the rest.
///
/// # Errors
/// Such a name.
pub(crate) fn check_name(arms: &[ArmConfig], index: usize, name: &str) -> Result<(), ConfigError> {
    let mut others = arms.iter().enumerate().filter(|&(i, _)| i != index);
    if others.any(|(_, arm)| arm.name.eq_ignore_ascii_case(name)) {
        return Err(ConfigError::new(
            format!("arms[{index}].name"),
            format!("\"{name}\""),
            text!("settings.expected.free-name-any-case"),
        ));
    }
    Ok(())
}

/// What can change in mid-run, of `config` itself.
pub(crate) fn tuning(config: &RunConfig) -> Tuning {
    tuning_for(config, config)
}

/// What a run with the arms of `running` takes of `wanted` in mid-run. Arms are matched by name: a
/// new or renamed one waits for the next run, and one that is gone stays as it was.
pub(crate) fn tuning_for(running: &RunConfig, wanted: &RunConfig) -> Tuning {
    let challenge = |arm: &ArmConfig| {
        let same = wanted.arms.iter().find(|other| other.name == arm.name);
        same.unwrap_or(arm).challenge.clone()
    };
    Tuning {
        learning_rate: wanted.training.learning_rate,
        challenges: running.arms.iter().map(challenge).collect(),
    }
}

/// Whether the challenge gap of an arm is worth a curve: of every arm but a plain first one.
pub(crate) fn has_gap(index: usize, arm: &ArmConfig) -> bool {
    index > 0 || arm.challenge.strategy != Strategy::Off
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three() -> RunConfig {
        let mut config = RunConfig::default();
        config.arms.push(ArmConfig {
            name: free_name(&config.arms),
            ..config.arms[1].clone()
        });
        config
    }

    #[test]
    fn names_are_free_labelled_and_unlike() {
        let mut config = three();
        assert_eq!(config.arms[2].name, "arm-3");
        assert_eq!(free_name(&config.arms), "arm-4");
        assert_eq!(config.validate(), Ok(()));
        assert!(check_name(&config.arms, 2, "RSC").is_err());
        assert!(check_name(&config.arms, 1, "RSC").is_ok());
        config.arms.remove(2);
        assert_eq!(free_name(&config.arms), "arm-3");
        let labels: Vec<String> = Arm::all(["erm", "rsc", "my_arm"])
            .iter()
            .map(Arm::label)
            .collect();
        assert_eq!(labels, ["ERM", "RSC", "my_arm"]);
    }

    #[test]
    fn tuning_follows_names_and_fits_the_run() {
        let running = RunConfig::default();
        let mut wanted = three();
        wanted.arms[1].challenge.p = 0.9;
        assert_eq!(tuning_for(&running, &wanted).challenges.len(), 2);
        assert_eq!(tuning_for(&running, &wanted).challenges[1].p, 0.9);
        // The run's third arm is gone from what is wanted; the others go on following.
        let running = three();
        let mut wanted = RunConfig::default();
        wanted.arms[1].name = String::from("renamed");
        wanted.arms[1].challenge.p = 0.9;
        let tuning = tuning_for(&running, &wanted);
        assert_eq!(tuning.challenges.len(), 3);
        assert_eq!(tuning, super::tuning(&running));
    }
}
