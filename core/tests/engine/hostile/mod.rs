//! Every parser of the engine that takes bytes from outside, fed with its corpus, with noise and with
//! valid inputs that were tampered with: none may panic, and what one takes must be fit for use.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests read at once and may panic"
)]

mod foreign_weights;
#[path = "../../../../tests/fuzz/mod.rs"]
mod fuzz;
mod weight_files;

use std::cell::RefCell;
use std::io::Cursor;
use std::sync::{Arc, LazyLock};

use burn::tensor::Device;
use pollster::block_on;
use proptest::prelude::*;
use rsc_core::{
    config::{Backbone, ChallengeConfig, DataPreset, DataSource, RunConfig},
    data::Dataset,
    image_file::look,
    image_pack::{PackClass, PackIndex},
    limits::{LONGEST_SIDE, MOST_PIXELS},
    model::from_safetensors,
    protocol::{
        Command, DevicePreference, Event, ImageEntry, ImageRef, PresetPictures, Split, Tuning,
    },
    session::Session,
    trainer::{Checkpoint, Run},
};

use fuzz::fuzz;

fn small() -> RunConfig {
    let mut config = RunConfig::for_preset(DataPreset::CornerCue);
    config.data.train_images = 16;
    config.data.test_images = 8;
    config.data.image_size = 16;
    config.network.backbone = Backbone::SmallCnn {
        channels: vec![2, 3],
    };
    config.training.batch_size = 4;
    config
}

/// A small run after a step: its images and its checkpoint.
static SMALL_CHECKPOINT: LazyLock<(Arc<Dataset>, Vec<u8>)> = LazyLock::new(|| {
    let config = small();
    let seed = config.training.seed;
    let data = Dataset::generate(DataPreset::CornerCue, &config.data, seed).unwrap();
    let data = Arc::new(data);
    let mut run = Run::new(config, Arc::clone(&data), &Device::flex()).unwrap();
    run.advance();
    let file = block_on(run.checkpoint()).unwrap();
    (data, file)
});

#[test]
fn checkpoints() {
    fuzz(
        "checkpoint",
        std::slice::from_ref(&SMALL_CHECKPOINT.1),
        |file| {
            let Ok(checkpoint) = Checkpoint::from_bytes(file) else {
                return Ok(false);
            };
            let config = checkpoint.config().clone();
            prop_assert!(config.validate().is_ok());
            if too_large(&config) {
                return Ok(false);
            }
            // A spoilt number of the weights is taken; a spoilt shape or name is not.
            match Run::resume(checkpoint, Arc::clone(&SMALL_CHECKPOINT.0), &Device::flex()) {
                Ok(mut run) => {
                    run.advance();
                    Ok(true)
                }
                Err(_) => Ok(false),
            }
        },
    );
}

#[test]
fn weights() {
    fuzz(
        "weights",
        std::slice::from_ref(&SMALL_CHECKPOINT.1),
        |file| {
            let Ok(tensors) = from_safetensors(file) else {
                return Ok(false);
            };
            for (name, (shape, values)) in tensors {
                prop_assert_eq!(shape.iter().product::<usize>(), values.len(), "{}", name);
            }
            Ok(true)
        },
    );
}

#[test]
fn settings() {
    let valid = serde_json::to_vec_pretty(&RunConfig::default()).unwrap();
    fuzz("settings", &[valid], |bytes| {
        let Ok(config) = RunConfig::from_json(&String::from_utf8_lossy(bytes)) else {
            return Ok(false);
        };
        prop_assert!(config.validate().is_ok());
        let again = serde_json::to_string(&config).unwrap();
        prop_assert_eq!(RunConfig::from_json(&again).unwrap(), config);
        Ok(true)
    });
}

#[test]
fn image_files() {
    let valid = image::RgbImage::from_fn(9, 7, |x, y| image::Rgb([x as u8, y as u8, 9]));
    let mut png = Cursor::new(Vec::new());
    valid.write_to(&mut png, image::ImageFormat::Png).unwrap();
    fuzz("images", &[png.into_inner()], |bytes| {
        let Ok(seen) = look(Cursor::new(bytes)) else {
            return Ok(false);
        };
        prop_assert!(seen.width > 0 && seen.width <= LONGEST_SIDE);
        prop_assert!(seen.height > 0 && seen.height <= LONGEST_SIDE);
        prop_assert!(u64::from(seen.width) * u64::from(seen.height) <= MOST_PIXELS);
        Ok(true)
    });
}

/// Whether a run would take long rather than be wrong.
fn too_large(config: &RunConfig) -> bool {
    let side = config.data.image_size as u64;
    let network = config.network.cost(config.data.image_size, 4);
    let work: u64 = network.parts().map(|part| part.multiply_adds).sum();
    let images = match config.data.source {
        DataSource::Own => 16,
        DataSource::Preset { .. } => config.data.train_images + 4 * config.data.test_images,
    };
    images as u64 * side * side > 200_000
        || config.training.batch_size as u64 * work * config.arms.len() as u64 > 20_000_000
}

