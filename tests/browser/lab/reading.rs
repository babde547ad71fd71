//! Reads what the page shows.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::page::{Lab, selector};

/// What a canvas shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Picture {
    /// Number of different colours.
    pub(crate) colors: u64,
    /// All its pixels, as a data URL.
    content: String,
}

impl Lab {
    /// Whether the element is there.
    pub(crate) async fn has(&self, testid: &str) -> Result<bool> {
        let selector = json!(selector(testid));
        self.holds(&format!("document.querySelector({selector}) !== null"))
            .await
    }

    /// The element's text.
    pub(crate) async fn text(&self, testid: &str) -> Result<String> {
        let text = self.with_element(testid, "return element.textContent.trim();");
        Ok(text.await?.as_str().unwrap_or_default().to_owned())
    }

    /// The element's text as a number: `1,024` and `98.4 %` too. `None` for a dash.
    pub(crate) async fn number(&self, testid: &str) -> Result<Option<f64>> {
        Ok(number(&self.text(testid).await?))
    }

    /// The value of a control.
    pub(crate) async fn value(&self, testid: &str) -> Result<String> {
        let value = self.evaluate_on(testid, "element.value").await?;
        let value = value.as_str().map(str::to_owned);
        value.with_context(|| format!("`{testid}` has no value"))
    }

    /// Whether a checkbox is checked.
    pub(crate) async fn checked(&self, testid: &str) -> Result<bool> {
        Ok(self.with_element(testid, "return element.checked;").await? == true)
    }

    /// An attribute of an element; null without it.
    pub(crate) async fn attribute(&self, testid: &str, name: &str) -> Result<Value> {
        let read = format!("element.getAttribute({})", json!(name));
        self.evaluate_on(testid, &read).await
    }

    /// The state of the run, in any language of the page.
    pub(crate) async fn state(&self) -> Result<String> {
        let state = "document.querySelector('[data-testid=status]')?.dataset.status";
        let state = self.evaluate(state).await?;
        Ok(state.as_str().unwrap_or_default().to_owned())
    }

    /// Steps made so far.
    pub(crate) async fn step_count(&self) -> Result<u64> {
        let steps = self.number("step-count").await?;
        Ok(steps.context("`step-count` has no number")? as u64)
    }

    /// Number of CPU cores that the browser reports.
    pub(crate) async fn cores(&self) -> Result<u64> {
        let cores = self.evaluate("navigator.hardwareConcurrency").await?;
        cores.as_u64().context("no number of cores")
    }

    /// What a canvas shows.
    pub(crate) async fn picture(&self, testid: &str) -> Result<Picture> {
        let read = "const copy = document.createElement('canvas'); \
                    copy.width = element.width; copy.height = element.height; \
                    const context = copy.getContext('2d'); context.drawImage(element, 0, 0); \
                    const { data } = context.getImageData(0, 0, copy.width, copy.height); \
                    const pixels = new Uint32Array(data.buffer); \
                    return { colors: new Set(pixels).size, content: copy.toDataURL() };";
        let picture = self.with_element(testid, read).await?;
        Ok(Picture {
            colors: picture["colors"].as_u64().unwrap_or_default(),
            content: picture["content"].as_str().unwrap_or_default().to_owned(),
        })
    }
}

/// The first number in a text, thousands separators and all.
pub(crate) fn number(text: &str) -> Option<f64> {
    let plain = text.replace([',', '\u{202f}', '\u{a0}'], "");
    let start = plain.find(|c: char| c.is_ascii_digit())?;
    let digits = |c: char| !(c.is_ascii_digit() || c == '.');
    let end = plain[start..].find(digits).unwrap_or(plain.len() - start);
    plain[start..start + end].trim_end_matches('.').parse().ok()
}
