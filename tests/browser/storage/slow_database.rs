//! What comes while the database still writes something else.

use anyhow::Result;
use serde_json::json;

use super::small_run::SMALL;
use crate::lab::visit;
use crate::page_objects::database::{CHECKPOINTS, CONTENTS};

/// In the page: counts the workers' parts of checkpoints.
const COUNT_PARTS: &str = "globalThis.parts = 0; \
    globalThis.Worker = class extends Worker { \
        constructor(...given) { \
            super(...given); \
            this.addEventListener('message', ({ data }) => { \
                if (String(data?.[0]).startsWith('{\"type\":\"checkpoint\"')) globalThis.parts += 1; }); } };";

/// Keeps the database busy until `released` is true, and counts in `writers` who waits for it.
const KEEP_BUSY: &str = "(async () => { \
    const done = request => new Promise((resolve, reject) => { \
        request.onsuccess = () => resolve(request.result); \
        request.onerror = () => reject(request.error); }); \
    const database = await done(indexedDB.open('rsc-lab')); \
    const held = database.transaction([...database.objectStoreNames], 'readwrite'); \
    held.oncomplete = () => database.close(); \
    const hold = () => { \
        if (!window.released) held.objectStore('texts').count().onsuccess = hold; }; \
    hold(); \
    window.writers = 0; \
    const begin = IDBDatabase.prototype.transaction; \
    IDBDatabase.prototype.transaction = function (stores, mode, options) { \
        if (mode === 'readwrite') window.writers += 1; \
        return begin.call(this, stores, mode, options); }; \
    return 0; })()";

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_begins_during_a_write_can_be_resumed() -> Result<()> {
    visit("storage-slow", SMALL, async |lab| {
        lab.wait_until_ready().await?;
        lab.reload_with_script(COUNT_PARTS).await?;
        lab.wait_until_ready().await?;
        // The page has read what is stored, and has written the settings of the address.
        lab.wait_until_equal(CONTENTS, json!([["settings"], 0, 0]))
            .await?;
        lab.evaluate(KEEP_BUSY).await?;
        lab.set_value("p", "0.25").await?;
        lab.wait_until_true("window.writers > 0").await?;
        // The settings are being written; now there are a run and a checkpoint besides.
        lab.step_to(1).await?;
        let workers = lab.cores().await?.min(2);
        lab.wait_until_true(&format!("globalThis.parts >= {workers}"))
            .await?;
        lab.evaluate("window.released = true").await?;
        lab.wait_until_equal(CHECKPOINTS, json!([1])).await
    })
    .await
}
