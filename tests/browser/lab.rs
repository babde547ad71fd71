//! RSC Lab in a browser of its own, and what a test can do with it. Controls and results are found
//! by their `data-testid`, so that words and looks may change freely.

use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail, ensure};
use chromiumoxide::browser::BrowserConfig;
use chromiumoxide::cdp::browser_protocol::dom::SetFileInputFilesParams;
use chromiumoxide::cdp::browser_protocol::emulation::{
    MediaFeature, SetDeviceMetricsOverrideParams, SetEmulatedMediaParams,
};
use chromiumoxide::cdp::browser_protocol::input::{
    DispatchKeyEventParams, DispatchKeyEventType, DispatchMouseEventParams, DispatchMouseEventType,
    MouseButton,
};
use chromiumoxide::cdp::browser_protocol::page::{CaptureScreenshotFormat, Viewport};
use chromiumoxide::cdp::js_protocol::runtime::ReleaseObjectParams;
use chromiumoxide::page::ScreenshotParams;
use chromiumoxide::types::{Command, Method, MethodId};
use chromiumoxide::{Browser, Page};
use futures::{FutureExt, StreamExt};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::time::sleep;

use crate::server::{Prelude, Site};
use crate::watch::Watch;

/// Two browsers at a time: each trains on the processor, also where it emulates a GPU.
static TURNS: Semaphore = Semaphore::const_new(2);

/// A page may take this long to load its engine and be ready.
pub(crate) const LOAD: Duration = Duration::from_secs(180);
/// What a control does shows within this time; the engine may be in the middle of a step.
pub(crate) const SOON: Duration = Duration::from_secs(60);
/// What is drawn from an answer of the engine shows within this time, on an emulated GPU too.
pub(crate) const DRAWN: Duration = Duration::from_secs(90);

const PAUSE: Duration = Duration::from_millis(50);

/// RSC Lab, open in a browser.
pub(crate) struct Lab {
    page: Page,
    browser: Arc<Browser>,
    /// What runs in workers before their own script.
    pub(crate) prelude: Prelude,
    /// What went wrong unseen.
    pub(crate) watch: Watch,
}

/// Opens the page with this query, runs the test, and checks that nothing went wrong unseen. A
/// failure leaves a screenshot where `RSC_SCREENSHOTS` says.
pub(crate) async fn lab(
    test: &str,
    query: &str,
    run: impl AsyncFnOnce(&Lab) -> Result<()>,
) -> Result<()> {
    let site = Site::serve(&site_folder()?)?;
    lab_on(site, test, query, run).await
}

/// As [`lab`], on a server that sends the headers of `cargo lab serve`.
pub(crate) async fn guarded_lab(
    test: &str,
    query: &str,
    run: impl AsyncFnOnce(&Lab) -> Result<()>,
) -> Result<()> {
    let site = Site::serve_guarded(&site_folder()?)?;
    lab_on(site, test, query, run).await
}

async fn lab_on(
    site: Site,
    test: &str,
    query: &str,
    run: impl AsyncFnOnce(&Lab) -> Result<()>,
) -> Result<()> {
    let _turn = TURNS.acquire().await?;
    let profile = tempfile::tempdir()?;

    let (browser, mut handler) = Browser::launch(configuration(profile.path())?)
        .await
        .map_err(|error| anyhow!("the browser does not start: {error}"))?;
    let driver = tokio::spawn(async move { while handler.next().await.is_some() {} });

    let browser = Arc::new(browser);
    let opened = open_and_run(Arc::clone(&browser), &site, test, query, run);
    let outcome = AssertUnwindSafe(opened).catch_unwind().await;
    // Its processes must not outlive the test, whatever came of it. The tabs are gone by now.
    if let Some(mut browser) = Arc::into_inner(browser) {
        let closed = async {
            browser.close().await.ok();
            browser.wait().await.ok();
        };
        if tokio::time::timeout(Duration::from_secs(10), closed)
            .await
            .is_err()
        {
            browser.kill().await;
        }
    }
    driver.abort();
    outcome.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
        Err(anyhow!("panicked: {}", text.unwrap_or_default()))
    })
}

