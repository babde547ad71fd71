//! What holds for every chapter, and how tasks are judged.

use crate::lesson::model::phrase::bracketed;
use rsc_core::config::{Axis, DataPreset, DataSource, RunConfig, Signal};
use rsc_core::protocol::RunState;

use super::*;
use crate::settings::model::arms::{ERM, RSC};
use crate::ui::model::{glossary, sources};

fn actions() -> impl Iterator<Item = Action> {
    let spans = CHAPTERS.iter().flat_map(Chapter::spans);
    spans.filter_map(|span| match span {
        Span::Do(action, _) => Some(action),
        _ => None,
    })
}

#[test]
fn chapters_have_a_readable_length() {
    for chapter in &CHAPTERS {
        let text: String = chapter.spans().map(Span::text).collect();
        let words = text.split_whitespace().count() + chapter.question().split_whitespace().count();
        assert!((80..=190).contains(&words), "{}: {words} words", chapter.id);
        let told: String = (chapter.paragraphs().into_iter().flatten())
            .map(|span| span.text())
            .collect();
        let words = told.split_whitespace().count();
        assert!((80..=150).contains(&words), "{}: {words} words", chapter.id);
        assert!(chapter.question().ends_with('?'), "{}", chapter.id);
        let plain = |c: char| c.is_ascii_lowercase();
        assert!(chapter.id.chars().all(plain));
        let same = CHAPTERS.iter().filter(|other| other.id == chapter.id);
        assert_eq!(same.count(), 1);
    }
}

#[test]
fn every_text_has_its_phrases_in_every_language() {
    use crate::ui::text::Language;
    use std::collections::HashMap;
    use std::{fs, path::Path};

    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("texts");
    for language in Language::all() {
        let file = folder.join(language.code()).join("lesson.json");
        let file = fs::read_to_string(file).expect("the texts are there");
        let texts: HashMap<String, String> = serde_json::from_str(&file).expect("texts");
        let has = |key: String, phrases: &[Phrase]| {
            let mut found = Vec::new();
            let mut rest = texts[&key].as_str();
            while let Some((_, words, name, after)) = bracketed(rest) {
                assert!(!words.trim().is_empty(), "{key}: no words for {name}");
                found.push(name.to_owned());
                rest = after;
            }
            assert!(!rest.contains(['[', ']']), "{key}: {rest}");
            let mut wanted: Vec<_> = phrases.iter().map(|phrase| phrase.name()).collect();
            found.sort();
            wanted.sort();
            assert_eq!(found, wanted, "{key} in {}", language.code());
        };
        for chapter in &CHAPTERS {
            let id = chapter.id;
            for (i, phrases) in chapter.paragraphs.iter().enumerate() {
                has(format!("{id}.p{}", i + 1), phrases);
            }
            has(format!("{id}.watch"), chapter.watch);
            has(format!("{id}.question"), &[]);
        }
    }
}

#[test]
fn what_the_lesson_points_at_is_on_the_page() {
    let files = sources::of_the_page();
    let there = |testid: &str| {
        let quoted = format!("\"{testid}\"");
        files
            .iter()
            .filter(|(name, _)| name.contains("view") || name.starts_with("app/"))
            .any(|(_, text)| text.contains(&quoted))
    };
    for chapter in &CHAPTERS {
        for span in chapter.spans() {
            match span {
                Span::Show(testid, words) => {
                    assert!(there(testid), "{words}: no `{testid}`");
                }
                Span::Do(action, words) => {
                    assert!(there(action.target()), "{words}: no `{}`", action.target());
                }
                Span::Term(key, words) => {
                    assert!(glossary::explain(key).is_some(), "{words}: no `{key}`");
                }
                Span::Link(address, _) => assert!(address.starts_with("https://arxiv.org/")),
                Span::Say(_) => {}
            }
        }
    }
}

#[test]
fn every_action_is_valid_from_every_setting() {
    for preset in DataPreset::ALL {
        for action in actions() {
            let mut config = RunConfig::for_preset(preset);
            config.arms[RSC].challenge.signal = Signal::Loss;
            config.arms[RSC].challenge.axis = Axis::Mixed;
            action.set(&mut config);
            assert_eq!(config.validate(), Ok(()), "{action:?}");
            if action.field().is_some() {
                let now = action.availability(&config, true, None, None);
                assert_eq!(now, Availability::Already, "{action:?}");
            }
        }
    }
}

#[test]
fn an_action_of_a_setting_is_possible_until_it_is_taken() {
    let config = RunConfig::default();
    let tint = Action::Data(DataPreset::TintCue);
    let available =
        |action: Action, config: &RunConfig| action.availability(config, true, None, None);
    assert_eq!(available(tint, &config), Availability::Possible);
    let mut own = config.clone();
    own.data.source = DataSource::Own;
    own.data.held_out = Some(String::from("photo"));
    tint.set(&mut own);
    assert_eq!(own.data.held_out, None);
    assert_eq!(own.validate(), Ok(()));
    assert_eq!(available(Action::P(0.5), &config), Availability::Possible);
    assert_eq!(available(Action::Defaults, &config), Availability::Already);
}

