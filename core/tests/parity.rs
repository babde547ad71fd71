//! Parity with the three published programs (the replication, DomainBed, the official code): the
//! numbers in `tests/fixtures/parity`, on the CPU and on a GPU where one can be opened, and any
//! further cases from the folder named by `RSC_PARITY_DIR`.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests read at once and may panic"
)]

use std::path::{Path, PathBuf};

use burn::tensor::{Device, Tensor, TensorData};
use rsc_core::{
    challenge::{Along, Challenge, Head, Layer, Ranking, apply, challenge},
    config::{Importance, Selection, Signal},
    device::open,
    protocol::DevicePreference,
    trainer::cross_entropy,
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    source: String,
    signal: Signal,
    importance_rule: Importance,
    axis: String,
    p: f64,
    selection: Selection,
    b: Option<f64>,
    shape: [usize; 4],
    classes: usize,
    head: String,
    features: Vec<f32>,
    labels: Vec<usize>,
    weight: Vec<f32>,
    bias: Vec<f32>,
    logits: Option<Vec<f32>>,
    gradient: Option<Vec<f32>>,
    importance: Option<Vec<f32>>,
    mask: Option<Vec<f32>>,
    selected: Option<Vec<bool>>,
    probability_drop: Option<Vec<f32>>,
    masked_features: Option<Vec<f32>>,
    masked_logits: Option<Vec<f32>>,
    loss: Option<f32>,
    weight_gradient: Option<Vec<f32>>,
    bias_gradient: Option<Vec<f32>>,
}

/// Numbers: 1e-5 absolute plus 1e-4 relative.
fn close(what: &str, ours: &[f32], theirs: Option<&[f32]>) {
    let Some(theirs) = theirs else { return };
    assert_eq!(ours.len(), theirs.len(), "{what}: number of values");
    for (i, (a, b)) in ours.iter().zip(theirs).enumerate() {
        let tolerance = 1e-5 + 1e-4 * b.abs();
        assert!(
            (a - b).abs() <= tolerance,
            "{what}[{i}]: ours {a}, theirs {b}"
        );
    }
}

/// Masks and selections: exactly.
fn exact(what: &str, ours: &[f32], theirs: Option<&[f32]>) {
    if let Some(theirs) = theirs {
        assert_eq!(ours, theirs, "{what}");
    }
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_into_vec().unwrap()
}

/// A head with untracked weights.
struct Frozen<F> {
    logits: F,
    layer: Option<Layer>,
}

impl<F: Fn(Tensor<4>) -> Tensor<2>> Head for Frozen<F> {
    fn logits(&self, features: Tensor<4>) -> Tensor<2> {
        (self.logits)(features)
    }

    fn layer(&self) -> Option<Layer> {
        self.layer.clone()
    }
}

