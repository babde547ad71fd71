//! Files that the page saves, caught before the browser downloads them.

use anyhow::Result;
use serde_json::Value;

use crate::lab::{DRAWN, Lab};

/// Keeps saved files in `saved`, with their contents as text.
pub(crate) const CATCH_FILES: &str = "globalThis.saved = []; \
    const make = URL.createObjectURL.bind(URL); \
    URL.createObjectURL = blob => { \
        const file = { name: '', size: blob.size, type: blob.type, text: null }; \
        saved.push(file); \
        blob.text().then(text => { file.text = text; }); \
        return make(blob); }; \
    HTMLAnchorElement.prototype.click = function () { saved.at(-1).name = this.download; }; \
    0";

/// Clicks, and returns the file that is saved then: its name, size, type and text.
pub(crate) async fn save(lab: &Lab, testid: &str) -> Result<Value> {
    let before = lab.evaluate("saved.length").await?;
    lab.click(testid).await?;
    let arrived = format!("saved.length > {before} && saved.at(-1).text !== null");
    lab.wait_until(testid, DRAWN, async || lab.holds(&arrived).await)
        .await?;
    // A PNG as text would be long, and no test reads it.
    lab.evaluate(
        "({ name: saved.at(-1).name, size: saved.at(-1).size, type: saved.at(-1).type, \
            text: saved.at(-1).type.startsWith('image/png') ? '' : saved.at(-1).text })",
    )
    .await
}

/// Clicks, and returns the text of the file that is saved then.
pub(crate) async fn save_text(lab: &Lab, testid: &str) -> Result<String> {
    let file = save(lab, testid).await?;
    Ok(file["text"].as_str().unwrap_or_default().to_owned())
}
