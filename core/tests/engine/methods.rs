//! Four steps of every method beside DomainBed's own (`tests/fixtures/methods`), and of more cases in the folder
//! that `RSC_METHODS_DIR` names.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests read at once and may panic"
)]

use std::{collections::HashMap, fs, path::Path};

use burn::tensor::{Device, Tensor, TensorData};
use pollster::block_on;
use rsc_core::{
    config::{Backbone, NetworkConfig, Objective, OptimizerConfig},
    methods::MixupDraw,
    model::{Network, Tensors, weights, with_weights},
    trainer::{Batch, Draws, Learner, ObjectiveState, Optimizer, StepInput, train_step},
};
use serde::Deserialize;

/// Side of the images.
const SIDE: usize = 8;
/// Relative, for weights and losses.
const TOLERANCE: f32 = 1e-5;

#[derive(Deserialize)]
struct Case {
    method: String,
    optimizer: Adam,
    classes: usize,
    domains: usize,
    per_domain: usize,
    hparams: HashMap<String, f64>,
    weights: Weights,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Adam {
    lr: f64,
    betas: [f64; 2],
    eps: f64,
}

type Weights = HashMap<String, Array>;

#[derive(Deserialize)]
struct Array {
    shape: Vec<usize>,
    data: Vec<f32>,
}

#[derive(Deserialize)]
struct Step {
    x: Vec<Vec<f32>>,
    y: Vec<Vec<usize>>,
    returned: HashMap<String, f32>,
    /// After the step, in the shapes of those at the start.
    weights: HashMap<String, Vec<f32>>,
    q: Option<Vec<f32>>,
    drawn: Option<Drawn>,
}

#[derive(Deserialize)]
struct Drawn {
    order: Vec<usize>,
    lambda: Vec<f64>,
}

/// Names in DomainBed's network and in ours.
const NAMES: [(&str, &str); 4] = [
    ("conv.weight", "blocks.0.conv.weight"),
    ("conv.bias", "blocks.0.conv.bias"),
    ("linear.weight", "linear.weight"),
    ("linear.bias", "linear.bias"),
];

/// Values in the shapes that `start` has, under our names.
fn ours(start: &Weights, values: impl Fn(&str) -> Vec<f32>) -> Tensors {
    let entries =
        NAMES.map(|(name, ours)| (ours.to_owned(), (start[name].shape.clone(), values(name))));
    entries.into_iter().collect()
}

fn objective(case: &Case) -> Objective {
    let value = |name: &str| case.hparams[name];
    let anneal = |name: &str| case.hparams[name] as u32;
    match case.method.as_str() {
        "ERM" => Objective::Erm,
        "Mixup" => Objective::Mixup {
            alpha: value("mixup_alpha"),
        },
        "VREx" => Objective::VRex {
            weight: value("vrex_lambda"),
            anneal_steps: anneal("vrex_penalty_anneal_iters"),
        },
        "IRM" => Objective::Irm {
            weight: value("irm_lambda"),
            anneal_steps: anneal("irm_penalty_anneal_iters"),
        },
        "GroupDRO" => Objective::GroupDro {
            eta: value("groupdro_eta"),
        },
        "CORAL" => Objective::Coral {
            weight: value("mmd_gamma"),
        },
        "MMD" => Objective::Mmd {
            weight: value("mmd_gamma"),
        },
        "SD" => Objective::SpectralDecoupling {
            weight: value("sd_reg"),
        },
        "ANDMask" => Objective::AndMask { tau: value("tau") },
        other => panic!("there is no method {other}"),
    }
}

fn batch(case: &Case, step: &Step, device: &Device) -> Batch {
    let count = case.domains * case.per_domain;
    let mut one_hot = vec![0.0_f32; count * case.classes];
    for (row, &label) in step.y.iter().flatten().enumerate() {
        one_hot[row * case.classes + label] = 1.0;
    }
    let images = TensorData::new(step.x.concat(), [count, 3, SIDE, SIDE]);
    Batch {
        images: Tensor::from_data(images, device),
        one_hot: Tensor::from_data(TensorData::new(one_hot, [count, case.classes]), device),
    }
}

/// What differs most, relative to the tolerance.
fn compare(what: &str, ours: &[f32], theirs: &[f32]) -> f32 {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    let mut worst = 0.0_f32;
    for (at, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
        let ratio = (ours - theirs).abs() / (TOLERANCE * theirs.abs().max(1.0));
        assert!(ratio <= 1.0, "{what}[{at}]: {ours}, DomainBed has {theirs}");
        worst = worst.max(ratio);
    }
    worst
}

fn check(path: &Path, device: &Device) -> (String, f32) {
    let case: Case = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let config = NetworkConfig {
        backbone: Backbone::SmallCnn { channels: vec![6] },
        ..NetworkConfig::default()
    };
    let tracking = device.clone().autodiff();
    let network = Network::init(&config, SIDE, case.classes, 0, &tracking);
    let start = ours(&case.weights, |name| case.weights[name].data.clone());
    let mut network = with_weights(network, start).unwrap();
    let adam = OptimizerConfig::Adam {
        beta_1: case.optimizer.betas[0],
        beta_2: case.optimizer.betas[1],
        epsilon: case.optimizer.eps,
        weight_decay: 0.0,
    };
    let mut learner = Learner {
        optimizer: Optimizer::new(&adam),
        objective: ObjectiveState::new(objective(&case)),
    };
    let mut worst = 0.0_f32;
    for (index, step) in case.steps.iter().enumerate() {
        let name = format!("{}, step {index}", path.display());
        let batch = batch(&case, step, device);
        let input = StepInput {
            domains: case.domains,
            step: index as u64,
            draws: Draws {
                mixup: step.drawn.as_ref().map(|drawn| MixupDraw {
                    order: drawn.order.clone(),
                    shares: drawn.lambda.clone(),
                }),
                ..Draws::default()
            },
            ..StepInput::plain(&batch, case.optimizer.lr)
        };
        let output = train_step(network, &mut learner, &input);
        network = output.network;
        let metrics: Vec<f32> = output.metrics.into_data().try_to_vec().unwrap();
        // DomainBed returns the loss without its penalty for these.
        if !matches!(case.method.as_str(), "CORAL" | "MMD" | "SD") {
            worst = worst.max(compare(&name, &metrics[..1], &[step.returned["loss"]]));
        }
        let made: HashMap<String, Vec<f32>> = block_on(weights(&network.frozen()))
            .unwrap()
            .into_iter()
            .map(|(name, _, values)| (name, values))
            .collect();
        for (name_here, (_, theirs)) in ours(&case.weights, |it| step.weights[it].clone()) {
            let what = format!("{name}, {name_here}");
            worst = worst.max(compare(&what, &made[&name_here], &theirs));
        }
        if let Some(q) = &step.q {
            let ours = learner.objective.group_weights().unwrap();
            let ours: Vec<f32> = ours.into_data().try_to_vec().unwrap();
            worst = worst.max(compare(&format!("{name}, q"), &ours, q));
        }
    }
    (case.method, worst)
}

fn check_folder(folder: &Path) -> usize {
    let mut count = 0;
    let mut paths: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|it| it == "json"))
        .collect();
    paths.sort();
    for path in paths {
        let (method, worst) = check(&path, &Device::flex());
        println!("{method}: {worst:.3} of the tolerance");
        count += 1;
    }
    count
}