fn check(case: &Case, device: &Device, plainly: bool) {
    let [batch, channels, height, width] = case.shape;
    let k = case.classes;
    let features =
        Tensor::<4>::from_data(TensorData::new(case.features.clone(), case.shape), device);
    let mut one_hot = vec![0.0_f32; batch * k];
    for (i, label) in case.labels.iter().enumerate() {
        one_hot[i * k + label] = 1.0;
    }
    let one_hot = Tensor::<2>::from_data(TensorData::new(one_hot, [batch, k]), device);
    let inputs = case.weight.len() / k;
    let weight = Tensor::<2>::from_data(TensorData::new(case.weight.clone(), [k, inputs]), device)
        .autodiff()
        .require_grad();
    let bias = Tensor::<1>::from_data(TensorData::new(case.bias.clone(), [k]), device)
        .autodiff()
        .require_grad();
    let gap = case.head == "gap_linear";
    let head = |z: Tensor<4>, weight: Tensor<2>, bias: Tensor<1>| {
        let flat = if gap {
            z.reshape([batch, channels, height * width])
                .mean_dim(2)
                .reshape([batch, channels])
        } else {
            z.reshape([batch, channels * height * width])
        };
        flat.matmul(weight.transpose()) + bias.reshape([1, k])
    };

    let plan = Challenge {
        ranking: Ranking::Gradient(case.signal, case.importance_rule),
        along: match case.axis.as_str() {
            "spatial" => Along::Spatial,
            "channel" => Along::Channel,
            other => panic!("unknown axis {other}"),
        },
        p: case.p,
        selection: case.selection,
        b: case.b.unwrap_or(1.0),
        minimum_drop: (case.source == "official").then_some(1e-4),
        rounds: 1,
    };
    let frozen = Frozen {
        logits: |z| head(z, weight.clone().detach(), bias.clone().detach()),
        layer: gap.then(|| Layer {
            weight: weight.clone().detach().transpose(),
            bias: bias.clone().detach(),
        }),
    };
    // A head that says that it averages and is linear may be treated in its own way.
    let outcome = match plainly {
        true => challenge(&features, &one_hot, &frozen.logits, &plan),
        false => challenge(&features, &one_hot, &frozen, &plan),
    };

    close("logits", &values(outcome.logits), case.logits.as_deref());
    close(
        "gradient",
        &values(outcome.gradient.unwrap()),
        case.gradient.as_deref(),
    );
    close(
        "importance",
        &values(outcome.importance),
        case.importance.as_deref(),
    );
    if let Some(drop) = outcome.drop {
        close(
            "probability_drop",
            &values(drop),
            case.probability_drop.as_deref(),
        );
    }
    let selected = case.selected.as_ref().map(|all| {
        let as_number = all.iter().map(|&one| f32::from(u8::from(one)));
        as_number.collect::<Vec<_>>()
    });
    exact("selected", &values(outcome.selected), selected.as_deref());
    exact("mask", &values(outcome.mask.clone()), case.mask.as_deref());

    let masked = apply(features, outcome.mask, plan.along);
    close(
        "masked_features",
        &values(masked.clone()),
        case.masked_features.as_deref(),
    );
    let logits = head(masked.autodiff(), weight.clone(), bias.clone());
    close(
        "masked_logits",
        &values(logits.clone()),
        case.masked_logits.as_deref(),
    );
    let loss = cross_entropy(logits, one_hot.autodiff(), 0.0);
    if let Some(theirs) = case.loss {
        close("loss", &values(loss.clone()), Some(&[theirs]));
    }
    let gradients = loss.backward();
    close(
        "weight_gradient",
        &values(weight.grad(&gradients).unwrap()),
        case.weight_gradient.as_deref(),
    );
    close(
        "bias_gradient",
        &values(bias.grad(&gradients).unwrap()),
        case.bias_gradient.as_deref(),
    );
}

fn cases(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<_> = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .collect();
    found.sort();
    found
}

fn check_all(device: &Device) {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/parity");
    let mut paths = cases(&ours);
    assert_eq!(paths.len(), 56, "fixtures in {}", ours.display());
    if let Some(more) = std::env::var_os("RSC_PARITY_DIR") {
        paths.extend(cases(Path::new(&more)));
    }
    for path in &paths {
        let case: Case = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        println!("{}", path.display());
        check(&case, device, true);
        check(&case, device, false);
    }
    println!("{} cases agree", paths.len());
}

#[test]
fn parity_on_the_cpu() {
    let opened = pollster::block_on(open(DevicePreference::Cpu)).unwrap();
    check_all(&opened.device);
}

#[test]
fn parity_on_the_gpu() {
    match pollster::block_on(open(DevicePreference::Webgpu)) {
        Ok(opened) => {
            println!("GPU: {}", opened.info.name);
            check_all(&opened.device);
        }
        Err(error) => {
            assert!(
                std::env::var_os("RSC_REQUIRE_GPU").is_none(),
                "RSC_REQUIRE_GPU is set, and no GPU opens: {error}"
            );
            println!("skipped: {error}");
        }
    }
}
