//! What a sweep is doing, and the time that it has spent at work.

/// What the sweep is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Its engine loads.
    Opening,
    /// It trains.
    Running,
    /// It waits for the visitor.
    Paused,
    /// Every run is over.
    Done,
    /// The visitor stopped it.
    Stopped,
    /// Its engine stopped, and why.
    Broken(String),
}

impl Phase {
    /// Whether it has an engine.
    pub(crate) fn active(&self) -> bool {
        matches!(self, Self::Opening | Self::Running | Self::Paused)
    }
}

/// Time spent at work, without pauses.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Clock {
    spent: f64,
    since: Option<f64>,
}

impl Clock {
    pub(super) fn start(&mut self, now: f64) {
        self.since.get_or_insert(now);
    }

    pub(super) fn stop(&mut self, now: f64) {
        self.spent = self.read(now);
        self.since = None;
    }

    pub(super) fn read(self, now: f64) -> f64 {
        self.spent + self.since.map_or(0.0, |since| (now - since).max(0.0))
    }
}
