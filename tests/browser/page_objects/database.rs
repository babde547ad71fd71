//! The page's IndexedDB, asked past the page.

/// An expression for an answer of the database. In it, `done` awaits a request and `store` opens an
/// object store.
macro_rules! in_database {
    ($answer:literal) => {
        concat!(
            "(async () => { \
                const done = request => new Promise((resolve, reject) => { \
                    request.onsuccess = () => resolve(request.result); \
                    request.onerror = () => reject(request.error); }); \
                const database = await done(indexedDB.open('rsc-lab')); \
                const store = name => database.transaction(name).objectStore(name); \
                try { return ",
            $answer,
            "; } finally { database.close(); } })()"
        )
    };
}
pub(crate) use in_database;

/// The names of the texts, the number of runs and the number of images.
pub(crate) const CONTENTS: &str = in_database!(
    "await Promise.all([done(store('texts').getAllKeys()), \
     done(store('runs').count()), done(store('images').count())])"
);

/// The names of all texts there can be.
pub(crate) const TEXTS: [&str; 3] = ["columns", "current", "settings"];

/// The ids of the runs that have a checkpoint.
pub(crate) const CHECKPOINTS: &str = in_database!("await done(store('checkpoints').getAllKeys())");

/// The steps of the checkpoints, in the order of the runs' ids.
pub(crate) const CHECKPOINT_STEPS: &str =
    in_database!("(await done(store('checkpoints').getAll())).map(([step]) => step)");

/// Whether the stored settings train on own images.
pub(crate) const OWN_IMAGES_STORED: &str =
    in_database!("String(await done(store('texts').get('settings'))).includes('\"own\"')");
