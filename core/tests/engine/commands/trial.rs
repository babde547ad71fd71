//! The session beside its model: both are told the same, and their events are compared.

use std::{cell::RefCell, rc::Rc};

use pollster::block_on;
use proptest::prelude::*;
use rsc_core::{
    protocol::{Command, Event, Fault, PresetPictures, RunId, RunState},
    session::Session,
};

use super::acts::Act;
use super::courses::{COURSES, image, images};
use super::model::{Active, EventSummary, Model, Outcome, summary};

pub(crate) type Buffers = Vec<Vec<u8>>;

/// A checkpoint: its bytes, and the run it is of.
pub(crate) struct SavedCheckpoint {
    pub(crate) file: Vec<u8>,
    pub(crate) run: Active,
}

/// The session, its model, and what both have events_sent.
pub(crate) struct Trial<E: FnMut(Event, Buffers)> {
    pub(crate) session: Session<E>,
    log: Rc<RefCell<Vec<(Event, Buffers)>>>,
    pub(crate) model: Model,
    pub(crate) kept: Vec<SavedCheckpoint>,
    runs: RunId,
    pub(crate) requests: u32,
}

pub(crate) fn trial() -> Trial<impl FnMut(Event, Buffers)> {
    let log = Rc::<RefCell<Vec<(Event, Buffers)>>>::default();
    let sink = Rc::clone(&log);
    Trial {
        session: Session::new(move |event, buffers| sink.borrow_mut().push((event, buffers))),
        log,
        model: Model::default(),
        kept: Vec::new(),
        runs: 0,
        requests: 0,
    }
}

impl<E: FnMut(Event, Buffers)> Trial<E> {
    pub(crate) fn send(&mut self, command: Command, buffers: Buffers) {
        block_on(self.session.handle(command, buffers));
    }

    pub(crate) fn next_run(&mut self) -> RunId {
        self.runs += 1;
        self.runs
    }

    /// The id of the current run, or of another one.
    pub(crate) fn run(&self, now: bool) -> RunId {
        let current = self.model.active.as_ref().map_or(0, |active| active.id);
        if now { current } else { current + 1000 }
    }

    /// Compares the events with those that the model predicts.
    pub(crate) fn compare(
        &mut self,
        act: &Act,
        expected: &[EventSummary],
    ) -> Result<(), TestCaseError> {
        let events_sent = std::mem::take(&mut *self.log.borrow_mut());
        let events: Vec<EventSummary> = events_sent
            .iter()
            .map(|(event, _)| summary(event))
            .collect();
        prop_assert_eq!(&events, expected, "after {:?}", act);
        for (event, buffers) in events_sent {
            // What cannot be written and read cannot reach a page.
            let text = serde_json::to_string(&event).unwrap();
            let read = serde_json::from_str::<Event>(&text);
            prop_assert!(read.is_ok(), "{:?} from {}", read, text);
            match event {
                Event::Steps { records, .. } => {
                    let Some(active) = self.model.active.as_ref().filter(|active| !active.tuned)
                    else {
                        continue;
                    };
                    for record in records {
                        let losses: Vec<f32> = record.arms.iter().map(|arm| arm.loss).collect();
                        let expected = &COURSES[active.course].losses[record.step as usize - 1];
                        prop_assert_eq!(&losses, expected, "in step {}", record.step);
                    }
                }
                Event::Checkpoint { .. } => {
                    let run = self.model.active.clone().unwrap();
                    let file = buffers.into_iter().next().unwrap();
                    self.kept.push(SavedCheckpoint { file, run });
                }
                Event::Failed { message, kept, .. } => {
                    prop_assert!(!message.is_empty() && !kept.is_empty());
                }
                _ => {}
            }
        }
        let training = self.model.active.as_ref();
        let training = training.is_some_and(|active| active.state == RunState::Training);
        prop_assert_eq!(self.session.is_training(), training);
        Ok(())
    }

