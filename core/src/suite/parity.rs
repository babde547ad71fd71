//! One step's challenge, compared with what the three published programs made of the same numbers
//! (`tests/fixtures/parity`).

use burn::tensor::{Device, Tensor, TensorData};
use serde::Deserialize;

use super::Found;
use crate::{
    challenge::{Along, Challenge, Head, Layer, Ranking, apply, challenge},
    config::{Importance, Selection, Signal},
    error::Result,
    read::read,
    trainer::cross_entropy,
};

/// Numbers may differ by so much, plus [`RELATIVE`] of their size.
const ABSOLUTE: f32 = 1e-5;
/// See [`ABSOLUTE`].
const RELATIVE: f32 = 1e-4;

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

/// What was compared so far: the largest difference, or the first that is too large.
struct Comparison {
    so_far: Found,
}

impl Comparison {
    /// Numbers: within the tolerance.
    fn close(&mut self, what: &str, ours: &[f32], theirs: Option<&[f32]>) {
        let (Some(theirs), Ok(largest)) = (theirs, &mut self.so_far) else {
            return;
        };
        if ours.len() != theirs.len() {
            self.so_far = Err(format!(
                "{what}: {} values, expected {}",
                ours.len(),
                theirs.len()
            ));
            return;
        }
        for (i, (a, b)) in ours.iter().zip(theirs).enumerate() {
            let difference = (a - b).abs() / (ABSOLUTE + RELATIVE * b.abs());
            // Written so that NaN is too far off.
            if difference <= 1.0 {
                *largest = largest.max(f64::from(difference));
            } else {
                self.so_far = Err(format!("{what}[{i}]: {a}, expected {b}"));
                return;
            }
        }
    }

    /// Masks and selections: exactly.
    fn exact(&mut self, what: &str, ours: &[f32], theirs: Option<&[f32]>) {
        if let Some(theirs) = theirs
            && self.so_far.is_ok()
            && ours != theirs
        {
            self.so_far = Err(format!("{what}: {ours:?}, expected {theirs:?}"));
        }
    }
}

async fn values<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>> {
    let count: usize = tensor.dims().iter().product();
    read(tensor.reshape([count])).await
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

/// Compares a case, as JSON: by plain tensors, and as the device does it that knows what kind of
/// head it is. Masks and selections must agree exactly, numbers to 1e-5 plus 1e-4 of their size.
///
/// # Errors
/// [`crate::Error::Device`] if the device fails.
pub async fn check(case: &str, device: &Device) -> Result<Found> {
    let case: Case = match serde_json::from_str(case) {
        Ok(case) => case,
        Err(error) => return Ok(Err(format!("the case cannot be read: {error}"))),
    };
    let plain = compare(&case, device, true).await?;
    let quick = compare(&case, device, false).await?;
    Ok(plain.and_then(|plain| Ok(plain.max(quick?))))
}

async fn compare(case: &Case, device: &Device, plainly: bool) -> Result<Found> {
    let along = match case.axis.as_str() {
        "spatial" => Along::Spatial,
        "channel" => Along::Channel,
        other => return Ok(Err(format!("the case has an unknown axis {other}"))),
    };
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
        along,
        p: case.p,
        selection: case.selection,
        b: case.b.unwrap_or(1.0),
        minimum_drop: (case.source == "official").then_some(1e-4),
        rounds: 1,
    };
    let frozen = Frozen {
        logits: |z| head(z, weight.clone().detach(), bias.clone().detach()),
        layer: (gap && !plainly).then(|| Layer {
            weight: weight.clone().detach().transpose(),
            bias: bias.clone().detach(),
        }),
    };
    let outcome = challenge(&features, &one_hot, &frozen, &plan);

    let mut compared = Comparison { so_far: Ok(0.0) };
    compared.close(
        "logits",
        &values(outcome.logits).await?,
        case.logits.as_deref(),
    );
    if let Some(gradient) = outcome.gradient {
        compared.close(
            "gradient",
            &values(gradient).await?,
            case.gradient.as_deref(),
        );
    }
    compared.close(
        "importance",
        &values(outcome.importance).await?,
        case.importance.as_deref(),
    );
    if let Some(drop) = outcome.drop {
        compared.close(
            "probability_drop",
            &values(drop).await?,
            case.probability_drop.as_deref(),
        );
    }
    let selected = case.selected.as_ref().map(|all| {
        let as_number = all.iter().map(|&one| f32::from(u8::from(one)));
        as_number.collect::<Vec<_>>()
    });
    compared.exact(
        "selected",
        &values(outcome.selected).await?,
        selected.as_deref(),
    );
    compared.exact(
        "mask",
        &values(outcome.mask.clone()).await?,
        case.mask.as_deref(),
    );

    let masked = apply(features, outcome.mask, plan.along);
    compared.close(
        "masked_features",
        &values(masked.clone()).await?,
        case.masked_features.as_deref(),
    );
    let logits = head(masked.autodiff(), weight.clone(), bias.clone());
    compared.close(
        "masked_logits",
        &values(logits.clone()).await?,
        case.masked_logits.as_deref(),
    );
    let loss = cross_entropy(logits, one_hot.autodiff(), 0.0);
    if let Some(theirs) = case.loss {
        compared.close("loss", &values(loss.clone()).await?, Some(&[theirs]));
    }
    let gradients = loss.backward();
    let expected = [&case.weight_gradient, &case.bias_gradient].map(Option::as_deref);
    if let Some(ours) = weight.grad(&gradients) {
        compared.close("weight_gradient", &values(ours).await?, expected[0]);
    }
    if let Some(ours) = bias.grad(&gradients) {
        compared.close("bias_gradient", &values(ours).await?, expected[1]);
    }
    Ok(compared.so_far)
}
