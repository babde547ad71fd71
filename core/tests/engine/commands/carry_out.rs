//! Each command: given to the session, and what the model expects of it.

use rsc_core::{
    data::SourceImage,
    protocol::{Command, DevicePreference, Event, ImageEntry, ImageRef, RunState, Tuning},
};

use super::acts::Question;
use super::courses::{COURSES, KINDS, Kind, challenge, config, looked_at, picture};
use super::model::{Active, EventSummary, Outcome};
use super::trial::{Buffers, SavedCheckpoint, Trial};

impl<E: FnMut(Event, Buffers)> Trial<E> {
    pub(crate) fn open(&mut self) -> (Vec<EventSummary>, Outcome) {
        let device = DevicePreference::Cpu;
        self.send(Command::Open { device }, Vec::new());
        // Faults of the device before are not this one's.
        self.model.fault = false;
        self.model.device = true;
        (vec![EventSummary::Ready], Outcome::Fine)
    }

    pub(crate) fn configure_badly(&mut self) -> (Vec<EventSummary>, Outcome) {
        let run = self.next_run();
        let mut config = config(Kind::Plain);
        config.training.epochs = 0;
        self.send(Command::Configure { run, config }, Vec::new());
        let outcome = match self.model.device {
            true => Outcome::Over(run),
            false => Outcome::Gone,
        };
        (Vec::new(), outcome)
    }

    pub(crate) fn play(&mut self, now: bool) -> (Vec<EventSummary>, Outcome) {
        let run = self.run(now);
        self.send(Command::Play { run }, Vec::new());
        self.model.change_state(
            run,
            &[RunState::Ready, RunState::Paused],
            RunState::Training,
        )
    }

    pub(crate) fn pause(&mut self, now: bool) -> (Vec<EventSummary>, Outcome) {
        let run = self.run(now);
        self.send(Command::Pause { run }, Vec::new());
        self.model
            .change_state(run, &[RunState::Training], RunState::Paused)
    }

    pub(crate) fn step(&mut self, now: bool) -> (Vec<EventSummary>, Outcome) {
        let run = self.run(now);
        self.send(Command::Step { run }, Vec::new());
        match self.model.current(run) {
            Some(active) if !matches!(active.state, RunState::Done | RunState::Failed) => {
                self.model.step(true)
            }
            _ => (Vec::new(), Outcome::Fine),
        }
    }

    pub(crate) fn checkpoint(&mut self, now: bool) -> (Vec<EventSummary>, Outcome) {
        let run = self.run(now);
        self.requests += 1;
        let request = self.requests;
        self.send(Command::Checkpoint { request, run }, Vec::new());
        match self.model.current(run) {
            None => (Vec::new(), Outcome::Fine),
            Some(active) if active.state == RunState::Failed => {
                (Vec::new(), Outcome::Refused(Some(run)))
            }
            Some(active) if COURSES[active.course].spoilt[active.step as usize][0] => {
                (Vec::new(), Outcome::Over(run))
            }
            Some(active) => {
                let step = active.step;
                (
                    vec![EventSummary::Checkpoint(request, run, step)],
                    Outcome::Fine,
                )
            }
        }
    }

    pub(crate) fn configure(&mut self, course: usize) -> (Vec<EventSummary>, Outcome) {
        let run = self.next_run();
        let config = COURSES[course].config.clone();
        self.send(Command::Configure { run, config }, Vec::new());
        if !self.model.device {
            return (Vec::new(), Outcome::Gone);
        }
        // On the visitor's own images: whichever are there.
        let course = match (KINDS[course], self.model.own) {
            (Kind::Own(_), Some(set)) => KINDS.iter().position(|it| *it == Kind::Own(set)),
            (Kind::Own(_), None) => None,
            _ => Some(course),
        };
        let Some(course) = course else {
            return (Vec::new(), Outcome::Over(run));
        };
        self.model.active = Some(Active {
            id: run,
            course,
            step: 0,
            state: RunState::Ready,
            tuned: false,
            stepped: false,
        });
        let events = vec![
            EventSummary::Started(run, 0),
            EventSummary::State(run, RunState::Ready),
        ];
        (events, Outcome::Fine)
    }

