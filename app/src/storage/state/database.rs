//! The browser's database: stores of small records, one for each image and run, so that adding one
//! does not rewrite the others.

use std::rc::Rc;
use std::sync::Arc;

use idb::{Error, Factory, KeyRange, ObjectStoreParams, Query, Transaction, TransactionMode};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DomException, IdbTransaction};

use crate::images::model::saved::ImageFacts;
use crate::runs::state::checkpoints::Checkpoint;
use crate::storage::model::SCHEMA;

const NAME: &str = "rsc-lab";
/// Texts under names.
const TEXTS: &str = "texts";
/// Runs as texts, under their ids.
const RUNS: &str = "runs";
/// Images as `[text, pixels]`, under their ids.
const IMAGES: &str = "images";
/// Checkpoints of runs, as `[step, engine's part, history, evaluations, predictions]`, under
/// their ids.
const CHECKPOINTS: &str = "checkpoints";
/// The sweep as texts: what it is under 0, its runs under their numbers plus 1.
const SWEEP: &str = "sweep";
const STORES: [&str; 5] = [TEXTS, RUNS, IMAGES, CHECKPOINTS, SWEEP];
/// Images read at once.
const PORTION: u32 = 64;

/// Name of the record of the settings.
pub(crate) const SETTINGS: &str = "settings";
/// Name of the record of the current run's id.
pub(crate) const CURRENT: &str = "current";
/// Name of the record of the columns.
pub(crate) const COLUMNS: &str = "columns";

/// Why the database cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// A newer page wrote it.
    Newer,
    /// There is no room left.
    Full,
    /// What the browser says.
    Other(String),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match &error {
            Error::DomException(thrown) => Self::from(thrown),
            Error::IndexedDbNotFound(_) => Self::Other(text!("store.no-database").to_owned()),
            Error::IndexedDbOpenFailed(value)
            | Error::TransactionOpenFailed(value)
            | Error::UpdateFailed(value) => match value.dyn_ref::<DomException>() {
                Some(thrown) => Self::from(thrown),
                None => Self::Other(error.to_string()),
            },
            _ => Self::Other(error.to_string()),
        }
    }
}

impl From<&DomException> for Refusal {
    fn from(thrown: &DomException) -> Self {
        match thrown.name().as_str() {
            "VersionError" => Self::Newer,
            "QuotaExceededError" => Self::Full,
            name => Self::Other(format!("{name}: {}", thrown.message())),
        }
    }
}

/// What is written at once: all of it or nothing.
#[derive(Default)]
pub(crate) struct Batch {
    /// Texts under their names.
    pub(crate) texts: Vec<(&'static str, String)>,
    /// Runs to write.
    pub(crate) runs: Vec<(u64, String)>,
    /// Runs to delete.
    pub(crate) runs_gone: Vec<u64>,
    /// Images to write.
    pub(crate) images: Vec<(u32, ImageFacts, Arc<Vec<u8>>)>,
    /// Images to delete.
    pub(crate) images_gone: Vec<u32>,
    /// Checkpoints of runs, to write.
    pub(crate) checkpoints: Vec<(u64, Rc<Checkpoint>)>,
    /// The same, to delete.
    pub(crate) checkpoints_gone: Vec<u64>,
    /// Whether another sweep takes the place of the one there, or none.
    pub(crate) sweep_gone: bool,
    /// What the sweep is.
    pub(crate) sweep: Option<String>,
    /// Runs of the sweep under their numbers.
    pub(crate) sweep_runs: Vec<(u32, String)>,
}

impl Batch {
    /// Whether there is nothing to do.
    pub(crate) fn is_empty(&self) -> bool {
        self.texts.is_empty()
            && self.runs.is_empty()
            && self.runs_gone.is_empty()
            && self.images.is_empty()
            && self.images_gone.is_empty()
            && self.checkpoints.is_empty()
            && self.checkpoints_gone.is_empty()
            && !self.sweep_gone
            && self.sweep.is_none()
            && self.sweep_runs.is_empty()
    }
}

/// An image as it was stored.
pub(crate) struct StoredImage {
    pub(crate) id: u32,
    pub(crate) text: String,
    pub(crate) pixels: Vec<u8>,
}

/// What a sweep is, and its runs under their numbers, as texts.
pub(crate) type StoredSweep = (String, Vec<(u32, String)>);

/// The open database.
#[derive(Clone)]
pub(crate) struct Database(Rc<idb::Database>);

impl Database {
    /// Opens it, and makes it where there is none. `lost` is called when the browser takes it away
    /// (another tab brings a newer version, or the visitor clears the site's data).
    pub(crate) async fn open(lost: impl Fn() + Clone + 'static) -> Result<Self, Refusal> {
        let mut request = Factory::new()?.open(NAME, Some(SCHEMA))?;
        request.on_upgrade_needed(|event| {
            let Ok(database) = idb::DatabaseEvent::database(&event) else {
                return;
            };
            let there = database.store_names();
            for name in STORES {
                if !there.iter().any(|store| store == name) {
                    // What fails here shows at the first transaction.
                    let _ = database.create_object_store(name, ObjectStoreParams::new());
                }
            }
        });
        let mut database = request.await?;
        let closed = lost.clone();
        database.on_close(move |_| closed());
        database.on_version_change(move |event| {
            let target = event.target().map(idb::Database::try_from);
            if let Some(Ok(database)) = target {
                database.close();
            }
            lost();
        });
        Ok(Self(Rc::new(database)))
    }

