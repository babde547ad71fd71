//! The steps and evaluations that a run reports.

use rsc_core::protocol::{EvaluationRecord, Event, StepRecord};

use super::simulation::{Buffers, Message};

/// Everything said about the course of a run, evaluations once.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Course {
    pub(crate) steps: Vec<StepRecord>,
    pub(crate) evaluations: Vec<(EvaluationRecord, Buffers)>,
}

impl Course {
    pub(crate) fn take(&mut self, events: &[Message]) {
        for (event, buffers) in events {
            match event {
                Event::Steps { records, .. } => {
                    for record in records {
                        let next = self.steps.last().map_or(1, |last| last.step + 1);
                        assert_eq!(record.step, next);
                        self.steps.push(record.clone());
                    }
                }
                Event::Evaluation { record, .. } => {
                    assert_eq!(Some(record.step), self.steps.last().map(|last| last.step));
                    let new = (record.clone(), buffers.clone());
                    match self.evaluations.last() {
                        // Of a run that was taken up at an epoch's end, it comes again.
                        Some(last) if last.0.step == record.step => assert_eq!(*last, new),
                        _ => self.evaluations.push(new),
                    }
                }
                Event::Failed { message, .. } => panic!("{message}"),
                _ => {}
            }
        }
    }
}
