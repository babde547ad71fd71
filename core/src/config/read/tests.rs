use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::config::*;

/// Settings that have, between them, every field that there is.
fn bases() -> Vec<RunConfig> {
    let mut other = RunConfig::default();
    other.data.source = DataSource::Own;
    other.data.held_out = Some(String::from("sketch"));
    other.network.backbone = Backbone::ResNet {
        stem: 16,
        stages: vec![StageConfig {
            channels: 16,
            blocks: 1,
            stride: 1,
        }],
    };
    other.network.normalization = Normalization::Group { groups: 4 };
    other.network.challenge_after = Some(1);
    other.training.optimizer = OptimizerConfig::Sgd {
        momentum: 0.9,
        weight_decay: 0.0,
    };
    other.arms[1].challenge.minimum_drop = Some(1e-4);
    let mut pretrained = RunConfig::default();
    pretrained.data.image_size = 96;
    pretrained.network.backbone = Backbone::Pretrained {
        network: PretrainedNetwork::EfficientNetLite0,
        trains: Trains::LastStage,
        batch_statistics: false,
    };
    pretrained.network.head = Head::ConvGapLinear { channels: 256 };
    pretrained.network.challenge_after = Some(7);
    vec![RunConfig::default(), other, pretrained]
}

/// The places of all single values, and of all objects.
fn places(of: &Value, at: &str, values: &mut Vec<String>, objects: &mut Vec<String>) {
    match of {
        Value::Object(fields) => {
            objects.push(at.to_owned());
            for (name, field) in fields {
                places(field, &format!("{at}/{name}"), values, objects);
            }
        }
        Value::Array(entries) => {
            for (i, entry) in entries.iter().enumerate() {
                places(entry, &format!("{at}/{i}"), values, objects);
            }
        }
        _ => values.push(at.to_owned()),
    }
}

/// The settings with another value at a place.
fn with(base: &RunConfig, place: &str, value: Value) -> String {
    let mut all = serde_json::to_value(base).unwrap_or_default();
    let Some(there) = all.pointer_mut(place) else {
        panic!("there is no {place}");
    };
    *there = value;
    all.to_string()
}

fn refused(text: &str) -> String {
    match RunConfig::from_json(text) {
        Ok(_) => panic!("taken: {text}"),
        Err(error) => error.to_string(),
    }
}

/// Values that are out of range at the places that end in these names, and what is said of them.
/// A field that is new fails the test below until it stands here, or among those with no range.
const OUT_OF_RANGE: [(&str, &[&str]); 27] = [
    ("/version", &["0", "2", "4294967295"]),
    (
        "/data/image_size",
        &["0", "15", "225", "18446744073709551615"],
    ),
    ("/data/train_images", &["0", "7", "20001"]),
    ("/data/test_images", &["0", "7", "20001"]),
    (
        "/data/validation_fraction",
        &["0", "0.04", "0.91", "-1", "1e308"],
    ),
    (
        "/network/backbone/channels/0",
        &["0", "513", "18446744073709551615"],
    ),
    ("/network/backbone/channels/1", &["0", "513"]),
    ("/network/backbone/channels/2", &["0", "513"]),
    ("/network/backbone/stem", &["0", "513"]),
    ("/network/backbone/stages/0/channels", &["0", "513"]),
    ("/network/backbone/stages/0/blocks", &["0", "9"]),
    ("/network/backbone/stages/0/stride", &["0", "3"]),
    ("/network/normalization/groups", &["0", "5", "17"]),
    ("/network/head/conv_gap_linear/channels", &["0", "1025"]),
    ("/network/challenge_after", &["0", "9"]),
    ("/training/epochs", &["0", "1001"]),
    ("/training/batch_size", &["0", "1", "513"]),
    ("/training/learning_rate", &["0", "-1", "10.1", "1e308"]),
    ("/training/optimizer/beta_1", &["1", "-0.1"]),
    ("/training/optimizer/beta_2", &["1", "-0.1"]),
    ("/training/optimizer/epsilon", &["0", "-1", "1.1"]),
    ("/training/optimizer/weight_decay", &["-0.1", "1.1"]),
    ("/training/optimizer/momentum", &["1", "-0.1"]),
    ("/training/label_smoothing", &["1", "-0.1"]),
    ("/training/augmentation/shift", &["17", "4294967295"]),
    ("/training/augmentation/color_jitter", &["-0.1", "1.1"]),
    ("/training/seed", &["9007199254740992"]),
];

/// The same within each arm.
const OUT_OF_RANGE_IN_ARMS: [(&str, &[&str]); 5] = [
    (
        "/name",
        &[
            r#""""#,
            r#""a/b""#,
            r#""Zoë""#,
            r#""a b""#,
            r#""012345678901234567890123456789012""#,
        ],
    ),
    ("/challenge/p", &["-0.1", "1.1", "1e308"]),
    ("/challenge/b", &["-0.1", "1.1", "1e308"]),
    ("/challenge/minimum_drop", &["-0.1", "1.1"]),
    ("/challenge/rounds", &["0", "9", "4294967295"]),
];

/// Choices and switches: all that their type takes is in range.
const WITHOUT_RANGE: [&str; 20] = [
    "/data/source/kind",
    "/data/source/preset",
    "/data/fit",
    "/data/held_out",
    "/data/together",
    "/network/backbone/kind",
    "/network/activation",
    "/network/normalization/kind",
    "/network/backbone/network",
    "/network/backbone/trains",
    "/network/backbone/batch_statistics",
    "/network/head",
    "/training/optimizer/kind",
    "/training/augmentation/flip",
    "/challenge/strategy",
    "/challenge/axis",
    "/challenge/importance",
    "/challenge/signal",
    "/challenge/selection",
    "/challenge/curriculum",
];

