//! How far the compilations of several modules are, and how long they still take.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::progress::human;

/// So many crates must have been compiled before the time that is left is estimated.
const ENOUGH_CRATES: usize = 20;

/// One module.
#[derive(Debug)]
struct ModuleProgress {
    name: &'static str,
    /// How long it takes, relative to the others.
    weight: f64,
    /// Crates in all; 0 while unknown.
    total: usize,
    done: usize,
    /// Of these, crates that had been compiled before.
    fresh: usize,
    began: Option<Instant>,
    /// When the last crate that is done was.
    newest: Option<Instant>,
    ended: Option<Instant>,
}

/// All modules.
#[derive(Debug)]
pub(super) struct CrateProgress {
    began: Instant,
    modules: Vec<ModuleProgress>,
    at_once: usize,
    last_crate: f64,
}

impl CrateProgress {
    /// Nothing is compiled yet of the modules, given by name and by how long each takes relative to the others.
    /// `last_crate` is the part of a module's time that its last crates take.
    pub(super) fn new(
        modules: impl IntoIterator<Item = (&'static str, f64)>,
        at_once: usize,
        last_crate: f64,
    ) -> Self {
        let modules = modules.into_iter();
        let modules = modules.map(|(name, weight)| ModuleProgress {
            name,
            weight,
            total: 0,
            done: 0,
            fresh: 0,
            began: None,
            newest: None,
            ended: None,
        });
        Self {
            began: Instant::now(),
            modules: modules.collect(),
            at_once,
            last_crate,
        }
    }

    /// A module of so many crates is begun.
    pub(super) fn begin(&mut self, name: &str, total: usize, now: Instant) {
        self.change(name, |module| {
            module.total = total;
            module.began = Some(now);
        });
    }

    /// One more crate is done.
    pub(super) fn crate_done(&mut self, name: &str, fresh: bool, now: Instant) {
        self.change(name, |module| {
            module.done += 1;
            module.fresh += usize::from(fresh);
            module.newest = Some(now);
        });
    }

    /// A module is done.
    pub(super) fn end(&mut self, name: &str, now: Instant) {
        self.change(name, |module| module.ended = Some(now));
    }

    fn change(&mut self, name: &str, change: impl FnOnce(&mut ModuleProgress)) {
        if let Some(module) = self.modules.iter_mut().find(|module| module.name == name) {
            change(module);
        }
    }

    /// How long it still takes, from the time that the crates took so far; `None` while that says too little.
    fn left(&self, now: Instant) -> Option<Duration> {
        let mut running: Vec<f64> = Vec::new();
        let mut per_weight: Vec<f64> = Vec::new();
        for module in &self.modules {
            let Some((whole, so_far)) = module.whole(now, self.last_crate) else {
                continue;
            };
            per_weight.push(whole / module.weight);
            if module.ended.is_none() {
                running.push((whole - so_far).max(1.0));
            }
        }
        let unit = per_weight.iter().sum::<f64>() / per_weight.len() as f64;
        let is_unknown = |module: &&ModuleProgress| {
            module.ended.is_none() && module.whole(now, self.last_crate).is_none()
        };
        let unknown = self.modules.iter().filter(is_unknown);
        let unknown: Vec<f64> = unknown.map(|module| module.weight * unit).collect();
        if per_weight.is_empty() {
            return None;
        }
        let all: f64 = running.iter().chain(&unknown).sum();
        let longest = running.iter().chain(&unknown).copied().fold(0.0, f64::max);
        Duration::try_from_secs_f64((all / self.at_once as f64).max(longest)).ok()
    }

    /// One line: crates of each module, the time so far and the time left.
    fn line(&self, now: Instant) -> String {
        let mut parts: Vec<String> = self
            .modules
            .iter()
            .filter_map(|module| {
                module
                    .state()
                    .map(|state| format!("{} {state}", module.name))
            })
            .collect();
        parts.push(human(now - self.began));
        if let Some(left) = self.left(now) {
            parts.push(format!("about {} left", rounded(left)));
        }
        parts.join(" · ")
    }
}

impl ModuleProgress {
    /// How long the module takes in all by what is known, and so far, in seconds.
    fn whole(&self, now: Instant, last_crate: f64) -> Option<(f64, f64)> {
        let began = self.began?;
        let seconds = |to: Instant| to.saturating_duration_since(began).as_secs_f64();
        if let Some(ended) = self.ended {
            let compiled = self.done - self.fresh >= ENOUGH_CRATES;
            return compiled.then(|| (seconds(ended), seconds(ended)));
        }
        if self.total == 0 || self.done - self.fresh < ENOUGH_CRATES {
            return None;
        }
        let part = (self.done as f64 / self.total as f64).min(1.0);
        let crates = seconds(self.newest?) / part.max(f64::EPSILON);
        Some((crates / (1.0 - last_crate), seconds(now)))
    }

