//! Tests of `pytorch`.

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