#[test]
fn every_field_out_of_range_is_refused_by_name() {
    let mut covered = BTreeSet::new();
    for base in bases() {
        let all = serde_json::to_value(&base).unwrap_or_default();
        let (mut values, mut objects) = (Vec::new(), Vec::new());
        places(&all, "", &mut values, &mut objects);
        for place in values {
            let in_arm = place.strip_prefix("/arms/").and_then(|it| it.find('/'));
            let (known, name): (&[(&str, &[&str])], _) = match in_arm {
                Some(at) => (&OUT_OF_RANGE_IN_ARMS, &place["/arms/".len() + at..]),
                None => (&OUT_OF_RANGE, &place[..]),
            };
            covered.insert(name.to_owned());
            let Some((_, wrong)) = known.iter().find(|(known, _)| *known == name) else {
                assert!(
                    WITHOUT_RANGE.contains(&name),
                    "{name} is new: say in this test what is out of its range"
                );
                continue;
            };
            if all.pointer(&place) == Some(&Value::Null) {
                continue;
            }
            for value in *wrong {
                let value: Value = serde_json::from_str(value).unwrap_or_default();
                let said = refused(&with(&base, &place, value));
                let last = place.rsplit('/').find(|part| part.parse::<u8>().is_err());
                assert!(said.contains(last.unwrap_or_default()), "{place}: {said}");
                assert!(said.contains("expected"), "{place}: {said}");
            }
        }
    }
    let known = OUT_OF_RANGE.iter().chain(&OUT_OF_RANGE_IN_ARMS);
    let known = known.map(|(name, _)| *name).chain(WITHOUT_RANGE);
    let idle: Vec<_> = known.filter(|name| !covered.contains(*name)).collect();
    assert!(idle.is_empty(), "no settings have {idle:?}");
}

#[test]
fn every_field_of_a_wrong_type_is_refused() {
    let wrong = [json!("x"), json!(-1.5), json!([]), json!({}), json!(true)];
    let mut tried = 0;
    for base in bases() {
        let all = serde_json::to_value(&base).unwrap_or_default();
        let (mut values, mut objects) = (Vec::new(), Vec::new());
        places(&all, "", &mut values, &mut objects);
        for place in values.iter().chain(&objects) {
            for value in &wrong {
                let given = all.pointer(place).unwrap_or(&Value::Null);
                // An absent choice may be given; a name may be any word; `{}` means the defaults.
                let fits = match value {
                    Value::String(_) => place.ends_with("/name") || place.ends_with("held_out"),
                    Value::Object(_) => given.is_object(),
                    Value::Bool(_) => given.is_boolean(),
                    _ => false,
                };
                if fits {
                    continue;
                }
                let text = with(&base, place, value.clone());
                let said = refused(&text);
                // Under a choice, serde knows the choice only.
                let parts: Vec<_> = place.split('/').filter(|it| !it.is_empty()).collect();
                let named = parts.iter().take(2).all(|part| said.contains(*part));
                let ranged = said.contains("expected");
                assert!(
                    named || ranged && place.is_empty(),
                    "{place}, {value}: {said}"
                );
                tried += 1;
            }
        }
    }
    assert!(tried > 300, "{tried}");
}

#[test]
fn unknown_fields_and_choices_are_refused_wherever_they_stand() {
    for base in bases() {
        let all = serde_json::to_value(&base).unwrap_or_default();
        let (mut values, mut objects) = (Vec::new(), Vec::new());
        places(&all, "", &mut values, &mut objects);
        for place in objects {
            let mut more = all.clone();
            let object = more.pointer_mut(&place).and_then(Value::as_object_mut);
            let Some(object) = object else {
                panic!("{place} is no object");
            };
            object.insert(String::from("from_the_future"), json!(1));
            let said = refused(&more.to_string());
            // Beside a choice by name, serde says only where something is too much.
            let named = match place.as_str() {
                "/network/head" => "network.head",
                _ => "from_the_future",
            };
            assert!(said.contains(named), "{place}: {said}");
        }
        for place in values {
            if all.pointer(&place).is_some_and(Value::is_string)
                && !place.ends_with("/name")
                && !place.ends_with("/held_out")
            {
                let said = refused(&with(&base, &place, json!("from_the_future")));
                assert!(said.contains("from_the_future"), "{place}: {said}");
            }
        }
    }
}

#[test]
fn other_versions_and_other_texts_are_refused() {
    for version in [0_u32, CONFIG_VERSION + 1, u32::MAX] {
        let said = refused(&format!(r#"{{"version": {version}}}"#));
        assert!(said.contains("version"), "{said}");
    }
    for (text, part) in [
        ("", "not JSON"),
        ("hello", "not JSON"),
        ("{\"version\": 1", "not JSON"),
        ("{} {}", "not JSON"),
        ("[]", "a list"),
        ("null", "null"),
        ("3", "3"),
    ] {
        let said = refused(text);
        assert!(said.contains(part), "{text}: {said}");
    }
    let missing = r#"{"arms": [{"challenge": {}}]}"#;
    let said = refused(missing);
    assert!(said.contains("arms[0]") && said.contains("name"), "{said}");
}

#[test]
fn what_is_written_is_read() {
    for base in bases() {
        let text = serde_json::to_string_pretty(&base).unwrap_or_default();
        let read = RunConfig::from_json(&format!("\u{feff}{text}\n"));
        assert!(read.is_ok_and(|read| read == base));
    }
}
