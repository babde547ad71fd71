//! The weights as far as they are here, and whether the engine has them. Answers that nobody waits for any
//! more are dropped.

mod download;

use js_sys::{ArrayBuffer, Function, Promise};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::File;

use rsc_core::config::PretrainedNetwork;
use rsc_core::protocol::Command;

use crate::engine::state::Engine;
use crate::ui::browser;
use crate::ui::shared::Shared;
use crate::weights::model::{Problem, Stage, Status, check_file};

/// So often it is looked whether somebody else has fetched them, in milliseconds.
const LOOK: i32 = 50;

/// A file of weights.
#[derive(Clone)]
struct WeightsFile {
    network: PretrainedNetwork,
    name: String,
    bytes: ArrayBuffer,
}

/// A question to the engine, and what resolves the promise of its answer.
#[derive(Clone)]
struct Question {
    request: u32,
    resolve: Function,
}

/// The weights of pretrained networks.
pub(crate) type Weights = Shared<WeightsState>;

/// The fields of [`Weights`].
pub(crate) struct WeightsState {
    /// Where those stand that were asked for last.
    pub(crate) status: RwSignal<Option<Status>>,
    engine: Engine,
    files: StoredValue<Vec<WeightsFile>, LocalStorage>,
    /// The network whose weights the engine has.
    given: StoredValue<Option<PretrainedNetwork>>,
    /// The network whose weights are on their way to the engine.
    busy: StoredValue<Option<PretrainedNetwork>>,
    question: StoredValue<Option<Question>, LocalStorage>,
}

impl Weights {
    /// None yet.
    pub(crate) fn new(engine: Engine) -> Self {
        Shared::leak(WeightsState {
            status: RwSignal::new(None),
            engine,
            files: StoredValue::new_local(Vec::new()),
            given: StoredValue::new(None),
            busy: StoredValue::new(None),
            question: StoredValue::new_local(None),
        })
    }

    /// Whether the engine has those of this network.
    pub(crate) fn has(self, network: PretrainedNetwork) -> bool {
        self.given.get_value() == Some(network)
    }

    /// A new engine has none.
    pub(crate) fn forget_engine(self) {
        self.given.set_value(None);
        self.busy.set_value(None);
        self.resolve(&JsValue::NULL);
    }

    fn set(self, network: PretrainedNetwork, stage: Stage) {
        self.status.set(Some(Status { network, stage }));
    }

    /// Gives the engine the weights of a network, fetched if they are not here yet.
    ///
    /// # Errors
    /// Why it does not have them then; the status says so too.
    pub(crate) async fn provide(self, network: PretrainedNetwork) -> Result<(), Problem> {
        if self.busy.get_value() == Some(network) {
            while self.busy.get_value() == Some(network) {
                browser::pause(LOOK).await;
            }
            return if self.has(network) {
                Ok(())
            } else {
                // Whoever was busy has told why.
                Err(Problem::Stale)
            };
        }
        if self.has(network) {
            return Ok(());
        }
        self.busy.set_value(Some(network));
        let outcome = match self.file(network).await {
            Ok(file) => self.hand_over(&file).await,
            Err(problem) => Err(problem),
        };
        self.finish(network, outcome)
    }

    /// Gives the engine the weights in a file of the visitor's.
    ///
    /// # Errors
    /// Why it does not have them then; those before stay.
    pub(crate) async fn bring(self, network: PretrainedNetwork, file: File) -> Result<(), Problem> {
        self.busy.set_value(Some(network));
        let outcome = match self.read(network, file).await {
            Ok(file) => self.hand_over(&file).await.map(|()| self.keep(file)),
            Err(problem) => Err(problem),
        };
        self.finish(network, outcome)
    }

    fn finish(
        self,
        network: PretrainedNetwork,
        outcome: Result<(), Problem>,
    ) -> Result<(), Problem> {
        if self.busy.get_value() != Some(network) {
            return Err(Problem::Stale);
        }
        self.busy.set_value(None);
        if let Some(stage) = outcome.as_ref().err().and_then(Problem::stage) {
            self.set(network, stage);
        }
        outcome
    }