    pub(crate) fn resume(&mut self, which: usize) -> (Vec<EventSummary>, Outcome) {
        let Some(which) = which.checked_rem(self.kept.len()) else {
            return (Vec::new(), Outcome::Fine);
        };
        let run = self.next_run();
        let SavedCheckpoint { file, run: kept } = &self.kept[which];
        let (file, kept) = (file.clone(), kept.clone());
        self.send(Command::Resume { run }, vec![file]);
        if !self.model.device {
            return (Vec::new(), Outcome::Gone);
        }
        if !self.model.has_data_for(kept.course) {
            return (Vec::new(), Outcome::Over(run));
        }
        let course = &COURSES[kept.course];
        let state = match kept.step {
            0 => RunState::Ready,
            step if step >= course.total => RunState::Done,
            _ => RunState::Paused,
        };
        let step = kept.step;
        self.model.active = Some(Active {
            id: run,
            state,
            stepped: false,
            ..kept
        });
        let mut events = vec![
            EventSummary::Started(run, step),
            EventSummary::State(run, state),
        ];
        if step > 0 && step.is_multiple_of(course.per_epoch) {
            if course.spoilt[step as usize][2] {
                return (events, Outcome::Over(run));
            }
            events.push(EventSummary::Evaluation(run, step));
        }
        (events, Outcome::Fine)
    }

    pub(crate) fn tune(&mut self, now: bool, good: bool) -> (Vec<EventSummary>, Outcome) {
        let run = self.run(now);
        let course = self.model.current(run).map_or(0, |active| active.course);
        let config = &COURSES[course].config;
        let diverges = KINDS[course] == Kind::Diverging;
        let tuning = Tuning {
            learning_rate: match (good, diverges) {
                (false, _) => -1.0,
                // As it was, so that the course stays predictable.
                (true, true) => config.training.learning_rate,
                (true, false) => 0.01,
            },
            challenges: config
                .arms
                .iter()
                .map(|arm| arm.challenge.clone())
                .collect(),
        };
        self.send(Command::Tune { run, tuning }, Vec::new());
        match self.model.current(run) {
            None => (Vec::new(), Outcome::Fine),
            Some(_) if !good => (Vec::new(), Outcome::Refused(Some(run))),
            Some(active) => {
                active.tuned |= !diverges;
                (Vec::new(), Outcome::Fine)
            }
        }
    }

    pub(crate) fn ask(
        &mut self,
        question: Question,
        now: bool,
        good: bool,
    ) -> (Vec<EventSummary>, Outcome) {
        let run = self.run(now);
        self.requests += 1;
        let request = self.requests;
        let arm = if good { 1 } else { 9 };
        let image = ImageRef {
            domain: if good { 0 } else { 7 },
            ..looked_at()
        };
        let command = match question {
            Question::Inspect => Command::Inspect {
                request,
                run,
                arm,
                challenge: challenge(),
                images: vec![image],
            },
            Question::Predict => Command::Predict {
                request,
                run,
                arm,
                challenge: challenge(),
                width: 5,
                height: 4,
            },
            Question::Microscope => Command::Microscope {
                request,
                run,
                arm,
                challenge: challenge(),
                image,
            },
            Question::Batch => Command::Batch { request, run, arm },
            Question::Samples => Command::Samples {
                request,
                run,
                images: vec![image],
            },
            Question::Export => Command::Export { request, run, arm },
            Question::Profile => Command::Profile { request, run },
        };
        let buffers = match question {
            Question::Predict if good => vec![picture().rgba],
            // Too few bytes.
            Question::Predict => vec![vec![0; 79]],
            _ => Vec::new(),
        };
        self.send(command, buffers);
        let Some(active) = self.model.current(run) else {
            return (Vec::new(), Outcome::Fine);
        };
        let answer = (
            vec![EventSummary::Answer(question, request, run)],
            Outcome::Fine,
        );
        let refusal = (Vec::new(), Outcome::Refused(Some(run)));
        let spoilt = COURSES[active.course].spoilt[active.step as usize
            - usize::from(active.state == RunState::Failed && active.step > 0)];
        match question {
            Question::Profile => answer,
            Question::Samples if good => answer,
            Question::Samples => refusal,
            _ if active.state == RunState::Failed || !good => refusal,
            Question::Batch if !active.stepped => refusal,
            Question::Predict if spoilt[3] => (Vec::new(), Outcome::Over(run)),
            Question::Inspect | Question::Microscope if spoilt[1] => {
                (Vec::new(), Outcome::Over(run))
            }
            _ => answer,
        }
    }

    /// Sends images of `side` × `side` pixels, as they say.
    pub(crate) fn send_images(&mut self, images: Vec<SourceImage>, side: u32) {
        let entries = images.iter().enumerate().map(|(buffer, image)| ImageEntry {
            name: image.name.clone(),
            class: image.class.clone(),
            domain: image.domain.clone(),
            test_only: image.test_only,
            width: side,
            height: side,
            buffer,
        });
        let images_command = Command::SetImages {
            images: entries.collect(),
        };
        let buffers = images.into_iter().map(|image| image.rgba).collect();
        self.send(images_command, buffers);
    }
}
