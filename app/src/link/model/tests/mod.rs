//! Every setting goes there and back; whatever else stands in an address does no harm.

mod earlier_version;
mod samples;

use rsc_core::config::{
    AugmentationConfig, Axis, ChallengeConfig, DataConfig, NetworkConfig, OptimizerConfig,
    Strategy, TrainingConfig,
};

use self::samples::{bases, changes};
use super::*;

fn goes_round(config: &RunConfig) {
    let link = write(config, &[]);
    let read = read(&link);
    assert_eq!(read.ignored, Vec::new(), "{link}");
    assert_eq!(&read.config, config, "{link}");
    assert!(
        link.chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_.,/=&%".contains(c)),
        "{link}"
    );
}

#[test]
fn every_setting_goes_there_and_back() {
    for base in bases() {
        for change in changes() {
            let mut config = base.clone();
            change(&mut config);
            if config.validate().is_ok() {
                goes_round(&config);
            }
        }
    }
}

/// A setting that is new in the engine stops this from compiling: give it a line in `fields.rs`
/// and one in [`changes`].
#[test]
fn no_setting_is_forgotten() {
    let RunConfig {
        version: _,
        data,
        network,
        training,
        arms,
    } = RunConfig::default();
    let DataConfig {
        source: _,
        image_size: _,
        fit: _,
        train_images: _,
        test_images: _,
        validation_fraction: _,
        held_out: _,
        together: _,
    } = data;
    let NetworkConfig {
        backbone: _,
        activation: _,
        normalization: _,
        head: _,
        challenge_after: _,
    } = network;
    let TrainingConfig {
        epochs: _,
        batch_size: _,
        per_domain_batches: _,
        learning_rate: _,
        optimizer: _,
        label_smoothing: _,
        augmentation:
            AugmentationConfig {
                flip: _,
                shift: _,
                color_jitter: _,
            },
        seed: _,
    } = training;
    for ArmConfig {
        name: _,
        challenge,
        objective: _,
        regularizer: _,
    } in arms
    {
        let ChallengeConfig {
            strategy: _,
            axis: _,
            p: _,
            importance: _,
            signal: _,
            selection: _,
            b: _,
            curriculum: _,
            minimum_drop: _,
            rounds: _,
        } = challenge;
    }
}

#[test]
fn any_two_settings_go_there_and_back_together() {
    let mut together = 0;
    for first in changes() {
        for second in changes() {
            let mut config = RunConfig::default();
            first(&mut config);
            if config.arms.len() > 1 {
                second(&mut config);
            }
            if config.validate().is_ok() {
                goes_round(&config);
                together += 1;
            }
        }
    }
    assert!(together > 1000, "{together}");
}

#[test]
fn links_are_short_and_readable() {
    let mut config = RunConfig::for_preset(DataPreset::TintCue);
    assert_eq!(write(&config, &[]), "v=1&data=tint-cue");
    config.arms[1].challenge.p = 0.5;
    config.arms[1].challenge.axis = Axis::Channel;
    config.training.seed = 3;
    config.training.learning_rate = 1e-5;
    assert_eq!(
        write(&config, &[]),
        "v=1&data=tint-cue&lr=1e-5&seed=3&axis=channel&p=0.5"
    );
    config = RunConfig::default();
    config.arms[1].challenge.b = 1.0 / 3.0;
    config.arms[0].challenge.strategy = Strategy::Random;
    config.data.held_out = Some("cued".into());
    config.training.optimizer = OptimizerConfig::Sgd {
        momentum: 0.5,
        weight_decay: 0.0,
    };
    assert_eq!(
        write(&config, &[Panel::Masks, Panel::Data]),
        "v=1&data=corner-cue&held=cued&opt=sgd&momentum=0.5&erm.strategy=random&b=1/3&hide=data,masks"
    );
}

#[test]
fn the_order_of_a_link_does_not_matter() {
    let read = read("#seed=3&momentum=0.5&p=0.5&opt=sgd&rsc2.p=0.1&arms=erm,rsc,rsc2&data=styles");
    assert_eq!(read.ignored, Vec::new());
    assert_eq!(read.config.training.seed, 3);
    assert_eq!(read.config.arms[1].challenge.p, 0.5);
    assert_eq!(read.config.arms[2].challenge.p, 0.1);
    assert_eq!(
        read.config.training.optimizer,
        OptimizerConfig::Sgd {
            momentum: 0.5,
            weight_decay: 0.0
        }
    );
}

