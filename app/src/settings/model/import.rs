//! Imports settings from a link or a `config.json` and fits them to this page, where names of arms are
//! lower case and own images need to be on the board.

use rsc_core::ConfigError;
use rsc_core::config::{RunConfig, SettingsError};

use crate::settings::model::arms::check_name;
use crate::settings::model::refusal::sentence;

/// Reads a `config.json`, by the engine's own checks.
///
/// # Errors
/// What is wrong and where, as a sentence.
pub(crate) fn config_json(text: &str) -> Result<RunConfig, String> {
    let config = RunConfig::from_json(text).map_err(|error| match error {
        SettingsError::NotJson(problem) => text!("own.settings.not-json", problem = problem),
        SettingsError::Shape {
            field: Some(field),
            problem,
        } => text!(
            "own.settings.invalid-field",
            field = field,
            problem = problem
        ),
        SettingsError::Shape {
            field: None,
            problem,
        } => text!("own.settings.invalid", problem = problem),
        SettingsError::Range(error) => sentence(&error),
    })?;
    fits_page(&config).map_err(|error| sentence(&error))?;
    Ok(config)
}

/// Whether this page can show a run of these settings.
///
/// # Errors
/// The field that does not fit.
pub(crate) fn fits_page(config: &RunConfig) -> Result<(), ConfigError> {
    let names = config.arms.iter().enumerate();
    names
        .into_iter()
        .try_for_each(|(i, arm)| check_name(&config.arms, i, &arm.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rsc_core::config::DataPreset;

    #[test]
    fn what_the_page_writes_it_reads() {
        for preset in DataPreset::ALL {
            let config = RunConfig::for_preset(preset);
            let text = serde_json::to_string_pretty(&config).unwrap_or_default();
            assert_eq!(config_json(&text), Ok(config.clone()));
            assert_eq!(config_json(&format!("\u{feff}{text}\n")), Ok(config));
        }
        assert_eq!(config_json("{}"), Ok(RunConfig::default()));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, part) in [
            ("", "not JSON"),
            ("hello", "not JSON"),
            ("{\"version\": 1", "not JSON"),
            ("[]", "not valid"),
            (r#"{"epohcs": 3}"#, "epohcs"),
            (r#"{"training": {"epochs": "many"}}"#, "many"),
            (r#"{"training": {"epochs": 0}}"#, "training.epochs"),
            (r#"{"version": 9}"#, "version"),
            (r#"{"arms": []}"#, "arms.length"),
            (
                r#"{"arms": [{"name": "a"}, {"name": "A"}]}"#,
                "arms[0].name",
            ),
        ] {
            let problem = config_json(text).err().unwrap_or_default();
            assert!(problem.contains(part), "{text}: {problem}");
        }
    }

    #[test]
    fn other_arms_are_fine() {
        for arms in [
            r#"[{"name": "alone"}]"#,
            r#"[{"name": "a"}, {"name": "b"}]"#,
            r#"[{"name": "a"}, {"name": "b"}, {"name": "c"}, {"name": "d"}]"#,
        ] {
            let config = config_json(&format!(r#"{{"arms": {arms}}}"#));
            assert!(config.is_ok(), "{arms}: {config:?}");
        }
    }
}