    fn state(&self) -> Option<String> {
        self.began?;
        Some(match (self.ended, self.total) {
            (Some(_), _) => "done".to_owned(),
            (None, 0) => format!("{} crates", self.done),
            (None, total) => format!("{} of {total} crates", self.done.min(total)),
        })
    }
}

/// Half minutes, as this is an estimate.
fn rounded(left: Duration) -> String {
    match left.as_secs_f64() / 30.0 {
        short if short < 1.5 => "half a minute".to_owned(),
        halves => {
            let halves = halves.round() as u64;
            let half = if halves % 2 == 1 { "½" } else { "" };
            format!("{}{half} min", halves / 2)
        }
    }
}

/// Shows it: a line that changes on a terminal, else a new line now and then.
pub(super) struct Display {
    bar: Option<ProgressBar>,
    told: Instant,
}

impl Display {
    /// How often it is looked at.
    pub(super) const INTERVAL: Duration = Duration::from_millis(250);
    /// How often a new line is written where lines cannot change.
    const LINES: Duration = Duration::from_secs(30);

    /// Before anything is known.
    pub(super) fn start() -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new_spinner();
            if let Ok(style) = ProgressStyle::with_template(" {spinner} {wide_msg}") {
                bar.set_style(style);
            }
            bar
        });
        Self {
            bar,
            told: Instant::now(),
        }
    }

    /// Shows how far it is.
    pub(super) fn show(&mut self, progress: &CrateProgress) {
        let now = Instant::now();
        if let Some(bar) = &self.bar {
            bar.set_message(progress.line(now));
            bar.tick();
        } else if now - self.told >= Self::LINES {
            self.told = now;
            eprintln!("   {}", progress.line(now));
        }
    }

    /// Nothing more is to be shown.
    pub(super) fn end(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(start: Instant, seconds: u64) -> Instant {
        start + Duration::from_secs(seconds)
    }

    #[test]
    fn the_time_left_follows_from_the_crates() {
        let mut progress =
            CrateProgress::new([("one", 1.0), ("two", 1.0), ("three", 2.0)], 2, 0.45);
        let start = progress.began;
        progress.begin("one", 100, start);
        assert_eq!(progress.left(after(start, 5)), None, "nothing is known");
        for at in 1..=55 {
            progress.crate_done("one", false, after(start, at));
        }
        // 55 of 100 crates in 55 s: all of them 100 s, and with the last one 182 s.
        let left = progress.left(after(start, 55)).expect("enough is known");
        // 127 s of this one, 182 and 364 s of the others, on two.
        let expected = (127.0 + 182.0 + 364.0_f64) / 2.0;
        let difference = left.as_secs_f64() - expected.max(364.0);
        assert!(difference.abs() < 2.0, "{left:?}");
        progress.end("one", after(start, 180));
        progress.begin("two", 100, start);
        progress.begin("three", 100, start);
        progress.end("two", after(start, 200));
        let left = progress.left(after(start, 200)).expect("enough is known");
        assert!((left.as_secs_f64() - 360.0).abs() < 2.0, "{left:?}");
        progress.end("three", after(start, 300));
        assert_eq!(progress.left(after(start, 300)), Some(Duration::ZERO));
    }

    #[test]
    fn crates_that_were_there_say_nothing_of_time() {
        let mut progress = CrateProgress::new([("one", 1.0)], 2, 0.45);
        let start = progress.began;
        progress.begin("one", 100, start);
        for _ in 0..99 {
            progress.crate_done("one", true, start);
        }
        assert_eq!(progress.left(after(start, 60)), None);
        let line = progress.line(after(start, 60));
        assert_eq!(line, "one 99 of 100 crates · 1 min 00 s");
    }

    #[test]
    fn estimates_are_rounded() {
        assert_eq!(rounded(Duration::from_secs(10)), "half a minute");
        assert_eq!(rounded(Duration::from_secs(95)), "1½ min");
        assert_eq!(rounded(Duration::from_secs(118)), "2 min");
    }
}
