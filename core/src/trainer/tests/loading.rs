//! Weights that are loaded from an exported file, and the answers of networks.

use std::sync::Arc;

use burn::tensor::Device;
use pollster::block_on;

use super::{
    pretrained::{self, NETWORK},
    run, small,
};
use crate::{
    config::*,
    data::Item,
    error::Error,
    model::BackboneWeights,
    trainer::{Answers, Pretrained, Run},
};

fn answers(run: &Run, arm: usize) -> Vec<Answers> {
    let domains = run.dataset().domains.iter();
    let answers = domains.map(|domain| {
        let items: Vec<&Item> = domain.test.iter().collect();
        block_on(run.answers(arm, &items)).unwrap()
    });
    answers.collect()
}

/// That the answers of an arm are those that its evaluation counts.
fn as_evaluated(run: &Run, arm: usize) {
    let evaluation = block_on(run.evaluate(async || ())).unwrap();
    let (metrics, predictions) = (&evaluation.record.arms[arm], &evaluation.predictions[arm]);
    let answers = answers(run, arm);
    let classes = answers.iter().flat_map(|it| &it.classes);
    assert!(
        classes.eq(predictions
            .iter()
            .map(|&class| usize::from(class))
            .collect::<Vec<_>>()
            .iter())
    );
    for (held_out, noted) in [
        (false, Some(metrics.loss_same_domain)),
        (true, metrics.loss_new_domain),
    ] {
        let domains = run.dataset().domains.iter().zip(&answers);
        let domains: Vec<_> = domains
            .filter(|(domain, _)| domain.held_out == held_out)
            .collect();
        let count: usize = domains.iter().map(|(domain, _)| domain.test.len()).sum();
        let loss: f64 = domains.iter().map(|(_, answers)| answers.loss).sum();
        assert_eq!(Some((loss / count as f64) as f32), noted);
    }
    for (probabilities, &class) in answers
        .iter()
        .flat_map(|it| it.probabilities.iter().zip(&it.classes))
    {
        let sum: f32 = probabilities.iter().sum();
        assert!((sum - 1.0).abs() < 1e-5);
        assert!(probabilities.iter().all(|&it| it <= probabilities[class]));
    }
}

#[test]
fn a_loaded_network_answers_as_the_trained_one() {
    for normalization in [Normalization::None, Normalization::Batch] {
        // More test images than fit into a batch.
        let config = small(|it| {
            it.data.test_images = 300;
            it.network.normalization = normalization;
        });
        let mut trained = run(config.clone());
        while !trained.is_done() {
            trained.advance();
        }
        let mut loaded = run(config);
        for arm in [0, 1] {
            as_evaluated(&trained, arm);
            let file = block_on(trained.export(arm)).unwrap();
            assert_ne!(answers(&loaded, arm), answers(&trained, arm));
            loaded.load(arm, &file).unwrap();
            assert_eq!(answers(&loaded, arm), answers(&trained, arm));
            assert_eq!(block_on(loaded.export(arm)).unwrap(), file);
        }
        let other = run(small(|it| {
            it.network.backbone = Backbone::SmallCnn {
                channels: vec![4, 6],
            };
        }));
        let file = block_on(other.export(0)).unwrap();
        for bad in [&file[..], &file[..100]] {
            assert!(matches!(loaded.load(0, bad), Err(Error::Data(_))));
            assert_eq!(answers(&loaded, 0), answers(&trained, 0));
        }
    }
}

#[test]
fn a_pretrained_network_is_loaded_with_its_own_backbone_only() {
    for (trains, head) in [
        (Trains::Head, Head::ConvGapLinear { channels: 6 }),
        (Trains::LastStage, Head::GapLinear),
        (Trains::All, Head::FlattenLinear),
    ] {
        let config = pretrained::settings(trains, |it| it.network.head = head);
        let mut trained = pretrained::run(config.clone());
        (0..2).for_each(|_| trained.advance());
        as_evaluated(&trained, 1);
        let file = block_on(trained.export(1)).unwrap();
        let mut loaded = pretrained::run(config.clone());
        loaded.load(1, &file).unwrap();
        assert_eq!(answers(&loaded, 1), answers(&trained, 1));

        let device = Device::flex();
        let weights = Arc::new(BackboneWeights::random(NETWORK, 2));
        let size = config.data.image_size;
        let other = Pretrained::new(&weights, &config.network, size, &device, None).unwrap();
        let data = pretrained::dataset(&config);
        let mut other = Run::with_pretrained(config, &[1], data, Some(&other), &device).unwrap();
        let loaded = other.load(1, &file);
        if trains == Trains::All {
            // Nothing of the backbone is needed.
            assert!(loaded.is_ok());
        } else {
            let said = loaded.unwrap_err().to_string();
            assert!(said.contains("is not as in the weights of"), "{said}");
        }
    }
}
