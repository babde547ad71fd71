//! Keys: real ones for the focus, synthetic ones for an element.

use anyhow::Result;
use chromiumoxide::cdp::browser_protocol::input::{DispatchKeyEventParams, DispatchKeyEventType};
use serde_json::json;

use super::page::Lab;

impl Lab {
    /// Dispatches the `keydown` event of a key on an element.
    pub(crate) async fn dispatch_key(&self, testid: &str, key: &str) -> Result<()> {
        let press = format!(
            "element.dispatchEvent(new KeyboardEvent('keydown', \
             {{ key: {}, bubbles: true, cancelable: true }}));",
            json!(key)
        );
        self.with_element(testid, &press).await?;
        Ok(())
    }

    /// Presses a key, wherever the focus is.
    pub(crate) async fn press_key(&self, key: &str) -> Result<()> {
        let body = self.page.find_element("body").await?;
        body.press_key(key).await?;
        Ok(())
    }

    /// Presses Tab without touching the focus before.
    pub(crate) async fn press_tab(&self) -> Result<()> {
        for kind in [
            DispatchKeyEventType::RawKeyDown,
            DispatchKeyEventType::KeyUp,
        ] {
            let mut event = DispatchKeyEventParams::new(kind);
            event.key = Some(String::from("Tab"));
            event.code = Some(String::from("Tab"));
            event.windows_virtual_key_code = Some(9);
            self.page.execute(event).await?;
        }
        Ok(())
    }
}