    /// A text by its name.
    pub(crate) async fn text(&self, name: &str) -> Result<Option<String>, Refusal> {
        let transaction = self.0.transaction(&[TEXTS], TransactionMode::ReadOnly)?;
        let found = transaction
            .object_store(TEXTS)?
            .get(JsValue::from_str(name))?
            .await?;
        Ok(found.and_then(|value| value.as_string()))
    }

    /// All runs.
    pub(crate) async fn runs(&self) -> Result<Vec<String>, Refusal> {
        let transaction = self.0.transaction(&[RUNS], TransactionMode::ReadOnly)?;
        let all = transaction.object_store(RUNS)?.get_all(None, None)?.await?;
        Ok(all
            .iter()
            .map(|value| value.as_string().unwrap_or_default())
            .collect())
    }

    /// How many images there are.
    pub(crate) async fn count_images(&self) -> Result<u32, Refusal> {
        let transaction = self.0.transaction(&[IMAGES], TransactionMode::ReadOnly)?;
        Ok(transaction.object_store(IMAGES)?.count(None)?.await?)
    }

    /// Some images whose ids are larger than `after`, by their ids; none at the end. Records of
    /// another shape have an empty text.
    pub(crate) async fn images(&self, after: u32) -> Result<Vec<StoredImage>, Refusal> {
        let transaction = self.0.transaction(&[IMAGES], TransactionMode::ReadOnly)?;
        let store = transaction.object_store(IMAGES)?;
        let rest = || KeyRange::lower_bound(&JsValue::from_f64(f64::from(after)), Some(true));
        let keys = store.get_all_keys(Some(Query::KeyRange(rest()?)), Some(PORTION))?;
        let values = store.get_all(Some(Query::KeyRange(rest()?)), Some(PORTION))?;
        // Both are under way before either is awaited: the transaction ends when nothing is.
        let (keys, values) = (keys.into_future(), values.into_future());
        let (keys, values) = (keys.await?, values.await?);
        let images = keys.iter().zip(&values).filter_map(|(key, value)| {
            let parts = value.dyn_ref::<Array>();
            let text = parts.and_then(|parts| parts.get(0).as_string());
            let pixels = parts.and_then(|parts| parts.get(1).dyn_into::<Uint8Array>().ok());
            Some(StoredImage {
                id: key.as_f64()? as u32,
                text: text.unwrap_or_default(),
                pixels: pixels.map(|pixels| pixels.to_vec()).unwrap_or_default(),
            })
        });
        Ok(images.collect())
    }

    /// Writes a batch.
    pub(crate) async fn write(&self, batch: &Batch) -> Result<(), Refusal> {
        let transaction = self.0.transaction(&STORES, TransactionMode::ReadWrite)?;
        let texts = transaction.object_store(TEXTS)?;
        for (name, text) in &batch.texts {
            texts.put(&JsValue::from_str(text), Some(&JsValue::from_str(name)))?;
        }
        let runs = transaction.object_store(RUNS)?;
        for (id, text) in &batch.runs {
            runs.put(&JsValue::from_str(text), Some(&number(*id)))?;
        }
        for id in &batch.runs_gone {
            runs.delete(number(*id))?;
        }
        let images = transaction.object_store(IMAGES)?;
        for id in &batch.images_gone {
            images.delete(number(u64::from(*id)))?;
        }
        for (id, facts, pixels) in &batch.images {
            let text = serde_json::to_string(facts).unwrap_or_default();
            let pixels = Uint8Array::from(pixels.as_slice());
            let value = Array::of2(&JsValue::from_str(&text), &pixels);
            images.put(&value, Some(&number(u64::from(*id))))?;
        }
        let checkpoints = transaction.object_store(CHECKPOINTS)?;
        for id in &batch.checkpoints_gone {
            checkpoints.delete(number(*id))?;
        }
        for (id, checkpoint) in &batch.checkpoints {
            let value = Array::of5(
                &number(checkpoint.step),
                &checkpoint.file,
                &Uint8Array::from(checkpoint.history.as_slice()),
                &JsValue::from_str(&checkpoint.evaluations),
                &Uint8Array::from(checkpoint.predictions.as_slice()),
            );
            checkpoints.put(&value, Some(&number(*id)))?;
        }
        let sweep = transaction.object_store(SWEEP)?;
        if batch.sweep_gone {
            sweep.clear()?;
        }
        if let Some(text) = &batch.sweep {
            sweep.put(&JsValue::from_str(text), Some(&number(0)))?;
        }
        for (run, text) in &batch.sweep_runs {
            let key = number(u64::from(*run) + 1);
            sweep.put(&JsValue::from_str(text), Some(&key))?;
        }
        finished(transaction).await
    }