const PLACE: ImageRef = ImageRef {
    domain: 0,
    split: Split::Test,
    index: 0,
};

/// One of each command that needs no GPU and no patience.
fn commands() -> Vec<Command> {
    let (request, run, arm) = (1, 7, 1);
    let mut own = small();
    own.data.source = DataSource::Own;
    let entry = |buffer: usize| ImageEntry {
        name: format!("{buffer}.png"),
        class: ["cat", "dog"][buffer % 2].into(),
        domain: String::new(),
        test_only: buffer == 3,
        width: 16,
        height: 16,
        buffer,
    };
    vec![
        Command::SetImages {
            images: (0..4).map(entry).collect(),
        },
        Command::SetPresetPictures {
            pictures: PresetPictures::Digits { width: 28 },
        },
        Command::SetPresetPictures {
            pictures: PresetPictures::Emoji {
                width: 96,
                index: PackIndex {
                    domains: vec!["line".into()],
                    classes: vec![PackClass {
                        name: "face".into(),
                        concepts: vec!["grinning-face".into()],
                    }],
                },
            },
        },
        Command::Configure {
            run,
            config: small(),
        },
        Command::Configure { run, config: own },
        Command::Resume { run },
        Command::Play { run },
        Command::Pause { run },
        Command::Step { run },
        Command::Tune {
            run,
            tuning: Tuning {
                learning_rate: 0.01,
                challenges: vec![ChallengeConfig::default(); 2],
            },
        },
        Command::Inspect {
            request,
            run,
            arm,
            challenge: ChallengeConfig::default(),
            images: vec![PLACE; 2],
        },
        Command::Predict {
            request,
            run,
            arm,
            challenge: ChallengeConfig::default(),
            width: 16,
            height: 16,
        },
        Command::Microscope {
            request,
            run,
            arm,
            challenge: ChallengeConfig::default(),
            image: PLACE,
        },
        Command::Batch { request, run, arm },
        Command::Samples {
            request,
            run,
            images: vec![PLACE; 3],
        },
        Command::Checkpoint { request, run },
        Command::Export { request, run, arm },
    ]
}

/// Messages of the page: a whole session each time, which goes on whatever it was told.
#[test]
fn messages() {
    let valid: Vec<_> = commands()
        .iter()
        .map(|command| serde_json::to_vec(command).unwrap())
        .collect();
    fuzz("messages", &valid, |bytes| {
        let Ok(command) = serde_json::from_slice::<Command>(bytes) else {
            return Ok(false);
        };
        let slow = match &command {
            Command::Open { .. } | Command::Bench { .. } | Command::Profile { .. } => true,
            Command::Configure { config, .. } => config.validate().is_ok() && too_large(config),
            Command::Inspect { images, .. } | Command::Samples { images, .. } => images.len() > 50,
            _ => false,
        };
        if slow {
            return Ok(false);
        }
        let events = RefCell::new(Vec::new());
        let mut session = Session::new(|event, _| events.borrow_mut().push(event));
        let mut tell = |command, buffers| {
            block_on(session.handle(command, buffers));
            events.borrow_mut().drain(..).collect::<Vec<Event>>()
        };
        let cpu = DevicePreference::Cpu;
        tell(Command::Open { device: cpu }, Vec::new());
        let config = small();
        tell(Command::Configure { run: 7, config }, Vec::new());
        tell(Command::Step { run: 7 }, Vec::new());
        // Four images of 16 × 16 pixels, or a checkpoint, or pictures of presets, as far as they are wanted.
        let buffers = match &command {
            Command::Resume { .. } => vec![SMALL_CHECKPOINT.1.clone()],
            _ => vec![vec![7; 16 * 16 * 4]; 4],
        };
        tell(command, buffers);
        // A fresh run can be made whatever happened, and a step of it.
        let config = small();
        tell(Command::Configure { run: 8, config }, Vec::new());
        let said = tell(Command::Step { run: 8 }, Vec::new());
        let stepped = |event: &Event| matches!(event, Event::Steps { run: 8, .. });
        prop_assert!(said.iter().any(stepped), "{:?}", said);
        Ok(true)
    });
}

/// Messages of an engine of another version: read or refused.
#[test]
fn events() {
    let answers = RefCell::new(Vec::new());
    let mut session = Session::new(|event: Event, _| {
        answers
            .borrow_mut()
            .push(serde_json::to_vec(&event).unwrap());
    });
    let cpu = DevicePreference::Cpu;
    block_on(session.handle(Command::Open { device: cpu }, Vec::new()));
    let config = small();
    block_on(session.handle(Command::Configure { run: 7, config }, Vec::new()));
    for command in commands().into_iter().skip(8) {
        block_on(session.handle(command, Vec::new()));
    }
    drop(session);
    let answers = answers.into_inner();
    assert!(answers.len() > 8, "{} answers", answers.len());
    fuzz("events", &answers, |bytes| {
        Ok(serde_json::from_slice::<Event>(bytes).is_ok())
    });
}
