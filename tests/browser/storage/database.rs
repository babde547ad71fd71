//! The page's database, read and replaced past the page.

use anyhow::Result;
use serde_json::Value;

use crate::lab::Lab;

/// JavaScript functions: `done` awaits a request, `read` returns all records of a database by
/// object store, `write` replaces the database. `write` takes bytes as `{ bytes: base64 }`.
const DATABASE: &str = "const done = request => new Promise((resolve, reject) => { \
        request.onsuccess = () => resolve(request.result); \
        request.onerror = () => reject(request.error); }); \
    const read = async database => { const all = {}; \
        for (const name of database.objectStoreNames) { \
            const store = database.transaction(name).objectStore(name); \
            const keys = await done(store.getAllKeys()); \
            const values = await done(store.getAll()); \
            all[name] = keys.map((key, i) => [key, values[i]]); } \
        return all; }; \
    const decoded = value => Array.isArray(value) ? value.map(decoded) \
        : typeof value?.bytes === 'string' \
            ? Uint8Array.from(atob(value.bytes), c => c.charCodeAt(0)) : value; \
    const write = async (version, all) => { \
        await done(indexedDB.deleteDatabase('rsc-lab')); \
        const request = indexedDB.open('rsc-lab', version); \
        request.onupgradeneeded = () => { for (const name of Object.keys(all)) { \
            const store = request.result.createObjectStore(name); \
            for (const [key, value] of all[name]) store.put(decoded(value), key); } }; \
        (await done(request)).close(); };";

/// What the statements of `body` return, which may use [`DATABASE`].
pub(super) async fn with_database(lab: &Lab, body: &str) -> Result<Value> {
    lab.evaluate(&format!("(async () => {{ {DATABASE} {body} }})()"))
        .await
}