    /// The ids of the runs that can be resumed.
    pub(crate) async fn checkpoints(&self) -> Result<Vec<u64>, Refusal> {
        let transaction = self
            .0
            .transaction(&[CHECKPOINTS], TransactionMode::ReadOnly)?;
        let keys = transaction
            .object_store(CHECKPOINTS)?
            .get_all_keys(None, None)?
            .await?;
        let ids = keys.iter().filter_map(JsValue::as_f64);
        Ok(ids.map(|id| id as u64).collect())
    }

    /// A run's checkpoint; `None` where there is nothing, or nothing readable.
    pub(crate) async fn checkpoint(&self, id: u64) -> Result<Option<Checkpoint>, Refusal> {
        let transaction = self
            .0
            .transaction(&[CHECKPOINTS], TransactionMode::ReadOnly)?;
        let found = transaction
            .object_store(CHECKPOINTS)?
            .get(number(id))?
            .await?;
        let read = |value: JsValue| {
            let parts: Array = value.dyn_into().ok()?;
            let history: Uint8Array = parts.get(2).dyn_into().ok()?;
            Some(Checkpoint {
                step: parts.get(0).as_f64()? as u64,
                file: parts.get(1).dyn_into().ok()?,
                history: history.to_vec(),
                evaluations: parts.get(3).as_string()?,
                // Earlier pages kept none.
                predictions: match parts.get(4).dyn_into::<Uint8Array>() {
                    Ok(bytes) => bytes.to_vec(),
                    Err(_) => Vec::new(),
                },
            })
        };
        Ok(found.and_then(read))
    }

    /// What the sweep is, and its runs under their numbers; `None` where there is none.
    pub(crate) async fn sweep(&self) -> Result<Option<StoredSweep>, Refusal> {
        let transaction = self.0.transaction(&[SWEEP], TransactionMode::ReadOnly)?;
        let store = transaction.object_store(SWEEP)?;
        let keys = store.get_all_keys(None, None)?;
        let values = store.get_all(None, None)?;
        // Both are under way before either is awaited: the transaction ends when nothing is.
        let (keys, values) = (keys.into_future(), values.into_future());
        let (keys, values) = (keys.await?, values.await?);
        let texts = keys
            .iter()
            .zip(&values)
            .filter_map(|(key, value)| Some((key.as_f64()? as u32, value.as_string()?)));
        let (mut head, mut runs) = (None, Vec::new());
        for (key, text) in texts {
            match key.checked_sub(1) {
                None => head = Some(text),
                Some(run) => runs.push((run, text)),
            }
        }
        Ok(head.map(|head| (head, runs)))
    }

    /// Deletes everything.
    pub(crate) async fn clear(&self) -> Result<(), Refusal> {
        let transaction = self.0.transaction(&STORES, TransactionMode::ReadWrite)?;
        for name in STORES {
            transaction.object_store(name)?.clear()?;
        }
        finished(transaction).await
    }
}

fn number(id: u64) -> JsValue {
    JsValue::from_f64(id as f64)
}

/// Waits until everything is written.
async fn finished(transaction: Transaction) -> Result<(), Refusal> {
    let inner = IdbTransaction::from(transaction);
    let outcome = Transaction::from(inner.clone()).await;
    match (outcome, inner.error()) {
        (Ok(result), _) if result.is_committed() => Ok(()),
        (_, Some(thrown)) => Err(Refusal::from(&thrown)),
        (Err(error), None) => Err(Refusal::from(error)),
        (Ok(_), None) => Err(Refusal::Other(text!("store.gave-up").to_owned())),
    }
}
