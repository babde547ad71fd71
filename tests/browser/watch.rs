//! What must not happen while a test looks elsewhere: errors in a console, uncaught exceptions,
//! requests to another origin; on the page and in its worker.
//!
//! A connection to the browser of its own, because chromiumoxide drives pages only and leaves
//! workers alone.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Result, ensure};
use chromiumoxide::Connection;
use chromiumoxide::types::{CallId, CdpJsonEventMessage, Message};
use futures::StreamExt;
use serde_json::{Value, json};

/// Everything seen so far.
#[derive(Clone, Default)]
pub(crate) struct Watch(Arc<Mutex<Seen>>);

#[derive(Default)]
struct Seen {
    pages: usize,
    workers: usize,
    /// The sessions of those workers that have not ended.
    living: BTreeSet<String>,
    /// Parts of faults that a test causes on purpose.
    expected: Vec<&'static str>,
    faults: Vec<String>,
    requests: Vec<String>,
}

impl Watch {
    /// Watches all pages of a browser and their workers from now on.
    pub(crate) async fn start(debugger: &str) -> Result<Self> {
        let mut connection = Connection::<CdpJsonEventMessage>::connect(debugger).await?;
        attach_to_what_comes(&mut connection, None)?;
        let watch = Self::default();
        let watcher = watch.clone();
        tokio::spawn(async move {
            let mut waiting = Vec::new();
            // It ends with the browser.
            while let Some(Ok(message)) = connection.next().await {
                if let Err(error) = watcher.hear(&mut connection, &mut waiting, message) {
                    watcher.seen().faults.push(format!("watch: {error:#}"));
                }
            }
        });
        Ok(watch)
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Errors and uncaught exceptions, but for those that were expected.
    pub(crate) fn faults(&self) -> Vec<String> {
        self.seen().unexpected()
    }

    /// Takes faults that contain this for what they are: caused on purpose.
    pub(crate) fn expect(&self, part: &'static str) {
        self.seen().expected.push(part);
    }

    /// How many workers there are now.
    pub(crate) fn living_workers(&self) -> usize {
        self.seen().living.len()
    }

    /// Forgets what a test has caused on purpose: faults, and requests, that `caused` knows.
    pub(crate) fn excuse(&self, caused: impl Fn(&str) -> bool) {
        let mut seen = self.seen();
        seen.faults.retain(|fault| !caused(fault));
        seen.requests.retain(|request| !caused(request));
    }

    /// How many pages are watched.
    pub(crate) fn pages(&self) -> usize {
        self.seen().pages
    }

    /// How many workers are watched.
    pub(crate) fn workers(&self) -> usize {
        self.seen().workers
    }

    /// That there was no fault, and no request to anywhere but `origin`.
    pub(crate) fn check(&self, origin: &str) -> Result<()> {
        let seen = self.seen();
        let faults = seen.unexpected();
        ensure!(faults.is_empty(), "errors in the console: {faults:#?}");
        let allowed = [
            format!("{origin}/"),
            format!("blob:{origin}/"),
            String::from("data:"),
            // The browser's own start page, which asks nobody.
            String::from("chrome://"),
            String::from("chrome-untrusted://"),
        ];
        let home = |url: &String| allowed.iter().any(|prefix| url.starts_with(prefix));
        let foreign: Vec<_> = seen.requests.iter().filter(|url| !home(url)).collect();
        ensure!(foreign.is_empty(), "requests to elsewhere: {foreign:#?}");
        ensure!(!seen.requests.is_empty(), "no request was seen at all");
        Ok(())
    }

    fn hear(
        &self,
        connection: &mut Connection<CdpJsonEventMessage>,
        waiting: &mut Vec<(CallId, bool)>,
        message: Message<CdpJsonEventMessage>,
    ) -> Result<()> {
        let event = match message {
            Message::Event(event) => event,
            Message::Response(response) => {
                if let Some(at) = waiting.iter().position(|(id, _)| *id == response.id) {
                    let (_, is_page) = waiting.swap_remove(at);
                    let mut seen = self.seen();
                    if is_page {
                        seen.pages += 1;
                    } else {
                        seen.workers += 1;
                    }
                }
                return Ok(());
            }
        };
        let what = &event.params;
        match &*event.method {
            "Target.attachedToTarget" => {
                let session = what["sessionId"].as_str().map(str::to_owned);
                let kind = what["targetInfo"]["type"].as_str().unwrap_or_default();
                for method in ["Runtime.enable", "Log.enable", "Network.enable"] {
                    send(connection, session.as_deref(), method, json!({}))?;
                }
                attach_to_what_comes(connection, session.as_deref())?;
                if kind == "worker" {
                    self.seen().living.extend(session.clone());
                }
                let method = "Runtime.runIfWaitingForDebugger";
                let last = send(connection, session.as_deref(), method, json!({}))?;
                if matches!(kind, "page" | "worker") {
                    waiting.push((last, kind == "page"));
                }
            }
            "Target.detachedFromTarget" => {
                self.seen().living.remove(&text(&what["sessionId"]));
            }
            "Network.requestWillBeSent" => {
                let url = text(&what["request"]["url"]);
                self.seen().requests.push(url);
            }
            "Runtime.consoleAPICalled"
                if matches!(text(&what["type"]).as_str(), "error" | "assert") =>
            {
                let arguments = what["args"].as_array().cloned().unwrap_or_default();
                let texts: Vec<String> = arguments
                    .iter()
                    .map(|argument| match &argument["value"] {
                        Value::Null => text(&argument["description"]),
                        value => text(value),
                    })
                    .collect();
                self.seen().faults.push(texts.join(" "));
            }
            "Runtime.exceptionThrown" => {
                let details = &what["exceptionDetails"];
                let thrown = text(&details["exception"]["description"]);
                let fault = format!("uncaught: {} {thrown}", text(&details["text"]));
                self.seen().faults.push(fault);
            }
            "Log.entryAdded" if what["entry"]["level"] == "error" => {
                let entry = &what["entry"];
                let fault = format!("{} ({})", text(&entry["text"]), text(&entry["url"]));
                self.seen().faults.push(fault);
            }
            _ => {}
        }
        Ok(())
    }
}

impl Seen {
    fn unexpected(&self) -> Vec<String> {
        let expected = |fault: &&String| self.expected.iter().any(|part| fault.contains(part));
        let faults = self.faults.iter();
        faults.filter(|fault| !expected(fault)).cloned().collect()
    }
}

/// A worker waits until it is watched. (A page must not: chromiumoxide attaches to it too.)
fn attach_to_what_comes(
    connection: &mut Connection<CdpJsonEventMessage>,
    session: Option<&str>,
) -> Result<()> {
    let how = json!({
        "autoAttach": true,
        "waitForDebuggerOnStart": session.is_some(),
        "flatten": true,
    });
    send(connection, session, "Target.setAutoAttach", how)?;
    Ok(())
}

fn send(
    connection: &mut Connection<CdpJsonEventMessage>,
    session: Option<&str>,
    method: &'static str,
    parameters: Value,
) -> Result<CallId> {
    let session = session.map(|session| session.to_owned().into());
    Ok(connection.submit_command(method.into(), session, parameters)?)
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
