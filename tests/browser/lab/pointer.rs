//! Mouse, finger and drag-and-drop events at places on the screen. They go to whatever lies on top
//! there.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use chromiumoxide::cdp::browser_protocol::input::{
    DispatchMouseEventParams, DispatchMouseEventType, MouseButton,
};
use serde_json::json;

use super::page::Lab;
use super::timeouts::SOON;

/// Of an element, in parts of its width and height.
const MIDDLE: (f64, f64) = (0.5, 0.5);

impl Lab {
    /// Moves the pointer over a place within an element, in parts of its width and height.
    pub(crate) async fn hover(&self, testid: &str, place: (f64, f64)) -> Result<()> {
        let place = self.resting_place(testid, place).await?;
        self.mouse(DispatchMouseEventType::MouseMoved, place).await
    }

    /// Presses the pointer's button on a place within an element, moves to another and releases it.
    pub(crate) async fn drag(&self, testid: &str, from: (f64, f64), to: (f64, f64)) -> Result<()> {
        let from = self.resting_place(testid, from).await?;
        self.mouse(DispatchMouseEventType::MouseMoved, from).await?;
        self.mouse(DispatchMouseEventType::MousePressed, from)
            .await?;
        let to = self.resting_place(testid, to).await?;
        let half = ((from.0 + to.0) / 2.0, (from.1 + to.1) / 2.0);
        self.mouse(DispatchMouseEventType::MouseMoved, half).await?;
        self.mouse(DispatchMouseEventType::MouseMoved, to).await?;
        self.mouse(DispatchMouseEventType::MouseReleased, to).await
    }

    /// Clicks the middle of an element with the pointer.
    pub(crate) async fn click_with_pointer(&self, testid: &str) -> Result<()> {
        let place = self.open_middle(testid).await?;
        self.mouse(DispatchMouseEventType::MouseMoved, place)
            .await?;
        self.mouse(DispatchMouseEventType::MousePressed, place)
            .await?;
        self.mouse(DispatchMouseEventType::MouseReleased, place)
            .await
    }

    /// Taps the middle of an element with a finger.
    pub(crate) async fn tap(&self, testid: &str) -> Result<()> {
        let (x, y) = self.open_middle(testid).await?;
        for (kind, points) in [
            ("touchStart", json!([{ "x": x, "y": y }])),
            ("touchEnd", json!([])),
        ] {
            let touch = json!({ "type": kind, "touchPoints": points });
            self.named_command("Input.dispatchTouchEvent", touch)
                .await?;
        }
        Ok(())
    }

    /// Drops files or folders of this machine on an element, as if dragged from a file manager.
    pub(crate) async fn drop_files(&self, testid: &str, files: &[&Path]) -> Result<()> {
        let (x, y) = self.resting_place(testid, MIDDLE).await?;
        let files: Vec<String> = files.iter().map(|it| it.display().to_string()).collect();
        let data = json!({ "items": [], "files": files, "dragOperationsMask": 1 });
        for kind in ["dragEnter", "dragOver", "drop"] {
            let event = json!({ "type": kind, "x": x, "y": y, "data": data });
            self.named_command("Input.dispatchDragEvent", event).await?;
        }
        Ok(())
    }

    /// The middle of an element, in CSS pixels, once nothing else lies over it.
    async fn open_middle(&self, testid: &str) -> Result<(f64, f64)> {
        let started = Instant::now();
        loop {
            let (x, y) = self.resting_place(testid, MIDDLE).await?;
            let find = format!(
                "const above = document.elementFromPoint({x}, {y}); \
                 return element.contains(above) ? null : `${{above?.nodeName}}.${{above?.className}}`;"
            );
            let above = self.with_element(testid, &find).await?;
            if above.is_null() {
                return Ok((x, y));
            }
            ensure!(started.elapsed() < SOON, "{above} lies over `{testid}`");
        }
    }

    /// Scrolls an element into view and returns a place within it, given in parts of its width and
    /// height, in CSS pixels. Waits until the place no longer changes: layout may be under way.
    async fn resting_place(&self, testid: &str, (x, y): (f64, f64)) -> Result<(f64, f64)> {
        self.reveal(testid).await?;
        let find = format!(
            "element.scrollIntoView({{ block: 'center', behavior: 'instant' }}); \
             const area = element.getBoundingClientRect(); \
             return [area.left + {x} * area.width, area.top + {y} * area.height];"
        );
        let started = Instant::now();
        let mut place = self.with_element(testid, &find).await?;
        loop {
            self.wait_for_two_frames().await?;
            let now = self.with_element(testid, &find).await?;
            if now == place {
                break;
            }
            ensure!(started.elapsed() < SOON, "`{testid}` does not rest");
            place = now;
        }
        let number = |i: usize| place[i].as_f64().context("an element without a place");
        Ok((number(0)?, number(1)?))
    }

    async fn mouse(&self, kind: DispatchMouseEventType, (x, y): (f64, f64)) -> Result<()> {
        let pressed = kind != DispatchMouseEventType::MouseMoved;
        let mut event = DispatchMouseEventParams::new(kind, x, y);
        if pressed {
            event.button = Some(MouseButton::Left);
            event.click_count = Some(1);
        }
        self.page.execute(event).await?;
        Ok(())
    }
}
