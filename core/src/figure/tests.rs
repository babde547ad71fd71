//! Files written, captions, and figures that parse and say what they should.

use svg::parser::Event;

use super::{
    study::{ArmStudy, Feature, Outcome, Subject},
    *,
};
use crate::{
    config::{Axis, DataPreset, RunConfig},
    data::Dataset,
    protocol::{ImageInspection, ImageRef, Split},
    trainer::Run,
    usage::Usage,
};

/// An inspected image of class 1 whose importance is its heat.
pub(super) fn inspection(heat: &[f32], muted: &[bool]) -> ImageInspection {
    ImageInspection {
        image: ImageRef {
            domain: 1,
            split: Split::Test,
            index: 0,
        },
        name: String::from("square 0"),
        label: 1,
        buffer: 0,
        axis: Axis::Spatial,
        importance: heat.to_vec(),
        muted: muted.to_vec(),
        heat: heat.to_vec(),
        degenerate: false,
        before: vec![0.7, 0.3],
        after: vec![0.1, 0.9],
        drop: -0.6,
    }
}

fn sample() -> Study {
    let seen = inspection(&[0.0, f32::NAN, 2.0, 3.0], &[false, false, true, true]);
    let rgba = vec![90; 4 * 4 * 4];
    let feature = |gradient| Feature {
        map: vec![0.0, 1.0, f32::NAN, 0.5],
        gradient,
    };
    let arm = |name: &str, contributions: &[f32], accuracy_new_domain| ArmStudy {
        name: name.into(),
        accuracy_same_domain: 1.0,
        accuracy_new_domain,
        channels: Usage::new(contributions),
    };
    let outcome = |right, count| Outcome {
        right,
        count,
        by_patch: if right[0] { 0 } else { 5 },
        rgba: rgba.clone(),
        inspections: [seen.clone(), seen.clone()],
    };
    let arms = [
        arm("erm", &[9.0, 1.0, 0.0], 0.625),
        arm("rsc", &[1.0, 1.0, 1.0], 0.875),
    ];
    let other = [
        arm("erm", &[1.0, 1.0, 0.0], 0.5),
        arm("rsc", &[1.0, 1.0, 1.0], 1.0),
    ];
    Study {
        classes: vec!["disc".into(), "<plus & co>".into()],
        cues: vec![[200, 10, 10], [10, 200, 10]],
        size: 4,
        shape: [3, 2, 2],
        training_images: 64,
        epochs: 2,
        seed: 7,
        challenge: DataPreset::CornerCue.challenge(),
        subject: Subject {
            rgba: rgba.clone(),
            arm: "erm".into(),
            epochs: 2,
            among: 12,
            features: vec![feature(0.5), feature(-0.2), feature(0.0)],
            inspection: seen.clone(),
        },
        repeats: vec![arms.clone(), other],
        arms,
        outcomes: vec![outcome([true, true], 30), outcome([false, true], 12)],
    }
}

/// All text of a figure, and how many rasters it embeds.
fn parsed(figure: &svg::Document) -> anyhow::Result<(String, usize)> {
    let source = figure.to_string();
    let mut words = String::new();
    let mut rasters = 0;
    for event in svg::read(&source)? {
        match event {
            Event::Error(error) => anyhow::bail!("{error}"),
            Event::Text(text) => words.push_str(text),
            Event::Tag(tag, _, attributes) => {
                for (name, value) in &attributes {
                    if name == "href" {
                        let embedded = value.starts_with("data:image/png;base64,iVBOR");
                        anyhow::ensure!(embedded, "{tag} is no embedded PNG");
                        rasters += 1;
                    } else {
                        anyhow::ensure!(!value.contains("NaN"), "{tag}: {name} is no number");
                    }
                }
            }
            _ => {}
        }
    }
    anyhow::ensure!(!words.contains("NaN"), "a text names what is no number");
    Ok((words, rasters))
}

