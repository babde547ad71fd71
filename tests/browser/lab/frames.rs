//! Frames of a page, each operated as a page is.

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Result, bail};
use chromiumoxide::cdp::browser_protocol::page::FrameId;
use tokio::time::sleep;

use super::page::Lab;
use super::timeouts::{POLL, SOON};

impl Lab {
    /// Waits for a frame whose address has this in it. Its pages must be of this page's site: those of
    /// another one are in a process of their own.
    pub(crate) async fn wait_for_frame(&self, address: &str) -> Result<Lab> {
        let started = Instant::now();
        loop {
            if let Some(frame) = self.find_frame(address).await? {
                return Ok(Lab {
                    page: self.page.clone(),
                    browser: Arc::clone(&self.browser),
                    worker_prelude: self.worker_prelude.clone(),
                    folder: self.folder.clone(),
                    service_workers: self.service_workers,
                    monitor: self.monitor.clone(),
                    frame: Some(frame),
                });
            }
            if started.elapsed() > SOON {
                bail!("there is no frame of `{address}`");
            }
            sleep(POLL).await;
        }
    }

    async fn find_frame(&self, address: &str) -> Result<Option<FrameId>> {
        for frame in self.page.frames().await? {
            // The page itself has no parent.
            if self.page.frame_parent(frame.clone()).await?.is_none() {
                continue;
            }
            let url = self.page.frame_url(frame.clone()).await?;
            if url.is_some_and(|url| url.contains(address))
                && self
                    .page
                    .frame_execution_context(frame.clone())
                    .await?
                    .is_some()
            {
                return Ok(Some(frame));
            }
        }
        Ok(None)
    }
}
