//! Evaluation and profiling.

use pollster::block_on;

use super::{records, run, small};
use crate::config::*;

#[test]
fn predictions_are_what_accuracy_counts() {
    let mut run = run(small(|_| ()));
    (0..3).for_each(|_| run.advance());
    let evaluation = block_on(run.evaluate(async || ())).unwrap();
    let tested: Vec<_> = run.dataset().domains.iter().map(|it| &it.test).collect();
    for (arm, predicted) in evaluation.record.arms.iter().zip(&evaluation.predictions) {
        let mut rest = predicted.as_slice();
        for (items, accuracy) in tested.iter().zip(&arm.accuracy_per_domain) {
            let (these, after) = rest.split_at(items.len());
            rest = after;
            let pairs = items.iter().zip(these);
            let right = pairs.filter(|(item, class)| item.label == usize::from(**class));
            let share = right.count() as f32 / items.len() as f32;
            assert!((share - accuracy).abs() < 1e-6);
        }
        assert!(rest.is_empty());
        let total: f32 = arm.usage.curve.iter().sum();
        assert!((total - 1.0).abs() < 1e-4 && arm.usage.effective_number >= 1.0);
    }
}

#[test]
fn profiling_leaves_the_run_as_it_was() {
    for challenge_after in [None, Some(1)] {
        let config = || {
            small(|it| {
                it.network.challenge_after = challenge_after;
                it.network.normalization = Normalization::Batch;
            })
        };
        let mut profiled = run(config());
        profiled.advance();
        let split = block_on(profiled.profile(2)).unwrap();
        for part in [
            split.batch_ms,
            split.body_ms,
            split.challenge_ms,
            split.head_ms,
            split.backward_ms,
            split.update_ms,
        ] {
            assert!(part.is_finite() && part >= 0.0, "{split:?}");
        }
        let mut plain = run(config());
        plain.advance();
        assert_eq!(records(profiled, 3), records(plain, 3));
    }
}
