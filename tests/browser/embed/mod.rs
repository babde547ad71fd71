//! Parts of the page in frames of other sites.

mod course;
mod parts;

use anyhow::Result;

use crate::lab::{Lab, SOON};

/// An expression for the names of what this origin has stored: databases, values, caches.
const STORED: &str = "(async () => [...(await indexedDB.databases()).map(it => it.name), \
    ...Object.keys(localStorage), ...await caches.keys()].sort())()";

/// Fails if anything is wider than this frame.
async fn check_width(lab: &Lab, what: &str) -> Result<()> {
    let sticking_out = "(() => { const wide = document.documentElement; \
        return wide.scrollWidth <= wide.clientWidth ? [] : [...document.querySelectorAll('body *')] \
            .filter(element => element.getBoundingClientRect().right > innerWidth + 1) \
            .slice(0, 5).map(element => `${element.tagName}.${element.className}`); })()";
    // A chart takes its new width a little later.
    let fits = async || {
        Ok(lab
            .evaluate(sticking_out)
            .await?
            .as_array()
            .is_some_and(Vec::is_empty))
    };
    if let Err(error) = lab.wait_until("a width that fits", SOON, fits).await {
        let out = lab.evaluate(sticking_out).await?;
        return Err(error.context(format!("{what} scrolls sideways: {out}")));
    }
    Ok(())
}
