//! A PyTorch program that loads exported weights: the same network, and the names of
//! `core/src/model/export.rs`.

use rsc_core::config::{Activation, Backbone, Head, NetworkConfig, Normalization};
use rsc_core::protocol::RunInfo;

/// The file of an arm's weights.
pub(crate) fn weights_file(arm: &str) -> String {
    format!("model.{arm}.safetensors")
}

/// The program for a run's network and one of its arms.
pub(crate) fn snippet(network: &NetworkConfig, info: &RunInfo, arm: &str) -> String {
    let activation = match network.activation {
        Activation::Relu => "F.relu",
        Activation::Gelu => "F.gelu",
    };
    let (norm, bias) = match network.normalization {
        Normalization::None => (None, ""),
        Normalization::Batch => (Some("nn.BatchNorm2d(outputs)".to_owned()), ", bias=False"),
        Normalization::Group { groups } => (
            Some(format!("nn.GroupNorm({groups}, outputs)")),
            ", bias=False",
        ),
    };
    let mut lines: Vec<String> = vec![
        "# pip install torch safetensors".into(), // not shown
        "import torch".into(),                    // not shown
        "from safetensors.torch import load_file".into(),
        "from torch import nn".into(),                 // not shown
        "from torch.nn import functional as F".into(), // not shown
        String::new(),
        String::new(),
    ];
    let is_resnet = matches!(network.backbone, Backbone::ResNet { .. });
    lines.extend(conv_block(activation, norm.as_deref(), bias, is_resnet));
    if is_resnet {
        lines.extend(basic_block(activation, norm.as_deref(), bias));
    }
    lines.extend(network_class(network, info));
    lines.extend(inference(info, arm));
    let mut text = lines.join("\n");
    text.push('\n');
    text
}

/// `class Network`, of the blocks before it.
fn network_class(network: &NetworkConfig, info: &RunInfo) -> Vec<String> {
    let size = info.image_size;
    let (blocks, channels, side) = blocks(&network.backbone, size);
    let mut lines = vec![
        "class Network(nn.Module):".into(),
        "    def __init__(self):".into(),
        "        super().__init__()".into(),
    ];
    let mut start = "images";
    if let Backbone::ResNet { stem, .. } = network.backbone {
        lines.push(format!("        self.stem = ConvBlock(3, {stem})"));
        start = "self.stem(images)";
    }
    lines.push("        self.blocks = nn.Sequential(".into());
    lines.extend(blocks.iter().map(|block| format!("            {block},")));
    lines.push("        )".into());
    let (inputs, head) = match network.head {
        Head::GapLinear => (channels, "features.mean((2, 3))"),
        Head::FlattenLinear => (channels * side * side, "features.flatten(1)"),
    };
    lines.extend([
        format!(
            "        self.linear = nn.Linear({inputs}, {})",
            info.classes.len()
        ),
        String::new(),
        "    def forward(self, images):".into(),
        format!("        # [batch, 3, {size}, {size}], RGB, each value 2 * v / 255 - 1"), // not shown
        format!("        features = self.blocks({start})"),
        format!("        return self.linear({head})"),
        String::new(),
        String::new(),
    ]);
    lines
}

/// Loads the weights of `arm`, and classifies one image.
fn inference(info: &RunInfo, arm: &str) -> [String; 8] {
    let size = info.image_size;
    let classes: Vec<String> = info.classes.iter().map(|name| python_text(name)).collect();
    [
        "network = Network()".into(),
        format!(
            "network.load_state_dict(load_file(\"{}\"))",
            weights_file(arm)
        ),
        "network.eval()".into(),
        format!("classes = [{}]", classes.join(", ")),
        String::new(),
        "with torch.no_grad():".into(),
        format!("    logits = network(torch.zeros(1, 3, {size}, {size}))"), // not shown
        "print(dict(zip(classes, logits.softmax(1)[0].tolist())))".into(),
    ]
}

/// A JSON text is a Python text too.
fn python_text(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_else(|_| String::from("\"\""))
}

