//! Keeps the page once it is complete, by `www/site/offline.js`.

use js_sys::{Function, Object, Promise, Reflect};
use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::engine::state::EngineStatus;
use crate::offline::model::{Obstacle, Report};
use crate::training::state::Training;
use crate::ui::browser;
use crate::ui::notices::Kind;

/// Where boot.js leaves a function that imports the script.
const SCRIPT: &str = "rscOffline";
/// Topic of messages about a newer version.
const NEWER: &str = "newer";

/// What is kept of the page. Copying it copies handles.
#[derive(Clone, Copy)]
pub(crate) struct Offline {
    training: Training,
    /// What was reported last; `None` before anything was.
    pub(crate) report: RwSignal<Option<Report>>,
}

impl Offline {
    /// Nothing is kept yet.
    pub(crate) fn new(training: Training) -> Self {
        Self {
            training,
            report: RwSignal::new(None),
        }
    }

    /// Keeps what the page needs, once it has all that itself: fetching it then costs nothing, since the
    /// browser has just done so.
    pub(crate) fn begin(self) {
        let begun = StoredValue::new(false);
        let status = self.training.engine.status;
        Effect::new(move |_| {
            let complete = status.with(|it| !matches!(it, EngineStatus::Loading { .. }));
            if complete && !begun.get_value() {
                begun.set_value(true);
                self.call("start");
            }
        });
    }

    /// Keeps the extras too.
    pub(crate) fn keep_all(self) {
        self.call("keepAll");
    }

    /// Calls a function of the script, which reports.
    fn call(self, name: &'static str) {
        spawn_local(async move {
            if let Err(error) = self.run(name).await {
                let more = browser::error_text(&error);
                self.report.set(Some(Report::Impossible {
                    why: Obstacle::Refused,
                    more,
                }));
            }
        });
    }

    async fn run(self, name: &str) -> Result<(), JsValue> {
        let import = Reflect::get(&js_sys::global(), &SCRIPT.into())?;
        let import: Function = import.dyn_into()?;
        let script: Promise = import.call0(&JsValue::UNDEFINED)?.dyn_into()?;
        let script: Object = JsFuture::from(script).await?.unchecked_into();
        let function: Function = Reflect::get(&script, &name.into())?.dyn_into()?;
        // Reports come for as long as the page is open.
        let report = Closure::<dyn Fn(String)>::new(move |json: String| self.take(&json));
        let called = function.call1(&JsValue::UNDEFINED, &report.into_js_value())?;
        JsFuture::from(called.dyn_into::<Promise>()?).await?;
        Ok(())
    }

    fn take(self, json: &str) {
        match Report::read(json) {
            Some(newer @ Report::Newer) => {
                let notices = self.training.notices;
                notices.say_about(NEWER, Kind::Info, newer.sentence());
            }
            Some(report) => self.report.set(Some(report)),
            None => {}
        }
    }
}
