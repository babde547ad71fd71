//! What the page can tell about a chapter's task: whether it is done, and the numbers as they are.

use rsc_core::config::{Axis, ChallengeConfig, DataPreset, Selection, Signal, Strategy};

use super::Task;
use crate::pure::format;
use crate::session::{ERM, RSC};

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
    /// How things stand.
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
                Err(String::from(
                    "the RSC arm does not mute channels by the gradient; switch to channels",
                ))
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
                Err(String::from("the signal is not the loss; choose it"))
            };
            trained(facts, DataPreset::CornerCue, wanted)
        }
        Task::Degenerate => constant(facts),
    }
}

fn not_yet(text: impl AsRef<str>) -> Status {
    Status {
        met: false,
        text: format!("Not yet: {}.", text.as_ref()),
    }
}

fn done(text: String) -> Status {
    Status { met: true, text }
}

fn data_name(preset: DataPreset) -> &'static str {
    match preset {
        DataPreset::CornerCue => "the corner cue",
        DataPreset::TintCue => "the tint cue",
        DataPreset::Styles => "the styles",
        DataPreset::RotatedDigits => "the rotated digits",
        DataPreset::ColouredDigits => "the coloured digits",
    }
}

/// The RSC arm's challenge in a few words.
fn described(challenge: &ChallengeConfig) -> String {
    if challenge.strategy == Strategy::Off {
        return String::from("strategy off");
    }
    let axis = match challenge.axis {
        Axis::Spatial => "positions",
        Axis::Channel => "channels",
        Axis::Mixed => "mixed",
    };
    let b = match challenge.selection {
        Selection::All => String::from("every image"),
        Selection::ProbabilityDrop if challenge.curriculum => String::from("b growing"),
        Selection::ProbabilityDrop => format!("b = {}", format::fraction(challenge.b)),
    };
    format!("{axis}, p = {}, {b}", format::fraction(challenge.p))
}

fn whole_run(facts: &Facts) -> Result<(), String> {
    if facts.since == 0 {
        return Ok(());
    }
    Err(format!(
        "the challenge last changed in mid-run, at step {}, so these numbers mix two settings; start afresh",
        facts.since
    ))
}

/// Trained on `preset` for long enough, with what else is wanted.
fn trained(facts: &Facts, preset: DataPreset, wanted: Result<(), String>) -> Status {
    if facts.preset != Some(preset) {
        let wanted = data_name(preset);
        return match facts.preset {
            Some(other) => not_yet(format!(
                "this run is on {}; choose {wanted} and start afresh",
                data_name(other)
            )),
            None => not_yet(format!(
                "this run is not on {wanted}; choose it and start afresh"
            )),
        };
    }
    if let Err(missing) = wanted {
        return not_yet(missing);
    }
    let percent = |value: Option<f32>| value.map_or_else(|| String::from("–"), format::percent);
    let numbers = format!(
        "in the new domain ERM is at {} and RSC ({}) at {}; in the same domain at {} and {}",
        percent(facts.new[ERM]),
        described(&facts.challenge),
        percent(facts.new[RSC]),
        percent(facts.same[ERM]),
        percent(facts.same[RSC]),
    );
    let epochs = format::count(facts.epochs as usize, "epoch", "epochs");
    if facts.epochs >= ENOUGH {
        let mixed = if facts.since > 0 {
            format!(" The challenge was changed at step {}.", facts.since)
        } else {
            String::new()
        };
        done(format!(
            "You have trained {epochs} on {}: {numbers}.{mixed}",
            data_name(preset)
        ))
    } else if facts.epochs == 0 {
        not_yet(format!(
            "train at least {ENOUGH} epochs on {}",
            data_name(preset)
        ))
    } else {
        not_yet(format!("{epochs} of at least {ENOUGH}; {numbers}"))
    }
}

fn look(facts: &Facts) -> Status {
    if facts.preset != Some(DataPreset::CornerCue) {
        return not_yet(
            "this run is not on the corner cue; choose it, then press Reset if the page asks for it",
        );
    }
    match &facts.looking {
        Some((name, false)) => done(format!(
            "You are looking at images of “{name}”, where each patch colour belongs to one class."
        )),
        Some((name, true)) => not_yet(format!(
            "you are looking at “{name}”, the new domain; look at the training images too"
        )),
        None => not_yet("the first run is still being prepared"),
    }
}

fn other_arm(facts: &Facts) -> Option<Status> {
    let arm = facts.elsewhere.as_ref()?;
    Some(not_yet(format!(
        "the masks show the challenge of {arm}; choose RSC in the challenge panel"
    )))
}

fn half(facts: &Facts) -> Status {
    if let Some(status) = other_arm(facts) {
        return status;
    }
    let Some((muted, all)) = facts.muted else {
        return not_yet("the first run is still being prepared");
    };
    if facts.challenge.strategy != Strategy::TopGradient || facts.challenge.axis != Axis::Spatial {
        return not_yet(
            "the RSC arm does not mute positions by the gradient; press the button that puts the challenge back",
        );
    }
    let counted = format!(
        "p = {} mutes {} positions",
        format::fraction(facts.challenge.p),
        format::of(muted, all)
    );
    if (muted * 2).abs_diff(all) <= 2 {
        done(format!("You see it: {counted}."))
    } else {
        not_yet(format!("{counted}, and half of them are wanted"))
    }
}

fn constant(facts: &Facts) -> Status {
    if let Some(status) = other_arm(facts) {
        return status;
    }
    let Some((constant, all)) = facts.constant else {
        return not_yet("the first run is still being prepared");
    };
    if constant == 0 || facts.challenge.strategy != Strategy::TopGradient {
        return not_yet(format!(
            "on none of the {} in view is the importance the same everywhere",
            format::count(all, "image", "images")
        ));
    }
    let muted = facts.muted.map_or_else(String::new, |(muted, all)| {
        format!(", and {} are muted", format::of(muted, all))
    });
    done(format!(
        "On {} images in view the importance is the same everywhere{muted}.",
        format::of(constant, all)
    ))
}
