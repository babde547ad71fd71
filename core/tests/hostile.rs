//! Every parser of the engine that takes bytes from outside, fed with noise and with valid inputs
//! that were tampered with: none may panic, and what one takes must be fit for use. `PROPTEST_CASES`
//! sets how many inputs each test makes.
#![cfg(feature = "engine")]
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests read at once and may panic"
)]

use std::sync::{Arc, LazyLock};

use burn::tensor::Device;
use pollster::block_on;
use proptest::prelude::*;
use rsc_core::{
    config::{Backbone, DataPreset, RunConfig},
    data::Dataset,
    model::from_safetensors,
    protocol::{Command, Event},
    trainer::{Checkpoint, Run},
};

/// One way to spoil bytes, at a place given as a share of their length.
#[derive(Debug, Clone)]
enum Edit {
    Flip(f64, u8),
    Cut(f64),
    Drop(f64, usize),
    Insert(f64, Vec<u8>),
}

/// Places are near the front more often than not: that is where headers are.
fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let at = || (0.0_f64..1.0).prop_map(|at| at.powi(3));
    let edit = prop_oneof![
        4 => (at(), 1_u8..).prop_map(|(at, bits)| Edit::Flip(at, bits)),
        1 => at().prop_map(Edit::Cut),
        1 => (at(), 1_usize..40).prop_map(|(at, count)| Edit::Drop(at, count)),
        1 => (at(), prop::collection::vec(any::<u8>(), 1..20))
            .prop_map(|(at, bytes)| Edit::Insert(at, bytes)),
    ];
    prop::collection::vec(edit, 1..4)
}

fn spoil(mut bytes: Vec<u8>, edits: &[Edit]) -> Vec<u8> {
    for edit in edits {
        let place = |at: f64| ((at * bytes.len() as f64) as usize).min(bytes.len());
        match edit {
            Edit::Flip(at, bits) => {
                let at = place(*at);
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= bits;
                }
            }
            Edit::Cut(at) => bytes.truncate(place(*at)),
            Edit::Drop(at, count) => {
                let from = place(*at);
                let to = (from + count).min(bytes.len());
                bytes.drain(from..to);
            }
            Edit::Insert(at, more) => {
                let at = place(*at);
                bytes.splice(at..at, more.iter().copied());
            }
        }
    }
    bytes
}

fn hostile(valid: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        1 => prop::collection::vec(any::<u8>(), 0..400),
        6 => edits().prop_map(move |edits| spoil(valid.clone(), &edits)),
    ]
}

fn hostile_text(valid: String) -> impl Strategy<Value = String> {
    hostile(valid.into_bytes()).prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// A small run after a step: its images and all that it needs to go on.
static PUT_ASIDE: LazyLock<(Arc<Dataset>, Vec<u8>)> = LazyLock::new(|| {
    let mut config = RunConfig::for_preset(DataPreset::CornerCue);
    config.data.train_images = 16;
    config.data.test_images = 8;
    config.data.image_size = 16;
    config.network.backbone = Backbone::SmallCnn {
        channels: vec![2, 3],
    };
    config.training.batch_size = 4;
    let seed = config.training.seed;
    let data = Dataset::generate(DataPreset::CornerCue, &config.data, seed).unwrap();
    let data = Arc::new(data);
    let mut run = Run::new(config, Arc::clone(&data), &Device::flex()).unwrap();
    run.advance();
    let file = block_on(run.checkpoint()).unwrap();
    (data, file)
});

proptest! {
    #[test]
    fn checkpoints(file in hostile(PUT_ASIDE.1.clone())) {
        if let Ok(checkpoint) = Checkpoint::from_bytes(&file) {
            prop_assert!(checkpoint.config().validate().is_ok());
            // A spoilt number of the weights is taken; a spoilt shape or name is not.
            if let Ok(mut run) = Run::resume(checkpoint, Arc::clone(&PUT_ASIDE.0), &Device::flex())
            {
                run.advance();
            }
        }
    }

    #[test]
    fn weights(file in hostile(PUT_ASIDE.1.clone())) {
        if let Ok(tensors) = from_safetensors(&file) {
            for (name, (shape, values)) in tensors {
                prop_assert_eq!(shape.iter().product::<usize>(), values.len(), "{}", name);
            }
        }
    }

    #[test]
    fn settings(text in hostile_text(
        serde_json::to_string_pretty(&RunConfig::default()).unwrap()
    )) {
        if let Ok(config) = serde_json::from_str::<RunConfig>(&text)
            && config.validate().is_ok()
        {
            let again = serde_json::to_string(&config).unwrap();
            prop_assert_eq!(serde_json::from_str::<RunConfig>(&again).unwrap(), config);
        }
    }

    #[test]
    fn messages(text in hostile_text(serde_json::to_string(&Command::Configure {
        run: 3,
        config: RunConfig::default(),
    }).unwrap())) {
        // Either is read or refused; both sides read JSON of these types only.
        let _ = serde_json::from_str::<Command>(&text);
        let _ = serde_json::from_str::<Event>(&text);
    }
}
