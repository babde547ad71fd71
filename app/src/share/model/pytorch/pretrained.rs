//! The program for a pretrained network: the whole network in PyTorch's own layers, and its classes for
//! image files. It loads what `core/src/model/whole_network.rs` writes.

use rsc_core::config::{
    Head, InvertedStage, LITE_FEATURES, LITE_STEM, Layout, NetworkConfig, PretrainedNetwork,
    RESNET_STEM, ResidualStage,
};
use rsc_core::protocol::RunInfo;

use super::names::{python_text, weights_file};

/// The program for a run on this backbone and one of its arms.
pub(super) fn snippet(
    backbone: PretrainedNetwork,
    network: &NetworkConfig,
    info: &RunInfo,
    arm: &str,
) -> String {
    let (mut head, mut logits) = head(backbone, network, info);
    let architecture = match backbone.layout() {
        Layout::Inverted(stages) => {
            if let (true, Some(last)) = (network.head.keeps_features(), stages.last()) {
                let layers = [
                    format!(
                        "self._conv_head = Conv({}, {LITE_FEATURES}, 1)",
                        last.channels
                    ),
                    format!("self._bn1 = Norm({LITE_FEATURES})"),
                ];
                head.splice(0..0, layers);
                logits.insert(0, "x = F.relu6(self._bn1(self._conv_head(x)))".into());
            }
            lite(stages)
        }
        Layout::Residual(stages) => resnet(&stages),
    };
    let classes: Vec<String> = info.classes.iter().map(|name| python_text(name)).collect();
    let scale = backbone.pixel_scale();
    let classify = include_str!("classify.py")
        .replace("SIZE", &info.image_size.to_string())
        .replace("MEAN", &scale.mean.map(|it| format!("{it:?}")).join(", "))
        .replace(
            "STD",
            &scale.deviation.map(|it| format!("{it:?}")).join(", "),
        )
        .replace("FILE", &python_text(&weights_file(arm)))
        // The last one, as names of classes can be anything.
        .replace("CLASSES", &classes.join(", "));
    let architecture = architecture
        .replace("HEAD", &in_method(&head))
        .replace("LOGITS", &in_method(&logits));
    [include_str!("imports.py"), &architecture, &classify].concat()
}

/// Statements of a method, the first of which is indented already.
fn in_method(lines: &[String]) -> String {
    lines.join("\n        ")
}

/// EfficientNet-Lite.
fn lite(stages: &[InvertedStage]) -> String {
    let mut blocks = Vec::new();
    let mut inputs = LITE_STEM;
    for stage in stages {
        for block in 0..stage.blocks {
            let stride = if block == 0 { stage.stride } else { 1 };
            blocks.push(format!(
                "Block({inputs}, {}, {}, {}, {stride}),",
                stage.channels, stage.expand, stage.kernel
            ));
            inputs = stage.channels;
        }
    }
    include_str!("lite0.py")
        .replace("STEM", &LITE_STEM.to_string())
        .replace("BLOCKS", &blocks.join("\n            "))
}

/// A ResNet of torchvision.
fn resnet(stages: &[ResidualStage]) -> String {
    let mut layers = Vec::new();
    let mut inputs = RESNET_STEM;
    let bottleneck = stages.iter().any(|stage| stage.bottleneck);
    let widened = if bottleneck { 4 } else { 1 };
    for (number, stage) in (1..).zip(stages) {
        layers.push(format!("self.layer{number} = nn.Sequential("));
        for block in 0..stage.blocks {
            let stride = if block == 0 { stage.stride } else { 1 };
            layers.push(format!(
                "    Block({inputs}, {}, {stride}),",
                stage.channels
            ));
            inputs = widened * stage.channels;
        }
        layers.push(")".into());
    }
    let block = if bottleneck {
        include_str!("bottleneck.py")
    } else {
        include_str!("basic_block.py")
    };
    include_str!("resnet.py")
        .replace("CLASS_BLOCK\n", block)
        .replace("STEM", &RESNET_STEM.to_string())
        .replace("LAYERS", &in_method(&layers))
}

