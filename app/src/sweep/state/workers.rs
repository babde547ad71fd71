//! The workers of a sweep: on the processor one for each core, as far as there are runs for them.

use std::time::Duration;

use leptos::prelude::*;

use rsc_core::protocol::{Command, DeviceKind, DevicePreference, Event, RunId};

use crate::engine::state::outbox::Payload;
use crate::engine::state::worker_link::WorkerLink;
use crate::sweep::model::workers_for;
use crate::sweep::state::Sweeper;
use crate::ui::browser;
use crate::ui::notices::Kind;

/// Steps are shown at most this often.
const REDRAW_MS: f64 = 250.0;

pub(super) type Message = (Command, Vec<Payload>);

/// The run that a command is about.
fn run_of(command: &Command) -> Option<RunId> {
    match command {
        Command::Configure { run, .. } | Command::Play { run } | Command::Pause { run } => {
            Some(*run)
        }
        _ => None,
    }
}

impl Sweeper {
    pub(super) fn connect_with(self, generation: u32, first: Vec<Message>) {
        let worker = self.links.with_value(Vec::len);
        let opened = WorkerLink::open(
            move |text, _| {
                if self.generation.get_value() == generation {
                    self.receive(worker, text);
                }
            },
            move |message| {
                if self.generation.get_value() == generation {
                    self.lose(worker, message);
                }
            },
        );
        match opened {
            Ok(link) => {
                self.links.update_value(|links| links.push(link));
                for (command, buffers) in first {
                    self.send_to(worker, &command, buffers);
                }
            }
            Err(message) => self.lose(worker, message),
        }
    }

    /// Ends the workers, though not within one of their own messages.
    pub(super) fn close(self) {
        let mut links = Vec::new();
        self.links.update_value(|there| links.append(there));
        if !links.is_empty() {
            self.generation.update_value(|generation| *generation += 1);
            set_timeout(move || drop(links), Duration::ZERO);
        }
    }

    /// Sends a command to the worker of its run.
    pub(super) fn send(self, command: Command) {
        let worker = self.machine.with_untracked(|machine| {
            let run = run_of(&command)?;
            machine.as_ref()?.worker_of(run)
        });
        self.send_to(worker.unwrap_or(0), &command, Vec::new());
    }

    fn send_to(self, worker: usize, command: &Command, buffers: Vec<Payload>) {
        let sent = self.links.with_value(|links| match links.get(worker) {
            Some(link) => link.send(command, buffers),
            None => Ok(()),
        });
        if let Err(message) = sent {
            self.lose(worker, message);
        }
    }

    /// A further worker that is not ready yet is done without.
    fn lose(self, worker: usize, message: String) {
        let needed = self.machine.with_untracked(|machine| {
            let machine = machine.as_ref();
            worker == 0 || machine.is_some_and(|machine| machine.has_worker(worker))
        });
        if needed {
            self.crash(message);
        }
    }

    /// Starts further workers once the first one has told the device.
    fn open_others(self, kind: DeviceKind) {
        let wanted = self.machine.with_untracked(|machine| {
            let machine = machine.as_ref().filter(|machine| machine.phase.active())?;
            let runs = machine.missing();
            Some(workers_for(
                &machine.plan.base,
                kind,
                browser::cores(),
                runs,
            ))
        });
        for _ in 1..wanted.unwrap_or(1) {
            let device = DevicePreference::Cpu;
            self.prepare(vec![(Command::Open { device }, Vec::new())]);
        }
    }

    fn receive(self, worker: usize, text: &str) {
        match serde_json::from_str::<Event>(text) {
            Ok(Event::Warning { message, .. }) => {
                self.say(Kind::Warning, text!("sweep.warning", message = message));
            }
            // Metrics of every step come often; the rest is rare and shows at once.
            Ok(event @ Event::Steps { .. }) => {
                let now = browser::now();
                self.machine.update_untracked(|machine| {
                    if let Some(machine) = machine {
                        machine.today = browser::date();
                        machine.handle_event(&event, now);
                    }
                });
                if now - self.redrawn.get_value() >= REDRAW_MS {
                    self.redrawn.set_value(now);
                    self.machine.notify();
                }
            }
            Ok(Event::Ready { .. }) if worker > 0 => {
                self.drive(|machine, now| machine.join(worker, now));
            }
            Ok(Event::Failed {
                run: None, message, ..
            }) if worker > 0 => self.lose(worker, message),
            Ok(event) => {
                self.drive(|machine, now| machine.handle_event(&event, now));
                if let Event::Ready { device, .. } = &event {
                    self.open_others(device.kind);
                }
            }
            Err(error) => self.crash(text!("sweep.fault.message", error = error)),
        }
    }
}