async fn open_and_run(
    browser: Arc<Browser>,
    site: &Site,
    test: &str,
    query: &str,
    run: impl AsyncFnOnce(&Lab) -> Result<()>,
) -> Result<()> {
    let watch = Watch::start(browser.websocket_address()).await?;
    let page = browser.new_page("about:blank").await?;
    let lab = Lab {
        page,
        browser,
        prelude: site.prelude.clone(),
        watch,
    };
    lab.wait_until(
        "watching the page",
        SOON,
        async || Ok(lab.watch.pages() > 0),
    )
    .await?;
    lab.size(1440, 900).await?;
    lab.page.goto(site.page(query)).await?;

    let result = match run(&lab).await {
        Ok(()) => lab.watch.check(&site.origin()),
        Err(error) => Err(error),
    };
    if let Err(error) = result {
        let _ = lab.screenshot(&format!("failed-{test}")).await;
        let status = lab.text("status").await.unwrap_or_default();
        let notice = lab.text("notice").await.unwrap_or_default();
        let faults = lab.watch.faults();
        return Err(error.context(format!(
            "status `{status}`, notice `{notice}`, console {faults:#?}"
        )));
    }
    Ok(())
}

pub(crate) fn site_folder() -> Result<PathBuf> {
    let Some(folder) = std::env::var_os("RSC_SITE") else {
        bail!(
            "RSC_SITE is not set: it names the folder of the built site. `cargo lab test` builds \
             the site and runs these tests on it"
        );
    };
    let folder = PathBuf::from(folder);
    ensure!(
        folder.join("index.html").is_file(),
        "RSC_SITE is {}, which has no index.html: `cargo lab build --out DIR` writes a site",
        folder.display()
    );
    Ok(folder)
}

fn configuration(profile: &Path) -> Result<BrowserConfig> {
    let mut builder = BrowserConfig::builder()
        .new_headless_mode()
        .no_sandbox()
        .user_data_dir(profile)
        .launch_timeout(Duration::from_secs(60))
        .request_timeout(Duration::from_secs(120))
        .viewport(None)
        .arg("enable-unsafe-webgpu")
        .arg(("use-webgpu-adapter", "swiftshader"))
        .arg("disable-component-update")
        .arg("no-default-browser-check")
        // Nobody listens there: what the browser itself wants from elsewhere (updates, the time)
        // stays here. The site is on this machine, which browsers never reach through a proxy.
        .arg(("proxy-server", "http://127.0.0.1:9"));
    if let Some(chrome) = std::env::var_os("CHROME").filter(|chrome| !chrome.is_empty()) {
        builder = builder.chrome_executable(PathBuf::from(chrome));
    }
    builder.build().map_err(|problem| {
        anyhow!("{problem}; install Chromium or Chrome, or set CHROME to its program")
    })
}

/// Where screenshots go, if anywhere.
pub(crate) fn screenshots() -> Option<PathBuf> {
    let folder = std::env::var_os("RSC_SCREENSHOTS")?;
    (!folder.is_empty()).then(|| PathBuf::from(folder))
}

/// What a canvas shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Picture {
    /// Number of different colours.
    pub(crate) colors: u64,
    /// All its pixels, encoded.
    content: String,
}

/// A command of the browser's protocol that chromiumoxide does not write as the browser wants it: it
/// leaves out lists that are empty, and the browser wants to see them.
#[derive(Debug, Clone, Serialize)]
struct Raw {
    #[serde(skip)]
    method: &'static str,
    #[serde(flatten)]
    parameters: Value,
}

impl Method for Raw {
    fn identifier(&self) -> MethodId {
        self.method.into()
    }
}

impl Command for Raw {
    type Response = Value;
}

impl Lab {
    /// Sends a command of the browser's own protocol by its name.
    async fn raw(&self, method: &'static str, parameters: Value) -> Result<()> {
        self.command(Raw { method, parameters }).await?;
        Ok(())
    }

