//! Answers to the questions of the page about the current run and about the device.

use std::time::Duration;

use burn::tensor::Device;
use web_time::Instant;

use super::{Session, bytes_of};
use crate::{
    bench::{Effort, STEPS, measure_network},
    config::ChallengeConfig,
    data::{Dataset, Item, SourceImage},
    error::Result,
    host::module_memory,
    protocol::{BenchNetwork, DeviceMemory, Event, ImageRef, RequestId, RunId, Sample},
    suite,
};

/// Steps that a profile is taken over.
const PROFILED: usize = 5;

impl<E: FnMut(Event, Vec<Vec<u8>>)> Session<E> {
    /// Writes a checkpoint of a run.
    pub(super) async fn checkpoint(&mut self, request: RequestId, run: RunId) -> Result<()> {
        if self.current(run).is_none() {
            return Ok(());
        }
        // So that the curves beside it reach as far.
        self.report_steps().await?;
        let Some(active) = self.current(run) else {
            return Ok(());
        };
        let file = active.run.checkpoint().await?;
        let step = active.run.step();
        (self.emit)(Event::Checkpoint { request, run, step }, vec![file]);
        Ok(())
    }

    /// What a challenge does to some images.
    pub(super) async fn inspect(
        &mut self,
        request: RequestId,
        run: RunId,
        arm: usize,
        challenge: &ChallengeConfig,
        images: &[ImageRef],
    ) -> Result<()> {
        let Some(active) = self.current(run) else {
            return Ok(());
        };
        let inspected = active.run.inspect(arm, challenge, images).await?;
        active.check_finite(arm, &inspected)?;
        let pixels = active.pixels(images)?;
        let [_, height, width] = active.run.info().features;
        let event = Event::Inspection {
            request,
            run,
            arm,
            step: active.run.step(),
            grid: [height, width],
            images: inspected,
        };
        (self.emit)(event, pixels);
        Ok(())
    }

    /// What an arm makes of a picture that is not in the data.
    pub(super) async fn predict(
        &mut self,
        request: RequestId,
        run: RunId,
        arm: usize,
        challenge: &ChallengeConfig,
        picture: SourceImage,
    ) -> Result<()> {
        let Some(active) = self.current(run) else {
            return Ok(());
        };
        let item = active.run.fit(&picture)?;
        let prediction = active.run.predict(arm, challenge, &item).await?;
        active.check_prediction(arm, &prediction)?;
        let [_, height, width] = active.run.info().features;
        let event = Event::Prediction {
            request,
            run,
            arm,
            step: active.run.step(),
            grid: [height, width],
            prediction,
        };
        (self.emit)(event, vec![Dataset::rgba(&item)]);
        Ok(())
    }

    /// Features, gradient, importance and masks of one image.
    pub(super) async fn microscope(
        &mut self,
        request: RequestId,
        run: RunId,
        arm: usize,
        challenge: &ChallengeConfig,
        image: ImageRef,
    ) -> Result<()> {
        let Some(active) = self.current(run) else {
            return Ok(());
        };
        let seen = active.run.microscope(arm, challenge, image).await?;
        active.check_finite(arm, std::slice::from_ref(&seen.inspection))?;
        let mut buffers = active.pixels(&[image])?;
        let rounds = seen.rounds.iter().flat_map(|round| {
            let kept = round.muted.iter().map(|&muted| f32::from(!muted));
            round.importance.iter().copied().chain(kept)
        });
        let rounds: Vec<f32> = rounds.collect();
        buffers.extend([&seen.features, &seen.gradient, &rounds].map(|it| bytes_of(it)));
        let event = Event::Microscope {
            request,
            run,
            arm,
            step: active.run.step(),
            shape: seen.shape,
            inspection: seen.inspection,
        };
        (self.emit)(event, buffers);
        Ok(())
    }

    /// The batch that was trained on last.
    pub(super) async fn batch(&mut self, request: RequestId, run: RunId, arm: usize) -> Result<()> {
        let Some(active) = self.current(run) else {
            return Ok(());
        };
        let batch = active.run.last_batch(arm).await?;
        let images: Vec<_> = batch.samples.iter().map(|sample| sample.image).collect();
        let pixels = active.pixels(&images)?;
        let event = Event::Batch {
            request,
            run,
            arm,
            step: active.run.step(),
            b: batch.b,
            threshold: batch.threshold,
            samples: batch.samples,
        };
        (self.emit)(event, pixels);
        Ok(())
    }

    /// The parts of a step.
    pub(super) async fn profile(&mut self, request: RequestId, run: RunId) -> Result<()> {
        let Some(active) = self.current(run) else {
            return Ok(());
        };
        let split = active.run.profile(PROFILED).await?;
        active.last_read = Instant::now();
        self.send(Event::Profile {
            request,
            run,
            split,
        });
        Ok(())
    }

    /// Times the step of a network.
    pub(super) async fn bench(
        &mut self,
        request: RequestId,
        steps: u32,
        network: BenchNetwork,
        seconds: Option<u32>,
    ) -> Result<()> {
        let device = self.opened()?;
        let emit = &mut self.emit;
        let tell = |done, total| {
            let event = Event::Benching {
                request,
                done,
                total,
            };
            emit(event, Vec::new());
        };
        let effort = Effort {
            network,
            steps: steps.clamp(*STEPS.start(), *STEPS.end()) as usize,
            limit: seconds.map(|seconds| Duration::from_secs(seconds.into())),
        };
        let times = measure_network(&device, effort, tell).await?;
        if let Some(active) = &mut self.active {
            active.last_read = Instant::now();
        }
        self.send(Event::Benched { request, times });
        Ok(())
    }

    /// Checks the arithmetic of the device.
    pub(super) async fn check(&mut self, request: RequestId) -> Result<()> {
        let device = self.opened()?;
        let emit = &mut self.emit;
        let tell = |done, total| {
            let event = Event::Benching {
                request,
                done,
                total,
            };
            emit(event, Vec::new());
        };
        let checks = suite::check(&device, tell).await?;
        if let Some(active) = &mut self.active {
            active.last_read = Instant::now();
        }
        self.send(Event::Checked { request, checks });
        Ok(())
    }

    /// Images as they are.
    pub(super) fn samples(
        &mut self,
        request: RequestId,
        run: RunId,
        images: Vec<ImageRef>,
    ) -> Result<()> {
        let Some(active) = self.current(run) else {
            return Ok(());
        };
        let pixels = active.pixels(&images)?;
        let mut samples = Vec::with_capacity(images.len());
        for (buffer, image) in images.into_iter().enumerate() {
            let Item { name, label, .. } = active.run.item(image)?;
            samples.push(Sample {
                image,
                name: name.clone(),
                label: *label,
                buffer,
            });
        }
        let event = Event::Samples {
            request,
            run,
            samples,
        };
        (self.emit)(event, pixels);
        Ok(())
    }

    /// The weights of an arm.
    pub(super) async fn export(
        &mut self,
        request: RequestId,
        run: RunId,
        arm: usize,
    ) -> Result<()> {
        let Some(active) = self.current(run) else {
            return Ok(());
        };
        let file = active.run.export(arm).await?;
        (self.emit)(Event::Weights { request, run, arm }, vec![file]);
        Ok(())
    }

    /// How much memory the engine has taken.
    pub(super) fn memory(&mut self, request: RequestId) {
        let device = self.device.as_ref().and_then(Device::memory_pool_usage);
        self.send(Event::Memory {
            request,
            module: module_memory(),
            device: device.map(|usage| DeviceMemory {
                in_use: usage.bytes_in_use,
                reserved: usage.bytes_reserved,
            }),
        });
    }
}