    fn keep(self, file: WeightsFile) {
        self.files.update_value(|files| {
            // Of what a visitor brings, one is enough to keep in memory.
            files.retain(|it| it.network.is_included() && it.network != file.network);
            files.push(file);
        });
    }

    /// The file of a network, fetched if need be and possible.
    async fn file(self, network: PretrainedNetwork) -> Result<WeightsFile, Problem> {
        let here = self
            .files
            .with_value(|files| files.iter().find(|it| it.network == network).cloned());
        if let Some(file) = here {
            return Ok(file);
        }
        if !network.is_included() {
            return Err(Problem::NeedsFile);
        }
        let progress = move |received, total| {
            if self.busy.get_value() == Some(network) {
                self.set(network, Stage::Loading { received, total });
            }
        };
        let fetched = download::fetch(progress).await.map_err(Problem::Failed)?;
        let file = WeightsFile {
            network,
            name: format!("{}.safetensors", network.name()),
            bytes: fetched,
        };
        // For later, even if nobody waits for it now.
        self.keep(file.clone());
        if self.busy.get_value() == Some(network) {
            Ok(file)
        } else {
            Err(Problem::Stale)
        }
    }

    async fn read(self, network: PretrainedNetwork, file: File) -> Result<WeightsFile, Problem> {
        let name = file.name();
        check_file(&name, file.size() as u64).map_err(Problem::Refused)?;
        let size = file.size() as u64;
        self.set(
            network,
            Stage::Loading {
                received: 0,
                total: size,
            },
        );
        let bytes = JsFuture::from(file.array_buffer()).await;
        let bytes = bytes.map_err(|error| {
            let problem = browser::error_text(&error);
            Problem::Failed(text!("weights.unreadable", name = name, problem = problem))
        })?;
        Ok(WeightsFile {
            network,
            name,
            bytes: bytes.unchecked_into(),
        })
    }

    /// Sends a file to the engine and waits for what it makes of it.
    async fn hand_over(self, file: &WeightsFile) -> Result<(), Problem> {
        let network = file.network;
        self.set(network, Stage::Checking);
        let request = self.engine.next_request();
        let answer = Promise::new(&mut |resolve, _| {
            self.question.set_value(Some(Question { request, resolve }));
        });
        let command = Command::SetBackbone {
            request,
            network,
            name: file.name.clone(),
        };
        // A copy: what is handed to the worker is gone here.
        let copy = file.bytes.slice(0);
        self.engine.send_with(&command, vec![copy.into()]);
        let answer = JsFuture::from(answer).await.unwrap_or(JsValue::NULL);
        if let Some(values) = answer.as_f64() {
            self.given.set_value(Some(network));
            let values = values as u64;
            self.set(network, Stage::Read { values });
            Ok(())
        } else {
            Err(answer.as_string().map_or(Problem::Stale, Problem::Refused))
        }
    }

    /// Takes the engine's answer: the number of values, or what is wrong with the file.
    pub(crate) fn answered(self, request: u32, answer: Result<u64, String>) {
        let asked =
            |question: &Option<Question>| question.as_ref().is_some_and(|it| it.request == request);
        if self.question.with_value(asked) {
            self.resolve(&match answer {
                Ok(values) => JsValue::from_f64(values as f64),
                Err(problem) => JsValue::from_str(&problem),
            });
        }
    }

    fn resolve(self, answer: &JsValue) {
        let mut question = None;
        self.question.update_value(|it| question = it.take());
        if let Some(Question { resolve, .. }) = question {
            let _ = resolve.call1(&JsValue::NULL, answer);
        }
    }

    /// The weights for an engine beside the page's own.
    ///
    /// # Errors
    /// Why there are none.
    pub(crate) async fn message(
        self,
        network: PretrainedNetwork,
    ) -> Result<(Command, ArrayBuffer), Problem> {
        let file = self.file(network).await;
        let file = match file {
            // On their way for the page's own engine, or fetched by it just now.
            Err(Problem::Stale) => self.file(network).await?,
            other => other?,
        };
        let command = Command::SetBackbone {
            request: self.engine.next_request(),
            network,
            name: file.name.clone(),
        };
        Ok((command, file.bytes.slice(0)))
    }
}
