//! Commands in, events out: the run's life as the page sees it. Knows no browser; the worker and
//! the tests drive it.

mod answers;
mod backbone;
mod finite;
mod given;
mod training;

use std::sync::Arc;

use burn::tensor::Device;
use web_time::Instant;

use crate::{
    data::{Dataset, PresetData, SourceImage},
    device::{Faults, Opened, open},
    error::{Error, Result},
    host::moment,
    model::BackboneWeights,
    protocol::{
        Command, DeviceKind, DevicePreference, Event, Fault, ImageEntry, ImageRef, RunId, RunState,
        saved_up_to,
    },
    trainer::{Pretrained, Run},
};

use given::GivenImage;

/// An event and the buffers that travel beside it.
pub type Message = (Event, Vec<Vec<u8>>);

/// So many moments the browser has to say what happened to its GPU.
const EXCUSES: usize = 10;

/// The current run.
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
    images: Vec<GivenImage>,
    presets: PresetData,
    /// The weights of the pretrained network that was given last.
    backbone: Option<Arc<BackboneWeights>>,
    /// What the last run of a pretrained network used: its features serve the next one.
    pretrained: Option<Pretrained>,
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
            images: Vec::new(),
            presets: PresetData::default(),
            backbone: None,
            pretrained: None,
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
        let run = command.run();
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
        | Command::Predict { run, .. }
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
            Command::Open { device } => self.open(device).await?,
            Command::SetImages { images } => self.images = attach(images, buffers)?,
            Command::SetTrainingImages { images } => {
                for at in images {
                    if let Some(image) = self.images.get_mut(at) {
                        image.keep_for_training();
                    }
                }
            }
            Command::SetPresetPictures { pictures } => self.presets.take(pictures, buffers)?,
            Command::SetBackbone {
                request,
                network,
                name,
            } => self.set_backbone(request, network, &name, buffers),
            Command::Configure { run, config } => self.configure(run, config, None)?,
            Command::ConfigureArms { run, config, arms } => {
                self.configure(run, config, Some(&arms))?;
            }
            Command::Resume { run } => self.resume(run, &buffers, None).await?,
            Command::ResumeArms { run, arms } => self.resume(run, &buffers, Some(&arms)).await?,
            Command::Play { run } => self.play(run, u64::MAX),
            Command::PlayUntil { run, step } => self.play(run, step),
            Command::Pause { run } => self.pause(run).await?,
            Command::Step { run } => self.step(run).await?,
            Command::Tune { run, tuning } => {
                if let Some(active) = self.current(run) {
                    active.run.tune(&tuning)?;
                }
            }
            question => self.answer(question, buffers).await?,
        }
        Ok(())
    }

    /// Answers a question.
    async fn answer(&mut self, question: Command, buffers: Vec<Vec<u8>>) -> Result<()> {
        match question {
            Command::Checkpoint { request, run } => self.checkpoint(request, run).await,
            Command::Inspect {
                request,
                run,
                arm,
                challenge,
                images,
            } => self.inspect(request, run, arm, &challenge, &images).await,
            Command::Predict {
                request,
                run,
                arm,
                challenge,
                width,
                height,
            } => {
                let picture = picture(width, height, buffers);
                self.predict(request, run, arm, &challenge, picture).await
            }
            Command::Microscope {
                request,
                run,
                arm,
                challenge,
                image,
            } => self.microscope(request, run, arm, &challenge, image).await,
            Command::Batch { request, run, arm } => self.batch(request, run, arm).await,
            Command::Profile { request, run } => self.profile(request, run).await,
            Command::Memory { request } => {
                self.memory(request);
                Ok(())
            }
            Command::Bench {
                request,
                steps,
                network,
                seconds,
            } => self.bench(request, steps, network, seconds).await,
            Command::Check { request } => self.check(request).await,
            Command::Samples {
                request,
                run,
                images,
            } => self.samples(request, run, images),
            Command::Export { request, run, arm } => self.export(request, run, arm).await,
            // The others are no questions.
            _ => Ok(()),
        }
    }

    /// Opens a device.
    async fn open(&mut self, device: DevicePreference) -> Result<()> {
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
        self.pretrained = None;
        self.send(Event::Ready {
            device: info,
            version: env!("CARGO_PKG_VERSION").into(),
        });

        Ok(())
    }

    fn opened(&self) -> Result<Device> {
        self.device.clone().ok_or_else(|| {
            Error::Device("no device is open yet: a run needs one to be prepared on".into())
        })
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
                saved_up_to(active.reported)
            }
            Some(_) => "The run before, your images and settings are kept.".to_owned(),
            None => "Your images and settings are kept.".to_owned(),
        };
        if device_gone {
            self.active = None;
            self.pretrained = None;
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
    fn pixels(&self, images: &[ImageRef]) -> Result<Vec<Vec<u8>>> {
        images
            .iter()
            .map(|&image| self.run.item(image).map(Dataset::rgba))
            .collect()
    }
}

/// A picture that is not in the data.
fn picture(width: u32, height: u32, buffers: Vec<Vec<u8>>) -> SourceImage {
    SourceImage {
        name: "picture".into(),
        class: String::new(),
        domain: String::new(),
        test_only: false,
        width,
        height,
        rgba: buffers.into_iter().next().unwrap_or_default(),
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
fn attach(images: Vec<ImageEntry>, mut buffers: Vec<Vec<u8>>) -> Result<Vec<GivenImage>> {
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
            Ok(GivenImage::from(SourceImage {
                name: image.name,
                class: image.class,
                domain: image.domain,
                test_only: image.test_only,
                width: image.width,
                height: image.height,
                rgba,
            }))
        })
        .collect()
}