#[test]
fn methods_make_the_steps_of_domainbed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/methods");
    assert_eq!(check_folder(&folder), 18);
    if let Some(more) = std::env::var_os("RSC_METHODS_DIR") {
        assert!(
            check_folder(Path::new(&more)) > 0,
            "no cases in {}",
            more.display()
        );
    }
}

#[cfg(feature = "cli")]
#[test]
fn methods_are_arms_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path().join("settings.json");
    let text = r#"{
        "data": {"source": {"kind": "preset", "preset": "styles"}, "image_size": 16,
                 "train_images": 32, "test_images": 8},
        "network": {"backbone": {"kind": "small_cnn", "channels": [4]}},
        "training": {"epochs": 1, "batch_size": 12}
    }"#;
    fs::write(&settings, text).unwrap();
    let train = |arms: &str, out: &str| {
        let program = std::process::Command::new(env!("CARGO_BIN_EXE_rsc"))
            .args(["train", "--arms", arms, "--config"])
            .arg(&settings)
            .arg("--out")
            .arg(folder.path().join(out))
            .output();
        program.unwrap()
    };
    let made = train("erm,rsc,coral,drop_block", "made");
    let said = String::from_utf8_lossy(&made.stderr);
    assert!(made.status.success(), "{said}");
    let config = fs::read_to_string(folder.path().join("made/config.json")).unwrap();
    let config: rsc_core::config::RunConfig = serde_json::from_str(&config).unwrap();
    assert_eq!(config.arms[2].objective, Objective::Coral { weight: 1.0 });
    assert_eq!(config.arms[3].regularizer.name(), "drop_block");
    let refused = train("erm,corral", "not-made");
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success());
    assert!(said.contains("corral") && said.contains("coral"), "{said}");
    assert!(!folder.path().join("not-made").exists());
}