/// The layers of the head, and what makes logits of the features `x`.
fn head(
    backbone: PretrainedNetwork,
    network: &NetworkConfig,
    info: &RunInfo,
) -> (Vec<String>, Vec<String>) {
    let classes = info.classes.len();
    let cost = network.cost(info.image_size, classes);
    let last = cost.blocks.get(backbone.stages() - 1);
    let (features, side) = last.map_or((0, 0), |it| (it.channels, it.side));
    let linear =
        |name: &str, inputs: usize| format!("self.{name} = nn.Linear({inputs}, {classes})");
    match network.head {
        Head::GapLinear => {
            let name = match backbone.layout() {
                Layout::Inverted(_) => "_fc",
                Layout::Residual(_) => "fc",
            };
            let logits = format!("return self.{name}(x.mean((2, 3)))");
            (vec![linear(name, features)], vec![logits])
        }
        Head::FlattenLinear => {
            let logits = "return self.fc(x.flatten(1))".into();
            (vec![linear("fc", features * side * side)], vec![logits])
        }
        Head::ConvGapLinear { channels } => {
            let conv = format!(
                "self.head = nn.ModuleDict({{\"conv\": nn.Conv2d({features}, {channels}, 1)}})"
            );
            let logits = [
                "x = F.relu(self.head[\"conv\"](x))", // not shown
                "return self.fc(x.mean((2, 3)))",
            ];
            let logits = logits.map(String::from).to_vec();
            (vec![conv, linear("fc", channels)], logits)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use rsc_core::config::{Backbone, Trains};
    use serde::Deserialize;

    use super::*;

    /// Settings whose program PyTorch has run.
    #[derive(Deserialize)]
    struct Case {
        image_size: usize,
        network: NetworkConfig,
    }

    fn program(network: &NetworkConfig, image_size: usize, classes: &[&str]) -> String {
        let info = RunInfo {
            classes: classes.iter().map(|&name| name.into()).collect(),
            domains: Vec::new(),
            arms: vec!["erm".into(), "rsc".into()],
            image_size,
            features: [1, 1, 1],
            parameters: 1,
            steps_per_epoch: 1,
            total_steps: 20,
        };
        super::super::snippet(network, &info, "rsc")
    }

    /// The networks of `tests/fixtures/pytorch-pretrained`, and where their programs lie.
    fn fixtures() -> Vec<(PathBuf, String)> {
        let folder = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../tests/fixtures/pytorch-pretrained"
        );
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let cases = entries.filter_map(|entry| {
            let text = std::fs::read_to_string(entry.path().join("case.json")).ok()?;
            let case: Case = serde_json::from_str(&text).ok()?;
            let classes = ["disc", "square", "triangle", "plus"];
            let program = program(&case.network, case.image_size, &classes);
            Some((entry.path().join("program.py"), program))
        });
        cases.collect()
    }

    #[test]
    fn the_programs_are_those_that_pytorch_ran() {
        let fixtures = fixtures();
        assert!(fixtures.len() >= 4);
        for (path, program) in fixtures {
            let ran = std::fs::read_to_string(&path).unwrap_or_default();
            assert_eq!(ran, program, "{}", path.display());
        }
    }

    #[test]
    #[ignore = "writes the fixtures anew"]
    fn write_programs_of_pretrained_networks() -> std::io::Result<()> {
        // `cargo lab test` runs ignored tests too, and leaves the repository as it is.
        if std::env::var_os("RSC_WRITE_FIXTURES").is_none() {
            return Ok(());
        }
        fixtures()
            .into_iter()
            .try_for_each(|(path, program)| std::fs::write(path, program))
    }

    #[test]
    fn nothing_is_left_to_fill_in_and_classes_stay_as_they_are() {
        for backbone in PretrainedNetwork::ALL {
            for head in [
                Head::GapLinear,
                Head::FlattenLinear,
                Head::ConvGapLinear { channels: 5 },
            ] {
                let network = NetworkConfig {
                    backbone: Backbone::Pretrained {
                        network: backbone,
                        trains: Trains::Head,
                        batch_statistics: false,
                    },
                    head,
                    ..NetworkConfig::default()
                };
                let text = program(&network, 96, &["HEAD", "say \"STEM\""]);
                let classes = "classes = [\"HEAD\", \"say \\\"STEM\\\"\"]";
                assert!(text.lines().any(|line| line == classes), "{text}");
                let rest = text.replace(classes, "");
                for open in [
                    "STEM", "BLOCK", "HEAD", "LOGITS", "LAYERS", "SIZE", "MEAN", "STD", "FILE",
                    "CLASS",
                ] {
                    assert!(!rest.contains(open), "{open}\n{text}");
                }
            }
        }
    }

    #[test]
    fn a_flattening_head_knows_the_size_of_the_map() {
        let network = |backbone| NetworkConfig {
            backbone: Backbone::Pretrained {
                network: backbone,
                trains: Trains::All,
                batch_statistics: false,
            },
            head: Head::FlattenLinear,
            ..NetworkConfig::default()
        };
        let text = program(
            &network(PretrainedNetwork::EfficientNetLite0),
            96,
            &["a", "b"],
        );
        assert!(text.contains("self.fc = nn.Linear(11520, 2)"), "{text}");
        let text = program(&network(PretrainedNetwork::ResNet50), 128, &["a", "b", "c"]);
        assert!(text.contains("self.fc = nn.Linear(32768, 3)"), "{text}");
    }
}
