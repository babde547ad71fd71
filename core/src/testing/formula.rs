//! Weights and inputs from a formula, for comparisons with PyTorch that store neither.
//! `tests/fixtures/resnet/make.py` has the same formula; both round every operation to 32 bits.

use crate::weights_file::{Tensors, resnet_names};

/// Numbers in [0, 1), multiples of 2^-24: SplitMix64 from the FNV-1a hash of the name.
fn uniform(name: &str, count: usize) -> impl Iterator<Item = f32> {
    let hash = |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
    let mut state = name.bytes().fold(0xCBF2_9CE4_8422_2325, hash);
    (0..count).map(move |_| {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let it = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let it = (it ^ (it >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((it ^ (it >> 31)) >> 40) as f32 / (1 << 24) as f32
    })
}

/// The values of a tensor, by its name: of a normalisation around 1, of other weights within
/// ±√(3 / inputs), of shifts and means within ±0.2, of anything else within ±2.
pub(crate) fn formula_values(name: &str, shape: &[usize]) -> Vec<f32> {
    let inputs: usize = shape.iter().skip(1).product();
    let reach = (3.0 / inputs as f32).sqrt();
    let signed = |u: f32| 2.0 * u - 1.0;
    let value = |u: f32| match (name.rsplit('.').next(), shape.len()) {
        (Some("running_var"), _) | (Some("weight"), 1) => 0.5 + u,
        (Some("weight"), _) => signed(u) * reach,
        (Some("bias" | "running_mean"), _) => signed(u) * 0.2,
        _ => 2.0 * signed(u),
    };
    uniform(name, shape.iter().product()).map(value).collect()
}

/// All tensors of torchvision's ResNet of this depth, from the formula.
pub(crate) fn formula_resnet(depth: usize, classes: usize) -> Tensors {
    let names = resnet_names(depth, classes).expect("a depth that exists");
    let tensor = |(name, shape): (String, Vec<usize>)| {
        let values = formula_values(&name, &shape);
        (name, (shape, values))
    };
    names.into_iter().map(tensor).collect()
}

#[test]
fn values_are_those_of_the_formula_in_python() {
    for (depth, text) in [
        (
            18,
            include_str!("../../../tests/fixtures/resnet/resnet18.json"),
        ),
        (
            50,
            include_str!("../../../tests/fixtures/resnet/resnet50.json"),
        ),
    ] {
        let record: serde_json::Value = serde_json::from_str(text).unwrap();
        let mut tensors = formula_resnet(depth, 10);
        let shape = vec![1, 3, 64, 64];
        let input = formula_values("input", &shape);
        tensors.insert("input".into(), (shape, input));
        let recorded = record["weights"].as_object().unwrap();
        assert_eq!(recorded.len(), 7);
        for (name, about) in recorded {
            let (shape, values) = &tensors[name];
            let listed =
                |key: &str| -> Vec<f64> { serde_json::from_value(about[key].clone()).unwrap() };
            let theirs: Vec<usize> = listed("shape").iter().map(|it| *it as usize).collect();
            assert_eq!(shape, &theirs, "{name}");
            let first: Vec<f32> = listed("first").iter().map(|it| *it as f32).collect();
            assert_eq!(values[..8], first, "{name}");
            let count = values.len() as f64;
            let mean = values.iter().map(|it| f64::from(*it)).sum::<f64>() / count;
            let off = |it: &f32| (f64::from(*it) - mean).powi(2);
            let std = (values.iter().map(off).sum::<f64>() / count).sqrt();
            for (key, ours) in [("mean", mean), ("std", std)] {
                let theirs = about[key].as_f64().unwrap();
                assert!(
                    (ours - theirs).abs() < 1e-12,
                    "{name} {key}: {ours} and {theirs}"
                );
            }
        }
    }
}
