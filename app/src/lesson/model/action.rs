//! What a phrase of the lesson does when it is pressed.

use rsc_core::config::{
    Axis, ChallengeConfig, DataPreset, DataSource, Head, Importance, RunConfig, Signal,
};
use rsc_core::protocol::RunState;

use crate::settings::model::arms::RSC;
use crate::settings::model::network::kind::leave_photographs;

/// A change of settings, or a verb.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Action {
    /// Choose a generated data set.
    Data(DataPreset),
    /// Put the whole challenge back to its defaults.
    Defaults,
    /// Choose what is muted as one piece.
    Axis(Axis),
    /// Set the share muted.
    P(f64),
    /// Set the share of the batch that is challenged.
    B(f64),
    /// Choose how a gradient becomes an importance.
    Importance(Importance),
    /// Choose whose gradient it is.
    Signal(Signal),
    /// The averaging head right behind the challenge point.
    Averaging,
    /// Train on from where the run stands.
    Play,
    /// Take the settings, start with fresh weights and train.
    Afresh,
    /// Show images of a training domain (`false`) or of the held-out one (`true`).
    Look {
        /// Whether of the held-out domain.
        new_domain: bool,
    },
}

/// Whether an action can be taken now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Availability {
    /// It can.
    Possible,
    /// Things are already as it would make them.
    Already,
    /// It cannot, for instance while the engine is loading.
    NotNow,
}

impl Action {
    /// Part of its `data-testid`.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Data(preset) => preset.name().to_owned(),
            Self::Defaults => String::from("defaults"),
            Self::Axis(Axis::Spatial) => String::from("positions"),
            Self::Axis(Axis::Channel) => String::from("channels"),
            Self::Axis(Axis::Mixed) => String::from("mixed"),
            Self::P(p) => format!("p-{p:.2}"),
            Self::B(b) => format!("b-{b:.2}"),
            Self::Importance(rule) => rule.name().replace('_', "-"),
            Self::Signal(Signal::TrueLogit) => String::from("true-logit"),
            Self::Signal(Signal::Loss) => String::from("loss"),
            Self::Signal(Signal::LossDecrease) => String::from("loss-decrease"),
            Self::Averaging => String::from("averaging"),
            Self::Play => String::from("play"),
            Self::Afresh => String::from("afresh"),
            Self::Look { new_domain: true } => String::from("look-new"),
            Self::Look { new_domain: false } => String::from("look-training"),
        }
    }

    /// The `data-testid` of what it changes, shown after the change.
    pub(crate) fn target(self) -> &'static str {
        match self {
            Self::Data(DataPreset::CornerCue) => "preset-corner-cue",
            Self::Data(DataPreset::TintCue) => "preset-tint-cue",
            Self::Data(DataPreset::Styles) => "preset-styles",
            Self::Data(DataPreset::RotatedDigits) => "preset-rotated-digits",
            Self::Data(DataPreset::ColouredDigits) => "preset-coloured-digits",
            Self::Defaults => "challenge-panel",
            Self::Axis(_) => "axis",
            Self::P(_) => "p",
            Self::B(_) => "b",
            Self::Importance(_) => "importance",
            Self::Signal(_) => "signal",
            Self::Averaging => "head",
            Self::Play | Self::Afresh => "accuracy-chart",
            Self::Look { .. } => "mask-domain",
        }
    }

    /// What the control of the setting calls it; `None` for a verb.
    pub(crate) fn field(self) -> Option<&'static str> {
        Some(match self {
            Self::Data(_) => "data.source",
            Self::Defaults => "challenge",
            Self::Axis(_) => "challenge.axis",
            Self::P(_) => "challenge.p",
            Self::B(_) => "challenge.b",
            Self::Importance(_) => "challenge.importance",
            Self::Signal(_) => "challenge.signal",
            Self::Averaging => "network.head",
            Self::Play | Self::Afresh | Self::Look { .. } => return None,
        })
    }

    /// Changes the settings; a verb changes none.
    pub(crate) fn set(self, config: &mut RunConfig) {
        let source = config.data.source.clone();
        let Some(arm) = config.arms.get_mut(RSC) else {
            return;
        };
        let challenge = &mut arm.challenge;
        match self {
            Self::Data(preset) => {
                let wanted = DataSource::Preset { preset };
                if source != wanted {
                    config.data.source = wanted;
                    config.data.held_out = None;
                    config.data.together = false;
                    leave_photographs(config);
                }
            }
            Self::Defaults => *challenge = defaults(&source),
            Self::Axis(axis) => challenge.axis = axis,
            Self::P(p) => challenge.p = p,
            Self::B(b) => challenge.b = b,
            Self::Importance(importance) => challenge.importance = importance,
            Self::Signal(signal) => challenge.signal = signal,
            Self::Averaging => {
                config.network.head = Head::GapLinear;
                config.network.challenge_after = None;
            }
            Self::Play | Self::Afresh | Self::Look { .. } => {}
        }
    }

    /// Whether it can be taken with these settings, this engine and this run.
    pub(crate) fn availability(
        self,
        config: &RunConfig,
        ready: bool,
        state: Option<RunState>,
        looking_at_new: Option<bool>,
    ) -> Availability {
        match self {
            Self::Play => match state {
                Some(RunState::Training) => Availability::Already,
                Some(RunState::Ready | RunState::Paused | RunState::Done) => Availability::Possible,
                _ => Availability::NotNow,
            },
            Self::Afresh if ready => Availability::Possible,
            Self::Afresh => Availability::NotNow,
            Self::Look { new_domain } => match looking_at_new {
                Some(now) if now == new_domain => Availability::Already,
                Some(_) => Availability::Possible,
                None => Availability::NotNow,
            },
            _ => {
                let mut changed = config.clone();
                self.set(&mut changed);
                if changed == *config {
                    Availability::Already
                } else {
                    Availability::Possible
                }
            }
        }
    }
}

/// The challenge that shows the chosen data best.
fn defaults(source: &DataSource) -> ChallengeConfig {
    match source {
        DataSource::Preset { preset } => preset.challenge(),
        DataSource::Own => ChallengeConfig::default(),
    }
}
