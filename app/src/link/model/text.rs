//! Single values as they stand in a link: numbers as short as they come back exactly, names and
//! networks in words, everything else percent-encoded.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use rsc_core::config::{
    Backbone, Head, Normalization, Objective, PretrainedNetwork, Regularizer, StageConfig, Trains,
};
use serde::{Serialize, de::DeserializeOwned};

/// What may stand in a link as it is. Messengers cut a link at quotes, brackets and spaces.
const SAFE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b',')
    .remove(b'/');

/// Percent-encodes what would end or change a link.
pub(crate) fn escape(text: &str) -> String {
    utf8_percent_encode(text, SAFE).to_string()
}

/// Undoes [`escape`], whatever else was escaped on the way.
pub(crate) fn unescape(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// The shortest text that [`real`] reads as the same number; thirds by their name.
pub(crate) fn number(value: f64) -> String {
    if value == 1.0 / 3.0 {
        return String::from("1/3");
    }
    if value == 2.0 / 3.0 {
        return String::from("2/3");
    }
    let (plain, scientific) = (format!("{value}"), format!("{value:e}"));
    if scientific.len() < plain.len() {
        scientific
    } else {
        plain
    }
}

/// A number, or two with a `/` between them.
pub(crate) fn real(text: &str) -> Result<f64, String> {
    let parsed = match text.split_once('/') {
        None => text.parse::<f64>().ok(),
        Some((above, below)) => {
            let (above, below) = (above.parse::<f64>().ok(), below.parse::<f64>().ok());
            above.zip(below).map(|(above, below)| above / below)
        }
    };
    let finite = parsed.filter(|value| value.is_finite());
    finite.ok_or_else(|| text!("link.expected.number").to_owned())
}

/// An objective by name, with its numbers: `vrex,10,500`.
pub(crate) fn objective(objective: Objective) -> String {
    let parameter = objective.parameter().map(|it| number(it.value));
    let steps = objective.anneal_steps().map(|it| it.to_string());
    let parts = [Some(objective.name().to_owned()), parameter, steps];
    parts.into_iter().flatten().collect::<Vec<_>>().join(",")
}

/// Undoes [`objective`]; numbers that are left out are the usual ones.
pub(crate) fn objective_called(text: &str) -> Result<Objective, String> {
    let mut parts = text.split(',');
    let found = parts.next().and_then(Objective::from_name);
    let mut found = found.ok_or_else(|| {
        let names = Objective::ALL.map(|it| it.name()).join(", ");
        text!("settings.expected.one-of", names = names)
    })?;
    if let Some(value) = parts.next() {
        found = found.with_parameter(real(value)?);
    }
    if let Some(steps) = parts.next() {
        found = found.with_anneal_steps(whole(steps)?);
    }
    Ok(found)
}

/// A regulariser by name, with its numbers: `drop_block,0.1,3`.
pub(crate) fn regularizer(regularizer: Regularizer) -> String {
    let rate = regularizer.rate().map(number);
    let block = regularizer.block().map(|it| it.to_string());
    let parts = [Some(regularizer.name().to_owned()), rate, block];
    parts.into_iter().flatten().collect::<Vec<_>>().join(",")
}

/// Undoes [`regularizer`]; numbers that are left out are the usual ones.
pub(crate) fn regularizer_called(text: &str) -> Result<Regularizer, String> {
    let mut parts = text.split(',');
    let found = parts.next().and_then(Regularizer::from_name);
    let mut found = found.ok_or_else(|| {
        let names = Regularizer::ALL.map(|it| it.name()).join(", ");
        text!("settings.expected.one-of", names = names)
    })?;
    if let Some(value) = parts.next() {
        found = found.with_rate(real(value)?);
    }
    if let Some(side) = parts.next() {
        found = found.with_block(whole(side)?);
    }
    Ok(found)
}

/// A whole number.
pub(crate) fn whole<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse()
        .map_err(|_| text!("link.expected.whole").to_owned())
}

/// `1` or `0`.
pub(crate) fn boolean(text: &str) -> Result<bool, String> {
    match text {
        "1" => Ok(true),
        "0" => Ok(false),
        _ => Err(text!("link.expected.yes-or-no").to_owned()),
    }
}

/// The name that serde gives a choice.
pub(crate) fn name<T: Serialize>(choice: T) -> String {
    match serde_json::to_value(choice) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}

/// The choice that serde gives a name to; its refusal lists the choices.
pub(crate) fn choice<T: DeserializeOwned>(name: &str) -> Result<T, String> {
    let value = serde_json::Value::String(name.to_owned());
    serde_json::from_value(value).map_err(|error| {
        let text = error.to_string();
        let choices = text.split_once("expected ").map(|(_, choices)| choices);
        // serde puts each name between two backticks.
        let names = choices.unwrap_or_default().split('`').skip(1).step_by(2);
        match names.collect::<Vec<_>>().as_slice() {
            [] => text,
            [one, other] => text!("link.expected.either", one = one, other = other),
            names => text!("link.expected.one-of", names = names.join(", ")),
        }
    })
}

