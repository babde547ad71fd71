//! Commands in, events out: the run's life as the page sees it. Knows no browser; the worker and
//! the tests drive it.

use std::sync::Arc;

use burn::tensor::Device;
use web_time::Instant;

use crate::{
    bench::{STEPS, measure},
    config::RunConfig,
    crew::pace,
    data::{Dataset, Digits, Item, SourceImage},
    device::{Faults, Opened, open},
    error::{Error, Result},
    host::{module_memory, moment},
    protocol::{
        Command, DeviceKind, DeviceMemory, EvaluationMetrics, Event, Fault, ImageEntry,
        ImageInspection, ImageRef, RunId, RunState, Sample, kept_up_to,
    },
    suite,
    trainer::{Checkpoint, Evaluation, Run},
};

/// An event and the buffers that travel beside it.
pub type Message = (Event, Vec<Vec<u8>>);

/// On a GPU, metrics are read this often, so that reading does not hold up the queue.
const READ_EVERY_MS: f64 = 120.0;
/// So many moments the browser has to say what happened to its GPU.
const EXCUSES: usize = 10;
/// Steps that a profile is taken over.
const PROFILED: usize = 5;

/// The run in hand.
struct Active {
    id: RunId,
    run: Run,
    state: RunState,
    /// Where to hold.
    until: u64,
    last_read: Instant,
    step_ms: Option<f64>,
    /// The last step whose metrics were sent.
    reported: u64,
}

/// One page's engine.
pub struct Session<E: FnMut(Event, Vec<Vec<u8>>)> {
    emit: E,
    device: Option<Device>,
    kind: DeviceKind,
    faults: Faults,
    wake: Option<Arc<dyn Fn() + Send + Sync>>,
    own: Vec<SourceImage>,
    digits: Option<Digits>,
    active: Option<Active>,
}

impl<E: FnMut(Event, Vec<Vec<u8>>)> Session<E> {
    /// A session without a device yet; `emit` takes its events.
    pub fn new(emit: E) -> Self {
        Self {
            emit,
            device: None,
            kind: DeviceKind::Cpu,
            faults: Faults::default(),
            wake: None,
            own: Vec::new(),
            digits: None,
            active: None,
        }
    }

    /// Calls `wake` whenever the device reports a fault of its own accord, so that
    /// [`Self::check_device`] can be called where nothing else is going on.
    pub fn wake_by(&mut self, wake: impl Fn() + Send + Sync + 'static) {
        self.wake = Some(Arc::new(wake));
    }

    /// The faults of the open device; a test reports some of its own there.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Tells of what the device has reported since the last look.
    pub fn check_device(&mut self) {
        if let Err(error) = self.explained(Ok(())) {
            self.fail(None, &error);
        }
    }

    /// As [`Self::explained`]. A read that fails with its GPU is told before the browser tells why:
    /// that is waited for.
    async fn explained_in_time(&self, outcome: Result<()>) -> Result<()> {
        let mut outcome = self.explained(outcome);
        for _ in 0..EXCUSES {
            if self.kind != DeviceKind::Gpu || !matches!(outcome, Err(Error::Device(_))) {
                break;
            }
            moment().await;
            outcome = self.explained(outcome);
        }
        outcome
    }

    /// What the device reported is the cause of whatever else went wrong.
    fn explained(&self, outcome: Result<()>) -> Result<()> {
        match self.faults.take().into_iter().next() {
            Some(fault) => Err(fault),
            None => outcome,
        }
    }

    /// Whether there is a step to make.
    pub fn is_training(&self) -> bool {
        self.active.as_ref().is_some_and(|active| {
            active.state == RunState::Training && active.run.step() < active.until
        })
    }

    /// Carries out one command. Faults become events.
    pub async fn handle(&mut self, command: Command, buffers: Vec<Vec<u8>>) {
        let run = match &command {
            Command::Open { .. }
            | Command::SetImages { .. }
            | Command::SetDigits { .. }
            | Command::Memory { .. }
            | Command::Bench { .. }
            | Command::Check { .. } => None,
            Command::Configure { run, .. }
            | Command::ConfigureArms { run, .. }
            | Command::Resume { run }
            | Command::ResumeArms { run, .. }
            | Command::Checkpoint { run, .. }
            | Command::Play { run }
            | Command::PlayUntil { run, .. }
            | Command::Pause { run }
            | Command::Step { run }
            | Command::Tune { run, .. }
            | Command::Inspect { run, .. }
            | Command::Microscope { run, .. }
            | Command::Batch { run, .. }
            | Command::Profile { run, .. }
            | Command::Samples { run, .. }
            | Command::Export { run, .. } => Some(*run),
        };
        let starts = matches!(
            command,
            Command::Open { .. }
                | Command::Configure { .. }
                | Command::ConfigureArms { .. }
                | Command::Resume { .. }
                | Command::ResumeArms { .. }
        );
        let outcome = self.carry_out(command, buffers).await;
        let Err(error) = self.explained_in_time(outcome).await else {
            return;
        };
        if starts || error.fault() != Fault::Other {
            self.fail(run, &error);
        } else {
            self.send(Event::Warning {
                run,
                message: error.to_string(),
            });
        }
    }

