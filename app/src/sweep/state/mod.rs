//! A sweep in workers of its own, so that the current run stays usable. [`Machine`] decides what to send; this
//! module has the clock, `workers` the connections and `data` what the workers need.

mod data;
mod images;
pub(crate) mod panel;
mod weights;
mod workers;

use leptos::prelude::*;

use rsc_core::config::DataSource;
use rsc_core::protocol::Command;

use crate::engine::state::device_preference;
use crate::engine::state::worker_link::WorkerLink;
use crate::runs::model::name;
use crate::runs::state::Runs;
use crate::sweep::model::SavedSweep;
use crate::sweep::model::{Cell, Job, Machine, Phase, Plan};
use crate::ui::browser;
use crate::ui::notices::Kind;

/// Topic of messages about it.
const TOPIC: &str = "sweep";
/// The sweep, if there was one yet. Nothing here knows of the run on the page.
#[derive(Clone, Copy)]
pub(crate) struct Sweeper {
    runs: Runs,
    /// What it does and what came of it.
    pub(crate) machine: RwSignal<Option<Machine>>,
    /// Of the workers, the first one first.
    links: StoredValue<Vec<WorkerLink>, LocalStorage>,
    /// Counts the sweeps, so that no worker is heard after its time.
    generation: StoredValue<u32>,
    redrawn: StoredValue<f64>,
    /// Raised whenever there is more, or another one, to be kept.
    pub(crate) grown: RwSignal<u32>,
}

impl Sweeper {
    /// None yet.
    pub(crate) fn new(runs: Runs) -> Self {
        Self {
            runs,
            machine: RwSignal::new(None),
            links: StoredValue::new_local(Vec::new()),
            generation: StoredValue::new(0),
            redrawn: StoredValue::new(f64::NEG_INFINITY),
            grown: RwSignal::new(0),
        }
    }

    /// Begins a sweep in place of the one before.
    pub(crate) fn start(self, plan: Plan) {
        if let Err(problem) = self.has_images_for(&plan.base) {
            self.say(Kind::Warning, text!("sweep.not-started", problem = problem));
            return;
        }
        let own = untrack(|| self.own_images());
        let mut machine = Machine::new(browser::date(), plan, own);
        machine.images = self.runs.training.images.mark();
        self.machine.set(Some(machine));
        self.grow();
        self.open();
    }

    fn grow(self) {
        self.grown.update(|grown| *grown += 1);
    }

    /// Puts a sweep of an earlier visit or of a project here, unless there is one already. Returns
    /// whether it did.
    pub(crate) fn restore(self, machine: Machine) -> bool {
        let free = self.machine.with_untracked(Option::is_none);
        if free {
            self.machine.set(Some(machine));
            self.grow();
        }
        free
    }

    /// All of it, for a project.
    pub(crate) fn to_pack(self) -> Option<SavedSweep> {
        self.machine.with_untracked(|machine| {
            let machine = machine.as_ref()?;
            let runs = machine.numbers();
            Some(SavedSweep {
                sweep: machine.head(),
                runs: runs.filter_map(|it| machine.saved_run(it)).collect(),
            })
        })
    }

    /// Deletes it.
    pub(crate) fn clear(self) {
        self.stop();
        self.machine.set(None);
        self.runs.training.notices.clear(TOPIC);
        self.grow();
    }

    /// Opens one of its runs: it is a run of the list from now on, with its curves in the charts.
    /// Weights are not kept of it; they can be had again by training. Returns its id in the list.
    pub(crate) fn open_run(self, job: Job) -> Option<u64> {
        let record = self
            .machine
            .with_untracked(|machine| machine.as_ref()?.record(job).cloned())?;
        let runs = self.runs;
        let there = runs.list.with_untracked(|list| {
            let mut living = list.living();
            let same = living.find(|run| {
                run.config == record.config
                    && run.started == record.started
                    && run.evaluations == record.evaluations
            });
            same.map(|run| run.id)
        });
        let id = match there {
            Some(id) => id,
            None => {
                let mut run = record;
                let list = runs.list;
                let (id, taken) =
                    list.with_untracked(|list| (list.next_id(), list.names_except(0)));
                run.name = name(id, run.config.training.seed, &taken);
                runs.add_runs(vec![run]).first().copied()?
            }
        };
        if untrack(|| runs.slot(id)).is_none() {
            runs.toggle_overlay(id);
        }
        Some(id)
    }

