//! Operates controls through the DOM, which needs no place on the screen: buttons, fields, files.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use chromiumoxide::cdp::browser_protocol::dom::SetFileInputFilesParams;
use chromiumoxide::cdp::js_protocol::runtime::ReleaseObjectParams;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::page::{Lab, selector};
use super::reading::number;
use super::timeouts::{POLL, SOON};

impl Lab {
    /// Clicks, as soon as the element is enabled.
    pub(crate) async fn click(&self, testid: &str) -> Result<()> {
        let click = "if (element.disabled) return false; \
                     element.scrollIntoView({ block: 'center' }); element.click(); return true;";
        let started = Instant::now();
        while self.with_element(testid, click).await? != Value::Bool(true) {
            ensure!(
                started.elapsed() < SOON,
                "`{testid}` cannot be clicked: it is still disabled after {SOON:?}"
            );
            sleep(POLL).await;
        }
        Ok(())
    }

    /// Sets a control's value, and dispatches the events that follow when a visitor does.
    pub(crate) async fn set_value(&self, testid: &str, value: &str) -> Result<()> {
        let set = format!(
            "const owner = Object.getPrototypeOf(element); \
             Object.getOwnPropertyDescriptor(owner, 'value').set.call(element, {}); \
             element.dispatchEvent(new Event('input', {{ bubbles: true }})); \
             element.dispatchEvent(new Event('change', {{ bubbles: true }})); \
             return element.value;",
            json!(value)
        );
        let now = self.with_element(testid, &set).await?;
        // A select without such an option turns empty; a slider may write its number differently.
        let same = now == value || number(now.as_str().unwrap_or_default()) == number(value);
        ensure!(same, "`{testid}` does not take `{value}`: it is {now}");
        Ok(())
    }

    /// Sets several controls, in this order.
    pub(crate) async fn set_values<'a>(
        &self,
        values: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<()> {
        for (testid, value) in values {
            self.set_value(testid, value).await?;
        }
        Ok(())
    }

    /// Opens a `details` element.
    pub(crate) async fn open_details(&self, testid: &str) -> Result<()> {
        self.with_element(testid, "element.open = true;").await?;
        Ok(())
    }

    /// Opens every `details` element that is there now.
    pub(crate) async fn open_all_details(&self) -> Result<()> {
        self.evaluate("document.querySelectorAll('details').forEach(it => it.open = true); 0")
            .await?;
        Ok(())
    }

    /// Opens every `details` element, and those that appear in them.
    pub(crate) async fn open_nested_details(&self) -> Result<()> {
        self.open_all_details().await?;
        self.open_all_details().await
    }

    /// Focuses an element.
    pub(crate) async fn focus(&self, testid: &str) -> Result<()> {
        self.reveal(testid).await?;
        self.with_element(testid, "element.focus();").await?;
        Ok(())
    }

    /// Gives files to a file input.
    pub(crate) async fn upload(&self, testid: &str, files: &[PathBuf]) -> Result<()> {
        let element = self.page.find_element(selector(testid)).await;
        let element = element.with_context(|| format!("the page has no input `{testid}`"))?;
        let mut upload = SetFileInputFilesParams::new(
            files
                .iter()
                .map(|file| file.display().to_string())
                .collect(),
        );
        upload.backend_node_id = Some(element.backend_node_id);
        self.page.execute(upload).await?;
        // An object that the protocol holds is never collected, nor is what it refers to.
        let held = ReleaseObjectParams::new(element.remote_object_id.clone());
        self.page.execute(held).await?;
        Ok(())
    }
}
