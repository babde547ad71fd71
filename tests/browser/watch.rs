//! What must not happen while a test looks elsewhere: errors in a console, uncaught exceptions,
//! requests to another origin.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Result, ensure};
use chromiumoxide::cdp::browser_protocol::log::{self, EventEntryAdded, LogEntryLevel};
use chromiumoxide::cdp::browser_protocol::network::{self, EventRequestWillBeSent};
use chromiumoxide::cdp::browser_protocol::target::{AttachToTargetParams, EventTargetCreated};
use chromiumoxide::cdp::js_protocol::runtime::{
    self, ConsoleApiCalledType, EventConsoleApiCalled, EventExceptionThrown,
};
use chromiumoxide::{Browser, Page};
use futures::StreamExt;

/// Everything seen so far, on the page and in its workers.
#[derive(Clone, Default)]
pub(crate) struct Watch(Arc<Mutex<Seen>>);

#[derive(Default)]
struct Seen {
    faults: Vec<String>,
    requests: Vec<String>,
    workers: usize,
}

impl Watch {
    fn note(&self, note: impl FnOnce(&mut Seen)) {
        note(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Errors and uncaught exceptions.
    pub(crate) fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        self.note(|seen| faults.clone_from(&seen.faults));
        faults
    }

    /// How many workers are watched.
    pub(crate) fn workers(&self) -> usize {
        let mut workers = 0;
        self.note(|seen| workers = seen.workers);
        workers
    }

    /// That there was no fault, and no request to anywhere but `origin`.
    pub(crate) fn check(&self, origin: &str) -> Result<()> {
        let faults = self.faults();
        ensure!(faults.is_empty(), "errors in the console: {faults:#?}");
        let mut requests = Vec::new();
        self.note(|seen| requests.clone_from(&seen.requests));
        let (home, inline) = (
            format!("{origin}/"),
            [format!("blob:{origin}/"), "data:".into()],
        );
        let allowed = |url: &String| {
            url.starts_with(&home) || inline.iter().any(|prefix| url.starts_with(prefix))
        };
        let foreign: Vec<_> = requests.iter().filter(|url| !allowed(url)).collect();
        ensure!(foreign.is_empty(), "requests to elsewhere: {foreign:#?}");
        ensure!(!requests.is_empty(), "no request was seen at all");
        Ok(())
    }

    /// Watches a page, or a worker attached as one.
    pub(crate) async fn page(&self, page: &Page, who: &'static str) -> Result<()> {
        let mut console = page.event_listener::<EventConsoleApiCalled>().await?;
        let mut exceptions = page.event_listener::<EventExceptionThrown>().await?;
        let mut entries = page.event_listener::<EventEntryAdded>().await?;
        let mut requests = page.event_listener::<EventRequestWillBeSent>().await?;
        page.execute(runtime::EnableParams::default()).await?;
        page.execute(log::EnableParams::default()).await?;
        page.execute(network::EnableParams::default()).await?;

        let watch = self.clone();
        tokio::spawn(async move {
            while let Some(event) = console.next().await {
                if matches!(
                    event.r#type,
                    ConsoleApiCalledType::Error | ConsoleApiCalledType::Assert
                ) {
                    let texts: Vec<String> = event
                        .args
                        .iter()
                        .map(|argument| match (&argument.value, &argument.description) {
                            (Some(value), _) => value.to_string(),
                            (None, Some(text)) => text.clone(),
                            (None, None) => String::from("?"),
                        })
                        .collect();
                    watch.note(|seen| seen.faults.push(format!("{who}: {}", texts.join(" "))));
                }
            }
        });
        let watch = self.clone();
        tokio::spawn(async move {
            while let Some(event) = exceptions.next().await {
                let details = &event.exception_details;
                let thrown = details.exception.as_ref();
                let thrown = thrown.and_then(|thrown| thrown.description.clone());
                let text = thrown.unwrap_or_else(|| details.text.clone());
                watch.note(|seen| seen.faults.push(format!("{who}: uncaught: {text}")));
            }
        });
        let watch = self.clone();
        tokio::spawn(async move {
            while let Some(event) = entries.next().await {
                if event.entry.level == LogEntryLevel::Error {
                    let (text, url) = (&event.entry.text, &event.entry.url);
                    watch.note(|seen| seen.faults.push(format!("{who}: {text} {url:?}")));
                }
            }
        });
        let watch = self.clone();
        tokio::spawn(async move {
            while let Some(event) = requests.next().await {
                watch.note(|seen| seen.requests.push(event.request.url.clone()));
            }
        });
        Ok(())
    }

    /// Watches every worker from now on.
    pub(crate) async fn workers_of(&self, browser: Arc<Browser>) -> Result<()> {
        let mut created = browser.event_listener::<EventTargetCreated>().await?;
        let watch = self.clone();
        tokio::spawn(async move {
            while let Some(event) = created.next().await {
                if event.target_info.r#type == "worker" {
                    let id = event.target_info.target_id.clone();
                    match watch.worker(&browser, id).await {
                        Ok(()) => watch.note(|seen| seen.workers += 1),
                        // One that ended at once; the page's own console has what it said.
                        Err(error) => eprintln!("a worker could not be watched: {error:#}"),
                    }
                }
            }
        });
        Ok(())
    }

    async fn worker(
        &self,
        browser: &Browser,
        id: chromiumoxide::cdp::browser_protocol::target::TargetId,
    ) -> Result<()> {
        let mut attach = AttachToTargetParams::new(id.clone());
        attach.flatten = Some(true);
        browser.execute(attach).await?;
        let worker = browser.get_page(id).await?;
        self.page(&worker, "worker").await
    }
}
