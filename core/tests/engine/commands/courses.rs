//! The runs of these tests, and how each goes when nobody interferes.

use std::sync::{Arc, LazyLock};

use burn::tensor::Device;
use pollster::block_on;
use rsc_core::{
    config::{Backbone, ChallengeConfig, DataPreset, DataSource, OptimizerConfig, RunConfig},
    data::{Dataset, PresetData, SourceImage},
    protocol::{ImageInspection, ImageRef, Split},
    trainer::Run,
};

/// Kinds of runs, each tiny.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Plain,
    /// Two challenged arms and long epochs.
    Long,
    /// Its weights grow until they are numbers no more.
    Diverging,
    /// On the visitor's own images, the first or the second set.
    Own(usize),
}

pub(crate) const KINDS: [Kind; 5] = [
    Kind::Plain,
    Kind::Long,
    Kind::Diverging,
    Kind::Own(0),
    Kind::Own(1),
];

pub(crate) fn image(kind: usize, i: usize) -> SourceImage {
    let red = i.is_multiple_of(2);
    let shade = (i * 37 % 90) as u8;
    let colour = if red {
        [200, shade, 40, 255]
    } else {
        [40, shade, 200, 255]
    };
    SourceImage {
        name: format!("{kind}-{i}.png"),
        class: if red { "red" } else { "blue" }.into(),
        domain: String::new(),
        test_only: i % 7 == 6,
        width: 4,
        height: 4,
        rgba: colour.repeat(16),
    }
}

/// The visitor's own images: sets of different sizes.
pub(crate) fn images(kind: usize) -> Vec<SourceImage> {
    (0..20 + 10 * kind).map(|i| image(kind, i)).collect()
}

pub(crate) fn config(kind: Kind) -> RunConfig {
    let mut config = RunConfig::for_preset(DataPreset::CornerCue);
    config.data.image_size = 16;
    config.data.train_images = 12;
    config.data.test_images = 8;
    config.network.backbone = Backbone::SmallCnn { channels: vec![2] };
    config.training.batch_size = 4;
    config.training.epochs = 2;
    match kind {
        Kind::Plain => {}
        Kind::Long => {
            config.data.train_images = 80;
            let mut third = config.arms[1].clone();
            third.name = "third".into();
            third.challenge.p = 0.6;
            config.arms.push(third);
        }
        Kind::Diverging => {
            config.training.epochs = 40;
            config.training.learning_rate = 10.0;
            // Each step multiplies the weights by 1 − 10 · 1 = −9.
            config.training.optimizer = OptimizerConfig::Sgd {
                momentum: 0.0,
                weight_decay: 1.0,
            };
        }
        Kind::Own(_) => config.data.source = DataSource::Own,
    }
    config
}

pub(crate) fn looked_at() -> ImageRef {
    ImageRef {
        domain: 0,
        split: Split::Test,
        index: 0,
    }
}

pub(crate) fn challenge() -> ChallengeConfig {
    ChallengeConfig::default()
}

/// How a kind of run goes when nobody interferes.
pub(crate) struct Course {
    pub(crate) config: RunConfig,
    pub(crate) per_epoch: u64,
    pub(crate) total: u64,
    /// By step, counted from 1: each arm's loss.
    pub(crate) losses: Vec<Vec<f32>>,
    /// The step whose loss is no number.
    pub(crate) fails_at: Option<u64>,
    /// By step, counted from 0: whether the weights are no numbers, what is made of an image is not,
    /// an evaluation finds a loss that is not, or what is made of [`picture`] is not.
    pub(crate) spoilt: Vec<[bool; 4]>,
}

pub(crate) fn finite(inspection: &ImageInspection) -> bool {
    let it = inspection;
    let mut all = it
        .importance
        .iter()
        .chain(&it.heat)
        .chain(&it.before)
        .chain(&it.after);
    all.all(|value| value.is_finite()) && it.drop.is_finite()
}

/// A picture that is not in any data.
pub(crate) fn picture() -> SourceImage {
    SourceImage {
        width: 5,
        rgba: [20, 90, 160, 255].repeat(20),
        ..image(0, 0)
    }
}

fn predicted_finite(run: &Run) -> bool {
    let item = run.fit(&picture()).unwrap();
    let it = block_on(run.predict(1, &challenge(), &item)).unwrap();
    let parts = [it.importance, it.heat, it.before, it.after];
    parts.iter().flatten().all(|value| value.is_finite())
}

pub(crate) fn spoilt(run: &Run) -> [bool; 4] {
    let inspected = block_on(run.inspect(1, &challenge(), &[looked_at()])).unwrap();
    let evaluated = block_on(run.evaluate(async || ())).unwrap().record;
    [
        block_on(run.checkpoint()).is_err(),
        !inspected.iter().all(finite),
        evaluated.arms.iter().any(|arm| {
            let losses = [Some(arm.loss_same_domain), arm.loss_new_domain];
            !losses.into_iter().flatten().all(f32::is_finite)
        }),
        !predicted_finite(run),
    ]
}

pub(crate) static COURSES: LazyLock<Vec<Course>> = LazyLock::new(|| {
    let course = |kind: Kind| {
        let config = config(kind);
        let own = match kind {
            Kind::Own(set) => images(set),
            _ => Vec::new(),
        };
        let data = Dataset::make(
            &config.data,
            &own,
            &PresetData::default(),
            config.training.seed,
        )
        .unwrap();
        let mut run = Run::new(config.clone(), Arc::new(data), &Device::flex()).unwrap();
        let mut losses = Vec::new();
        let mut fails_at = None;
        let mut all_spoilt = vec![spoilt(&run)];
        while !run.is_done() && fails_at.is_none() {
            run.advance();
            match block_on(run.read_steps()) {
                Ok(records) => {
                    losses.push(records[0].arms.iter().map(|arm| arm.loss).collect());
                    all_spoilt.push(spoilt(&run));
                }
                Err(_) => fails_at = Some(run.step()),
            }
        }
        Course {
            config,
            per_epoch: run.steps_per_epoch(),
            total: run.total_steps(),
            losses,
            fails_at,
            spoilt: all_spoilt,
        }
    };
    KINDS.into_iter().map(course).collect()
});
