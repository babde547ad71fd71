//! From the engine to the page: each event into the signals it concerns, stale ones dropped.

use std::sync::Arc;
use std::time::Duration;

use js_sys::{ArrayBuffer, Uint8Array};
use leptos::prelude::*;

use rsc_core::config::{Axis, DataSource};
use rsc_core::protocol::{
    Command, Event, ImageRef, RunId, RunInfo, RunState, Sample, Split, StepRecord,
};

use super::{DEGENERATE, Engine, Kind, LastBatch, Memory, Profiled, Progress, Session, Thumbnail};
use crate::browser;
use crate::pure::runs::values;

/// Curves and numbers are redrawn at most this often.
const REDRAW: Duration = Duration::from_millis(200);
/// Thumbnails per kind of domain.
const THUMBNAILS: usize = 4;

impl Session {
    /// Images as they are: for the microscope's choice, or for whoever else asked.
    fn samples_came(self, request: u32, samples: &[Sample], buffers: &[ArrayBuffer]) {
        if !self.choices_came(request, samples, buffers) {
            self.pictured(request, samples, buffers);
        }
    }

    /// Takes in one event of the engine.
    pub(crate) fn receive(self, event: Event, buffers: &[ArrayBuffer]) {
        let current = self.run.get_value();
        match event {
            Event::Loading { received, total } => {
                if matches!(self.engine.get_untracked(), Engine::Loading { .. }) {
                    self.engine.set(Engine::Loading { received, total });
                }
            }
            Event::Ready { device, version } => {
                browser::mark_once(browser::ENGINE_READY);
                self.engine.set(Engine::Ready { device, version });
                if self
                    .draft
                    .with_untracked(|d| d.data.source == DataSource::Own)
                {
                    self.send_images();
                }
                if !self.go_on_waiting() {
                    self.configure();
                }
            }
            Event::Started { run, info, step } if run == current => {
                self.predictions.take_labels(buffers);
                self.has_gone_on();
                self.started(run, info, step);
            }
            Event::State { run, state } if run == current => {
                self.flush();
                self.state.set(Some(state));
                if matches!(state, RunState::Paused | RunState::Done) {
                    self.inspect();
                    self.ask_for_batch();
                    self.put_aside();
                }
            }
            // Of a run that was just left, too.
            Event::Checkpoint { request, step, .. } => {
                self.checkpoint_came(request, step, buffers);
            }
            Event::Steps {
                run,
                records,
                step_ms,
            } if run == current => {
                self.steps(records, step_ms);
                self.put_aside_regularly();
            }
            Event::Evaluation { run, record } if run == current => {
                self.flush();
                self.predictions.take(buffers);
                self.evaluations.update(|all| {
                    // Of a run that was taken up at an epoch's end, the last one comes again.
                    all.retain(|other| other.step < record.step);
                    all.push(record);
                });
                self.inspect();
            }
            Event::Inspection {
                request,
                run,
                arm,
                step,
                grid,
                images,
            } if run == current => self.inspected(request, arm, step, grid, images, buffers),
            Event::Profile {
                request,
                run,
                split,
            } if run == current => self.profiled(request, Profiled { split }),
            Event::Memory { module, device, .. } => {
                self.profile.memory.set(Some(Memory { module, device }));
            }
            Event::Microscope {
                request,
                run,
                arm,
                step,
                shape,
                inspection,
            } if run == current => self.magnified(request, arm, step, shape, inspection, buffers),
            Event::Batch {
                request,
                run,
                arm,
                step,
                b,
                threshold,
                samples,
            } if run == current => {
                let batch = LastBatch {
                    arm,
                    step,
                    b,
                    threshold,
                    side: 0,
                    samples: Vec::new(),
                };
                self.batch(request, batch, samples, buffers);
            }
            Event::Samples {
                request,
                run,
                samples,
            } if run == current => self.samples_came(request, &samples, buffers),
            Event::Weights { request, run, arm } if run == current => {
                self.weights_came(request, arm, buffers);
            }
            Event::Warning { run, message } if run.is_none_or(|run| run == current) => {
                self.notices.say(Kind::Warning, message);
            }
            Event::Failed {
                run,
                fault,
                message,
                ..
            } => match run {
                None => self.engine_failed(fault, message),
                Some(run) if run == current && self.could_not_go_on(&message) => {}
                Some(run) if run == current => self.run_failed(fault, message),
                Some(_) => {}
            },
            Event::Benching {
                request,
                done,
                total,
            } => self.checking(request, done, total),
            Event::Checked { request, checks } => self.checked(request, checks),
            // Stale: of a run that was replaced.
            _ => {}
        }
    }