/// What is ignored, and that everything else is at the base with seed 3.
fn ignored(link: &str) -> Vec<String> {
    let read = read(&format!("{link}&seed=3"));
    let mut expected = RunConfig::default();
    expected.training.seed = 3;
    assert_eq!(read.config, expected, "{link}");
    assert_eq!(read.config.validate(), Ok(()), "{link}");
    read.ignored
        .into_iter()
        .map(|ignored| format!("{}: {}", ignored.what, ignored.why))
        .collect()
}

#[test]
fn what_is_wrong_is_named_with_what_was_expected_and_the_rest_is_taken() {
    for (link, parts) in [
        ("colour=red", ["colour=red", "no setting"]),
        ("P=0.5", ["P=0.5", "no setting"]),
        ("other.p=0.5", ["other.p=0.5", "no setting"]),
        ("p=7", ["p=7", "from 0 to 1"]),
        ("p=-1", ["p=-1", "from 0 to 1"]),
        ("p=NaN", ["p=NaN", "a number"]),
        ("p=inf", ["p=inf", "a number"]),
        ("p=1/0", ["p=1/0", "a number"]),
        ("p=", ["p=", "a number"]),
        ("p=half", ["p=half", "a number"]),
        ("rounds=1.5", ["rounds=1.5", "a whole number"]),
        ("rounds=99", ["rounds=99", "from 1 to 8"]),
        ("epochs=-2", ["epochs=-2", "a whole number"]),
        (
            "epochs=99999999999999999999",
            ["epochs=9", "a whole number"],
        ),
        ("batch=1", ["batch=1", "from 2 to 512"]),
        ("lr=0", ["lr=0", "above 0"]),
        ("smooth=1", ["smooth=1", "below 1"]),
        ("size=8", ["size=8", "from 16 to 224"]),
        ("val=1", ["val=1", "from 0.05 to 0.9"]),
        ("axis=diagonal", ["axis=diagonal", "spatial"]),
        ("strategy=rsc", ["strategy=rsc", "top_gradient"]),
        ("curriculum=yes", ["curriculum=yes", "1 for yes"]),
        ("drop=few", ["drop=few", "a number"]),
        ("held=moon", ["held=moon", "random cue"]),
        ("data=moon", ["data=moon", "corner-cue"]),
        ("net=cnn", ["net=cnn", "such as"]),
        ("net=cnn-", ["net=cnn-", "such as"]),
        ("net=vgg-16", ["net=vgg-16", "such as"]),
        ("net=resnet-8-8", ["net=resnet-8-8", "such as"]),
        ("net=cnn-8-8-8-8-8-8-8", ["net=cnn-8", "from 1 to 6"]),
        ("net=cnn-8-8-8-8-8-8", ["net=cnn-8", "px"]),
        ("norm=layer", ["norm=layer", "none, batch or group-4"]),
        ("norm=group-5", ["norm=group-5", "a divisor"]),
        ("after=4", ["after=4", "from 1 to 3"]),
        ("opt=lion", ["opt=lion", "adam or sgd"]),
        ("momentum=0.5", ["momentum=0.5", "only opt=sgd"]),
        ("arms=erm,erm", ["arms=erm,erm", "no other arm"]),
        ("arms=", ["arms=", "1 to 32 letters"]),
        ("arms=a,b,c,d,e", ["arms=a,b,c,d,e", "from 1 to 4"]),
        ("hide=moon", ["hide=moon", "no panel"]),
        ("v=2", ["v=2", "version 1"]),
        ("loose", ["loose", "no ="]),
        ("=5", ["=5", "no setting"]),
    ] {
        let found = ignored(link);
        assert_eq!(found.len(), 1, "{link}: {found:?}");
        assert!(
            parts.iter().all(|part| found[0].contains(part)),
            "{found:?}"
        );
    }
}

#[test]
fn a_key_that_stands_twice_counts_once() {
    let read = read("p=0.25&p=0.5");
    assert_eq!(read.config.arms[1].challenge.p, 0.25);
    assert_eq!(read.ignored.len(), 1);
    assert!(read.ignored[0].why.contains("twice"));
}

