//! What the tests do to a session.

use proptest::prelude::*;

use super::courses::KINDS;

/// What of a run can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Question {
    Inspect,
    Predict,
    Microscope,
    Batch,
    Samples,
    Export,
    Profile,
}

/// One thing done to the session.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    Open,
    Configure(usize),
    ConfigureBadly,
    /// From a checkpoint made earlier, if there is one.
    Resume(usize),
    ResumeNoise,
    Play(bool),
    Pause(bool),
    Step(bool),
    /// For the current run or another; with settings in range or not.
    Tune(bool, bool),
    /// Likewise, about something that there is or not.
    Ask(Question, bool, bool),
    Checkpoint(bool),
    Images(usize),
    OneClass,
    BrokenImages,
    BrokenDigits,
    Turns(usize),
    Fault,
    Look,
}

pub(crate) fn act() -> impl Strategy<Value = Act> {
    // Mostly about the current run.
    let now = || prop::bool::weighted(0.9);
    let question = prop_oneof![
        4 => Just(Question::Inspect),
        4 => Just(Question::Predict),
        4 => Just(Question::Microscope),
        4 => Just(Question::Batch),
        4 => Just(Question::Samples),
        2 => Just(Question::Export),
        1 => Just(Question::Profile),
    ];
    prop_oneof![
        1 => Just(Act::Open),
        6 => (0..KINDS.len()).prop_map(Act::Configure),
        1 => Just(Act::ConfigureBadly),
        4 => any::<usize>().prop_map(Act::Resume),
        1 => Just(Act::ResumeNoise),
        8 => now().prop_map(Act::Play),
        4 => now().prop_map(Act::Pause),
        5 => now().prop_map(Act::Step),
        3 => (now(), any::<bool>()).prop_map(|(now, good)| Act::Tune(now, good)),
        8 => (question, now(), prop::bool::weighted(0.8))
            .prop_map(|(question, now, good)| Act::Ask(question, now, good)),
        5 => now().prop_map(Act::Checkpoint),
        2 => (0..2_usize).prop_map(Act::Images),
        1 => Just(Act::OneClass),
        1 => Just(Act::BrokenImages),
        1 => Just(Act::BrokenDigits),
        10 => (1..40_usize).prop_map(Act::Turns),
        1 => Just(Act::Fault),
        1 => Just(Act::Look),
    ]
}
