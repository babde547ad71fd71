//! A PyTorch program that loads exported weights: the same network, and the names of
//! `core/src/model/export.rs`.

mod names;
mod pretrained;

use rsc_core::config::{Activation, Backbone, Head, NetworkConfig, Normalization};
use rsc_core::protocol::RunInfo;

pub(crate) use names::weights_file;

use names::python_text;

/// The program for a run's network and one of its arms.
pub(crate) fn snippet(network: &NetworkConfig, info: &RunInfo, arm: &str) -> String {
    if let Some(backbone) = network.backbone.pretrained() {
        return pretrained::snippet(backbone, network, info, arm);
    }
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
    if matches!(network.head, Head::ConvGapLinear { .. }) {
        lines.extend(head_conv());
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
    let (mut blocks, mut channels, side) = blocks(&network.backbone, size);
    if let Head::ConvGapLinear { channels: output } = network.head {
        blocks.push(format!("HeadConv({channels}, {output})"));
        channels = output;
    }
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
        Head::GapLinear | Head::ConvGapLinear { .. } => (channels, "features.mean((2, 3))"),
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
        // It has a program of its own.
        Backbone::Pretrained { .. } => {}
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

/// The convolution of a head.
fn head_conv() -> Vec<String> {
    let lines = [
        "class HeadConv(nn.Module):",
        "    def __init__(self, inputs, outputs):", // not shown
        "        super().__init__()",
        "        self.conv = nn.Conv2d(inputs, outputs, 1)",
        "",
        "    def forward(self, x):",
        "        return F.relu(self.conv(x))", // not shown
        "",
        "",
    ];
    lines.map(String::from).to_vec()
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
mod tests;