#[test]
fn what_was_escaped_on_the_way_is_understood() {
    for link in [
        "#v=1&data=corner-cue&held=random%20cue&p=1%2F3",
        "v=1&%64ata=corner%2Dcue&held=random%20cue&p=1/3",
    ] {
        let read = read(link);
        assert_eq!(read.ignored, Vec::new());
        assert_eq!(read.config.data.held_out.as_deref(), Some("random cue"));
        assert_eq!(read.config.arms[1].challenge.p, 1.0 / 3.0);
    }
    let mut own = RunConfig::for_source(&DataSource::Own);
    own.data.held_out = Some("Skizze & Öl=#100 %".into());
    goes_round(&own);
    own.data.held_out = Some(String::new());
    goes_round(&own);
}

#[test]
fn garbage_changes_nothing() {
    let garbage = [
        "",
        "#",
        "##",
        "&&&",
        "=",
        "=&=",
        "%",
        "%%%=%%%",
        "%ff%fe=%00",
        "p",
        "💥=💥&💥",
        "training",
        "v",
        "\u{0}=\u{0}",
        "net=resnet--x-s&norm=group-&arms=,,,&hide=,,,",
        "net=cnn-99999999999999999999999999-1",
        "net=resnet-1-1x1s1x1s1",
    ];
    for text in garbage {
        let read = read(text);
        assert_eq!(read.config, RunConfig::default(), "{text}");
        assert_eq!(read.hidden, Vec::new(), "{text}");
    }
    let long = "p=0.5&".repeat(20_000);
    assert_eq!(read(&long).config.arms[1].challenge.p, 0.5);
    let long = format!("p={}", "9".repeat(100_000));
    assert!(read(&long).ignored[0].what.chars().count() <= QUOTED + 1);
}

#[test]
fn every_cut_and_every_changed_byte_of_a_link_is_survived() {
    let mut config = RunConfig::default();
    for change in changes().into_iter().take(24) {
        change(&mut config);
    }
    let link = format!("{}%C3%A4", write(&config, &Panel::ALL));
    for at in 0..link.len() {
        assert_eq!(read(&link[..at]).config.validate(), Ok(()));
        for byte in ['%', '=', '&', '-', '9', 'x'] {
            let mut changed = link.clone();
            changed.replace_range(at..=at, &byte.to_string());
            assert_eq!(read(&changed).config.validate(), Ok(()));
        }
    }
}

#[test]
fn hidden_panels_go_there_and_back() {
    let hidden = [Panel::Data, Panel::OwnImages];
    let read = read(&write(&RunConfig::default(), &hidden));
    assert_eq!(read.hidden, hidden);
    assert_eq!(read.ignored, Vec::new());
    let some = crate::link::model::read("hide=masks,moon,masks");
    assert_eq!(some.hidden, [Panel::Masks]);
    assert_eq!(some.ignored.len(), 1);
}

#[test]
fn places_on_the_page_are_no_links() {
    for place in ["", "#", "#training", "#masks", "your-images"] {
        assert!(!is_link(place), "{place}");
    }
    assert!(is_link("#v=1") && is_link("#p=0.5"));
}

#[test]
fn complaints_are_short_and_complete() {
    assert_eq!(ignored_message(&[]), None);
    let many: Vec<Ignored> = (0..5)
        .map(|i| Ignored::new(&format!("x{i}=1"), "no setting has this name here"))
        .collect();
    let text = ignored_message(&many).unwrap_or_default();
    assert!(text.contains("x0=1") && text.contains("x2=1") && !text.contains("x3=1"));
    assert!(text.contains("2 more"), "{text}");
}

#[test]
fn pretrained_networks_have_short_names() {
    let link = |text: &str| read(&format!("v=1&data=own&size=128&{text}"));
    for text in [
        "net=lite0-head&head=conv-256",
        "net=resnet18-last",
        "net=resnet50-all-batchstats&head=flatten_linear",
    ] {
        let read = link(text);
        assert_eq!(read.ignored, Vec::new(), "{text}");
        assert!(write(&read.config, &[]).ends_with(text), "{text}");
    }
    for text in [
        "net=lite0",
        "net=resnet18-first",
        "head=conv-",
        "net=lite1-head",
    ] {
        assert_eq!(link(text).ignored.len(), 1, "{text}");
    }
    // Too small for it.
    assert_eq!(read("v=1&data=own&net=lite0-head").ignored.len(), 1);
}