/// Constructors of the blocks, the last one's channels, and the side of its feature map.
fn blocks(backbone: &Backbone, size: usize) -> (Vec<String>, usize, usize) {
    let (mut blocks, mut side) = (Vec::new(), size);
    let mut last = 3;
    match backbone {
        Backbone::SmallCnn { channels } => {
            for (i, &output) in channels.iter().enumerate() {
                let pool = i + 1 < channels.len();
                let argument = if pool { ", pool=True" } else { "" };
                blocks.push(format!("ConvBlock({last}, {output}{argument})"));
                last = output;
                side = if pool { side / 2 } else { side };
            }
        }
        Backbone::ResNet { stem, stages } => {
            last = *stem;
            for stage in stages {
                for i in 0..stage.blocks {
                    let stride = if i == 0 { stage.stride } else { 1 };
                    blocks.push(format!("BasicBlock({last}, {}, {stride})", stage.channels));
                    last = stage.channels;
                    side = side.div_ceil(stride);
                }
            }
        }
    }
    (blocks, last, side)
}

/// Convolution, normalisation, activation and, where the network has one, a pool.
fn conv_block(activation: &str, norm: Option<&str>, bias: &str, is_resnet: bool) -> Vec<String> {
    let mut lines: Vec<String> = vec!["class ConvBlock(nn.Module):".into()];
    let parameter = if is_resnet { "" } else { ", pool=False" };
    lines.extend([
        format!("    def __init__(self, inputs, outputs{parameter}):"),
        "        super().__init__()".into(),
        format!("        self.conv = nn.Conv2d(inputs, outputs, 3, padding=1{bias})"),
    ]);
    if let Some(norm) = norm {
        lines.push(format!("        self.norm = {norm}"));
    }
    if !is_resnet {
        lines.push("        self.pool = pool".into());
    }
    let inner = if norm.is_some() {
        "self.norm(self.conv(x))"
    } else {
        "self.conv(x)"
    };
    lines.extend([String::new(), "    def forward(self, x):".into()]);
    if is_resnet {
        lines.push(format!("        return {activation}({inner})"));
    } else {
        lines.push(format!("        x = {activation}({inner})"));
        lines.push("        return F.max_pool2d(x, 2) if self.pool else x".into());
    }
    lines.extend([String::new(), String::new()]);
    lines
}

/// ResNet's basic block, with a projected shortcut where stride or channels change.
fn basic_block(activation: &str, norm: Option<&str>, bias: &str) -> Vec<String> {
    let mut lines: Vec<String> = vec![
        "class BasicBlock(nn.Module):".into(),
        "    def __init__(self, inputs, outputs, stride):".into(), // not shown
        "        super().__init__()".into(),
        format!("        self.conv_1 = nn.Conv2d(inputs, outputs, 3, stride, 1{bias})"),
        format!("        self.conv_2 = nn.Conv2d(outputs, outputs, 3, 1, 1{bias})"),
    ];
    if let Some(norm) = norm {
        lines.push(format!("        self.norm_1 = {norm}"));
        lines.push(format!("        self.norm_2 = {norm}"));
    }
    lines.extend([
        "        self.projects = stride != 1 or inputs != outputs".into(), // not shown
        "        if self.projects:".into(),
        format!("            self.shortcut = nn.Conv2d(inputs, outputs, 1, stride{bias})"),
    ]);
    if let Some(norm) = norm {
        lines.push(format!("            self.shortcut_norm = {norm}"));
    }
    let normed = |name: &str, inner: &str| match norm {
        Some(_) => format!("self.{name}({inner})"),
        None => inner.to_owned(),
    };
    let shortcut = normed("shortcut_norm", "self.shortcut(x)");
    let first = normed("norm_1", "self.conv_1(x)");
    let second = normed("norm_2", "self.conv_2(y)");
    lines.extend([
        String::new(),
        "    def forward(self, x):".into(),
        format!("        shortcut = {shortcut} if self.projects else x"), // not shown
        format!("        y = {activation}({first})"),
        format!("        return {activation}({second} + shortcut)"),
        String::new(),
        String::new(),
    ]);
    lines
}

#[cfg(test)]
mod tests {
    use rsc_core::config::StageConfig;

    use super::*;

    fn info(image_size: usize) -> RunInfo {
        RunInfo {
            classes: vec!["disc".into(), "say \"hi\"".into()],
            domains: Vec::new(),
            arms: vec!["erm".into(), "rsc".into()],
            image_size,
            features: [64, 8, 8],
            parameters: 1,
            steps_per_epoch: 32,
            total_steps: 640,
        }
    }

