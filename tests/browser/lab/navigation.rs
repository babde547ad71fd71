//! Tabs, reloads and leaving the page.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::page::Lab;
use super::timeouts::{LOAD, SOON};

/// The address as it is, for [`Lab::reopen`].
pub(crate) const SAME_ADDRESS: &str = "location.href";

impl Lab {
    /// Opens the page with this query in another tab, in front of the others.
    pub(crate) async fn open_tab(&self, query: &str) -> Result<Lab> {
        let pages = self.monitor.pages();
        let address = self.evaluate("location.origin + location.pathname").await?;
        let address = address.as_str().unwrap_or_default().to_owned() + query;
        let tab = Lab {
            page: self.browser.new_page("about:blank").await?,
            browser: Arc::clone(&self.browser),
            worker_prelude: self.worker_prelude.clone(),
            folder: self.folder.clone(),
            service_workers: self.service_workers,
            monitor: self.monitor.clone(),
            frame: None,
        };
        self.wait_until("watching the other tab", SOON, async || {
            Ok(self.monitor.pages() > pages)
        })
        .await?;
        if !tab.service_workers {
            tab.without_service_workers().await?;
        }
        tab.resize(1440, 900).await?;
        tab.page.goto(address).await?;
        tab.bring_to_front().await?;
        Ok(tab)
    }

    /// Brings this tab before the others.
    pub(crate) async fn bring_to_front(&self) -> Result<()> {
        self.page.bring_to_front().await?;
        Ok(())
    }

    /// Closes this tab.
    pub(crate) async fn close(self) -> Result<()> {
        Ok(self.page.close().await?)
    }

    /// Opens another address, of any server.
    pub(crate) async fn go_to(&self, address: &str) -> Result<()> {
        self.page.goto(address).await?;
        Ok(())
    }

    /// Leaves the page for an empty one.
    pub(crate) async fn leave(&self) -> Result<()> {
        self.page.goto("about:blank").await?;
        Ok(())
    }

    /// Leaves the page for an empty one, without waiting for anything, and comes back.
    pub(crate) async fn leave_and_return(&self) -> Result<()> {
        let address = self.evaluate("location.href").await?;
        let address = address.as_str().context("the page has no address")?;
        self.page.goto("about:blank").await?;
        self.page.goto(address).await?;
        Ok(())
    }

    /// Reloads the page, and from now on runs a script before its own.
    pub(crate) async fn reload_with_script(&self, script: &str) -> Result<()> {
        self.page.evaluate_on_new_document(script).await?;
        self.page.reload().await?;
        Ok(())
    }

    /// Reloads the page as a visitor does, and waits for the new document.
    pub(crate) async fn reload(&self, within: Duration) -> Result<()> {
        self.evaluate("globalThis.before = true; setTimeout(() => location.reload(), 0); 0")
            .await?;
        self.wait_for_new_document(within).await
    }

    /// Reloads the page at the address that an expression yields, and waits until its run is there.
    pub(crate) async fn reopen(&self, address: &str) -> Result<()> {
        let go = format!(
            "globalThis.before = true; setTimeout(() => {{ const next = {address}; \
             history.replaceState(null, '', next); location.reload(); }}, 0); 0"
        );
        self.evaluate(&go).await?;
        self.wait_for_new_document(SOON).await?;
        // A run that had begun is restored and paused.
        let settled = |text: &str| {
            ["ready", "paused", "done", "failed"]
                .iter()
                .any(|s| text.contains(s))
        };
        let status = self.wait_for_text("status", settled, LOAD).await?;
        ensure!(!status.contains("failed"), "the run is `{status}`");
        Ok(())
    }

    /// Waits until a document without the mark `before` replaces the one that has it.
    async fn wait_for_new_document(&self, within: Duration) -> Result<()> {
        self.wait_until("a new page", within, async || {
            // Nothing can be evaluated while one document replaces another.
            let new = self.holds("globalThis.before === undefined").await;
            Ok(new.unwrap_or(false))
        })
        .await
    }
}
