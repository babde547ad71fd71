//! Waits, by polling, until the page shows what a test expects.

use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use serde_json::Value;
use tokio::time::sleep;

use super::page::Lab;
use super::reading::Picture;
use super::timeouts::{DRAWN, POLL, SOON};

impl Lab {
    /// Waits until `wanted` returns true; `what` names it in the error.
    pub(crate) async fn wait_until(
        &self,
        what: &str,
        within: Duration,
        wanted: impl AsyncFn() -> Result<bool>,
    ) -> Result<()> {
        let started = Instant::now();
        while !wanted().await? {
            ensure!(started.elapsed() < within, "{what}: not after {within:?}");
            sleep(POLL).await;
        }
        Ok(())
    }

    /// Waits until an expression is `true`.
    pub(crate) async fn wait_until_true(&self, expression: &str) -> Result<()> {
        self.wait_until(expression, SOON, async || self.holds(expression).await)
            .await
    }

    /// Waits until an expression has this value.
    pub(crate) async fn wait_until_equal(&self, expression: &str, wanted: Value) -> Result<()> {
        self.wait_until(&format!("{expression} as {wanted}"), SOON, async || {
            Ok(self.evaluate(expression).await? == wanted)
        })
        .await
    }

    /// Waits until the element's text satisfies `wanted`, and returns it.
    pub(crate) async fn wait_for_text(
        &self,
        testid: &str,
        wanted: impl Fn(&str) -> bool,
        within: Duration,
    ) -> Result<String> {
        let started = Instant::now();
        loop {
            // The element may not be there yet.
            let text = self.text(testid).await;
            match text {
                Ok(text) if wanted(&text) => return Ok(text),
                text if started.elapsed() > within => {
                    bail!("`{testid}` is still {text:?} after {within:?}")
                }
                _ => sleep(POLL).await,
            }
        }
    }

    /// Waits until the element is there.
    pub(crate) async fn wait_for_element(&self, testid: &str, within: Duration) -> Result<()> {
        self.wait_until(testid, within, async || self.has(testid).await)
            .await
    }

    /// Waits until the element is no longer there.
    pub(crate) async fn wait_for_removal(&self, testid: &str, within: Duration) -> Result<()> {
        self.wait_until(&format!("`{testid}` gone"), within, async || {
            Ok(!self.has(testid).await?)
        })
        .await
    }

    /// Waits until a control has this value.
    pub(crate) async fn wait_for_value(&self, testid: &str, wanted: &str) -> Result<()> {
        let value = format!("document.querySelector('[data-testid=\"{testid}\"]')?.value");
        self.wait_until_equal(&value, wanted.into()).await
    }

    /// Waits until an attribute of an element has this value; null stands for none.
    pub(crate) async fn wait_for_attribute(
        &self,
        testid: &str,
        name: &str,
        wanted: Value,
        within: Duration,
    ) -> Result<()> {
        self.wait_until(
            &format!("{name} of `{testid}` as {wanted}"),
            within,
            async || Ok(self.attribute(testid, name).await? == wanted),
        )
        .await
    }

    /// Waits until a canvas shows more than an even area, and other than `before`.
    pub(crate) async fn wait_for_picture(
        &self,
        testid: &str,
        before: Option<&Picture>,
    ) -> Result<Picture> {
        let started = Instant::now();
        loop {
            if self.has(testid).await? {
                let picture = self.picture(testid).await?;
                if picture.colors > 8 && Some(&picture) != before {
                    return Ok(picture);
                }
            }
            ensure!(
                started.elapsed() < DRAWN,
                "`{testid}` shows nothing{} after {DRAWN:?}",
                before.map_or("", |_| " new")
            );
            sleep(POLL).await;
        }
    }

    /// Waits for two animation frames: then layout and scrolling have settled and are drawn.
    pub(super) async fn wait_for_two_frames(&self) -> Result<()> {
        let drawn = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(0))))";
        self.evaluate(drawn).await?;
        Ok(())
    }
}
