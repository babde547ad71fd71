//! One step's challenge, compared with what the three published programs made of the same numbers
//! (`tests/fixtures/parity`).

use burn::tensor::{Device, Tensor, TensorData};
use serde::Deserialize;

use super::deviation::Deviation;
use crate::{
    challenge::{Along, Challenge, Challenged, Head, Layer, Ranking, apply, challenge},
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
    so_far: Deviation,
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

/// The head of a case: a linear layer over the pooled or the flattened feature map.
#[derive(Clone)]
struct LinearHead {
    /// Whether the feature map is averaged over its positions first.
    pooled: bool,
    /// `[classes, inputs]`, as PyTorch keeps it.
    weight: Tensor<2>,
    /// `[classes]`.
    bias: Tensor<1>,
    /// Whether [`Head::layer`] tells what kind of head it is.
    known: bool,
}

impl LinearHead {
    /// With weights that gradients are wanted for.
    fn tracked(case: &Case, device: &Device, known: bool) -> Self {
        let k = case.classes;
        let weight = TensorData::new(case.weight.clone(), [k, case.weight.len() / k]);
        let bias = TensorData::new(case.bias.clone(), [k]);
        Self {
            pooled: case.head == "gap_linear",
            weight: Tensor::from_data(weight, device).autodiff().require_grad(),
            bias: Tensor::from_data(bias, device).autodiff().require_grad(),
            known,
        }
    }

    fn untracked(&self) -> Self {
        Self {
            weight: self.weight.clone().detach(),
            bias: self.bias.clone().detach(),
            ..*self
        }
    }
}

impl Head for LinearHead {
    fn logits(&self, features: Tensor<4>) -> Tensor<2> {
        let [batch, channels, height, width] = features.dims();
        let flat = if self.pooled {
            features
                .reshape([batch, channels, height * width])
                .mean_dim(2)
                .reshape([batch, channels])
        } else {
            features.reshape([batch, channels * height * width])
        };
        let [classes] = self.bias.dims();
        flat.matmul(self.weight.clone().transpose()) + self.bias.clone().reshape([1, classes])
    }

    fn layer(&self) -> Option<Layer> {
        (self.pooled && self.known).then(|| Layer {
            weight: self.weight.clone().transpose(),
            bias: self.bias.clone(),
        })
    }
}

/// Compares a case, as JSON: by plain tensors, and as the device does it that knows what kind of
/// head it is. Masks and selections must agree exactly, numbers to 1e-5 plus 1e-4 of their size.
///
/// # Errors
/// [`crate::Error::Device`] if the device fails.
pub async fn check(case: &str, device: &Device) -> Result<Deviation> {
    let case: Case = match serde_json::from_str(case) {
        Ok(case) => case,
        Err(error) => return Ok(Err(format!("the case cannot be read: {error}"))),
    };
    let plain = compare(&case, device, true).await?;
    let quick = compare(&case, device, false).await?;
    Ok(plain.and_then(|plain| Ok(plain.max(quick?))))
}

async fn compare(case: &Case, device: &Device, plainly: bool) -> Result<Deviation> {
    let along = match case.axis.as_str() {
        "spatial" => Along::Spatial,
        "channel" => Along::Channel,
        other => return Ok(Err(format!("the case has an unknown axis {other}"))),
    };
    let features = TensorData::new(case.features.clone(), case.shape);
    let features = Tensor::<4>::from_data(features, device);
    let one_hot = one_hot(case, device);
    let head = LinearHead::tracked(case, device, !plainly);
    let plan = Challenge {
        ranking: Ranking::Gradient(case.signal, case.importance_rule),
        along,
        p: case.p,
        selection: case.selection,
        b: case.b.unwrap_or(1.0),
        minimum_drop: (case.source == "official").then_some(1e-4),
        rounds: 1,
    };
    let outcome = challenge(&features, &one_hot, &head.untracked(), &plan);
    let masked = apply(features, outcome.mask.clone(), plan.along);

    let mut compared = Comparison { so_far: Ok(0.0) };
    compare_masks(case, outcome, &mut compared).await?;
    compare_step(case, masked, one_hot, &head, &mut compared).await?;
    Ok(compared.so_far)
}

/// `[batch, classes]`.
fn one_hot(case: &Case, device: &Device) -> Tensor<2> {
    let (batch, k) = (case.shape[0], case.classes);
    let mut values = vec![0.0_f32; batch * k];
    for (i, label) in case.labels.iter().enumerate() {
        values[i * k + label] = 1.0;
    }
    Tensor::from_data(TensorData::new(values, [batch, k]), device)
}

/// From the first logits to the mask.
async fn compare_masks(case: &Case, outcome: Challenged, compared: &mut Comparison) -> Result<()> {
    let logits = values(outcome.logits).await?;
    compared.close("logits", &logits, case.logits.as_deref());
    if let Some(gradient) = outcome.gradient {
        let gradient = values(gradient).await?;
        compared.close("gradient", &gradient, case.gradient.as_deref());
    }
    let importance = values(outcome.importance).await?;
    compared.close("importance", &importance, case.importance.as_deref());
    if let Some(drop) = outcome.drop {
        let drop = values(drop).await?;
        compared.close("probability_drop", &drop, case.probability_drop.as_deref());
    }
    let expected = case.selected.as_ref().map(|all| {
        let as_number = all.iter().map(|&one| f32::from(u8::from(one)));
        as_number.collect::<Vec<_>>()
    });
    let selected = values(outcome.selected).await?;
    compared.exact("selected", &selected, expected.as_deref());
    let mask = values(outcome.mask).await?;
    compared.exact("mask", &mask, case.mask.as_deref());
    Ok(())
}

/// From the masked feature map to the gradients of the head.
async fn compare_step(
    case: &Case,
    masked: Tensor<4>,
    one_hot: Tensor<2>,
    head: &LinearHead,
    compared: &mut Comparison,
) -> Result<()> {
    let features = values(masked.clone()).await?;
    compared.close(
        "masked_features",
        &features,
        case.masked_features.as_deref(),
    );
    let logits = head.logits(masked.autodiff());
    let found = values(logits.clone()).await?;
    compared.close("masked_logits", &found, case.masked_logits.as_deref());
    let loss = cross_entropy(logits, one_hot.autodiff(), 0.0);
    if let Some(theirs) = case.loss {
        compared.close("loss", &values(loss.clone()).await?, Some(&[theirs]));
    }
    let gradients = loss.backward();
    if let Some(ours) = head.weight.grad(&gradients) {
        let expected = case.weight_gradient.as_deref();
        compared.close("weight_gradient", &values(ours).await?, expected);
    }
    if let Some(ours) = head.bias.grad(&gradients) {
        let expected = case.bias_gradient.as_deref();
        compared.close("bias_gradient", &values(ours).await?, expected);
    }
    Ok(())
}
