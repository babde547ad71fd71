//! What the page can tell about a chapter's task: whether it is done, and the numbers as they are.

use rsc_core::config::{Axis, ChallengeConfig, DataPreset, Selection, Signal, Strategy};

use crate::lesson::model::Task;
use crate::settings::model::arms::{ERM, RSC};
use crate::ui::model::format;
use crate::ui::text::text_of;

/// Epochs after which a difference is worth a look.
const ENOUGH: u32 = 5;

/// The step from which on the present challenge has been in force.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Since {
    challenge: Option<ChallengeConfig>,
    step: u64,
}

impl Since {
    /// Takes note of what is in force after `step` steps of the run, and returns since when.
    pub(crate) fn note(&mut self, challenge: &ChallengeConfig, step: u64) -> u64 {
        if self.challenge.as_ref() != Some(challenge) {
            self.challenge = Some(challenge.clone());
            self.step = step;
        }
        // A new run has begun.
        self.step = self.step.min(step);
        self.step
    }
}

/// What the page knows.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Facts {
    /// The generated data of the current run, if there is one and it is generated.
    pub(crate) preset: Option<DataPreset>,
    /// Whether the current run is on the visitor's own images.
    pub(crate) own: bool,
    /// What the RSC arm mutes now.
    pub(crate) challenge: ChallengeConfig,
    /// The arm whose challenge the controls and the masks show, where that is not RSC.
    pub(crate) elsewhere: Option<String>,
    /// The step from which on it has done so.
    pub(crate) since: u64,
    /// Whole epochs that the last evaluation looks back on.
    pub(crate) epochs: u32,
    /// Accuracy of the first two arms on the training domains' test images.
    pub(crate) same: [Option<f32>; 2],
    /// Accuracy of the first two arms on the held-out domain.
    pub(crate) new: [Option<f32>; 2],
    /// The domain whose images are looked at, and whether it is held out.
    pub(crate) looking: Option<(String, bool)>,
    /// Muted and all features of the first image looked at.
    pub(crate) muted: Option<(usize, usize)>,
    /// Images looked at whose importance is the same everywhere, and all of them.
    pub(crate) constant: Option<(usize, usize)>,
}

/// Whether a task is done, and what there is to say about it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Status {
    /// Whether it is done.
    pub(crate) met: bool,
    /// How things stand; while it is not done, without a capital and a full stop.
    pub(crate) text: String,
}

/// How a task stands.
pub(crate) fn check(task: Task, facts: &Facts) -> Status {
    match task {
        Task::LookAtTraining => look(facts),
        Task::TrainOnCorner => trained(facts, DataPreset::CornerCue, Ok(())),
        Task::MuteHalf => half(facts),
        Task::TrainChannels => {
            let channels = facts.challenge.strategy == Strategy::TopGradient
                && facts.challenge.axis == Axis::Channel;
            let wanted = if channels {
                whole_run(facts)
            } else {
                Err(text!("lesson-checks.no-channels").to_owned())
            };
            trained(facts, DataPreset::CornerCue, wanted)
        }
        Task::TrainOnTint => trained(facts, DataPreset::TintCue, Ok(())),
        Task::TrainWithLoss => {
            let loss = facts.challenge.strategy == Strategy::TopGradient
                && facts.challenge.signal == Signal::Loss;
            let wanted = if loss {
                whole_run(facts)
            } else {
                Err(text!("lesson-checks.no-loss").to_owned())
            };
            trained(facts, DataPreset::CornerCue, wanted)
        }
        Task::Degenerate => constant(facts),
        Task::TrainElsewhere => elsewhere(facts),
    }
}

/// Trained on the visitor's own images, tested on a domain of them that was held out.
fn elsewhere(facts: &Facts) -> Status {
    if !facts.own {
        return not_yet(text!("lesson-checks.elsewhere.not-own"));
    }
    if facts.epochs > 0 && facts.new[ERM].is_none() {
        return not_yet(text!("lesson-checks.elsewhere.one-domain"));
    }
    reached(facts, text!("lesson-checks.data.own"))
}

fn not_yet(text: impl Into<String>) -> Status {
    Status {
        met: false,
        text: text.into(),
    }
}

fn done(text: String) -> Status {
    Status { met: true, text }
}

fn data_name(preset: DataPreset) -> &'static str {
    text_of(&format!("lesson-checks.data.{}", preset.name()))
}