    async fn carry_out(&mut self, command: Command, buffers: Vec<Vec<u8>>) -> Result<()> {
        if let Command::Checkpoint { run, .. }
        | Command::Inspect { run, .. }
        | Command::Microscope { run, .. }
        | Command::Batch { run, .. }
        | Command::Export { run, .. } = &command
            && self
                .current(*run)
                .is_some_and(|active| active.state == RunState::Failed)
        {
            let problem = "this run has failed, and its weights are no numbers: reset it, or go on \
                           from where it was put aside";
            return Err(Error::Data(problem.into()));
        }
        match command {
            Command::Open { device } => {
                let Opened {
                    device,
                    info,
                    faults,
                } = open(device).await?;
                self.kind = info.kind;
                self.device = Some(device);
                if let Some(wake) = self.wake.clone() {
                    faults.wake_by(move || wake());
                }
                self.faults = faults;
                self.send(Event::Ready {
                    device: info,
                    version: env!("CARGO_PKG_VERSION").into(),
                });
            }
            Command::SetImages { images } => self.own = attach(images, buffers)?,
            Command::SetDigits { width } => {
                let grey = buffers.first().map_or(&[][..], Vec::as_slice);
                self.digits = Some(Digits::from_sheet(grey, width as usize)?);
            }
            Command::Configure { run, config } => self.configure(run, config, None)?,
            Command::ConfigureArms { run, config, arms } => {
                self.configure(run, config, Some(&arms))?;
            }
            Command::Resume { run } => self.resume(run, &buffers, None).await?,
            Command::ResumeArms { run, arms } => self.resume(run, &buffers, Some(&arms)).await?,
            Command::Checkpoint { request, run } => {
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
            }
            Command::Play { run } => self.play(run, u64::MAX),
            Command::PlayUntil { run, step } => self.play(run, step),
            Command::Pause { run } => {
                if self
                    .current(run)
                    .is_some_and(|active| active.state == RunState::Training)
                {
                    self.report_steps().await?;
                    self.set_state(RunState::Paused);
                }
            }
            Command::Step { run } => {
                let Some(active) = self.current(run) else {
                    return Ok(());
                };
                if matches!(active.state, RunState::Done | RunState::Failed) {
                    return Ok(());
                }
                active.last_read = Instant::now();
                active.run.advance();
                self.report_steps().await?;
                self.set_state(RunState::Paused);
                self.after_step(async || ()).await?;
            }
            Command::Tune { run, tuning } => {
                if let Some(active) = self.current(run) {
                    active.run.tune(&tuning)?;
                }
            }
            Command::Inspect {
                request,
                run,
                arm,
                challenge,
                images,
            } => {
                let Some(active) = self.current(run) else {
                    return Ok(());
                };
                let inspected = active.run.inspect(arm, &challenge, &images).await?;
                active.check_finite(arm, &inspected)?;
                let pixels = active.pixels(&images)?;
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
            }
            Command::Microscope {
                request,
                run,
                arm,
                challenge,
                image,
            } => {
                let Some(active) = self.current(run) else {
                    return Ok(());
                };
                let seen = active.run.microscope(arm, &challenge, image).await?;
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
            }
            Command::Batch { request, run, arm } => {
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
            }
            Command::Profile { request, run } => {
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
            }
            Command::Memory { request } => {
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
            Command::Bench { request, steps } => {
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
                let steps = steps.clamp(*STEPS.start(), *STEPS.end());
                let times = measure(&device, steps as usize, tell).await?;
                if let Some(active) = &mut self.active {
                    active.last_read = Instant::now();
                }
                self.send(Event::Benched { request, times });
            }
            Command::Check { request } => {
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
            }
            Command::Samples {
                request,
                run,
                images,
            } => {
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
            }
            Command::Export { request, run, arm } => {
                let Some(active) = self.current(run) else {
                    return Ok(());
                };
                let file = active.run.export(arm).await?;
                (self.emit)(Event::Weights { request, run, arm }, vec![file]);
            }
        }
        Ok(())
    }

    /// One training step, its metrics when they are due, and the evaluation at an epoch's end.
    /// `breathe` is awaited between the parts of a long evaluation.
    pub async fn turn(&mut self, breathe: impl AsyncFn()) {
        if !self.is_training() {
            return;
        }
        let outcome = self.train(breathe).await;
        if let Err(error) = self.explained_in_time(outcome).await {
            let run = self.active.as_ref().map(|active| active.id);
            self.fail(run, &error);
        }
    }

    async fn train(&mut self, breathe: impl AsyncFn()) -> Result<()> {
        let Some(active) = &mut self.active else {
            return Ok(());
        };
        active.run.advance();
        let waited = active.last_read.elapsed().as_secs_f64() * 1e3;
        let ends = active.run.at_epoch_end() || active.run.step() >= active.until;
        if self.kind == DeviceKind::Cpu || waited >= READ_EVERY_MS || ends {
            self.report_steps().await?;
        }
        self.explained(Ok(()))?;
        self.after_step(breathe).await
    }

    /// Evaluates where an epoch ended, and ends the run after the last.
    async fn after_step(&mut self, breathe: impl AsyncFn()) -> Result<()> {
        let Some(active) = &mut self.active else {
            return Ok(());
        };
        if active.run.at_epoch_end() {
            let Evaluation {
                record,
                predictions,
            } = active.run.evaluate(breathe).await?;
            let not_finite = |arm: &EvaluationMetrics| {
                let losses = [Some(arm.loss_same_domain), arm.loss_new_domain];
                !losses.into_iter().flatten().all(f32::is_finite)
            };
            if let Some(at) = record.arms.iter().position(not_finite) {
                return Err(Error::NotFinite {
                    arm: active.run.arms()[at].name.clone(),
                    step: active.run.step(),
                });
            }
            let event = Event::Evaluation {
                run: active.id,
                record,
            };
            active.last_read = Instant::now();
            let buffers = predictions.iter().map(|classes| classes_of(classes));
            (self.emit)(event, buffers.collect());
        }
        let finished = |active: &Active| active.run.is_done() && active.state != RunState::Done;
        if self.active.as_ref().is_some_and(finished) {
            self.set_state(RunState::Done);
        }
        Ok(())
    }

    /// Prepares a run with all of its arms, or with some.
    fn configure(&mut self, id: RunId, config: RunConfig, arms: Option<&[usize]>) -> Result<()> {
        let device = self.opened()?;
        config.validate()?;
        let dataset = Arc::new(self.dataset(&config)?);
        // The run before goes only now: a config that is refused leaves it as it was.
        let run = match arms {
            None => Run::new(config, dataset, &device)?,
            Some(arms) => Run::with_arms(config, arms, dataset, &device)?,
        };
        self.start(id, run);
        Ok(())
    }

    /// The same for a run that goes on.
    async fn resume(
        &mut self,
        id: RunId,
        buffers: &[Vec<u8>],
        arms: Option<&[usize]>,
    ) -> Result<()> {
        let file = buffers.first().map_or(&[][..], Vec::as_slice);
        let checkpoint = Checkpoint::from_bytes(file)?;
        let device = self.opened()?;
        let dataset = Arc::new(self.dataset(checkpoint.config())?);
        let run = match arms {
            None => Run::resume(checkpoint, dataset, &device)?,
            Some(arms) => Run::resume_arms(checkpoint, arms, dataset, &device)?,
        };
        self.start(id, run);
        // What the last evaluation found is not in the file.
        self.after_step(async || ()).await
    }

    fn play(&mut self, run: RunId, until: u64) {
        let waits = !self.is_training();
        let Some(active) = self.current(run) else {
            return;
        };
        if waits {
            active.last_read = Instant::now();
        }
        active.until = until;
        if matches!(active.state, RunState::Ready | RunState::Paused) {
            self.set_state(RunState::Training);
        }
    }

    fn opened(&self) -> Result<Device> {
        self.device.clone().ok_or_else(|| {
            Error::Device("no device is open yet: a run needs one to be prepared on".into())
        })
    }

    fn dataset(&self, config: &RunConfig) -> Result<Dataset> {
        let seed = config.training.seed;
        Dataset::make(&config.data, &self.own, self.digits.as_ref(), seed)
    }

    fn start(&mut self, id: RunId, run: Run) {
        let (info, step) = (run.info(), run.step());
        let state = match step {
            0 => RunState::Ready,
            _ if run.is_done() => RunState::Done,
            _ => RunState::Paused,
        };
        let tested = run.dataset().domains.iter().flat_map(|domain| &domain.test);
        let labels: Vec<u16> = tested.map(|item| item.label as u16).collect();
        self.active = Some(Active {
            id,
            run,
            state,
            until: u64::MAX,
            last_read: Instant::now(),
            step_ms: None,
            reported: step,
        });
        let started = Event::Started {
            run: id,
            info,
            step,
        };
        (self.emit)(started, vec![classes_of(&labels)]);
        self.set_state(state);
    }

    async fn report_steps(&mut self) -> Result<()> {
        let Some(active) = &mut self.active else {
            return Ok(());
        };
        let count = active.run.unread();
        if count == 0 {
            return Ok(());
        }
        let (records, outcome) = match active.run.read_steps().await {
            Ok(records) => (records, Ok(())),
            Err(error) => (active.run.take_good_steps(), Err(error)),
        };
        let Some(last) = records.last() else {
            return outcome;
        };
        active.reported = last.step;
        let each = active.last_read.elapsed().as_secs_f64() * 1e3 / count as f64;
        active.last_read = Instant::now();
        let step_ms = pace(active.step_ms, each, active.run.step());
        active.step_ms = Some(step_ms);
        let event = Event::Steps {
            run: active.id,
            records,
            step_ms,
        };
        self.send(event);
        outcome
    }

    fn current(&mut self, run: RunId) -> Option<&mut Active> {
        self.active.as_mut().filter(|active| active.id == run)
    }

    fn set_state(&mut self, state: RunState) {
        if let Some(active) = &mut self.active {
            active.state = state;
            let run = active.id;
            self.send(Event::State { run, state });
        }
    }

    /// Tells of a fault. One of the device is the whole engine's, whichever run it was seen in:
    /// nothing can be done any more until another is opened.
    fn fail(&mut self, run: Option<RunId>, error: &Error) {
        let device_gone = error.device_gone();
        let kept = match &mut self.active {
            Some(active) if device_gone || run == Some(active.id) => {
                active.state = RunState::Failed;
                kept_up_to(active.reported)
            }
            Some(_) => "The run before, your images and settings are kept.".to_owned(),
            None => "Your images and settings are kept.".to_owned(),
        };
        if device_gone {
            self.active = None;
            self.device = None;
            self.faults = Faults::default();
        }
        self.send(Event::Failed {
            run: run.filter(|_| !device_gone),
            fault: error.fault(),
            message: error.to_string(),
            kept,
        });
    }

    fn send(&mut self, event: Event) {
        (self.emit)(event, Vec::new());
    }
}

impl Active {
    /// That what an arm makes of images is made of numbers: nothing else can be said to a page, and
    /// a loss would show it a step later.
    fn check_finite(&self, arm: usize, inspected: &[ImageInspection]) -> Result<()> {
        let finite = |it: &ImageInspection| {
            let mut all = it
                .importance
                .iter()
                .chain(&it.heat)
                .chain(&it.before)
                .chain(&it.after);
            all.all(|value| value.is_finite()) && it.drop.is_finite()
        };
        if inspected.iter().all(finite) {
            return Ok(());
        }
        // By its place among all arms: others may be trained elsewhere.
        let arm = self.run.config().arms.get(arm);
        Err(Error::WeightsNotFinite {
            arm: arm.map(|arm| arm.name.clone()).unwrap_or_default(),
            step: self.run.step(),
        })
    }

