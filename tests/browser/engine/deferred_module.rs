//! The page's second WebAssembly module cannot be fetched at first.

use anyhow::{Result, ensure};

use crate::lab::{LOAD, SOON, visit};

/// Rejects fetches of the deferred module until a test sets `away`. The loader's message about it
/// in the console is left out.
const REJECT_DEFERRED_MODULE: &str = "globalThis.away = true; const fetchAny = globalThis.fetch; \
    globalThis.fetch = (address, ...rest) => away && String(address).includes('/deferred-') \
        ? Promise.reject(new TypeError('kept away')) : fetchAny(address, ...rest); \
    const tell = console.error; \
    console.error = (...said) => String(said[0]).includes('kept away') || tell(...said);";

#[tokio::test(flavor = "multi_thread")]
async fn pieces_that_are_missing_can_be_fetched_again() -> Result<()> {
    visit("pieces", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        lab.reload_with_script(REJECT_DEFERRED_MODULE).await?;
        lab.wait_for_text("pieces-missing", |text| !text.is_empty(), LOAD)
            .await?;
        ensure!(!lab.has("learned").await?, "a missing piece is there");
        // The first module works.
        lab.set_value("learning-rate", "0.002").await?;
        let status = lab.text("status").await?;
        ensure!(status.contains("loading"), "the run is `{status}`");

        lab.evaluate("globalThis.away = false; 0").await?;
        lab.click("pieces-again").await?;
        lab.wait_for_element("learned", SOON).await?;
        ensure!(!lab.has("pieces-missing").await?, "still told of");
        // The engine's messages are not lost.
        lab.wait_until_ready().await?;
        lab.click_step(1).await
    })
    .await
}