    fn started(self, run: RunId, info: RunInfo, step: u64) {
        self.lens.fit(&info);
        self.scope.fit(&info);
        self.ask_for_thumbnails(run, &info);
        self.info.set(Some(info));
        self.ask_for_choices();
        self.state.set(Some(RunState::Ready));
        // A run that was put aside may have been tuned after that.
        if step > 0 || self.tuning_is_stale() {
            self.tune();
        }
        self.inspect();
        if self.play_when_started.get_value() {
            self.play_when_started.set_value(false);
            self.send(&Command::Play { run });
        }
    }

    fn steps(self, records: Vec<StepRecord>, step_ms: f64) {
        self.waiting.update_value(|waiting| waiting.extend(records));
        // Written without notifying: `flush` does that.
        self.progress
            .update_untracked(|progress| progress.step_ms = step_ms);
        let since = browser::now() - self.last_flush.get_value();
        let wait = REDRAW.as_millis() as f64 - since;
        if wait <= 0.0 {
            self.flush();
        } else if !self.flush_planned.get_value() {
            self.flush_planned.set_value(true);
            set_timeout(move || self.flush(), Duration::from_millis(wait as u64 + 1));
        }
    }

    /// Moves the steps that came in since the last time into the signals.
    pub(super) fn flush(self) {
        self.flush_planned.set_value(false);
        self.last_flush.set_value(browser::now());
        let mut records = Vec::new();
        self.waiting
            .update_value(|waiting| records = std::mem::take(waiting));
        let Some(last) = records.last().cloned() else {
            return;
        };
        self.note_steps(last.step);
        self.history
            .update_value(|history| records.iter().for_each(|record| history.push(record)));
        self.trace.update_value(|trace| {
            for record in &records {
                trace.push(record.step as f64, values(record));
            }
        });
        self.curves.set(self.trace.with_value(super::Trace::points));
        let step_ms = self.progress.get_untracked().step_ms;
        self.progress.set(Progress {
            step: last.step,
            epoch: last.epoch,
            step_ms,
        });
        let degenerate = last.arms.iter().any(|metrics| metrics.degenerate > 0);
        self.latest.set(last.arms);
        let mixed = self.applied.with_untracked(|applied| {
            let mut arms = applied.iter().flat_map(|config| &config.arms);
            arms.any(|arm| arm.challenge.axis == Axis::Mixed)
        });
        if degenerate {
            self.warn_of_degenerate();
        } else if !mixed {
            // With a coin between the axes, the next batch may well be degenerate again.
            self.notices.settle(DEGENERATE);
        }
    }

    /// Once for each challenge: the panel goes on saying it after this is dismissed.
    fn warn_of_degenerate(self) {
        if !self.warned.get_value() {
            self.warned.set_value(true);
            self.notices
                .say_about(DEGENERATE, Kind::Warning, text!("session.degenerate"));
        }
    }

    fn ask_for_thumbnails(self, run: RunId, info: &RunInfo) {
        let source = self
            .applied
            .with_untracked(|applied| applied.as_ref().map(|config| config.data.source.clone()));
        let Some(DataSource::Preset { preset }) = source else {
            return;
        };
        let images: Vec<ImageRef> = [false, true]
            .into_iter()
            .flat_map(|held_out| {
                let domains: Vec<usize> = (0..info.domains.len())
                    .filter(|&d| info.domains[d].held_out == held_out)
                    .collect();
                (0..THUMBNAILS).filter_map(move |i| {
                    let domain = *domains.get(i % domains.len().max(1))?;
                    Some(ImageRef {
                        domain,
                        split: if held_out { Split::Test } else { Split::Train },
                        index: i,
                    })
                })
            })
            .filter(|image| {
                let domain = &info.domains[image.domain];
                image.index
                    < match image.split {
                        Split::Train => domain.train,
                        Split::Test => domain.test,
                    }
            })
            .collect();
        let request = self.next_request();
        self.thumbnails_asked.set_value(Some((request, preset)));
        self.send(&Command::Samples {
            request,
            run,
            images,
        });
    }

    fn pictured(self, request: u32, samples: &[Sample], buffers: &[ArrayBuffer]) {
        let Some((asked, preset)) = self.thumbnails_asked.get_value() else {
            return;
        };
        let Some(info) = self.info.get_untracked().filter(|_| asked == request) else {
            return;
        };
        let pictures = samples
            .iter()
            .filter_map(|sample| {
                Some(Thumbnail {
                    name: sample.name.clone(),
                    new_domain: info.domains.get(sample.image.domain)?.held_out,
                    pixels: Arc::new(Uint8Array::new(buffers.get(sample.buffer)?).to_vec()),
                    side: info.image_size as u32,
                })
            })
            .collect();
        self.thumbnails.update(|all| {
            all.insert(preset, pictures);
        });
    }
}