    fn pixels(&self, images: &[ImageRef]) -> Result<Vec<Vec<u8>>> {
        images
            .iter()
            .map(|&image| self.run.item(image).map(Dataset::rgba))
            .collect()
    }
}

/// Numbers as little-endian bytes.
fn bytes_of(numbers: &[f32]) -> Vec<u8> {
    numbers.iter().flat_map(|it| it.to_le_bytes()).collect()
}

/// Classes as little-endian bytes.
fn classes_of(classes: &[u16]) -> Vec<u8> {
    classes.iter().flat_map(|it| it.to_le_bytes()).collect()
}

/// Puts the attached bytes to the images that name them.
fn attach(images: Vec<ImageEntry>, mut buffers: Vec<Vec<u8>>) -> Result<Vec<SourceImage>> {
    images
        .into_iter()
        .map(|image| {
            let rgba = buffers
                .get_mut(image.buffer)
                .map(std::mem::take)
                .unwrap_or_default();
            let pixels = u64::from(image.width) * u64::from(image.height);
            let expected = pixels.checked_mul(4).filter(|&bytes| bytes > 0);
            if expected != Some(rgba.len() as u64) {
                return Err(Error::Data(format!(
                    "image {}: {} bytes do not make {} × {} pixels",
                    image.name,
                    rgba.len(),
                    image.width,
                    image.height
                )));
            }
            Ok(SourceImage {
                name: image.name,
                class: image.class,
                domain: image.domain,
                test_only: image.test_only,
                width: image.width,
                height: image.height,
                rgba,
            })
        })
        .collect()
}