    /// Does one thing, in the session and in the model, and compares their events.
    pub(crate) fn act(&mut self, act: &Act) -> Result<(), TestCaseError> {
        let (events, outcome) = match act {
            Act::Resume(_) if self.kept.is_empty() => return Ok(()),
            Act::Turns(count) => return self.turns(act, *count),
            Act::Fault => {
                self.session
                    .faults()
                    .report(Fault::DeviceLost, "the GPU is gone");
                self.model.fault = true;
                return self.compare(act, &[]);
            }
            _ => self.command(act),
        };
        self.finish(act, events, outcome)
    }

    /// One command, and what must come of it.
    fn command(&mut self, act: &Act) -> (Vec<EventSummary>, Outcome) {
        match act {
            Act::Open => self.open(),
            Act::Configure(course) => self.configure(*course),
            Act::ConfigureBadly => self.configure_badly(),
            Act::Resume(which) => self.resume(*which),
            Act::ResumeNoise => {
                let run = self.next_run();
                self.send(Command::Resume { run }, vec![vec![7; 300]]);
                (Vec::new(), Outcome::Over(run))
            }
            Act::Play(now) => self.play(*now),
            Act::Pause(now) => self.pause(*now),
            Act::Step(now) => self.step(*now),
            Act::Tune(now, good) => self.tune(*now, *good),
            Act::Ask(question, now, good) => self.ask(*question, *now, *good),
            Act::Checkpoint(now) => self.checkpoint(*now),
            Act::Images(set) => {
                self.send_images(images(*set), 4);
                self.model.own = Some(*set);
                (Vec::new(), Outcome::Fine)
            }
            Act::OneClass => {
                let one = (0..20).map(|i| image(0, 2 * i)).collect();
                self.send_images(one, 4);
                self.model.own = None;
                (Vec::new(), Outcome::Fine)
            }
            Act::BrokenImages => {
                self.send_images(images(0), 5);
                (Vec::new(), Outcome::Refused(None))
            }
            Act::BrokenDigits => {
                let pictures = PresetPictures::Digits { width: 27 };
                self.send(Command::SetPresetPictures { pictures }, vec![vec![0; 27]]);
                (Vec::new(), Outcome::Refused(None))
            }
            Act::Look => {
                self.session.check_device();
                (Vec::new(), Outcome::Fine)
            }
            Act::Turns(_) | Act::Fault => unreachable!("no commands"),
        }
    }

    fn turns(&mut self, act: &Act, count: usize) -> Result<(), TestCaseError> {
        for _ in 0..count {
            block_on(self.session.turn(async || ()));
            let training = self.model.active.as_ref();
            if !training.is_some_and(|active| active.state == RunState::Training) {
                break;
            }
            let (events, outcome) = self.model.step(false);
            let expected = self.model.end(events, outcome);
            self.compare(act, &expected)?;
        }
        self.compare(act, &[])
    }

    /// Compares the events of a command with those expected. Where the device is lost, the events before
    /// belong to the run that is lost with it.
    fn finish(
        &mut self,
        act: &Act,
        events: Vec<EventSummary>,
        outcome: Outcome,
    ) -> Result<(), TestCaseError> {
        let before = self.model.active.clone();
        let expected = self.model.end(events, outcome);
        let after = std::mem::replace(&mut self.model.active, before);
        let lost = expected.last() == Some(&EventSummary::Failed(None));
        if !lost {
            self.model.active = after;
            return self.compare(act, &expected);
        }
        let events_sent = self.log.borrow_mut().pop();
        let last = events_sent.map(|(event, _)| summary(&event));
        prop_assert_eq!(last, Some(EventSummary::Failed(None)), "after {:?}", act);
        let so_far = &expected[..expected.len() - 1];
        let training = self.session.is_training();
        prop_assert!(!training);
        if let Some(active) = &mut self.model.active
            && active.state == RunState::Training
        {
            active.state = RunState::Failed;
        }
        self.compare(act, so_far)?;
        self.model.active = after;
        Ok(())
    }
}