/// The RSC arm's challenge in a few words.
fn described(challenge: &ChallengeConfig) -> String {
    if challenge.strategy == Strategy::Off {
        return text!("lesson-checks.off").to_owned();
    }
    let axis = match challenge.axis {
        Axis::Spatial => text!("lesson-checks.positions"),
        Axis::Channel => text!("lesson-checks.channels"),
        Axis::Mixed => text!("lesson-checks.mixed"),
    };
    let b = match challenge.selection {
        Selection::All => text!("lesson-checks.every-image").to_owned(),
        Selection::ProbabilityDrop if challenge.curriculum => {
            text!("lesson-checks.b-growing").to_owned()
        }
        Selection::ProbabilityDrop => format!("b = {}", format::fraction(challenge.b)),
    };
    format!("{axis}, p = {}, {b}", format::fraction(challenge.p))
}

fn whole_run(facts: &Facts) -> Result<(), String> {
    if facts.since == 0 {
        return Ok(());
    }
    Err(text!("lesson-checks.changed", step = facts.since))
}

/// Trained on `preset` for long enough, with what else is wanted.
fn trained(facts: &Facts, preset: DataPreset, wanted: Result<(), String>) -> Status {
    if facts.preset != Some(preset) {
        let wanted = data_name(preset);
        return not_yet(match facts.preset {
            Some(other) => text!(
                "lesson-checks.other-data",
                data = data_name(other),
                wanted = wanted
            ),
            None => text!("lesson-checks.own-data", wanted = wanted),
        });
    }
    match wanted {
        Err(missing) => not_yet(missing),
        Ok(()) => reached(facts, data_name(preset)),
    }
}

/// Whether enough epochs have been made on the data called so, and the accuracies.
fn reached(facts: &Facts, data: &str) -> Status {
    let percent = |value: Option<f32>| value.map_or_else(|| String::from("–"), format::percent);
    let numbers = text!(
        "lesson-checks.numbers",
        erm_new = percent(facts.new[ERM]),
        challenge = described(&facts.challenge),
        rsc_new = percent(facts.new[RSC]),
        erm_same = percent(facts.same[ERM]),
        rsc_same = percent(facts.same[RSC]),
    );
    let epochs = facts.epochs as usize;
    if facts.epochs >= ENOUGH {
        let mut text = plural!(
            "lesson-checks.trained",
            epochs,
            data = data,
            numbers = numbers
        );
        if facts.since > 0 {
            text.push_str(&text!("lesson-checks.changed-at", step = facts.since));
        }
        done(text)
    } else if facts.epochs == 0 {
        not_yet(plural!("lesson-checks.train", ENOUGH as usize, data = data))
    } else {
        not_yet(plural!(
            "lesson-checks.too-few",
            epochs,
            enough = ENOUGH,
            numbers = numbers
        ))
    }
}

fn look(facts: &Facts) -> Status {
    if facts.preset != Some(DataPreset::CornerCue) {
        return not_yet(text!("lesson-checks.look.other-data"));
    }
    match &facts.looking {
        Some((name, false)) => done(text!("lesson-checks.look.met", domain = name)),
        Some((name, true)) => not_yet(text!("lesson-checks.look.new", domain = name)),
        None => not_yet(text!("lesson-checks.no-run")),
    }
}

fn other_arm(facts: &Facts) -> Option<Status> {
    let arm = facts.elsewhere.as_ref()?;
    Some(not_yet(text!("lesson-checks.other-arm", arm = arm)))
}

fn half(facts: &Facts) -> Status {
    if let Some(status) = other_arm(facts) {
        return status;
    }
    let Some((muted, all)) = facts.muted else {
        return not_yet(text!("lesson-checks.no-run"));
    };
    if facts.challenge.strategy != Strategy::TopGradient || facts.challenge.axis != Axis::Spatial {
        return not_yet(text!("lesson-checks.no-positions"));
    }
    let counted = text!(
        "lesson-checks.half.counted",
        p = format::fraction(facts.challenge.p),
        muted = muted,
        all = all
    );
    if (muted * 2).abs_diff(all) <= 2 {
        done(text!("lesson-checks.half.met", counted = counted))
    } else {
        not_yet(text!("lesson-checks.half.wanted", counted = counted))
    }
}

fn constant(facts: &Facts) -> Status {
    if let Some(status) = other_arm(facts) {
        return status;
    }
    let Some((constant, all)) = facts.constant else {
        return not_yet(text!("lesson-checks.no-run"));
    };
    if constant == 0 || facts.challenge.strategy != Strategy::TopGradient {
        return not_yet(plural!("lesson-checks.constant.nowhere", all));
    }
    done(match facts.muted {
        Some((muted, features)) => text!(
            "lesson-checks.constant.met-muted",
            part = constant,
            all = all,
            muted = muted,
            features = features
        ),
        None => text!("lesson-checks.constant.met", part = constant, all = all),
    })
}
