//! The shaders against the plain functions on the CPU: masks and selections exactly, numbers within
//! what the order of sums can change.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests read at once and may panic"
)]

use burn::tensor::{Device, Tensor};
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{super::*, select_samples::select_samples};
use crate::{
    config::{Importance, Selection, Signal},
    testing::{gpu, tensor, values},
};

/// Numbers of `1e-5` absolute plus `1e-4` relative, as parity allows.
fn close(ours: &[f32], theirs: &[f32], what: &str) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (i, (a, b)) in ours.iter().zip(theirs).enumerate() {
        let most = 1e-5 + 1e-4 * b.abs();
        assert!((a - b).abs() <= most, "{what} {i}: {a} and {b}");
    }
}

/// Few different values, so that many tie.
fn tied(count: usize, kinds: i32, seed: u64) -> Vec<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let value = |_| rng.random_range(-kinds..=kinds) as f32 * 0.37;
    (0..count).map(value).collect()
}

fn ranking(index: usize) -> Ranking {
    let rules = [
        Importance::GradientMean,
        Importance::GradCam,
        Importance::GradientTimesActivation,
    ];
    let signals = [Signal::TrueLogit, Signal::Loss, Signal::LossDecrease];
    match index {
        9.. => Ranking::Activation,
        _ => Ranking::Gradient(signals[index / 3], rules[index % 3]),
    }
}

/// The input of a challenge.
struct Case {
    shape: [usize; 4],
    classes: usize,
    features: Vec<f32>,
    weight: Vec<f32>,
    bias: Vec<f32>,
    labels: Vec<usize>,
}

impl Case {
    /// All values are small multiples of an eighth, and sums of them exact, where `exact`.
    fn new(shape: [usize; 4], classes: usize, exact: bool, seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut draw = |count: usize, low: f32| -> Vec<f32> {
            let one = |_| {
                let value: f32 = rng.random_range(low..2.0);
                let value = if exact {
                    (value * 8.0).round() / 8.0
                } else {
                    value
                };
                // As after ReLU, many are 0.
                if low == -1.5 { value.max(0.0) } else { value }
            };
            (0..count).map(one).collect()
        };
        Self {
            features: draw(shape.iter().product(), -1.5),
            weight: draw(shape[1] * classes, -2.0),
            bias: draw(classes, -2.0),
            labels: (0..shape[0]).map(|i| (i * 7 + 1) % classes).collect(),
            shape,
            classes,
        }
    }

