//! Starts and ends a headless Chromium with a profile of its own.

use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, anyhow};
use chromiumoxide::Browser;
use chromiumoxide::browser::BrowserConfig;
use futures::{FutureExt, StreamExt};

/// Starts a browser, awaits `use_it`, and ends the browser whatever came of it. A panic becomes an
/// error.
pub(super) async fn with_browser<F: Future<Output = Result<()>>>(
    use_it: impl FnOnce(Arc<Browser>) -> F,
) -> Result<()> {
    let profile = tempfile::tempdir()?;
    let (browser, mut handler) = Browser::launch(configuration(profile.path())?)
        .await
        .map_err(|error| anyhow!("the browser does not start: {error}"))?;
    let driver = tokio::spawn(async move { while handler.next().await.is_some() {} });

    let browser = Arc::new(browser);
    let used = use_it(Arc::clone(&browser));
    let outcome = AssertUnwindSafe(used).catch_unwind().await;
    // Its processes must not outlive the test. The tabs are gone by now.
    if let Some(browser) = Arc::into_inner(browser) {
        end(browser).await;
    }
    driver.abort();
    outcome.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
        Err(anyhow!("panicked: {}", text.unwrap_or_default()))
    })
}

/// Chromium's features whose user interface is a page.
const OWN_PAGES: &str = "WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup";

async fn end(mut browser: Browser) {
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
        // The page of a new tab and the address bar's suggestions are pages themselves. Loading them took more of the
        // processor's time than a short test.
        .arg("no-startup-window")
        .arg(("disable-features", OWN_PAGES))
        // Nothing listens at this proxy, so the browser's own requests (updates, the time) fail
        // here. The site is on the loopback interface, which bypasses proxies.
        .arg(("proxy-server", "http://127.0.0.1:9"));
    if let Some(chrome) = std::env::var_os("CHROME").filter(|chrome| !chrome.is_empty()) {
        builder = builder.chrome_executable(PathBuf::from(chrome));
    }
    builder.build().map_err(|problem| {
        anyhow!("{problem}; install Chromium or Chrome, or set CHROME to its program")
    })
}
