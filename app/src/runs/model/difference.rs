//! Differences between two configurations, as labels for the page.
//!
//! They are compared as JSON, so that a setting without a label is still found, under its name in the
//! configuration.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use rsc_core::config::{DataSource, RunConfig};

use crate::runs::model::labels::{label, value};

/// One setting with two values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Difference {
    /// Path of the setting, as the engine's checks call it.
    pub(crate) field: String,
    /// Its name on the page.
    pub(crate) label: String,
    /// The first value in words.
    pub(crate) before: String,
    /// The second value in words.
    pub(crate) after: String,
}

/// The settings in which `after` differs from `before`, in the order of the page.
pub(crate) fn differences(before: &RunConfig, after: &RunConfig) -> Vec<Difference> {
    let (before, after) = (settings(before), settings(after));
    let mut fields: Vec<&String> = before.iter().map(|(field, _)| field).collect();
    for (i, (field, _)) in after.iter().enumerate() {
        if !fields.contains(&field) {
            fields.insert(i.min(fields.len()), field);
        }
    }
    let find = |all: &[(String, Value)], field: &String| {
        all.iter()
            .find(|(name, _)| name == field)
            .map_or(Value::Null, |(_, value)| value.clone())
    };
    fields
        .into_iter()
        .filter_map(|field| {
            let (old, new) = (find(&before, field), find(&after, field));
            let there = |all: &[(String, Value)]| all.iter().any(|(name, _)| name == field);
            if !there(&before) && as_in_rsc(field, &new, &after)
                || !there(&after) && as_in_rsc(field, &old, &before)
            {
                return None;
            }
            (old != new).then(|| described(field, &old, &new))
        })
        .collect()
}

/// Whether a further arm has at this path what RSC has: of an arm that only one of two runs has,
/// its name says enough where it is like RSC.
fn as_in_rsc(field: &str, value: &Value, all: &[(String, Value)]) -> bool {
    let Some((_, setting)) = field.strip_prefix("arms[").and_then(|f| f.split_once("].")) else {
        return false;
    };
    let in_rsc = format!("arms[1].{setting}");
    field != in_rsc
        && all
            .iter()
            .any(|(name, other)| *name == in_rsc && other == value)
}

fn described(field: &str, old: &Value, new: &Value) -> Difference {
    let (mut before, mut after) = (value(field, old), value(field, new));
    if before == after {
        // They differ by less than the page usually shows.
        (before, after) = (old.to_string(), new.to_string());
    }
    Difference {
        field: field.to_owned(),
        label: label(field),
        before,
        after,
    }
}

/// Every setting by its path. Structures with a kind (data source, network, optimizer) are one
/// setting: their parts mean nothing beside those of another kind.
pub(crate) fn settings(config: &RunConfig) -> Vec<(String, Value)> {
    let Ok(Value::Object(mut root)) = serde_json::to_value(config) else {
        return Vec::new();
    };
    spell_out_defaults(config, &mut root);
    let mut all = Vec::new();
    for section in ["data", "arms", "training", "network"] {
        if let Some(value) = root.remove(section) {
            collect(section, value, &mut all);
        }
    }
    for (name, value) in root {
        collect(&name, value, &mut all);
    }
    all
}

fn collect(path: &str, value: Value, all: &mut Vec<(String, Value)>) {
    match value {
        // A head of one kind has parts, and is one setting as the others are.
        Value::Object(parts) if !parts.contains_key("kind") && path != "network.head" => {
            for (name, part) in parts {
                collect(&format!("{path}.{name}"), part, all);
            }
        }
        Value::Array(items) if items.iter().all(Value::is_object) && path == "arms" => {
            for (i, item) in items.into_iter().enumerate() {
                collect(&format!("{path}[{i}]"), item, all);
            }
        }
        value => all.push((path.to_owned(), value)),
    }
}

/// `None` and the value it stands for are the same setting.
fn spell_out_defaults(config: &RunConfig, root: &mut Map<String, Value>) {
    let mut set = |section: &str, name: &str, value: Value| {
        if let Some(Value::Object(section)) = root.get_mut(section) {
            section.insert(name.to_owned(), value);
        }
    };
    set(
        "network",
        "challenge_after",
        config.network.challenge_block().into(),
    );
    if let (DataSource::Preset { preset }, None) = (&config.data.source, &config.data.held_out)
        && !config.data.together
        && let Some(&last) = preset.domains().last()
    {
        set("data", "held_out", last.into());
    }
    let by_domain = config.training.per_domain_batches;
    set("training", "per_domain_batches", by_domain.into());
    let arms = root.get_mut("arms").and_then(Value::as_array_mut);
    for (arm, settings) in arms.into_iter().flatten().zip(&config.arms) {
        if let Value::Object(arm) = arm {
            let json = |it: serde_json::Result<Value>| it.unwrap_or_default();
            let objective = serde_json::to_value(settings.objective);
            arm.insert("objective".to_owned(), json(objective));
            let regularizer = serde_json::to_value(settings.regularizer);
            arm.insert("regularizer".to_owned(), json(regularizer));
        }
    }
}

#[cfg(test)]
mod tests;
