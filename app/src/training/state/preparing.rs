//! What is done before a run's first step: weights arrive, and the features of frozen stages are computed
//! once for each image.

use leptos::prelude::*;

use crate::training::model::activity::{Activity, Task};
use crate::training::state::Training;
use crate::ui::browser;
use crate::ui::model::format;

impl Training {
    /// So many of the features that the run needs are computed.
    pub(crate) fn prepared(self, done: u64, total: u64) {
        let now = browser::now();
        let before = self.activity.with_untracked(|activity| {
            let activity = activity.as_ref()?;
            (activity.task == Task::Features).then_some(activity.began)
        });
        let began = before.unwrap_or((now, done));
        let made = done.saturating_sub(began.1);
        let each = if made == 0 {
            0.0
        } else {
            (now - began.0) / made as f64
        };
        let text = text!(
            "transport.preparing",
            done = format::thousands(done as usize),
            total = format::thousands(total as usize)
        );
        self.activity.set(Some(Activity {
            task: Task::Features,
            text,
            left: format::time_left(done, total, each),
            share: done as f64 / total.max(1) as f64,
            began,
        }));
    }

    /// So many of the programs for the GPU are compiled that the engine waits for. While features are computed
    /// that is what is said.
    pub(crate) fn compiled(self, done: u64, total: u64) {
        let other = |activity: &Option<Activity>| {
            let task = activity.as_ref().map(|activity| activity.task);
            task == Some(Task::Features)
        };
        if self.activity.with_untracked(other) {
            return;
        }
        let waits = done < total;
        self.activity.set(waits.then(|| Activity {
            task: Task::Programs,
            text: text!("transport.programs", done = done, total = total),
            left: None,
            share: done as f64 / total.max(1) as f64,
            began: (browser::now(), done),
        }));
    }
}
