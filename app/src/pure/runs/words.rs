//! Names of settings and of their values, as the panels call them. What is missing here is called
//! by its name in the configuration.

use serde_json::Value;

use crate::pure::format;

/// The name of the setting at this path; those of arms other than RSC say which arm.
pub(super) fn label(field: &str) -> String {
    let Some((arm, setting)) = in_arm(field) else {
        return named(field);
    };
    let name = match setting {
        "name" if arm == 1 => return String::from("Name of the arm"),
        "name" => String::from("name"),
        _ => named(setting),
    };
    match arm {
        0 => format!("ERM arm: {name}"),
        1 => name,
        _ => format!("arm {}: {name}", arm + 1),
    }
}

/// `arms[1].challenge.p` is arm 1 and `challenge.p`.
fn in_arm(field: &str) -> Option<(usize, &str)> {
    let (index, setting) = field.strip_prefix("arms[")?.split_once("].")?;
    Some((index.parse().ok()?, setting))
}

fn named(field: &str) -> String {
    let name = match field {
        "version" => "Version of the settings",
        "data.source" => "Data",
        "data.image_size" => "Image size",
        "data.fit" => "Images that are not square",
        "data.train_images" => "Training images",
        "data.test_images" => "Test images per domain",
        "data.validation_fraction" => "Share kept for testing",
        "data.held_out" => "Held out",
        "network.backbone" => "Network",
        "network.activation" => "Activation",
        "network.normalization" => "Normalisation",
        "network.head" => "Head",
        "network.challenge_after" => "Challenge point",
        "training.epochs" => "Epochs",
        "training.batch_size" => "Batch size",
        "training.learning_rate" => "Learning rate",
        "training.optimizer" => "Optimizer",
        "training.label_smoothing" => "Label smoothing",
        "training.augmentation.flip" => "Mirror images",
        "training.augmentation.shift" => "Shift images, px",
        "training.augmentation.color_jitter" => "Colour jitter",
        "training.seed" => "Seed",
        "challenge.strategy" => "Strategy",
        "challenge.axis" => "Axis",
        "challenge.p" => "p, share muted",
        "challenge.importance" => "Importance",
        "challenge.signal" => "Signal",
        "challenge.selection" => "Selection",
        "challenge.b" => "b, share challenged",
        "challenge.curriculum" => "b grows with the epochs",
        "challenge.minimum_drop" => "Smallest drop challenged",
        "challenge.rounds" => "Rounds",
        other => {
            let last = other.rsplit('.').next().unwrap_or(other);
            return last.replace('_', " ");
        }
    };
    name.to_owned()
}

/// A value of the setting at this path.
pub(super) fn value(field: &str, value: &Value) -> String {
    let setting = in_arm(field).map_or(field, |(_, setting)| setting);
    match (setting, value) {
        ("data.image_size", Value::Number(side)) => format!("{side} × {side} pixels"),
        ("network.challenge_after", Value::Number(block)) => format!("after block {block}"),
        ("data.train_images" | "data.test_images", Value::Number(count)) => {
            format::thousands(count.as_u64().unwrap_or_default() as usize)
        }
        ("challenge.p" | "challenge.b", Value::Number(fraction)) => {
            short_fraction(fraction.as_f64().unwrap_or(f64::NAN))
        }
        // Names that a visitor gave.
        ("data.held_out" | "name", Value::String(name)) => name.clone(),
        _ => plain(value),
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
        Value::Null => String::from("none"),
        Value::Bool(true) => String::from("yes"),
        Value::Bool(false) => String::from("no"),
        // Not as JSON writes it, which would be `1e-8`.
        Value::Number(number) if number.is_f64() => number
            .as_f64()
            .map_or_else(|| number.to_string(), |n| n.to_string()),
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
        other => return format!("{} {}", other.replace('_', " "), plain(part)),
    };
    format!("{called} {}", plain(part))
}

/// A choice by its name in the configuration.
fn choice(name: &str) -> String {
    let words = match name {
        "corner_cue" => "Corner cue",
        "tint_cue" => "Tint cue",
        "styles" => "Styles",
        "own" => "your images",
        "center_crop" => "cut to the middle",
        "contain" => "kept whole",
        "small_cnn" => "small CNN",
        "resnet" => "ResNet",
        "relu" => "ReLU",
        "gelu" => "GELU",
        "gap_linear" => "average, then linear",
        "flatten_linear" => "flatten, then linear",
        "adam" => "Adam",
        "sgd" => "SGD",
        "off" => "off (plain training)",
        "random" => "at random",
        "top_activation" => "most active",
        "top_gradient" => "most important (RSC)",
        "spatial" => "positions",
        "channel" => "channels",
        "mixed" => "mixed: a coin for each batch",
        "gradient_mean" => "mean gradient",
        "grad_cam" => "Grad-CAM",
        "gradient_times_activation" => "gradient × activation",
        "true_logit" => "true class’s logit",
        "all" => "every image",
        "probability_drop" => "largest drop in probability",
        other => return other.replace('_', " "),
    };
    words.to_owned()
}
