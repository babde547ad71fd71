//! The emulated screen, and screenshots of it.

use std::path::PathBuf;

use anyhow::{Context, Result};
use chromiumoxide::cdp::browser_protocol::emulation::{
    MediaFeature, SetDeviceMetricsOverrideParams, SetEmulatedMediaParams,
};
use chromiumoxide::cdp::browser_protocol::page::{CaptureScreenshotFormat, Viewport};
use chromiumoxide::page::ScreenshotParams;
use serde_json::json;

use super::page::Lab;

/// The file of a screenshot in the folder that `RSC_SCREENSHOTS` names; `None` without one.
fn screenshot_file(name: &str) -> Result<Option<PathBuf>> {
    let folder = std::env::var_os("RSC_SCREENSHOTS").filter(|folder| !folder.is_empty());
    let Some(folder) = folder.map(PathBuf::from) else {
        return Ok(None);
    };
    std::fs::create_dir_all(&folder)?;
    Ok(Some(folder.join(format!("{name}.png"))))
}

impl Lab {
    /// Resizes the viewport, in CSS pixels. Narrow ones are a phone's.
    pub(crate) async fn resize(&self, width: i64, height: i64) -> Result<()> {
        let phone = width < 500;
        let size = SetDeviceMetricsOverrideParams::new(width, height, 1.0, phone);
        self.page.execute(size).await?;
        Ok(())
    }

    /// Emulates the colour scheme of the system, `light` or `dark`.
    pub(crate) async fn emulate_color_scheme(&self, scheme: &str) -> Result<()> {
        self.emulate_media("prefers-color-scheme", scheme).await
    }

    /// Emulates a media feature.
    pub(crate) async fn emulate_media(&self, feature: &str, value: &str) -> Result<()> {
        let media = SetEmulatedMediaParams {
            features: Some(vec![MediaFeature::new(feature, value)]),
            ..Default::default()
        };
        self.page.execute(media).await?;
        Ok(())
    }

    /// Emulates a touch screen, as on a phone.
    pub(crate) async fn emulate_touch(&self) -> Result<()> {
        let touch = json!({ "enabled": true, "maxTouchPoints": 1 });
        self.named_command("Emulation.setTouchEmulationEnabled", touch)
            .await?;
        Ok(())
    }

    /// Saves what a selector finds first as `{name}.png`, where screenshots are wanted.
    pub(crate) async fn screenshot_of(&self, selector: &str, name: &str) -> Result<()> {
        let Some(file) = screenshot_file(name)? else {
            return Ok(());
        };
        // Its place on the page, which may be far below the viewport.
        let place = format!(
            "(() => {{ const box = document.querySelector({selector:?})?.getBoundingClientRect(); \
             return box && [box.x + scrollX, box.y + scrollY, box.width, box.height]; }})()"
        );
        let place = self.evaluate(&place).await?;
        let [x, y, width, height]: [f64; 4] = serde_json::from_value(place)
            .with_context(|| format!("the page has no `{selector}`"))?;
        let part = ScreenshotParams::builder()
            .format(CaptureScreenshotFormat::Png)
            .clip(Viewport {
                x,
                y,
                width,
                height,
                scale: 1.0,
            })
            .capture_beyond_viewport(true)
            .build();
        self.page.save_screenshot(part, &file).await?;
        Ok(())
    }

    /// Saves the whole page as `{name}.png`, where screenshots are wanted.
    pub(crate) async fn screenshot(&self, name: &str) -> Result<()> {
        let Some(file) = screenshot_file(name)? else {
            return Ok(());
        };
        let whole = ScreenshotParams::builder()
            .format(CaptureScreenshotFormat::Png)
            .full_page(true)
            .build();
        self.page.save_screenshot(whole, &file).await?;
        Ok(())
    }
}