    fn resnet() -> Backbone {
        let stage = |channels, blocks, stride| StageConfig {
            channels,
            blocks,
            stride,
        };
        Backbone::ResNet {
            stem: 8,
            stages: vec![stage(8, 1, 1), stage(12, 2, 2)],
        }
    }

    #[test]
    fn the_default_network() {
        let text = snippet(&NetworkConfig::default(), &info(32), "rsc");
        for line in [
            "            ConvBlock(3, 16, pool=True),",
            "            ConvBlock(16, 32, pool=True),",
            "            ConvBlock(32, 64),",
            "        self.conv = nn.Conv2d(inputs, outputs, 3, padding=1)",
            "        self.linear = nn.Linear(64, 2)",
            "        return self.linear(features.mean((2, 3)))",
            "network.load_state_dict(load_file(\"model.rsc.safetensors\"))",
            "classes = [\"disc\", \"say \\\"hi\\\"\"]",
        ] {
            assert!(text.lines().any(|l| l == line), "{line}\n{text}");
        }
        assert!(!text.contains("norm") && !text.contains("BasicBlock"));
    }

    #[test]
    fn a_flattening_head_knows_the_size_of_the_map() {
        let network = NetworkConfig {
            head: Head::FlattenLinear,
            normalization: Normalization::Group { groups: 4 },
            activation: Activation::Gelu,
            ..NetworkConfig::default()
        };
        // 33 → 16 → 8, as a pool without padding rounds down.
        let text = snippet(&network, &info(33), "erm");
        assert!(text.contains("nn.Linear(4096, 2)"), "{text}");
        assert!(text.contains("self.norm = nn.GroupNorm(4, outputs)"));
        assert!(text.contains("padding=1, bias=False)"));
        assert!(text.contains("x = F.gelu(self.norm(self.conv(x)))"));
    }

    #[test]
    fn a_resnet_with_batch_normalisation() {
        let network = NetworkConfig {
            backbone: resnet(),
            head: Head::FlattenLinear,
            normalization: Normalization::Batch,
            ..NetworkConfig::default()
        };
        // 33 → 17, as a padded stride rounds up.
        let text = snippet(&network, &info(33), "erm");
        for line in [
            "        self.stem = ConvBlock(3, 8)",
            "            BasicBlock(8, 8, 1),",
            "            BasicBlock(8, 12, 2),",
            "            BasicBlock(12, 12, 1),",
            "            self.shortcut_norm = nn.BatchNorm2d(outputs)",
            "        features = self.blocks(self.stem(images))",
        ] {
            assert!(text.lines().any(|l| l == line), "{line}\n{text}");
        }
        assert!(text.contains(&format!("nn.Linear({}, 2)", 12 * 17 * 17)));
        assert!(!text.contains("pool"));
    }

    #[test]
    fn a_resnet_without_normalisation_has_biases() {
        let network = NetworkConfig {
            backbone: resnet(),
            ..NetworkConfig::default()
        };
        let text = snippet(&network, &info(32), "erm");
        assert!(!text.contains("norm") && !text.contains("bias"), "{text}");
    }

    /// The networks of `tests/fixtures/pytorch`, whose programs PyTorch has run.
    fn fixtures() -> Vec<(std::path::PathBuf, String)> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/pytorch");
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let folders = entries
            .map(|entry| entry.path())
            .filter(|path| path.is_dir());
        folders
            .map(|folder| {
                let text = std::fs::read_to_string(folder.join("network.json"));
                let network = serde_json::from_str(&text.unwrap_or_default());
                let classes = ["disc", "square", "triangle", "plus"];
                let info = RunInfo {
                    classes: classes.map(String::from).to_vec(),
                    ..info(16)
                };
                let program = snippet(&network.unwrap_or_default(), &info, "rsc");
                (folder.join("program.py"), program)
            })
            .collect()
    }

    #[test]
    fn the_programs_are_those_that_pytorch_ran() {
        let fixtures = fixtures();
        assert!(fixtures.len() >= 5);
        for (path, program) in fixtures {
            let ran = std::fs::read_to_string(&path).unwrap_or_default();
            assert_eq!(ran, program, "{}", path.display());
        }
    }

    #[test]
    #[ignore = "writes the fixtures anew"]
    fn write_programs() -> std::io::Result<()> {
        fixtures()
            .into_iter()
            .try_for_each(|(path, program)| std::fs::write(path, program))
    }
}
