//! Settings from a text, with the place of what is wrong in it.

use serde_json::Value;
use thiserror::Error;

use super::RunConfig;
use crate::error::ConfigError;

/// Why a text holds no settings.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// It is no JSON.
    #[error("not JSON: {0}")]
    NotJson(String),
    /// It is JSON of another shape: a field of a wrong type, an unknown one, or none at all.
    #[error("{}{problem}", .field.as_ref().map_or(String::new(), |field| format!("`{field}`: ")))]
    Shape {
        /// Path of the field; `None` where it concerns the whole.
        field: Option<String>,
        /// What was found and what would be right.
        problem: String,
    },
    /// A value is out of its range.
    #[error("{0}")]
    Range(#[from] ConfigError),
}

impl RunConfig {
    /// Reads settings and checks every field.
    ///
    /// # Errors
    /// The first thing that is wrong, and where.
    pub fn from_json(text: &str) -> Result<Self, SettingsError> {
        // Some editors begin a text with a mark.
        let text = text.trim_start_matches('\u{feff}').trim();
        let config: Self = shaped(text)?;
        config.validate()?;
        Ok(config)
    }
}

/// The fields that hold a list.
const LISTS: [&str; 3] = ["arms", "channels", "stages"];

fn shaped(text: &str) -> Result<RunConfig, SettingsError> {
    let not_json = |problem: serde_json::Error| SettingsError::NotJson(problem.to_string());
    let given: Value = serde_json::from_str(text).map_err(not_json)?;
    if let Some(field) = misplaced_list(&given, "", "") {
        return Err(shape(field, "a list, where none is expected".into()));
    }
    let mut json = serde_json::Deserializer::from_str(text);
    let config: RunConfig = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let path = if path == "." { String::new() } else { path };
        shape(path, error.into_inner().to_string())
    })?;
    let taken = serde_json::to_value(&config).map_err(not_json)?;
    match surplus(&given, &taken, "") {
        Some(field) => Err(shape(field, "unknown field".into())),
        None => Ok(config),
    }
}

fn shape(field: String, problem: String) -> SettingsError {
    SettingsError::Shape {
        field: Some(field).filter(|field| !field.is_empty()),
        problem,
    }
}

/// Where a list stands for an object: serde would read it field by field.
fn misplaced_list(value: &Value, path: &str, name: &str) -> Option<String> {
    match value {
        Value::Array(_) if !LISTS.contains(&name) => Some(path.to_owned()),
        Value::Array(entries) => (0..)
            .zip(entries)
            .find_map(|(i, entry): (usize, _)| misplaced_list(entry, &format!("{path}[{i}]"), "")),
        Value::Object(fields) => fields
            .iter()
            .find_map(|(name, field)| misplaced_list(field, &within(path, name), name)),
        _ => None,
    }
}

/// A field that was given and not taken: serde passes over those of a choice without fields.
fn surplus(given: &Value, taken: &Value, path: &str) -> Option<String> {
    match (given, taken) {
        (Value::Object(given), Value::Object(taken)) => given.iter().find_map(|(name, field)| {
            let path = within(path, name);
            match taken.get(name) {
                Some(taken) => surplus(field, taken, &path),
                None => Some(path),
            }
        }),
        (Value::Array(given), Value::Array(taken)) => {
            let pairs = (0..).zip(given.iter().zip(taken));
            pairs
                .into_iter()
                .find_map(|(i, (given, taken)): (usize, _)| {
                    surplus(given, taken, &format!("{path}[{i}]"))
                })
        }
        _ => None,
    }
}

fn within(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

#[cfg(test)]
mod tests;
