//! ResNets against PyTorch: activations, logits and a step of training, with weights from a formula.
//! `tests/fixtures/resnet/make.py` makes the records.

use burn::{
    module::Module,
    nn::Linear,
    tensor::{Device, Tensor},
};
use pollster::block_on;
use serde_json::Value;

use crate::{
    config::*,
    model::{BackboneWeights, Extractor, Mode, Network, weights, with_weights},
    testing::{formula_resnet, formula_values, gpu, tensor, values},
    trainer::{Batch, Learner, ObjectiveState, Optimizer, StepInput, train_step},
};

/// Side of the pictures.
const SIDE: usize = 64;
/// Classes of the networks.
const CLASSES: usize = 10;

fn record(name: &str) -> Value {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/resnet");
    let text = std::fs::read_to_string(format!("{folder}/{name}.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn numbers(value: &Value) -> Vec<f32> {
    let all = value.as_array().unwrap().iter();
    all.map(|it| it.as_f64().unwrap() as f32).collect()
}

fn backbone(network: PretrainedNetwork, depth: usize) -> BackboneWeights {
    let tensors = formula_resnet(depth, CLASSES);
    BackboneWeights::from_tensors(network, "formula", tensors).unwrap()
}

/// That values are within a thousandth of the largest.
fn assert_close(what: &str, found: &[f32], wanted: &[f32], largest: f32) {
    for (found, wanted) in found.iter().zip(wanted) {
        let off = (found - wanted).abs();
        assert!(
            off <= 1e-3 * largest,
            "{what}: {found} and {wanted} of {largest}"
        );
    }
}

/// That values have the mean, the deviation and the first values of a record.
fn assert_like(what: &str, found: &[f32], wanted: &Value) {
    let n = found.len() as f32;
    let largest = found.iter().fold(0.0_f32, |most, it| most.max(it.abs()));
    let mean = found.iter().sum::<f32>() / n;
    let squares: f32 = found.iter().map(|it| (it - mean).powi(2)).sum();
    let number = |name: &str| wanted[name].as_f64().unwrap() as f32;
    let summary = [mean, (squares / n).sqrt()];
    assert_close(what, &summary, &[number("mean"), number("std")], largest);
    assert_close(what, found, &numbers(&wanted["first"]), largest);
}

fn check(network: PretrainedNetwork, depth: usize, device: &Device) {
    let record = record(&format!("resnet{depth}"));
    let weights = backbone(network, depth);
    let all = FrozenPart {
        stages: 4,
        features: true,
    };
    let extractor = Extractor::new(&weights, all, device).unwrap();
    let shape = [1, 3, SIDE, SIDE];
    let image = tensor(formula_values("input", &shape), shape, device);
    let mut blocks = Vec::new();
    let last = extractor.features_through(image, |block| blocks.push(block.clone()));
    // The stem's record comes first, that of the mean over positions last.
    let wanted = record["after"].as_array().unwrap();
    assert_eq!(blocks.len() + 2, wanted.len());
    for (block, wanted) in blocks.iter().zip(&wanted[1..]) {
        let what = format!("ResNet-{depth}, {}", wanted["name"]);
        let shape: Vec<f32> = block.dims().iter().map(|&it| it as f32).collect();
        assert_eq!(shape, numbers(&wanted["shape"]), "{what}");
        assert_like(&what, &values(block.clone()), wanted);
    }
    let [batch, channels, height, width] = last.dims();
    let mean: Tensor<3> = last.reshape([batch, channels, height * width]).mean_dim(2);
    let classifier: Linear = weights.classifier(device).unwrap();
    let logits = values(classifier.forward(mean.reshape([batch, channels])));
    let wanted = numbers(&record["logits"]);
    let largest = wanted.iter().fold(0.0_f32, |most, it| most.max(it.abs()));
    assert_close("logits", &logits, &wanted, largest);
}

#[test]
fn resnets_are_pytorchs_on_the_cpu() {
    check(PretrainedNetwork::ResNet18, 18, &Device::flex());
    check(PretrainedNetwork::ResNet50, 50, &Device::flex());
}

#[test]
fn resnets_are_pytorchs_on_a_gpu() {
    if let Some(device) = gpu() {
        check(PretrainedNetwork::ResNet18, 18, &device);
    }
}

/// ResNet-18 with PyTorch's classifier in place of the seeded one.
fn resnet18(device: &Device) -> Network {
    let config = NetworkConfig {
        backbone: Backbone::Pretrained {
            network: PretrainedNetwork::ResNet18,
            trains: Trains::All,
            batch_statistics: false,
        },
        ..NetworkConfig::default()
    };
    let backbone = backbone(PretrainedNetwork::ResNet18, 18);
    let network =
        Network::with_backbone(&config, SIDE, CLASSES, 0, Some(&backbone), device).unwrap();
    let named = block_on(weights(&network)).unwrap().into_iter();
    let given = named.map(|(name, shape, own)| {
        let values = match name.as_str() {
            "linear.weight" => formula_values("fc.weight", &shape),
            "linear.bias" => formula_values("fc.bias", &shape),
            _ => own,
        };
        (name, (shape, values))
    });
    with_weights(network, given.collect()).unwrap()
}

/// Our names of the tensors whose gradients are recorded.
const TENSORS: [(&str, &str); 9] = [
    ("conv1.weight", "blocks.0.stem.conv.weight"),
    (
        "layer1.0.conv1.weight",
        "blocks.0.blocks.0.conv_1.conv.weight",
    ),
    (
        "layer2.0.downsample.0.weight",
        "blocks.1.blocks.0.downsample.conv.weight",
    ),
    (
        "layer4.1.conv2.weight",
        "blocks.3.blocks.1.conv_2.conv.weight",
    ),
    (
        "layer4.1.bn2.weight",
        "blocks.3.blocks.1.conv_2.norm.weight",
    ),
    ("fc.weight", "linear.weight"),
    ("fc.bias", "linear.bias"),
    ("bn1.bias", "blocks.0.stem.norm.bias"),
    ("bn1.weight", "blocks.0.stem.norm.weight"),
];

#[test]
fn a_step_with_frozen_statistics_is_pytorchs() {
    let record = record("step18");
    let device = Device::flex();
    let network = resnet18(&device.clone().autodiff());
    let shape = [4, 3, SIDE, SIDE];
    let mut labels = vec![0.0; 4 * CLASSES];
    for (row, label) in numbers(&record["labels"]).into_iter().enumerate() {
        labels[row * CLASSES + label as usize] = 1.0;
    }
    let batch = Batch {
        images: tensor(formula_values("batch", &shape), shape, &device),
        one_hot: tensor(labels, [4, CLASSES], &device),
    };
    let sgd = OptimizerConfig::Sgd {
        momentum: 0.0,
        weight_decay: 0.0,
    };
    let rate = record["learning_rate"].as_f64().unwrap();
    let before = block_on(weights(&network)).unwrap();
    let mut learner = Learner {
        optimizer: Optimizer::new(&sgd),
        objective: ObjectiveState::new(Objective::Erm),
    };
    let step = train_step(network, &mut learner, &StepInput::plain(&batch, rate));
    let loss = values(step.metrics)[0];
    let wanted = record["loss"].as_f64().unwrap() as f32;
    assert!((loss - wanted).abs() < 1e-3 * wanted, "{loss} and {wanted}");

    let after = block_on(weights(&step.network)).unwrap();
    for (theirs, ours) in TENSORS {
        let at = before.iter().position(|(name, ..)| name == ours).unwrap();
        let change = before[at].2.iter().zip(&after[at].2);
        let gradient: Vec<f32> = change.map(|(a, b)| (a - b) / rate as f32).collect();
        assert_like(theirs, &gradient, &record["gradients"][theirs]);
    }
    for ((name, _, before), (_, _, after)) in before.iter().zip(&after) {
        assert!(!name.contains("running_") || before == after, "{name}");
    }
    let logits = step.network.valid();
    let logits = logits.head(
        logits.body(batch.images.clone(), Mode::Evaluate),
        Mode::Evaluate,
    );
    let loss = values(crate::trainer::cross_entropy(logits, batch.one_hot, 0.0))[0];
    let wanted = record["loss_after"].as_f64().unwrap() as f32;
    assert!((loss - wanted).abs() < 2e-3 * wanted, "{loss} and {wanted}");
}
