//! Nothing made on the page is lost by a reload: settings, the visitor's images, the list of runs,
//! their checkpoints and a sweep are written to the browser's database shortly after they
//! change, and come back at the next visit. One tab saves; a second one says that it does not, and
//! does as soon as the first one closes or hands it over.

pub(crate) mod database;
pub(crate) mod lock;
pub(crate) mod quota;
pub(crate) mod restore;
pub(crate) mod resume;
pub(crate) mod save;
pub(crate) mod tabs;
pub(crate) mod take_over;

use std::collections::{BTreeMap, BTreeSet};

use leptos::{prelude::*, task::spawn_local};

use crate::storage::state::database::{Database, Refusal};
use crate::storage::state::lock::Lock;
use crate::storage::state::tabs::Tabs;

use crate::images::model::merge::ImageLabels;
use crate::images::model::saved::{Columns, ImageFacts};
use crate::link::state::visibility::Visibility;
use crate::runs::model::Revision;
use crate::runs::state::Runs;
use crate::storage::model::Contents;
use crate::sweep::model::Head;
use crate::sweep::state::Sweeper;
use crate::ui::notices::{Kind, Offer};
use crate::ui::shared::Shared;

/// The button of a message that clears what came back from an earlier visit (after asking).
pub(crate) const START_AFRESH: Offer = Offer("start-afresh");
/// The button of a message that has this tab save, in place of another one.
pub(crate) const SAVE_HERE: Offer = Offer("save-here");

/// Topic of messages about saving.
const SAVING: &str = "saving";
/// Topic of messages about what came back.
const BACK: &str = "back";

/// Whether what is made here outlives the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SaveStatus {
    /// Not known yet.
    Opening,
    /// It does.
    Saving,
    /// Another tab saves.
    Elsewhere,
    /// It does not.
    Refused,
}

/// What the database holds, as far as this tab has read or written it.
#[derive(Default)]
struct Written {
    settings: Option<String>,
    columns: Option<String>,
    images: BTreeMap<u32, ImageFacts>,
    runs: BTreeMap<u64, Revision>,
    current: Option<String>,
    /// After which step each run was saved.
    checkpoints: BTreeMap<u64, u64>,
    /// What the sweep is.
    sweep: Option<String>,
    /// The numbers of its runs.
    sweep_runs: BTreeSet<u32>,
}

impl Written {
    /// Where each image is.
    fn image_labels(&self) -> BTreeMap<u32, ImageLabels> {
        let columns = self.columns.as_deref().map(Columns::read);
        let columns = columns.and_then(Result::ok).unwrap_or_default().columns;
        let names: BTreeMap<u32, String> = columns
            .into_iter()
            .map(|column| (column.id, column.name.trim().to_owned()))
            .collect();
        let image_labels = self.images.iter().filter_map(|(id, facts)| {
            let labels = ImageLabels {
                class: names.get(&facts.class)?.clone(),
                domain: facts.domain.clone(),
                part: facts.part(),
            };
            Some((*id, labels))
        });
        image_labels.collect()
    }

    /// What tells the sweep from others.
    fn sweep_id(&self) -> Option<f64> {
        let head: Head = serde_json::from_str(self.sweep.as_deref()?).ok()?;
        Some(head.id)
    }
}

/// What is kept.
pub(crate) type Storage = Shared<StorageState>;

/// The fields of [`Storage`].
pub(crate) struct StorageState {
    runs: Runs,
    sweeper: Sweeper,
    /// Whether what is made here is kept.
    pub(crate) keeping: RwSignal<SaveStatus>,
    /// How much is kept.
    pub(crate) contents: RwSignal<Contents>,
    /// What keeps the latest changes from being kept, if something does.
    pub(crate) trouble: RwSignal<Option<String>>,
    /// Whether the visitor is being asked if everything should be cleared.
    pub(crate) asking: RwSignal<bool>,
    database: StoredValue<Option<Database>, LocalStorage>,
    written: StoredValue<Written>,
    /// When the first change that is not written yet was made.
    changed: StoredValue<Option<f64>>,
    planned: StoredValue<Option<TimeoutHandle>>,
    writing: StoredValue<bool>,
    persistence_asked: StoredValue<bool>,
    /// The run that the visit before this one ended with, and its settings.
    left: StoredValue<Option<(u64, String)>>,
    /// The run to resume as soon as all that is stored is here.
    to_resume: StoredValue<Option<u64>>,
    lock: StoredValue<Option<Lock>, LocalStorage>,
    tabs: StoredValue<Option<Tabs>, LocalStorage>,
}

impl Storage {
    /// Not opened yet; [`Self::open`] opens it.
    pub(crate) fn opening(runs: Runs, sweeper: Sweeper) -> Self {
        Self::new(runs, sweeper, SaveStatus::Opening)
    }

