//! Names of settings and of their values, as the panels call them. What is missing here is called
//! by its name in the configuration.

use serde_json::{Map, Value};

use rsc_core::config::PretrainedNetwork;

use crate::ui::model::format;
use crate::ui::text::find;

/// The name of the setting at this path; those of arms other than RSC say which arm.
pub(crate) fn label(field: &str) -> String {
    let Some((arm, setting)) = in_arm(field) else {
        return named(field);
    };
    let name = match setting {
        "name" if arm == 1 => return text!("settings.arm.name-of-rsc").to_owned(),
        "name" => text!("settings.arm.name").to_owned(),
        _ => named(setting),
    };
    match arm {
        0 => text!("settings.arm.erm", name = name),
        1 => name,
        _ => text!("settings.arm.nth", number = arm + 1, name = name),
    }
}

/// `arms[1].challenge.p` is arm 1 and `challenge.p`.
fn in_arm(field: &str) -> Option<(usize, &str)> {
    let (index, setting) = field.strip_prefix("arms[")?.split_once("].")?;
    Some((index.parse().ok()?, setting))
}

fn named(field: &str) -> String {
    let last = || {
        let last = field.rsplit('.').next().unwrap_or(field);
        last.replace('_', " ")
    };
    find(&format!("settings.name.{field}")).map_or_else(last, str::to_owned)
}

/// A value of the setting at this path.
pub(crate) fn value(field: &str, value: &Value) -> String {
    let setting = in_arm(field).map_or(field, |(_, setting)| setting);
    match (setting, value) {
        ("data.image_size", Value::Number(side)) => text!("settings.pixels", side = side),
        ("network.challenge_after", Value::Number(block)) => {
            text!("settings.after-block", block = block)
        }
        ("data.train_images" | "data.test_images", Value::Number(count)) => {
            format::thousands(count.as_u64().unwrap_or_default() as usize)
        }
        ("challenge.p" | "challenge.b", Value::Number(fraction)) => {
            short_fraction(fraction.as_f64().unwrap_or(f64::NAN))
        }
        ("network.backbone", Value::Object(parts)) if parts.contains_key("trains") => {
            pretrained(parts)
        }
        ("network.head", Value::Object(parts)) => {
            let conv = parts.get("conv_gap_linear");
            let channels = conv.and_then(|conv| conv.get("channels"));
            let channels = channels.and_then(Value::as_u64).unwrap_or_default();
            plural!("settings.conv-head", channels as usize)
        }
        // Names that a visitor gave.
        ("data.held_out" | "name", Value::String(name)) => name.clone(),
        _ => plain(value),
    }
}

/// A pretrained network, and what of it trains.
fn pretrained(parts: &Map<String, Value>) -> String {
    let text = |name: &str| parts.get(name).and_then(Value::as_str).unwrap_or_default();
    let network = PretrainedNetwork::from_name(text("network"));
    let title = network.map_or("", PretrainedNetwork::title);
    // Selections have an `all` of their own.
    let trains = choice(match text("trains") {
        "all" => "everything",
        other => other,
    });
    match parts.get("batch_statistics") {
        Some(Value::Bool(true)) => {
            text!(
                "settings.pretrained-by-batch",
                network = title,
                trains = trains
            )
        }
        _ => text!("settings.pretrained", network = title, trains = trains),
    }
}

/// Thirds by their sign alone: the list has little room.
fn short_fraction(value: f64) -> String {
    let text = format::fraction(value);
    match text.split_once(" ≈ ") {
        Some((third, _)) => third.to_owned(),
        None => text,
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => text!("settings.none").to_owned(),
        Value::Bool(true) => text!("settings.yes").to_owned(),
        Value::Bool(false) => text!("settings.no").to_owned(),
        // Not as JSON writes it, which would be `1e-8`.
        Value::Number(number) if number.is_f64() => number
            .as_f64()
            .map_or_else(|| number.to_string(), |n| format::local(n.to_string())),
        Value::Number(number) => number.to_string(),
        Value::String(name) => choice(name),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        Value::Object(parts) => {
            let named = parts
                .iter()
                .filter(|(name, _)| *name != "kind")
                .map(|(name, part)| part_of(name, part))
                .collect::<Vec<_>>()
                .join(", ");
            match (parts.get("kind").and_then(Value::as_str), named.as_str()) {
                // One of several.
                (None, _) => format!("[{named}]"),
                (Some("preset"), _) => parts.get("preset").map(plain).unwrap_or_default(),
                (Some(kind), "") => choice(kind),
                (Some(kind), named) => format!("{} ({named})", choice(kind)),
            }
        }
    }
}

fn part_of(name: &str, part: &Value) -> String {
    let called = match name {
        "beta_1" => "β₁",
        "beta_2" => "β₂",
        "epsilon" => "ε",
        other => {
            let called = find(&format!("settings.part.{other}"));
            let called = called.map_or_else(|| other.replace('_', " "), str::to_owned);
            return format!("{called} {}", plain(part));
        }
    };
    format!("{called} {}", plain(part))
}

/// A choice by its name in the configuration.
fn choice(name: &str) -> String {
    find(&format!("settings.choice.{name}")).map_or_else(|| name.replace('_', " "), str::to_owned)
}
