//! Every parser of the engine that takes bytes from outside, fed with its corpus, with noise and with
//! valid inputs that were tampered with: none may panic, and what one takes must be fit for use.
#![cfg(feature = "engine")]
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests read at once and may panic"
)]

#[path = "../../tests/fuzz/mod.rs"]
mod fuzz;

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
    limits::{LONGEST_SIDE, MOST_PIXELS},
    model::{Network, from_safetensors, with_weights},
    protocol::{Command, DevicePreference, Event, ImageEntry, ImageRef, Split, Tuning},
    session::Session,
    trainer::{Checkpoint, Run},
};
use serde_json::{Value, json};

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

/// A small run after a step: its images and all that it needs to go on.
static PUT_ASIDE: LazyLock<(Arc<Dataset>, Vec<u8>)> = LazyLock::new(|| {
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
    fuzz("checkpoint", std::slice::from_ref(&PUT_ASIDE.1), |file| {
        let Ok(checkpoint) = Checkpoint::from_bytes(file) else {
            return Ok(false);
        };
        let config = checkpoint.config().clone();
        prop_assert!(config.validate().is_ok());
        if too_large(&config) {
            return Ok(false);
        }
        // A spoilt number of the weights is taken; a spoilt shape or name is not.
        match Run::resume(checkpoint, Arc::clone(&PUT_ASIDE.0), &Device::flex()) {
            Ok(mut run) => {
                run.advance();
                Ok(true)
            }
            Err(_) => Ok(false),
        }
    });
}

#[test]
fn weights() {
    fuzz("weights", std::slice::from_ref(&PUT_ASIDE.1), |file| {
        let Ok(tensors) = from_safetensors(file) else {
            return Ok(false);
        };
        for (name, (shape, values)) in tensors {
            prop_assert_eq!(shape.iter().product::<usize>(), values.len(), "{}", name);
        }
        Ok(true)
    });
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
        Command::SetDigits { width: 28 },
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
        // Four images of 16 × 16 pixels, or a checkpoint, or digits, as far as they are wanted.
        let buffers = match &command {
            Command::Resume { .. } => vec![PUT_ASIDE.1.clone()],
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
    for command in commands().into_iter().skip(7) {
        block_on(session.handle(command, Vec::new()));
    }
    drop(session);
    let answers = answers.into_inner();
    assert!(answers.len() > 8, "{} answers", answers.len());
    fuzz("events", &answers, |bytes| {
        Ok(serde_json::from_slice::<Event>(bytes).is_ok())
    });
}

/// A safetensors file by hand.
fn safetensors(header: &str, data: &[u8]) -> Vec<u8> {
    let length = header.len() as u64;
    [&length.to_le_bytes(), header.as_bytes(), data].concat()
}

fn header(name: &str, dtype: &str, shape: Value, offsets: [u64; 2]) -> String {
    json!({ name: { "dtype": dtype, "shape": shape, "data_offsets": offsets } }).to_string()
}

#[test]
fn lying_safetensors_are_refused() {
    let sound = header("w", "F32", json!([2, 3]), [0, 24]);
    let read = from_safetensors(&safetensors(&sound, &[0; 24])).unwrap();
    assert_eq!(read["w"], (vec![2, 3], vec![0.0; 6]));

    let one = |dtype, shape, offsets, bytes: usize| {
        safetensors(&header("w", dtype, shape, offsets), &vec![0; bytes])
    };
    let two = |second: [u64; 2], bytes: usize| {
        let entry =
            |offsets: [u64; 2]| json!({ "dtype": "F32", "shape": [1], "data_offsets": offsets });
        let header = json!({ "a": entry([0, 4]), "b": entry(second) }).to_string();
        safetensors(&header, &vec![0; bytes])
    };
    let mut long_header = safetensors(&sound, &[0; 24]);
    long_header[..8].copy_from_slice(&u64::MAX.to_le_bytes());
    let mut larger_header = safetensors(&sound, &[0; 24]);
    larger_header[..8].copy_from_slice(&10_000_u64.to_le_bytes());
    for (what, file) in [
        ("nothing", Vec::new()),
        ("half a length", vec![7; 5]),
        ("a header of 2^64 bytes", long_header),
        ("a header beyond the file", larger_header),
        ("no header", safetensors("", &[0; 24])),
        ("a header that is no JSON", safetensors("{", &[0; 24])),
        ("a header of another shape", safetensors("[1]", &[])),
        (
            "less data than said",
            one("F32", json!([2, 3]), [0, 24], 20),
        ),
        (
            "more data than said",
            one("F32", json!([2, 3]), [0, 24], 28),
        ),
        (
            "a shape larger than its data",
            one("F32", json!([2, 4]), [0, 24], 24),
        ),
        (
            "a shape smaller than its data",
            one("F32", json!([2, 2]), [0, 24], 24),
        ),
        (
            "a shape beyond all numbers",
            one("F32", json!([u64::MAX, 2]), [0, 24], 24),
        ),
        ("a negative shape", one("F32", json!([-2, -3]), [0, 24], 24)),
        (
            "an end before the beginning",
            one("F32", json!([2, 3]), [24, 0], 24),
        ),
        (
            "a place beyond the file",
            one("F32", json!([2, 3]), [1 << 40, (1 << 40) + 24], 24),
        ),
        ("an unknown type", one("F31", json!([2, 3]), [0, 24], 24)),
        ("overlapping tensors", two([0, 4], 4)),
        ("a gap between tensors", two([8, 12], 12)),
    ] {
        let problem = from_safetensors(&file)
            .map(|_| ())
            .map_err(|it| it.to_string());
        assert!(
            problem
                .as_ref()
                .is_err_and(|it| it.contains("no whole safetensors file")),
            "{what}: {problem:?}"
        );
    }
    for (dtype, bytes) in [
        ("F16", 12),
        ("BF16", 12),
        ("F64", 48),
        ("I32", 24),
        ("U8", 6),
        ("BOOL", 6),
    ] {
        let file = one(dtype, json!([2, 3]), [0, bytes as u64], bytes);
        let problem = from_safetensors(&file)
            .map(|_| ())
            .map_err(|it| it.to_string());
        assert!(
            problem
                .as_ref()
                .is_err_and(|it| it.contains(dtype) && it.contains("F32")),
            "{dtype}: {problem:?}"
        );
    }
}

#[test]
fn weights_of_another_network_are_refused() {
    let config = small();
    let fresh = || Network::init(&config.network, 16, 4, 0, &Device::flex());
    let own = || {
        let file = block_on(rsc_core::model::to_safetensors(&fresh())).unwrap();
        from_safetensors(&file).unwrap()
    };
    assert!(with_weights(fresh(), own()).is_ok());
    let name = own().keys().next().unwrap().clone();
    let refused = |tensors| match with_weights(fresh(), tensors) {
        Ok(_) => String::from("taken"),
        Err(error) => error.to_string(),
    };

    let mut missing = own();
    missing.remove(&name);
    assert!(refused(missing).contains(&format!("`{name}` is missing")));
    let mut more = own();
    more.insert(String::from("extra"), (vec![1], vec![0.0]));
    assert!(refused(more).contains("`extra` is not part of this network"));
    for wrong in [vec![], vec![1], vec![3, 2, 9], vec![0]] {
        let mut shaped = own();
        let values = vec![0.0; wrong.iter().product()];
        shaped.insert(name.clone(), (wrong, values));
        let said = refused(shaped);
        assert!(said.contains(&name) && said.contains("shape"), "{said}");
    }
    for wrong in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let mut spoilt = own();
        spoilt.get_mut(&name).unwrap().1[0] = wrong;
        let said = refused(spoilt);
        assert!(
            said.contains(&name) && said.contains("not finite"),
            "{said}"
        );
    }
}
