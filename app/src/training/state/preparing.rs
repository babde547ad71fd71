//! What is done before a run's first step: weights arrive, and the features of frozen stages are computed
//! once for each image.

use leptos::prelude::*;

use crate::training::state::Training;
use crate::ui::browser;
use crate::ui::model::format;

/// Something that takes a while, and how far it is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Activity {
    /// What it is and how far, in words.
    pub(crate) text: String,
    /// How long it still takes.
    pub(crate) left: Option<String>,
    /// How much of it is done, from 0 to 1.
    pub(crate) share: f64,
    /// When it began, and how much was done then.
    began: (f64, u64),
}

impl Training {
    /// So many of the features that the run needs are computed.
    pub(crate) fn prepared(self, done: u64, total: u64) {
        let now = browser::now();
        let before = self.activity.with_untracked(|activity| {
            let activity = activity.as_ref()?;
            Some(activity.began)
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
            text,
            left: format::time_left(done, total, each),
            share: done as f64 / total.max(1) as f64,
            began,
        }));
    }
}