#[test]
fn verbs_wait_for_the_engine() {
    let config = RunConfig::default();
    let of = |action: Action, ready, state| action.availability(&config, ready, state, None);
    assert_eq!(of(Action::Play, false, None), Availability::NotNow);
    assert_eq!(of(Action::Afresh, false, None), Availability::NotNow);
    let training = Some(RunState::Training);
    assert_eq!(of(Action::Play, true, training), Availability::Already);
    assert_eq!(of(Action::Afresh, true, training), Availability::Possible);
    let paused = Some(RunState::Paused);
    assert_eq!(of(Action::Play, true, paused), Availability::Possible);
    let look = Action::Look { new_domain: true };
    assert_eq!(of(look, true, paused), Availability::NotNow);
}

#[test]
fn names_tell_actions_apart() {
    for one in actions() {
        for other in actions() {
            assert_eq!(
                one == other,
                one.name() == other.name(),
                "{one:?} {other:?}"
            );
        }
    }
}

fn corner() -> Facts {
    Facts {
        preset: Some(DataPreset::CornerCue),
        challenge: DataPreset::CornerCue.challenge(),
        epochs: 5,
        same: [Some(0.99), Some(1.0)],
        new: [Some(0.48), Some(0.93)],
        ..Facts::default()
    }
}

#[test]
fn training_is_told_with_its_numbers() {
    let status = check(Task::TrainOnCorner, &corner());
    assert!(status.met);
    for part in [
        "5 epochs",
        "corner cue",
        "ERM is at 48.0",
        "at 93.0",
        "positions",
    ] {
        assert!(status.text.contains(part), "{part}: {}", status.text);
    }
    let early = Facts {
        epochs: 2,
        ..corner()
    };
    let status = check(Task::TrainOnCorner, &early);
    assert!(!status.met && status.text.contains("2 epochs of at least 5"));
    assert!(!check(Task::TrainOnTint, &corner()).met);
    assert!(!check(Task::TrainOnCorner, &Facts::default()).met);
}

#[test]
fn images_of_ones_own_need_a_domain_held_out() {
    assert!(!check(Task::TrainElsewhere, &corner()).met);
    let own = Facts {
        preset: None,
        own: true,
        ..corner()
    };
    let status = check(Task::TrainElsewhere, &own);
    assert!(status.met, "{}", status.text);
    for part in ["5 epochs", "your images", "ERM is at 48.0", "at 93.0"] {
        assert!(status.text.contains(part), "{part}: {}", status.text);
    }
    let together = Facts {
        new: [None; 2],
        ..own.clone()
    };
    let status = check(Task::TrainElsewhere, &together);
    assert!(
        !status.met && status.text.contains("held out"),
        "{}",
        status.text
    );
    let early = Facts { epochs: 1, ..own };
    assert!(!check(Task::TrainElsewhere, &early).met);
}

#[test]
fn a_challenge_must_have_been_in_force_from_the_start() {
    let mut facts = corner();
    assert!(!check(Task::TrainChannels, &facts).met);
    facts.challenge.axis = Axis::Channel;
    assert!(check(Task::TrainChannels, &facts).met);
    facts.since = 40;
    let status = check(Task::TrainChannels, &facts);
    assert!(!status.met && status.text.contains("step 40"));
    facts.since = 0;
    assert!(!check(Task::TrainWithLoss, &facts).met);
    facts.challenge.signal = Signal::Loss;
    assert!(check(Task::TrainWithLoss, &facts).met);
}

#[test]
fn the_start_of_a_challenge_follows_the_run() {
    let mut since = Since::default();
    let mut challenge = DataPreset::CornerCue.challenge();
    assert_eq!(since.note(&challenge, 0), 0);
    assert_eq!(since.note(&challenge, 90), 0);
    challenge.p = 0.5;
    assert_eq!(since.note(&challenge, 100), 100);
    assert_eq!(since.note(&challenge, 200), 100);
    assert_eq!(since.note(&challenge, 0), 0, "a new run");
    assert_eq!(since.note(&challenge, 200), 0);
}

#[test]
fn what_is_in_view_is_judged() {
    let mut facts = corner();
    assert!(!check(Task::LookAtTraining, &facts).met);
    facts.looking = Some((String::from("random cue"), true));
    assert!(!check(Task::LookAtTraining, &facts).met);
    facts.looking = Some((String::from("cued"), false));
    assert!(check(Task::LookAtTraining, &facts).met);

    facts.muted = Some((22, 64));
    assert!(!check(Task::MuteHalf, &facts).met);
    facts.muted = Some((32, 64));
    facts.challenge.p = 0.5;
    let status = check(Task::MuteHalf, &facts);
    assert!(status.met && status.text.contains("32 of 64"));

    facts.constant = Some((0, 8));
    assert!(!check(Task::Degenerate, &facts).met);
    facts.constant = Some((8, 8));
    facts.muted = Some((64, 64));
    let status = check(Task::Degenerate, &facts);
    assert!(status.met && status.text.contains("8 of 8"));
    assert_eq!((ERM, RSC), (0, 1));
}