    /// Opens the page in another tab of the same browser, with this query, in front of the others.
    pub(crate) async fn another_tab(&self, query: &str) -> Result<Lab> {
        let pages = self.watch.pages();
        let address = self.evaluate("location.origin + location.pathname").await?;
        let address = address.as_str().unwrap_or_default().to_owned() + query;
        let tab = Lab {
            page: self.browser.new_page("about:blank").await?,
            browser: Arc::clone(&self.browser),
            prelude: self.prelude.clone(),
            watch: self.watch.clone(),
        };
        self.wait_until("watching the other tab", SOON, async || {
            Ok(self.watch.pages() > pages)
        })
        .await?;
        tab.size(1440, 900).await?;
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

    /// Leaves the page for an empty one.
    pub(crate) async fn leave(&self) -> Result<()> {
        self.page.goto("about:blank").await?;
        Ok(())
    }

    /// The middle of an element, brought into view.
    async fn middle(&self, testid: &str) -> Result<(f64, f64)> {
        let middle = "element.scrollIntoView({ block: 'center', behavior: 'instant' }); \
                      const area = element.getBoundingClientRect(); \
                      return [area.x + area.width / 2, area.y + area.height / 2];";
        let middle = self.with_element(testid, middle).await?;
        let number = |at: usize| middle[at].as_f64().context("no place");
        Ok((number(0)?, number(1)?))
    }

    /// Makes the screen one that is touched, as on a phone.
    pub(crate) async fn touch_screen(&self) -> Result<()> {
        let touch = json!({ "enabled": true, "maxTouchPoints": 1 });
        self.raw("Emulation.setTouchEmulationEnabled", touch).await
    }

    /// Waits until what was scrolled stands still and is drawn there: a finger or a pointer that
    /// comes down before hits what was there.
    async fn drawn_twice(&self) -> Result<()> {
        let drawn = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(0))))";
        self.evaluate(drawn).await?;
        Ok(())
    }

    /// Taps an element with a finger.
    pub(crate) async fn tap(&self, testid: &str) -> Result<()> {
        self.middle(testid).await?;
        self.drawn_twice().await?;
        let (x, y) = self.middle(testid).await?;
        for (kind, points) in [
            ("touchStart", json!([{ "x": x, "y": y }])),
            ("touchEnd", json!([])),
        ] {
            let touch = json!({ "type": kind, "touchPoints": points });
            self.raw("Input.dispatchTouchEvent", touch).await?;
        }
        Ok(())
    }

    /// Drops files or folders of this machine on an element, as if they were dragged from elsewhere.
    pub(crate) async fn drop_files(&self, testid: &str, files: &[&Path]) -> Result<()> {
        let (x, y) = self.middle(testid).await?;
        let files: Vec<String> = files.iter().map(|it| it.display().to_string()).collect();
        let data = json!({ "items": [], "files": files, "dragOperationsMask": 1 });
        for kind in ["dragEnter", "dragOver", "drop"] {
            let event = json!({ "type": kind, "x": x, "y": y, "data": data });
            self.raw("Input.dispatchDragEvent", event).await?;
        }
        Ok(())
    }

    /// Opens the page anew, with a script that runs before its own.
    pub(crate) async fn reload_with(&self, script: &str) -> Result<()> {
        self.page.evaluate_on_new_document(script).await?;
        self.page.reload().await?;
        Ok(())
    }

    /// Sends a command of the browser's own protocol.
    pub(crate) async fn command<T: Command>(&self, command: T) -> Result<T::Response> {
        Ok(self.page.execute(command).await?.result)
    }

    /// Leaves the page for an empty one, without waiting for anything, and comes back.
    pub(crate) async fn leave_and_return(&self) -> Result<()> {
        let address = self.evaluate("location.href").await?;
        let address = address.as_str().context("the page has no address")?;
        self.page.goto("about:blank").await?;
        self.page.goto(address).await?;
        Ok(())
    }

    /// The state of the run, whatever the page's language.
    pub(crate) async fn state(&self) -> Result<String> {
        let state = "document.querySelector('[data-testid=status]')?.dataset.status";
        let state = self.evaluate(state).await?;
        Ok(state.as_str().unwrap_or_default().to_owned())
    }

    /// Waits until the run is in this state, whatever the page's language.
    pub(crate) async fn in_state(&self, wanted: &str, within: Duration) -> Result<()> {
        self.wait_until(&format!("the run as `{wanted}`"), within, async || {
            // While one page goes and the next comes, nothing can be asked.
            Ok(self.state().await.is_ok_and(|state| state == wanted))
        })
        .await
    }

    /// Evaluates an expression on the page.
    pub(crate) async fn evaluate(&self, expression: &str) -> Result<Value> {
        let result = self.page.evaluate_expression(expression).await;
        let result = result.with_context(|| format!("on the page: {expression}"))?;
        Ok(result.value().cloned().unwrap_or(Value::Null))
    }

    /// Evaluates `action` with the element in `element`; fails where there is none.
    async fn with_element(&self, testid: &str, action: &str) -> Result<Value> {
        let selector = json!(selector(testid));
        let expression = format!(
            "(() => {{ const element = document.querySelector({selector}); \
             if (!element) return {{ missing: true }}; \
             const value = (() => {{ {action} }})(); return {{ value }}; }})()"
        );
        let answer = self.evaluate(&expression).await?;
        ensure!(
            answer["missing"] != Value::Bool(true),
            "the page has no element `{testid}`"
        );
        Ok(answer["value"].clone())
    }

    /// Whether the element is there.
    pub(crate) async fn has(&self, testid: &str) -> Result<bool> {
        let selector = json!(selector(testid));
        let found = format!("document.querySelector({selector}) !== null");
        Ok(self.evaluate(&found).await? == Value::Bool(true))
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

    /// Waits until the element's text is as wanted, and returns it.
    pub(crate) async fn wait_for(
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
                _ => sleep(PAUSE).await,
            }
        }
    }

    /// Waits until `wanted` says so.
    pub(crate) async fn wait_until(
        &self,
        what: &str,
        within: Duration,
        wanted: impl AsyncFn() -> Result<bool>,
    ) -> Result<()> {
        let started = Instant::now();
        while !wanted().await? {
            ensure!(started.elapsed() < within, "{what}: not after {within:?}");
            sleep(PAUSE).await;
        }
        Ok(())
    }

    /// Waits until the whole page is there and the run ready, and returns the status.
    pub(crate) async fn ready(&self) -> Result<String> {
        let complete = "document.documentElement.hasAttribute('data-complete')";
        self.wait_until("the whole page", LOAD, async || {
            Ok(self.evaluate(complete).await? == true)
        })
        .await?;
        let settled = |text: &str| text.contains("ready") || text.contains("failed");
        let status = self.wait_for("status", settled, LOAD).await?;
        ensure!(status.contains("ready"), "the run is `{status}`");
        Ok(status)
    }

    /// Waits until the run has stopped as wanted; a failed run is an error at once.
    pub(crate) async fn status(&self, wanted: &str, within: Duration) -> Result<()> {
        let settled = |text: &str| text.contains(wanted) || text.contains("failed");
        let status = self.wait_for("status", settled, within).await?;
        ensure!(status.contains(wanted), "the run is `{status}`");
        Ok(())
    }

    /// Steps made so far.
    pub(crate) async fn steps(&self) -> Result<u64> {
        let steps = self.number("step-count").await?;
        Ok(steps.context("`step-count` has no number")? as u64)
    }

    /// Clicks, once the element can be clicked.
    pub(crate) async fn click(&self, testid: &str) -> Result<()> {
        let click = "if (element.disabled) return false; \
                     element.scrollIntoView({ block: 'center' }); element.click(); return true;";
        let started = Instant::now();
        while self.with_element(testid, click).await? != Value::Bool(true) {
            ensure!(
                started.elapsed() < SOON,
                "`{testid}` cannot be clicked: it is still disabled after {SOON:?}"
            );
            sleep(PAUSE).await;
        }
        Ok(())
    }

    /// Sets a control's value as a visitor would, with the events that follow.
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

    /// Presses a key on an element.
    pub(crate) async fn key(&self, testid: &str, key: &str) -> Result<()> {
        let press = format!(
            "element.dispatchEvent(new KeyboardEvent('keydown', \
             {{ key: {}, bubbles: true, cancelable: true }}));",
            json!(key)
        );
        self.with_element(testid, &press).await?;
        Ok(())
    }

    /// Presses a key, wherever the focus is.
    pub(crate) async fn press(&self, key: &str) -> Result<()> {
        let body = self.page.find_element("body").await?;
        body.press_key(key).await?;
        Ok(())
    }

    /// Presses Tab, as a visitor would, without touching the focus before.
    pub(crate) async fn tab(&self) -> Result<()> {
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

    /// Where a place within an element, in parts of its width and height, is on the screen; the
    /// element comes into view, and rests there: what is still being laid out is not to be aimed at.
    async fn place(&self, testid: &str, (x, y): (f64, f64)) -> Result<(f64, f64)> {
        let find = format!(
            "element.scrollIntoView({{ block: 'center', behavior: 'instant' }}); \
             const area = element.getBoundingClientRect(); \
             return [area.left + {x} * area.width, area.top + {y} * area.height];"
        );
        let started = Instant::now();
        let mut place = self.with_element(testid, &find).await?;
        loop {
            self.drawn_twice().await?;
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

    /// Moves the pointer over a place within an element, in parts of its width and height.
    pub(crate) async fn hover(&self, testid: &str, place: (f64, f64)) -> Result<()> {
        let place = self.place(testid, place).await?;
        self.mouse(DispatchMouseEventType::MouseMoved, place).await
    }

    /// Presses the pointer's button on a place within an element, moves to another and lets go.
    pub(crate) async fn drag(&self, testid: &str, from: (f64, f64), to: (f64, f64)) -> Result<()> {
        let from = self.place(testid, from).await?;
        self.mouse(DispatchMouseEventType::MouseMoved, from).await?;
        self.mouse(DispatchMouseEventType::MousePressed, from)
            .await?;
        let to = self.place(testid, to).await?;
        let half = ((from.0 + to.0) / 2.0, (from.1 + to.1) / 2.0);
        self.mouse(DispatchMouseEventType::MouseMoved, half).await?;
        self.mouse(DispatchMouseEventType::MouseMoved, to).await?;
        self.mouse(DispatchMouseEventType::MouseReleased, to).await
    }

    /// Clicks with the pointer: what lies over the element gets the click.
    pub(crate) async fn press_on(&self, testid: &str) -> Result<()> {
        self.drag(testid, (0.5, 0.5), (0.5, 0.5)).await
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
        // What the protocol holds, and all that is around it, is never given back by the page.
        let held = ReleaseObjectParams::new(element.remote_object_id.clone());
        self.page.execute(held).await?;
        Ok(())
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

    /// Waits until a canvas shows more than an even area, and other than `before`.
    pub(crate) async fn drawn(&self, testid: &str, before: Option<&Picture>) -> Result<Picture> {
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
            sleep(PAUSE).await;
        }
    }

    /// Gives the page this size.
    pub(crate) async fn size(&self, width: i64, height: i64) -> Result<()> {
        let phone = width < 500;
        let size = SetDeviceMetricsOverrideParams::new(width, height, 1.0, phone);
        self.page.execute(size).await?;
        Ok(())
    }

    /// `light` or `dark`.
    pub(crate) async fn color_scheme(&self, scheme: &str) -> Result<()> {
        self.media("prefers-color-scheme", scheme).await
    }

    /// What the visitor's system says of one of its preferences.
    pub(crate) async fn media(&self, feature: &str, value: &str) -> Result<()> {
        let mut media = SetEmulatedMediaParams::default();
        media.features = Some(vec![MediaFeature::new(feature, value)]);
        self.page.execute(media).await?;
        Ok(())
    }

    /// Saves what a selector finds first as `{name}.png`, where screenshots are wanted.
    pub(crate) async fn screenshot_of(&self, selector: &str, name: &str) -> Result<()> {
        let Some(folder) = screenshots() else {
            return Ok(());
        };
        std::fs::create_dir_all(&folder)?;
        // Where it lies on the page, which may be far below what the window shows.
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
        let file = folder.join(format!("{name}.png"));
        self.page.save_screenshot(part, &file).await?;
        Ok(())
    }

    /// Saves the whole page as `{name}.png`, where screenshots are wanted.
    pub(crate) async fn screenshot(&self, name: &str) -> Result<()> {
        let Some(folder) = screenshots() else {
            return Ok(());
        };
        std::fs::create_dir_all(&folder)?;
        let whole = ScreenshotParams::builder()
            .format(CaptureScreenshotFormat::Png)
            .full_page(true)
            .build();
        let file = folder.join(format!("{name}.png"));
        self.page.save_screenshot(whole, &file).await?;
        Ok(())
    }
}

fn selector(testid: &str) -> String {
    format!("[data-testid=\"{testid}\"]")
}

/// The first number in a text.
pub(crate) fn number(text: &str) -> Option<f64> {
    let plain = text.replace([',', '\u{202f}', '\u{a0}'], "");
    let start = plain.find(|c: char| c.is_ascii_digit())?;
    let digits = |c: char| !(c.is_ascii_digit() || c == '.');
    let end = plain[start..].find(digits).unwrap_or(plain.len() - start);
    plain[start..start + end].trim_end_matches('.').parse().ok()
}