    /// Goes on after a stop, with the runs that are missing.
    pub(crate) fn resume_missing_runs(self) {
        let begun = self.machine.with_untracked(|machine| {
            let machine = machine.as_ref()?;
            Some((machine.plan.base.clone(), machine.images.clone()))
        });
        let Some((base, images)) = begun else {
            return;
        };
        if let Err(problem) = self.has_images_for(&base) {
            self.say(
                Kind::Warning,
                text!("sweep.cannot-go-on", problem = problem),
            );
            return;
        }
        if base.data.source == DataSource::Own && images != self.runs.training.images.mark() {
            self.say(Kind::Warning, text!("sweep.images-changed").to_owned());
            return;
        }
        self.open();
    }

    /// Pauses or goes on.
    pub(crate) fn toggle(self) {
        self.drive(|machine, now| match machine.phase {
            Phase::Paused => machine.resume(now),
            _ => machine.pause(now),
        });
    }

    /// Ends the sweep and its worker; what was measured stays.
    pub(crate) fn stop(self) {
        self.drive(|machine, now| {
            machine.stop(now);
            Vec::new()
        });
    }

    /// Puts a cell's settings into the controls, with the sweep's first seed.
    pub(crate) fn use_settings(self, cell: Cell) {
        let found = self.machine.with_untracked(|machine| {
            let plan = &machine.as_ref()?.plan;
            Some((plan.config(Job { seed: 0, cell }), plan.title(cell)))
        });
        let Some((config, title)) = found else {
            return;
        };
        if let Err(error) = config.validate() {
            self.runs.training.settings.refuse("settings", &error);
            return;
        }
        let seed = config.training.seed;
        let whole = self.runs.training.replace_settings(config);
        let waiting = self.runs.training.progress.get_untracked().step > 0;
        let mut said = if waiting {
            text!("sweep.used.reset", cell = title, seed = seed)
        } else {
            text!("sweep.used.play", cell = title, seed = seed)
        };
        if !whole {
            said.push(' ');
            said.push_str(text!("sweep.data-stayed"));
        }
        self.say(Kind::Info, said);
    }

    fn say(self, kind: Kind, text: String) {
        self.runs.training.notices.say_about(TOPIC, kind, text);
    }

    fn open(self) {
        self.close();
        self.runs.training.notices.clear(TOPIC);
        self.generation.update_value(|generation| *generation += 1);
        let mut commands = Vec::new();
        self.machine.update(|machine| {
            if let Some(machine) = machine {
                commands = machine.open(device_preference());
            }
        });
        for command in commands {
            self.prepare(vec![(command, Vec::new())]);
        }
    }

    fn active(self) -> bool {
        self.machine
            .with_untracked(|machine| machine.as_ref().is_some_and(|m| m.phase.active()))
    }

    fn crash(self, message: String) {
        self.drive(|machine, now| {
            machine.crash(message, now);
            Vec::new()
        });
    }

    /// One move of the machine, and what follows from it.
    fn drive(self, step: impl FnOnce(&mut Machine, f64) -> Vec<Command>) {
        let was_active = self.active();
        let mut commands = Vec::new();
        let mut more = false;
        self.machine.update(|machine| {
            if let Some(machine) = machine {
                let before = machine.results.len();
                machine.today = browser::date();
                commands = step(machine, browser::now());
                more = machine.results.len() != before;
            }
        });
        if more {
            self.grow();
        }
        for command in commands {
            self.send(command);
        }
        if was_active && !self.active() {
            self.close();
            self.notify_end();
        }
    }

    fn notify_end(self) {
        let broken = self.machine.with_untracked(|machine| {
            machine.as_ref().and_then(|machine| match &machine.phase {
                Phase::Broken(why) => Some(why.clone()),
                _ => None,
            })
        });
        if let Some(why) = broken {
            self.say(Kind::Error, text!("sweep.broken", why = why));
        }
    }
}
