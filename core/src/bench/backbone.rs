//! Times a pretrained network: its features, and a step that trains all of it.

use std::sync::Arc;

use burn::tensor::{Device, Distribution, Tensor};
use web_time::Instant;

use crate::{
    config::{ArmConfig, Backbone, DataPreset, FrozenPart, NetworkConfig, RunConfig, Trains},
    data::Dataset,
    error::{Error, Result},
    model::{BackboneWeights, Extractor},
    trainer::{Pretrained, Run},
};

/// Images whose features are computed at once, and their side.
const FEATURES: [usize; 2] = [32, 224];
/// Images of a step, and their side.
const STEP: [usize; 2] = [16, 96];
/// Each is timed so often, once more to warm up.
const REPEATS: usize = 5;

/// Times in milliseconds, medians.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BackboneBench {
    /// Features of 32 images of 224 pixels.
    pub features_ms: f64,
    /// A step of plain training of all stages on 16 images of 96 pixels, with Adam and frozen statistics.
    pub step_ms: f64,
}

/// Times both on a device.
///
/// # Errors
/// [`Error::Device`] if the device fails.
pub async fn measure_backbone(
    weights: &Arc<BackboneWeights>,
    device: &Device,
) -> Result<BackboneBench> {
    Ok(BackboneBench {
        features_ms: features(weights, device).await?,
        step_ms: step(weights, device).await?,
    })
}

async fn features(weights: &BackboneWeights, device: &Device) -> Result<f64> {
    let device = device.clone().without_autodiff();
    let all = FrozenPart {
        stages: weights.network().stages(),
        features: true,
    };
    let extractor = Extractor::new(weights, all, &device)?;
    let [count, side] = FEATURES;
    let images = Tensor::random(
        [count, 3, side, side],
        Distribution::Uniform(-1.0, 1.0),
        &device,
    );
    // The largest feature map of all of them would be larger than what WebGPU binds by default.
    let at_once = at_once(&images);
    let parts = images.split(at_once, 0);
    let mut times = Vec::new();
    for _ in 0..=REPEATS {
        let began = Instant::now();
        // One value of each is enough to wait for all of them.
        let features = parts.iter().map(|part| extractor.features(part.clone()));
        let first = features.map(|it| it.slice([0..1, 0..1, 0..1, 0..1]));
        Tensor::cat(first.collect(), 0)
            .into_data_async()
            .await
            .map_err(|error| Error::Device(error.to_string()))?;
        times.push(began.elapsed().as_secs_f64() * 1e3);
    }
    Ok(median(&times))
}

/// Images whose features are computed at once.
fn at_once(images: &Tensor<4>) -> usize {
    let [count, ..] = images.dims();
    #[cfg(feature = "gpu")]
    if crate::gpu::primitive(images).is_some() {
        return count / 2;
    }
    count
}

async fn step(weights: &Arc<BackboneWeights>, device: &Device) -> Result<f64> {
    let mut config = RunConfig::reference(vec![ArmConfig::erm()]);
    config.network = NetworkConfig {
        backbone: Backbone::Pretrained {
            network: weights.network(),
            trains: Trains::All,
            batch_statistics: false,
        },
        ..NetworkConfig::default()
    };
    [config.training.batch_size, config.data.image_size] = STEP;
    [config.data.train_images, config.data.test_images] = [4 * STEP[0], STEP[0]];
    let RunConfig { data, training, .. } = &config;
    let images = Dataset::generate(DataPreset::CornerCue, data, training.seed)?;
    let pretrained = Pretrained::new(weights, &config.network, STEP[1], device, None)?;
    let mut run = Run::with_pretrained(config, &[0], Arc::new(images), Some(&pretrained), device)?;
    let mut times = Vec::new();
    for _ in 0..=REPEATS {
        let began = Instant::now();
        run.advance();
        run.read_steps().await?;
        times.push(began.elapsed().as_secs_f64() * 1e3);
    }
    Ok(median(&times))
}

/// The median of all but the first.
fn median(times: &[f64]) -> f64 {
    let mut sorted = times[1..].to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}