/// What ends the name of a pretrained network whose stages normalise by the batch.
const BATCH_STATISTICS: &str = "-batchstats";
/// How a link calls a head with a convolution, before its channels.
const CONV: &str = "conv-";

fn network_name(network: PretrainedNetwork) -> &'static str {
    match network {
        PretrainedNetwork::EfficientNetLite0 => "lite0",
        PretrainedNetwork::ResNet18 => "resnet18",
        PretrainedNetwork::ResNet50 => "resnet50",
    }
}

fn trains_name(trains: Trains) -> &'static str {
    match trains {
        Trains::Head => "head",
        Trains::LastStage => "last",
        Trains::All => "all",
    }
}

/// `lite0-head` or `resnet50-all-batchstats`.
fn pretrained_called(text: &str) -> Option<Backbone> {
    let (text, batch_statistics) = match text.strip_suffix(BATCH_STATISTICS) {
        Some(text) => (text, true),
        None => (text, false),
    };
    let (network, trains) = text.split_once('-')?;
    let mut networks = PretrainedNetwork::ALL.into_iter();
    let mut all = Trains::ALL.into_iter();
    Some(Backbone::Pretrained {
        network: networks.find(|it| network_name(*it) == network)?,
        trains: all.find(|it| trains_name(*it) == trains)?,
        batch_statistics,
    })
}

/// `gap_linear`, `flatten_linear` or `conv-256`.
pub(crate) fn head(head: Head) -> String {
    match head {
        Head::GapLinear | Head::FlattenLinear => name(head),
        Head::ConvGapLinear { channels } => format!("{CONV}{channels}"),
    }
}

/// Undoes [`head`].
pub(crate) fn head_called(text: &str) -> Result<Head, String> {
    let channels = text.strip_prefix(CONV).map(str::parse);
    match (text, channels) {
        ("gap_linear", _) => Ok(Head::GapLinear),
        ("flatten_linear", _) => Ok(Head::FlattenLinear),
        (_, Some(Ok(channels))) => Ok(Head::ConvGapLinear { channels }),
        _ => Err(text!("link.expected.head").to_owned()),
    }
}

/// `cnn-16-32-64`, `resnet-16-32x2s2-…` (stem, then channels × blocks and stride of each stage), or
/// `lite0-head` (a pretrained network and what of it trains).
pub(crate) fn backbone(backbone: &Backbone) -> String {
    match backbone {
        Backbone::SmallCnn { channels } => {
            let channels: Vec<String> = channels.iter().map(usize::to_string).collect();
            format!("cnn-{}", channels.join("-"))
        }
        Backbone::ResNet { stem, stages } => {
            let stages: Vec<String> = stages
                .iter()
                .map(|stage| format!("{}x{}s{}", stage.channels, stage.blocks, stage.stride))
                .collect();
            format!("resnet-{stem}-{}", stages.join("-"))
        }
        Backbone::Pretrained {
            network,
            trains,
            batch_statistics,
        } => {
            let end = if *batch_statistics {
                BATCH_STATISTICS
            } else {
                ""
            };
            format!("{}-{}{end}", network_name(*network), trains_name(*trains))
        }
    }
}

/// Undoes [`backbone`].
pub(crate) fn backbone_called(text: &str) -> Result<Backbone, String> {
    let stage = |part: &str| -> Option<StageConfig> {
        let (channels, rest) = part.split_once('x')?;
        let (blocks, stride) = rest.split_once('s').unwrap_or((rest, "1"));
        Some(StageConfig {
            channels: channels.parse().ok()?,
            blocks: blocks.parse().ok()?,
            stride: stride.parse().ok()?,
        })
    };
    let parsed = || -> Option<Backbone> {
        let (kind, rest) = text.split_once('-')?;
        let mut parts = rest.split('-');
        match kind {
            "cnn" => Some(Backbone::SmallCnn {
                channels: parts.map(|part| part.parse().ok()).collect::<Option<_>>()?,
            }),
            "resnet" => Some(Backbone::ResNet {
                stem: parts.next()?.parse().ok()?,
                stages: parts.map(stage).collect::<Option<_>>()?,
            }),
            _ => None,
        }
    };
    parsed()
        .or_else(|| pretrained_called(text))
        .ok_or_else(|| text!("link.expected.network").to_owned())
}

/// `none`, `batch` or `group-4`.
pub(crate) fn normalization(kind: Normalization) -> String {
    match kind {
        Normalization::None => String::from("none"),
        Normalization::Batch => String::from("batch"),
        Normalization::Group { groups } => format!("group-{groups}"),
    }
}

/// Undoes [`normalization`].
pub(crate) fn normalization_called(text: &str) -> Result<Normalization, String> {
    let groups = || text.strip_prefix("group-")?.parse().ok();
    match text {
        "none" => Ok(Normalization::None),
        "batch" => Ok(Normalization::Batch),
        _ => groups()
            .map(|groups| Normalization::Group { groups })
            .ok_or_else(|| text!("link.expected.normalization").to_owned()),
    }
}