#[test]
fn the_method_names_its_numbers() -> anyhow::Result<()> {
    let (words, rasters) = parsed(&method::draw(&sample())?)?;
    // Image, three features, importance, mask.
    assert_eq!(rasters, 6);
    for expected in [
        "disc",
        "&lt;plus &amp; co&gt;",
        "more features are in use",
        "3.0 of 3 channels",
        "2 muted",
        "2 kept",
        "94 %",
        "2 seeds",
        "seed 7",
    ] {
        assert!(words.contains(expected), "{expected} is missing");
    }
    Ok(())
}

#[test]
fn the_method_claims_no_more_than_was_measured() -> anyhow::Result<()> {
    let mut study = sample();
    study.repeats[1][1].channels = Usage::new(&[1.0, 0.0, 0.0]);
    let (words, _) = parsed(&method::draw(&study)?)?;
    assert!(!words.contains("more features are in use"));
    assert!(words.contains("the shortcut decides less"));
    assert!(words.contains("with 1 of 2 seeds"));
    Ok(())
}

#[test]
fn the_example_names_outcomes_and_accuracies() -> anyhow::Result<()> {
    let (words, rasters) = parsed(&example::draw(&sample())?)?;
    // For each of two outcomes the image, and importance and mask of two arms.
    assert_eq!(rasters, 2 * 5);
    for expected in [
        "Only RSC is right",
        "12 of 42 images, in 5 of them ERM",
        "Both are right",
        "&lt;plus &amp; co&gt;",
        "88 % right",
        "64 training images, 2 epochs, seed 7",
    ] {
        assert!(words.contains(expected), "{expected} is missing");
    }
    assert!(!words.contains("Neither"));
    Ok(())
}

#[test]
fn a_run_is_studied() -> anyhow::Result<()> {
    let mut config = RunConfig::for_preset(DataPreset::CornerCue);
    config.data.train_images = 32;
    config.data.test_images = 12;
    config.training.epochs = 1;
    let dataset = Dataset::generate(DataPreset::CornerCue, &config.data, 0)?;
    let device = burn::tensor::Device::flex();
    let mut run = Run::new(config, dataset.into(), &device)?;
    run.advance();
    let challenge = run.arms()[1].challenge.clone();
    let subject = pollster::block_on(study::subject(&run, 0, &challenge))?;
    assert!(subject.inspection.image.domain == 0);
    let study = pollster::block_on(study::study(&run, subject))?;
    assert_eq!(study.new_domain_images(), 12);
    assert_eq!(study.subject.features.len(), study.shape[0]);
    assert_eq!(study.arms[0].channels.shares().len(), study.shape[0]);
    // Red, green, blue, yellow: each class's patch as it was drawn.
    let strong = |cue: [u8; 3]| cue.map(|value| value > 140);
    let cues: Vec<_> = study.cues.iter().copied().map(strong).collect();
    assert_eq!(cues[0], [true, false, false]);
    assert_eq!(cues[1], [false, true, false]);
    assert_eq!(cues[2], [false, false, true]);
    assert_eq!(cues[3], [true, true, false]);
    parsed(&method::draw(&study)?)?;
    parsed(&example::draw(&study)?)?;
    Ok(())
}

#[test]
fn overlays_are_written_with_captions() -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    let seen = inspection(&[0.0, 1.0, 2.0, 3.0], &[false, false, true, true]);
    let images = vec![vec![90; 4 * 4 * 4]; 2];
    let classes = [String::from("disc"), String::from("square")];
    let both = [seen.clone(), seen];
    let captions = write_overlays(dir.path(), "rsc", &images, &both, [2, 2], &classes)?;
    let expected = "overlay.rsc.1.png: square 0 (square), predicted disc 70 % → square 90 %";
    assert_eq!(captions[1], expected);
    let picture = image::open(dir.path().join("overlay.rsc.1.png"))?;
    assert_eq!(picture.height(), 256);
    let missing = dir.path().join("missing");
    assert!(write_overlays(&missing, "rsc", &images, &both, [2, 2], &classes).is_err());
    Ok(())
}
