//! Runs a test on the page in a browser, and checks afterwards that nothing went wrong unnoticed.

use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use chromiumoxide::Browser;
use tokio::sync::Semaphore;

use super::chromium::with_browser;
use super::monitor::Monitor;
use super::page::Lab;
use super::site::{Site, site_folder};
use super::timeouts::SOON;

/// Two browsers at a time: each trains on the CPU, also where it emulates a GPU.
static BROWSERS: Semaphore = Semaphore::const_new(2);

/// Whether pages may register service workers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ServiceWorkers {
    Allowed,
    Missing,
}

/// Opens the page with this query, in a browser without service workers, runs the test, and fails if the
/// [`Monitor`] saw a fault or a request to another origin. A failure leaves a screenshot where `RSC_SCREENSHOTS` says.
pub(crate) async fn visit(
    test: &str,
    query: &str,
    run: impl AsyncFnOnce(&Lab) -> Result<()>,
) -> Result<()> {
    let site = Site::serve(&site_folder()?)?;
    visit_on(site, ServiceWorkers::Missing, test, query, run).await
}

/// As [`visit`], on the site in this folder.
pub(crate) async fn visit_folder(
    folder: &Path,
    test: &str,
    query: &str,
    run: impl AsyncFnOnce(&Lab) -> Result<()>,
) -> Result<()> {
    let site = Site::serve(folder)?;
    visit_on(site, ServiceWorkers::Missing, test, query, run).await
}

/// As [`visit`], on a server that sends the headers of `cargo lab serve`.
pub(crate) async fn visit_with_headers(
    test: &str,
    query: &str,
    run: impl AsyncFnOnce(&Lab) -> Result<()>,
) -> Result<()> {
    let site = Site::serve_with_headers(&site_folder()?)?;
    visit_on(site, ServiceWorkers::Missing, test, query, run).await
}

/// As [`visit`], with service workers, on this server.
pub(crate) async fn visit_with_service_workers(
    site: Site,
    test: &str,
    query: &str,
    run: impl AsyncFnOnce(&Lab) -> Result<()>,
) -> Result<()> {
    visit_on(site, ServiceWorkers::Allowed, test, query, run).await
}

async fn visit_on(
    site: Site,
    service_workers: ServiceWorkers,
    test: &str,
    query: &str,
    run: impl AsyncFnOnce(&Lab) -> Result<()>,
) -> Result<()> {
    let _permit = BROWSERS.acquire().await?;
    with_browser(|browser| open_and_run(browser, (&site, service_workers), test, query, run)).await
}

async fn open_and_run(
    browser: Arc<Browser>,
    (site, service_workers): (&Site, ServiceWorkers),
    test: &str,
    query: &str,
    run: impl AsyncFnOnce(&Lab) -> Result<()>,
) -> Result<()> {
    let monitor = Monitor::start(browser.websocket_address()).await?;
    let page = browser.new_page("about:blank").await?;
    let lab = Lab {
        page,
        browser,
        worker_prelude: site.worker_prelude.clone(),
        folder: site.folder.clone(),
        service_workers: service_workers == ServiceWorkers::Allowed,
        monitor,
        frame: None,
    };
    lab.wait_until("watching the page", SOON, async || {
        Ok(lab.monitor.pages() > 0)
    })
    .await?;
    if !lab.service_workers {
        lab.without_service_workers().await?;
    }
    lab.resize(1440, 900).await?;
    lab.page.goto(site.page(query)).await?;

    let result = match run(&lab).await {
        Ok(()) => lab.monitor.check(&site.origin()),
        Err(error) => Err(error),
    };
    if let Err(error) = result {
        let _ = lab.screenshot(&format!("failed-{test}")).await;
        let status = lab.text("status").await.unwrap_or_default();
        let notice = lab.text("notice").await.unwrap_or_default();
        let faults = lab.monitor.faults();
        return Err(error.context(format!(
            "status `{status}`, notice `{notice}`, console {faults:#?}"
        )));
    }
    Ok(())
}
