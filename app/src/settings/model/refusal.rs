//! Translates the engine's errors about settings. The engine speaks English; what it expects is
//! recognised by its form.

use rsc_core::ConfigError;

const NAME: &str = "1 to 32 letters, digits, - or _ (it becomes part of file names)"; // not shown
const PIXELS_LEFT: &str = "at least 2 px left: fewer blocks or strides, or larger images"; // not shown

const FROZEN: &str =
    "0 where stages are frozen: their features are computed once, so images can only be mirrored"; // not shown

const TOGETHER: &str = "false where a domain is held out"; // not shown

const SHRINKING: &str = ", which shrinks them 32 times"; // not shown
const OF_ITS_OWN: &str = ", which has its own"; // not shown

const COMPARES: &str =
    "erm or spectral_decoupling: this one compares training domains, and there is only "; // not shown
const SEVERAL: &str = "; choose images of several domains"; // not shown
const NOT_ERASED: &str =
    "another one where stages are frozen: an image's features are computed once, so it stays whole"; // not shown
const MANY_INPUTS: &str = "another one where the classifier has more than "; // not shown
const POOLING: &str = "), or a head with global average pooling"; // not shown

/// A whole refusal.
pub(crate) fn sentence(error: &ConfigError) -> String {
    text!(
        "settings.refusal",
        field = error.field,
        value = translated(&error.value),
        expected = translated(&error.expected)
    )
}

/// What the engine said of a value or of what it expects; as it stands where its form is unknown.
pub(crate) fn translated(engine: &str) -> String {
    known(engine).unwrap_or_else(|| engine.to_owned())
}

fn known(engine: &str) -> Option<String> {
    let fixed = match engine {
        "a value from 0 to below 1" => Some(text!("settings.expected.below-one")), // not shown
        "a name that no other arm has" => Some(text!("settings.expected.free-name")), // not shown
        NAME => Some(text!("settings.expected.name")),
        FROZEN => Some(text!("settings.expected.only-mirrored")),
        TOGETHER => Some(text!("settings.expected.apart")),
        PIXELS_LEFT => Some(text!("settings.expected.pixels-left")),
        NOT_ERASED => Some(text!("settings.expected.not-erased")),
        _ => None,
    };
    fixed
        .map(str::to_owned)
        .or_else(|| {
            let (low, high) = two(engine, "a value from ", " to ", "")?; // not shown
            Some(text!("settings.expected.range", low = low, high = high))
        })
        .or_else(|| {
            let high = engine.strip_prefix("a value above 0 and at most ")?; // not shown
            Some(text!("settings.expected.above-zero", high = high))
        })
        .or_else(|| {
            let names = engine.strip_prefix("one of ")?; // not shown
            Some(text!("settings.expected.one-of", names = names))
        })
        .or_else(|| {
            let counts = engine.strip_prefix("a divisor of every channel count (")?; // not shown
            let counts = counts.strip_suffix(')')?;
            Some(text!("settings.expected.divisor", counts = counts))
        })
        .or_else(|| {
            let (least, network) = two(engine, "at least ", " px for ", SHRINKING)?; // not shown
            Some(text!(
                "settings.expected.larger-images",
                least = least,
                network = network
            ))
        })
        .or_else(|| {
            let (part, network) = two(engine, "", " for ", OF_ITS_OWN)?; // not shown
            Some(text!(
                "settings.expected.of-its-own",
                part = part,
                network = network
            ))
        })
        .or_else(|| of_domains(engine))
        .or_else(|| {
            let start = "a network that shrinks "; // not shown
            let (from, to) = two(engine, start, " px to ", " px")?; // not shown
            Some(text!("settings.shrinking", from = from, to = to))
        })
}

/// What is expected of methods that compare domains.
fn of_domains(engine: &str) -> Option<String> {
    if let Some(rest) = engine.strip_prefix(COMPARES) {
        let domain = rest.strip_suffix(SEVERAL)?;
        return Some(text!("settings.expected.several-domains", domain = domain));
    }
    let inputs = " inputs (it has "; // not shown
    if let Some((most, inputs)) = two(engine, MANY_INPUTS, inputs, POOLING) {
        return Some(text!(
            "settings.expected.fewer-inputs",
            most = most,
            inputs = inputs
        ));
    }
    let images = ": two images of each of the "; // not shown
    let (least, domains) = two(engine, "at least ", images, " training domains")?; // not shown
    Some(text!(
        "settings.expected.larger-batch",
        least = least,
        domains = domains
    ))
}

/// What stands in the two gaps of a phrase.
fn two<'a>(text: &'a str, start: &str, between: &str, end: &str) -> Option<(&'a str, &'a str)> {
    text.strip_prefix(start)?
        .strip_suffix(end)?
        .split_once(between)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rsc_core::config::{
        Activation, Backbone, Head, Normalization, Objective, PretrainedNetwork, Regularizer,
        RunConfig,
    };

    use crate::settings::model::network::kind::{Kind, choose_kind};

    fn pretrained(config: &mut RunConfig) {
        choose_kind(config, Kind::Pretrained(PretrainedNetwork::ResNet18));
    }

    #[test]
    fn the_engines_words_are_known() {
        let cases: [fn(&mut RunConfig); 17] = [
            |c| c.data.image_size = 8,
            |c| c.data.validation_fraction = 1.0,
            |c| c.data.held_out = Some(String::from("moon")),
            |c| {
                c.network.backbone = Backbone::SmallCnn {
                    channels: vec![8; 6],
                }
            },
            |c| c.network.normalization = Normalization::Group { groups: 5 },
            |c| {
                c.data.held_out = Some(String::from("cued"));
                c.data.together = true;
            },
            |c| c.training.learning_rate = 0.0,
            |c| c.training.label_smoothing = 1.0,
            |c| c.arms[1].name = String::from("erm"),
            |c| c.arms[0].name = String::from("a/b"),
            |c| {
                pretrained(c);
                c.data.image_size = 32;
            },
            |c| {
                pretrained(c);
                c.network.activation = Activation::Gelu;
            },
            |c| {
                pretrained(c);
                c.network.normalization = Normalization::Batch;
            },
            |c| {
                pretrained(c);
                c.training.augmentation.shift = 2;
            },
            |c| {
                pretrained(c);
                c.training.augmentation.color_jitter = 0.1;
            },
            |c| {
                pretrained(c);
                c.arms[0].regularizer = Regularizer::RandomErasing { probability: 0.5 };
            },
            |c| {
                c.network.backbone = Backbone::SmallCnn { channels: vec![64] };
                c.network.head = Head::FlattenLinear;
                c.arms[0].objective = Objective::Coral { weight: 1.0 };
            },
        ];
        for change in cases {
            let mut config = RunConfig::default();
            change(&mut config);
            let error = config.validate().expect_err("it is out of range");
            assert_eq!(known(&error.expected).as_ref(), Some(&error.expected));
            assert_eq!(translated(&error.value), error.value);
        }
        for of_a_run in [
            "erm or spectral_decoupling: this one compares training domains, and there is only cued; \
             choose images of several domains",
            "at least 6: two images of each of the 3 training domains",
        ] {
            assert_eq!(known(of_a_run).as_deref(), Some(of_a_run));
        }
        assert!(known("a network that shrinks 16 px to 1 px").is_some());
        assert_eq!(translated("-1"), "-1");
    }
}