    /// Restores and saves, where the page was opened with this link.
    pub(crate) fn open(self, link: String, visibility: Visibility) {
        spawn_local(async move {
            let outcome = self.open_and_bring_back(&link, visibility).await;
            match outcome {
                Err(refusal) => self.refuse(&refusal),
                Ok(()) => self.claim().await,
            }
        });
        self.save_what_changes();
        self.tabs.set_value(Tabs::listen(move || self.hand_over()));
    }

    /// Brings nothing back and saves nothing: for a visit that is to leave no trace.
    pub(crate) fn idle(runs: Runs, sweeper: Sweeper) -> Self {
        Self::new(runs, sweeper, SaveStatus::Refused)
    }

    fn new(runs: Runs, sweeper: Sweeper, keeping: SaveStatus) -> Self {
        Shared::leak(StorageState {
            runs,
            sweeper,
            keeping: RwSignal::new(keeping),
            contents: RwSignal::default(),
            trouble: RwSignal::new(None),
            asking: RwSignal::new(false),
            database: StoredValue::new_local(None),
            written: StoredValue::default(),
            changed: StoredValue::new(None),
            planned: StoredValue::new(None),
            writing: StoredValue::new(false),
            persistence_asked: StoredValue::new(false),
            left: StoredValue::new(None),
            to_resume: StoredValue::new(None),
            lock: StoredValue::new_local(None),
            tabs: StoredValue::new_local(None),
        })
    }

    async fn open_and_bring_back(self, link: &str, visibility: Visibility) -> Result<(), Refusal> {
        let database = Database::open(move || self.database_closed()).await?;
        self.database.set_value(Some(database.clone()));
        self.restore(&database, link, visibility).await
    }

    /// Saves from now on, unless another tab does.
    async fn claim(self) {
        match lock::claim().await {
            Some(lock) => {
                self.lock.set_value(Some(lock));
                self.resume_where_left().await;
                self.set_keeping(SaveStatus::Saving);
            }
            None => self.wait_for_lock(text!("store.elsewhere")),
        }
    }

    /// Notes whether what is made here is kept. What was stored is here by then, as far as it comes.
    fn set_keeping(self, keeping: SaveStatus) {
        self.keeping.set(keeping);
        self.resume_as_asked();
    }

    /// Says once that nothing is kept, and why.
    fn refuse(self, refusal: &Refusal) {
        self.set_keeping(SaveStatus::Refused);
        self.complain(refusal);
    }

    fn complain(self, refusal: &Refusal) {
        let text = match refusal {
            Refusal::Newer => text!("store.newer").to_owned(),
            Refusal::Full => text!("store.full").to_owned(),
            Refusal::Other(why) => text!("store.refused", why = why),
        };
        self.say(text);
    }

    /// Says what keeps changes from being kept, once until that is over.
    fn say(self, text: String) {
        self.say_and_offer(text, None);
    }

    fn say_and_offer(self, text: String, offer: Option<Offer>) {
        if self
            .trouble
            .with_untracked(|said| said.as_ref() != Some(&text))
        {
            let notices = self.runs.training.notices;
            notices.say_and_offer(SAVING, Kind::Warning, text.clone(), offer);
            self.trouble.set(Some(text));
        }
    }

    fn all_is_well(self) {
        if self.trouble.with_untracked(Option::is_some) {
            self.trouble.set(None);
            self.runs.training.notices.clear(SAVING);
        }
    }

    /// The browser has taken the database away.
    fn database_closed(self) {
        self.database.set_value(None);
        // The page may be on its way out.
        if self.keeping.try_get_untracked() == Some(SaveStatus::Saving) {
            self.refuse(&Refusal::Other(text!("store.closed").to_owned()));
        }
    }

    /// Deletes everything made on the page and everything stored, and begins anew. What another tab
    /// saves stays.
    pub(crate) fn clear(self) {
        self.runs.training.notices.clear(BACK);
        self.sweeper.clear();
        self.runs.start_afresh();
        let Some(database) = self.database.get_value() else {
            return;
        };
        if self.keeping.get_untracked() == SaveStatus::Elsewhere {
            return;
        }
        spawn_local(async move {
            self.wait_for_turn().await;
            self.writing.set_value(true);
            let outcome = database.clear().await;
            self.writing.set_value(false);
            match outcome {
                Ok(()) => {
                    self.written.set_value(Written::default());
                    self.contents.set(Contents::default());
                    self.all_is_well();
                    if self.keeping.get_untracked() == SaveStatus::Refused {
                        self.claim().await;
                    }
                    self.plan();
                }
                Err(refusal) => self.complain(&refusal),
            }
        });
    }

    fn say_restored(self, text: String) {
        self.runs
            .training
            .notices
            .say_and_offer(BACK, Kind::Info, text, Some(START_AFRESH));
    }

    /// Bytes used by this site and granted to it, and whether the browser promises to keep them.
    pub(crate) async fn room(self) -> (Option<(f64, f64)>, Option<bool>) {
        (quota::estimate().await, quota::persisted().await)
    }
}
