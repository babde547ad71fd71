//! EfficientNet-Lite0 against PyTorch: the activations after each block, the features and the logits of
//! photographs, and of further cases in the folder that `RSC_LITE0_DIR` names (`NAME-224.png` beside
//! `NAME.json`).
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests read at once and may panic"
)]

use std::path::{Path, PathBuf};

use burn::tensor::{Device, Tensor, TensorData};
use rsc_core::{
    config::{FrozenPart, PretrainedNetwork},
    device::open,
    model::{BackboneWeights, Extractor},
    protocol::DevicePreference,
};
use serde::Deserialize;

use crate::gpu;

/// Largest difference that counts as equal, relative to the largest value.
const TOLERANCE: f32 = 1e-3;
/// The whole network up to its features.
const ALL: FrozenPart = FrozenPart {
    stages: 7,
    features: true,
};

#[derive(Deserialize)]
struct Case {
    blocks: Vec<Activations>,
    features: Activations,
    logits: Vec<f32>,
    top5: Vec<usize>,
}

/// What is known of a feature map.
#[derive(Deserialize)]
struct Activations {
    shape: Vec<usize>,
    mean: f32,
    std: f32,
    first: Vec<f32>,
}

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn weights() -> BackboneWeights {
    let path = repository("www/site/models/efficientnet-lite0.safetensors");
    let file = std::fs::read(path).unwrap();
    let network = PretrainedNetwork::EfficientNetLite0;
    BackboneWeights::read(network, "efficientnet-lite0.safetensors", &file).unwrap()
}

/// Pictures with their cases: those of the repository and those of the folder.
fn cases() -> Vec<(PathBuf, Case)> {
    let folders = [
        Some(repository("tests/fixtures/lite0")),
        std::env::var_os("RSC_LITE0_DIR").map(PathBuf::from),
    ];
    let mut found = Vec::new();
    for folder in folders.into_iter().flatten() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|it| it == "json") {
                let name = path.file_stem().unwrap().to_str().unwrap();
                let picture = folder.join(format!("{name}-224.png"));
                let case = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
                found.push((picture, case));
            }
        }
    }
    assert!(found.len() >= 2, "{} cases", found.len());
    found
}

fn picture(path: &Path, device: &Device) -> Tensor<4> {
    let image = image::open(path).unwrap().into_rgb8();
    let scale = PretrainedNetwork::EfficientNetLite0.pixel_scale();
    let (width, height) = (image.width() as usize, image.height() as usize);
    let mut values = vec![0.0; 3 * width * height];
    for (at, pixel) in image.pixels().enumerate() {
        for (c, &byte) in pixel.0.iter().enumerate() {
            values[c * width * height + at] =
                (f32::from(byte) - scale.mean[c]) / scale.deviation[c];
        }
    }
    Tensor::from_data(TensorData::new(values, [1, 3, height, width]), device)
}

fn values<const D: usize>(tensor: &Tensor<D>) -> Vec<f32> {
    tensor.to_data().try_to_vec().unwrap()
}

fn assert_close(what: &str, found: &[f32], wanted: &[f32], largest: f32) {
    for (i, (found, wanted)) in found.iter().zip(wanted).enumerate() {
        let difference = (found - wanted).abs();
        assert!(
            difference <= TOLERANCE * largest,
            "{what}, value {i}: {found} instead of {wanted}, largest {largest}"
        );
    }
}

fn assert_like(what: &str, found: &Tensor<4>, shape: &[usize], wanted: &Activations) {
    assert_eq!(wanted.shape, shape, "{what}");
    let found = values(found);
    let n = found.len() as f32;
    let largest = found.iter().fold(0.0_f32, |most, it| most.max(it.abs()));
    let mean = found.iter().sum::<f32>() / n;
    let squares: f32 = found.iter().map(|it| (it - mean).powi(2)).sum();
    let deviation = (squares / (n - 1.0)).sqrt();
    let summary = [mean, deviation];
    assert_close(what, &summary, &[wanted.mean, wanted.std], largest);
    assert_close(what, &found, &wanted.first, largest);
}

fn check(device: &Device) {
    let weights = weights();
    let extractor = Extractor::new(&weights, ALL, device).unwrap();
    let classifier = weights.classifier(device).unwrap();
    for (path, case) in cases() {
        let name = path.display().to_string();
        let mut blocks = Vec::new();
        let last = extractor.features_through(picture(&path, device), |block| {
            blocks.push(block.clone());
        });
        assert_eq!(blocks.len(), case.blocks.len());
        for (i, (found, wanted)) in blocks.iter().zip(&case.blocks).enumerate() {
            let what = format!("{name}, block {i}");
            assert_like(&what, found, &found.dims(), wanted);
        }
        let [batch, channels, height, width] = last.dims();
        assert_like(
            &name,
            &last,
            &[batch, channels, height, width],
            &case.features,
        );
        let mean = last.reshape([batch, channels, height * width]).mean_dim(2);
        let logits = values(&classifier.forward(mean.reshape([batch, channels])));
        let largest = case
            .logits
            .iter()
            .fold(0.0_f32, |most, it| most.max(it.abs()));
        assert_close(&name, &logits, &case.logits, largest);
        let mut order: Vec<usize> = (0..logits.len()).collect();
        order.sort_by(|&a, &b| logits[b].total_cmp(&logits[a]));
        assert_eq!(order[..5], case.top5, "{name}");
    }
}

#[test]
fn lite0_is_pytorchs_on_the_cpu() {
    check(&Device::flex());
}

#[test]
fn lite0_is_pytorchs_on_a_gpu() {
    if let Some(opened) = gpu::if_any(pollster::block_on(open(DevicePreference::Webgpu))) {
        check(&opened.device);
    }
}