    /// On a device, where the head gives its layer or not.
    fn challenged(&self, plan: &Challenge, device: &Device, known: bool) -> Challenged {
        struct Known<F>(F, Layer, bool);
        impl<F: Fn(Tensor<4>) -> Tensor<2>> Head for Known<F> {
            fn logits(&self, features: Tensor<4>) -> Tensor<2> {
                (self.0)(features)
            }
            fn layer(&self) -> Option<Layer> {
                self.2.then(|| self.1.clone())
            }
        }
        let [samples, channels, height, width] = self.shape;
        let k = self.classes;
        let mut one_hot = vec![0.0; samples * k];
        for (i, label) in self.labels.iter().enumerate() {
            one_hot[i * k + label] = 1.0;
        }
        let layer = Layer {
            weight: tensor(self.weight.clone(), [channels, k], device),
            bias: tensor(self.bias.clone(), [k], device),
        };
        let (weight, bias) = (layer.weight.clone(), layer.bias.clone());
        let head = |z: Tensor<4>| {
            let means = z.reshape([samples, channels, height * width]).mean_dim(2);
            let means = means.reshape([samples, channels]);
            means.matmul(weight.clone().autodiff()) + bias.clone().autodiff().reshape([1, k])
        };
        let features = tensor(self.features.clone(), self.shape, device);
        let one_hot = tensor(one_hot, [samples, k], device);
        challenge(&features, &one_hot, &Known(head, layer, known), plan)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn ranks_are_exact(rows in 1_usize..5, n in 1_usize..400, p in 0.0_f64..=1.0, kinds in 1_i32..90, seed: u64) {
        let Some(gpu) = gpu() else { return Ok(()) };
        let k = (p * n as f64).round() as usize;
        let row = tied(rows * n, kinds, seed);
        let ours = values(at_or_above_kth(tensor(row.clone(), [rows, n], &gpu), k));
        let theirs = values(at_or_above_kth(tensor(row.clone(), [rows, n], &Device::flex()), k));
        prop_assert_eq!(ours, theirs);
    }

    #[test]
    fn selections_are_exact(
        samples in 1_usize..90, n in 1_usize..9, b in 0.0_f64..=1.0,
        minimum in prop::option::of(-0.1_f64..0.5), kinds in 1_i32..9, seed: u64,
    ) {
        let Some(gpu) = gpu() else { return Ok(()) };
        let cpu = Device::flex();
        let drop = tied(samples, kinds, seed);
        let mask: Vec<f32> = tied(samples * n, 1, seed ^ 1).iter().map(|it| f32::from(u8::from(*it > 0.0))).collect();
        let ours = select_samples(&tensor(drop.clone(), [samples], &gpu), &tensor(mask.clone(), [samples, n], &gpu), b, minimum);
        let (selected, made) = ours.unwrap();
        let theirs = select(tensor(drop.clone(), [samples], &cpu), b, minimum);
        prop_assert_eq!(values(selected), values(theirs.clone()));
        let theirs = keep_selected(tensor(mask.clone(), [samples, n], &cpu), theirs);
        prop_assert_eq!(values(made), values(theirs));
    }

    #[test]
    fn masks_are_exact_where_sums_are(
        rule in 0_usize..4, spatial: bool, p in 0.0_f64..=1.0, rounds in 1_u32..4, seed: u64,
        side in prop::sample::select(vec![2_usize, 4, 8]),
    ) {
        let Some(gpu) = gpu() else { return Ok(()) };
        let case = Case::new([5, 16, side, side], 3, true, seed);
        let plan = Challenge {
            ranking: ranking(if rule == 3 { 9 } else { rule }),
            along: if spatial { Along::Spatial } else { Along::Channel },
            p,
            selection: Selection::All,
            b: 1.0,
            minimum_drop: None,
            rounds,
        };
        let ours = case.challenged(&plan, &gpu, true);
        let theirs = case.challenged(&plan, &Device::flex(), false);
        prop_assert_eq!(values(ours.importance), values(theirs.importance));
        prop_assert_eq!(values(ours.full_mask), values(theirs.full_mask));
        prop_assert_eq!(values(ours.mask), values(theirs.mask));
        prop_assert_eq!(values(ours.degenerate), values(theirs.degenerate));
        prop_assert_eq!(values(ours.selected), values(theirs.selected));
        prop_assert!(ours.drop.is_none() && ours.masked_logits.is_none());
    }

    #[test]
    fn every_rule_is_that_of_plain_functions(
        rule in 0_usize..10, spatial: bool, p in 0.0_f64..=1.0, b in 0.0_f64..=1.0, seed: u64,
        minimum in prop::option::of(0.0_f64..0.01), classes in 2_usize..12,
        shape in prop::sample::select(vec![[7, 9, 5, 3], [33, 16, 8, 8], [2, 70, 1, 1], [3, 3, 20, 20]]),
    ) {
        let Some(gpu) = gpu() else { return Ok(()) };
        let cpu = Device::flex();
        let case = Case::new(shape, classes, false, seed);
        let plan = Challenge {
            ranking: ranking(rule),
            along: if spatial { Along::Spatial } else { Along::Channel },
            p,
            selection: Selection::ProbabilityDrop,
            b,
            minimum_drop: minimum,
            rounds: 1,
        };
        let ours = case.challenged(&plan, &gpu, true);
        let theirs = case.challenged(&plan, &cpu, false);
        close(&values(ours.logits), &values(theirs.logits), "logits");
        prop_assert_eq!(ours.gradient.is_some(), theirs.gradient.is_some());
        if let Some((ours, theirs)) = ours.gradient.zip(theirs.gradient) {
            close(&values(ours), &values(theirs), "gradient");
        }
        let importance = values(ours.importance);
        close(&importance, &values(theirs.importance), "importance");
        // What follows from its own numbers follows exactly.
        let n = plan.along.count(shape);
        let full_mask = mask(tensor(importance.clone(), [shape[0], n], &cpu), p);
        prop_assert_eq!(values(ours.full_mask), values(full_mask.clone()));
        let same = degenerate(tensor(importance.clone(), [shape[0], n], &cpu));
        prop_assert_eq!(values(ours.degenerate), values(same));
        let drop = values(ours.drop.unwrap());
        let selected = select(tensor(drop.clone(), [shape[0]], &cpu), b, minimum);
        prop_assert_eq!(values(ours.selected), values(selected.clone()));
        let kept = keep_selected(full_mask.clone(), selected);
        prop_assert_eq!(values(ours.mask), values(kept));
        // The drop follows from the mask; where a near tie fell otherwise, masks cannot be compared.
        if values(theirs.full_mask) == values(full_mask) {
            close(&drop, &values(theirs.drop.unwrap()), "drop");
            let (ours, theirs) = (ours.masked_logits.unwrap(), theirs.masked_logits.unwrap());
            close(&values(ours), &values(theirs), "masked logits");
        }
    }
}

#[test]
fn what_does_not_fit_is_left_to_plain_functions() {
    let Some(gpu) = gpu() else { return };
    let plan = Challenge {
        ranking: Ranking::Random(vec![tensor(tied(2 * 1600, 50, 1), [2, 1600], &gpu)]),
        along: Along::Spatial,
        // Few, since the way around compiles a shader for each number that is muted.
        p: 0.002,
        selection: Selection::ProbabilityDrop,
        b: 0.5,
        minimum_drop: None,
        rounds: 1,
    };
    // Too many positions for a workgroup, and a ranking that is given.
    let case = Case::new([2, 3, 40, 40], 2, false, 3);
    for ranking in [plan.ranking.clone(), ranking(1)] {
        let plan = Challenge {
            ranking,
            ..plan.clone()
        };
        let outcome = case.challenged(&plan, &gpu, true);
        let importance = values(outcome.importance);
        let kept = mask(
            tensor(importance.clone(), [2, 1600], &Device::flex()),
            0.002,
        );
        assert_eq!(values(outcome.full_mask), values(kept));
    }
}
