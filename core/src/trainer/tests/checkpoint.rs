//! Saving and resuming runs.

use std::sync::Arc;

use burn::tensor::Device;
use pollster::block_on;

use super::{diverging, records, run, small};
use crate::{
    config::*,
    error::Error,
    protocol::StepRecord,
    trainer::{Checkpoint, Run},
};

#[test]
fn weights_that_are_not_finite_are_not_saved() {
    let mut run = diverging();
    let mut last_good = None;
    while !run.is_done() {
        match block_on(run.checkpoint()) {
            Ok(file) => last_good = Some(file),
            Err(error) => {
                assert!(matches!(
                    &error,
                    Error::WeightsNotFinite { step, .. } if *step == run.step()
                ));
                assert!(error.to_string().contains("learning rate"), "{error}");
                break;
            }
        }
        run.advance();
    }
    assert!(!run.is_done(), "it did not diverge");
    // The checkpoint before can be resumed.
    let file = last_good.expect("at first the weights are numbers");
    let checkpoint = Checkpoint::from_bytes(&file).unwrap();
    assert!(checkpoint.step() < run.step());
}

/// Trains `before` steps, saves the run, resumes it, and trains `after` more.
fn interrupted(config: RunConfig, before: usize, after: usize) -> Vec<StepRecord> {
    let mut first = run(config);
    for _ in 0..before {
        first.advance();
    }
    let mut records = block_on(first.read_steps()).unwrap();
    let file = block_on(first.checkpoint()).unwrap();
    let dataset = Arc::new(first.dataset().clone());
    drop(first);
    let checkpoint = Checkpoint::from_bytes(&file).unwrap();
    assert_eq!(checkpoint.step(), before as u64);
    let mut second = Run::resume(checkpoint, dataset, &Device::flex()).unwrap();
    for _ in 0..after {
        second.advance();
    }
    records.extend(block_on(second.read_steps()).unwrap());
    records
}

#[test]
fn a_resumed_run_goes_on_as_if_it_had_never_stopped() {
    let adam = || OptimizerConfig::Adam {
        beta_1: 0.9,
        beta_2: 0.99,
        epsilon: 1e-8,
        weight_decay: 0.01,
    };
    let sgd = |momentum| OptimizerConfig::Sgd {
        momentum,
        weight_decay: 0.001,
    };
    for optimizer in [adam(), sgd(0.9), sgd(0.0)] {
        for normalization in [Normalization::None, Normalization::Batch] {
            let config = || {
                small(|config| {
                    config.arms[1].challenge.axis = Axis::Mixed;
                    config.training.optimizer = optimizer.clone();
                    config.training.augmentation.shift = 2;
                    config.network.normalization = normalization;
                })
            };
            let whole = records(run(config()), 6);
            for before in [0, 1, 4] {
                let parts = interrupted(config(), before, 6 - before);
                assert_eq!(parts, whole, "{optimizer:?}, {normalization:?}, {before}");
            }
        }
    }
}

#[test]
fn a_checkpoint_that_does_not_fit_is_refused_and_says_why() {
    let mut first = run(small(|_| ()));
    first.advance();
    let file = block_on(first.checkpoint()).unwrap();
    let refused = |file: &[u8]| Checkpoint::from_bytes(file).unwrap_err().to_string();
    assert!(refused(&file[..file.len() - 7]).contains("damaged"));
    assert!(refused(&[]).contains("damaged"));
    let weights_only = block_on(first.export(0)).unwrap();
    assert!(refused(&weights_only).contains("no state of a run"));
    let later = replaced(
        &file,
        "\\\"version\\\":1,\\\"step",
        "\\\"version\\\":2,\\\"step",
    );
    assert!(refused(&later).contains("version 2"), "{}", refused(&later));

    let other = run(small(|config| config.data.train_images = 64));
    let dataset = Arc::new(other.dataset().clone());
    let checkpoint = Checkpoint::from_bytes(&file).unwrap();
    let error = Run::resume(checkpoint, dataset, &Device::flex())
        .err()
        .unwrap();
    assert!(
        error.to_string().contains("trained on 48 images"),
        "{error}"
    );

    // As many images of the same classes, one of them another.
    let mut changed = first.dataset().clone();
    Arc::make_mut(&mut changed.domains[0].train[3].pixels)[7] ^= 1;
    let changed = Arc::new(changed);
    let resumed = |file: &[u8]| {
        let checkpoint = Checkpoint::from_bytes(file).unwrap();
        Run::resume(checkpoint, Arc::clone(&changed), &Device::flex())
    };
    let error = resumed(&file).err().unwrap().to_string();
    assert!(error.contains("its images have changed"), "{error}");
    // A file without a fingerprint of its images is accepted.
    let older = replaced(&file, "\\\"images\\\":", "\\\"imagez\\\":");
    assert!(resumed(&older).is_ok());

    // One weight renamed: both names have the same length, so the header stays whole.
    let renamed = replaced(
        &file,
        "arms.1.network.linear.bias",
        "arms.1.network.linear.bios",
    );
    let checkpoint = Checkpoint::from_bytes(&renamed).unwrap();
    let dataset = Arc::new(first.dataset().clone());
    let error = Run::resume(checkpoint, dataset, &Device::flex())
        .err()
        .unwrap();
    assert!(
        error.to_string().contains("`linear.bias` is missing"),
        "{error}"
    );
}

/// The file with one text of the same length in another's place.
fn replaced(file: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let at = file
        .windows(from.len())
        .position(|part| part == from.as_bytes())
        .unwrap();
    let mut changed = file.to_vec();
    changed[at..at + to.len()].copy_from_slice(to.as_bytes());
    changed
}
