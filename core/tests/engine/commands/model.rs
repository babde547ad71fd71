//! A model of the session: which events a command or a step must bring.

use rsc_core::protocol::{Event, RunId, RunState};

use super::acts::Question;
use super::courses::{COURSES, KINDS, Kind};

/// An event, without its numbers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum EventSummary {
    Ready,
    Started(RunId, u64),
    State(RunId, RunState),
    Steps(RunId, Vec<u64>),
    Evaluation(RunId, u64),
    Answer(Question, u32, RunId),
    Checkpoint(u32, RunId, u64),
    Warning(Option<RunId>),
    Failed(Option<RunId>),
    Other(String),
}

pub(crate) fn summary(event: &Event) -> EventSummary {
    match event {
        Event::Ready { .. } => EventSummary::Ready,
        Event::Started { run, step, .. } => EventSummary::Started(*run, *step),
        Event::State { run, state } => EventSummary::State(*run, *state),
        Event::Steps { run, records, .. } => {
            EventSummary::Steps(*run, records.iter().map(|record| record.step).collect())
        }
        Event::Evaluation { run, record } => EventSummary::Evaluation(*run, record.step),
        Event::Inspection { request, run, .. } => {
            EventSummary::Answer(Question::Inspect, *request, *run)
        }
        Event::Prediction { request, run, .. } => {
            EventSummary::Answer(Question::Predict, *request, *run)
        }
        Event::Microscope { request, run, .. } => {
            EventSummary::Answer(Question::Microscope, *request, *run)
        }
        Event::Batch { request, run, .. } => EventSummary::Answer(Question::Batch, *request, *run),
        Event::Samples { request, run, .. } => {
            EventSummary::Answer(Question::Samples, *request, *run)
        }
        Event::Weights { request, run, .. } => {
            EventSummary::Answer(Question::Export, *request, *run)
        }
        Event::Profile { request, run, .. } => {
            EventSummary::Answer(Question::Profile, *request, *run)
        }
        Event::Checkpoint { request, run, step } => EventSummary::Checkpoint(*request, *run, *step),
        Event::Warning { run, .. } => EventSummary::Warning(*run),
        Event::Failed { run, .. } => EventSummary::Failed(*run),
        other => EventSummary::Other(format!("{other:?}")),
    }
}

/// The current run, as the model knows it.
#[derive(Debug, Clone)]
pub(crate) struct Active {
    pub(crate) id: RunId,
    pub(crate) course: usize,
    pub(crate) step: u64,
    pub(crate) state: RunState,
    pub(crate) tuned: bool,
    /// Whether this engine made a step of it.
    pub(crate) stepped: bool,
}

/// What came of a command beside its events.
pub(crate) enum Outcome {
    Fine,
    /// Refused; everything else goes on.
    Refused(Option<RunId>),
    /// The run could not be started, or is over.
    Over(RunId),
    /// There is no device.
    Gone,
}

#[derive(Default)]
pub(crate) struct Model {
    pub(crate) device: bool,
    pub(crate) fault: bool,
    /// Which set of images the engine has; `None` for none, or of one class only.
    pub(crate) own: Option<usize>,
    pub(crate) active: Option<Active>,
}

impl Model {
    pub(crate) fn current(&mut self, run: RunId) -> Option<&mut Active> {
        self.active.as_mut().filter(|active| active.id == run)
    }

    /// After the events of a command or a turn: how it ends.
    pub(crate) fn end(
        &mut self,
        mut events: Vec<EventSummary>,
        outcome: Outcome,
    ) -> Vec<EventSummary> {
        match outcome {
            _ if self.fault => {
                self.lose();
                events.push(EventSummary::Failed(None));
            }
            Outcome::Fine => {}
            Outcome::Refused(run) => events.push(EventSummary::Warning(run)),
            Outcome::Over(run) => {
                if let Some(active) = self.current(run) {
                    active.state = RunState::Failed;
                }
                events.push(EventSummary::Failed(Some(run)));
            }
            Outcome::Gone => {
                self.lose();
                events.push(EventSummary::Failed(None));
            }
        }
        events
    }

    pub(crate) fn lose(&mut self) {
        self.device = false;
        self.active = None;
        self.fault = false;
    }

    pub(crate) fn has_data_for(&self, course: usize) -> bool {
        match KINDS[course] {
            Kind::Own(set) => self.own == Some(set),
            _ => true,
        }
    }

    /// `Play` and `Pause`: the state of the current run changes if it is in one of `from`.
    pub(crate) fn change_state(
        &mut self,
        run: RunId,
        from: &[RunState],
        to: RunState,
    ) -> (Vec<EventSummary>, Outcome) {
        let mut events = Vec::new();
        if let Some(active) = self.current(run)
            && from.contains(&active.state)
        {
            active.state = to;
            events.push(EventSummary::State(run, to));
        }
        (events, Outcome::Fine)
    }

    /// A step that the session makes; `paused` says whether it pauses afterwards.
    pub(crate) fn step(&mut self, paused: bool) -> (Vec<EventSummary>, Outcome) {
        let fault = self.fault;
        let Some(active) = &mut self.active else {
            return (Vec::new(), Outcome::Fine);
        };
        let course = &COURSES[active.course];
        active.step += 1;
        active.stepped = true;
        let (run, step) = (active.id, active.step);
        if course.fails_at == Some(step) && !active.tuned {
            return (Vec::new(), Outcome::Over(run));
        }
        let mut events = vec![EventSummary::Steps(run, vec![step])];
        if paused {
            active.state = RunState::Paused;
            events.push(EventSummary::State(run, RunState::Paused));
        } else if fault {
            return (events, Outcome::Gone);
        }
        if step.is_multiple_of(course.per_epoch) {
            if course.spoilt[step as usize][2] {
                return (events, Outcome::Over(run));
            }
            events.push(EventSummary::Evaluation(run, step));
        }
        if step >= course.total {
            active.state = RunState::Done;
            events.push(EventSummary::State(run, RunState::Done));
        }
        (events, Outcome::Fine)
    }
}
