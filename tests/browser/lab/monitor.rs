//! Records errors in the console, uncaught exceptions and requests to other origins, on all pages
//! and in their workers, whatever a test looks at.
//!
//! It has its own connection to the browser, because chromiumoxide attaches to pages only and not
//! to workers.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Result, ensure};
use chromiumoxide::Connection;
use chromiumoxide::types::{CallId, CdpJsonEventMessage, Message};
use futures::StreamExt;
use serde_json::{Value, json};

/// The record of a browser; its clones share it.
#[derive(Clone, Default)]
pub(crate) struct Monitor(Arc<Mutex<Seen>>);

#[derive(Default)]
struct Seen {
    pages: usize,
    workers: usize,
    /// The DevTools sessions of the workers that have not ended.
    living: BTreeSet<String>,
    /// Parts of the texts of faults that the test causes.
    expected: Vec<&'static str>,
    faults: Vec<String>,
    requests: Vec<String>,
}

impl Monitor {
    /// Records what happens on all pages of a browser and in their workers from now on.
    pub(crate) async fn start(debugger: &str) -> Result<Self> {
        let mut connection = Connection::<CdpJsonEventMessage>::connect(debugger).await?;
        attach_to_new_targets(&mut connection, None)?;
        let monitor = Self::default();
        let listener = monitor.clone();
        tokio::spawn(async move {
            // Calls that let a new target run, and whether it is a page.
            let mut attaching = Vec::new();
            // The connection ends with the browser.
            while let Some(Ok(message)) = connection.next().await {
                if let Err(error) = listener.receive(&mut connection, &mut attaching, message) {
                    listener.seen().faults.push(format!("monitor: {error:#}"));
                }
            }
        });
        Ok(monitor)
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Errors and uncaught exceptions, without the expected ones.
    pub(crate) fn faults(&self) -> Vec<String> {
        self.seen().unexpected()
    }

    /// Ignores faults that contain this: the test causes them.
    pub(crate) fn expect_fault(&self, part: &'static str) {
        self.seen().expected.push(part);
    }

    /// Number of workers that have not ended.
    pub(crate) fn living_workers(&self) -> usize {
        self.seen().living.len()
    }

    /// Discards the faults and requests so far that the test has caused, as `caused` tells.
    pub(crate) fn discard(&self, caused: impl Fn(&str) -> bool) {
        let mut seen = self.seen();
        seen.faults.retain(|fault| !caused(fault));
        seen.requests.retain(|request| !caused(request));
    }

    /// Number of pages attached to so far.
    pub(crate) fn pages(&self) -> usize {
        self.seen().pages
    }

    /// Number of workers attached to so far.
    pub(crate) fn workers(&self) -> usize {
        self.seen().workers
    }

    /// An error if there was an unexpected fault, or a request to another origin.
    pub(crate) fn check(&self, origin: &str) -> Result<()> {
        let seen = self.seen();
        let faults = seen.unexpected();
        ensure!(faults.is_empty(), "errors in the console: {faults:#?}");
        let allowed = [
            format!("{origin}/"),
            format!("blob:{origin}/"),
            String::from("data:"),
            // The browser's own start page.
            String::from("chrome://"),
            String::from("chrome-untrusted://"),
        ];
        let home = |url: &String| allowed.iter().any(|prefix| url.starts_with(prefix));
        let foreign: Vec<_> = seen.requests.iter().filter(|url| !home(url)).collect();
        ensure!(foreign.is_empty(), "requests to elsewhere: {foreign:#?}");
        ensure!(!seen.requests.is_empty(), "no request was seen at all");
        Ok(())
    }

    fn receive(
        &self,
        connection: &mut Connection<CdpJsonEventMessage>,
        attaching: &mut Vec<(CallId, bool)>,
        message: Message<CdpJsonEventMessage>,
    ) -> Result<()> {
        let event = match message {
            Message::Event(event) => event,
            Message::Response(response) => {
                if let Some(at) = attaching.iter().position(|(id, _)| *id == response.id) {
                    let (_, is_page) = attaching.swap_remove(at);
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
        let details = &event.params;
        match &*event.method {
            "Target.attachedToTarget" => self.attach(connection, attaching, details)?,
            "Target.detachedFromTarget" => {
                self.seen().living.remove(&text(&details["sessionId"]));
            }
            "Network.requestWillBeSent" => {
                let url = text(&details["request"]["url"]);
                self.seen().requests.push(url);
            }
            method => self.seen().faults.extend(fault(method, details)),
        }
        Ok(())
    }

    /// Enables the events of a new target and lets it run.
    fn attach(
        &self,
        connection: &mut Connection<CdpJsonEventMessage>,
        attaching: &mut Vec<(CallId, bool)>,
        details: &Value,
    ) -> Result<()> {
        let session = details["sessionId"].as_str().map(str::to_owned);
        let kind = details["targetInfo"]["type"].as_str().unwrap_or_default();
        for method in ["Runtime.enable", "Log.enable", "Network.enable"] {
            send(connection, session.as_deref(), method, json!({}))?;
        }
        attach_to_new_targets(connection, session.as_deref())?;
        if kind == "worker" {
            self.seen().living.extend(session.clone());
        }
        let method = "Runtime.runIfWaitingForDebugger";
        let last = send(connection, session.as_deref(), method, json!({}))?;
        if matches!(kind, "page" | "worker") {
            attaching.push((last, kind == "page"));
        }
        Ok(())
    }
}

/// The text of a fault, where an event tells of one.
fn fault(method: &str, details: &Value) -> Option<String> {
    match method {
        "Runtime.consoleAPICalled"
            if matches!(text(&details["type"]).as_str(), "error" | "assert") =>
        {
            let arguments = details["args"].as_array().cloned().unwrap_or_default();
            let texts: Vec<String> = arguments
                .iter()
                .map(|argument| match &argument["value"] {
                    Value::Null => text(&argument["description"]),
                    value => text(value),
                })
                .collect();
            Some(texts.join(" "))
        }
        "Runtime.exceptionThrown" => {
            let exception = &details["exceptionDetails"];
            let thrown = text(&exception["exception"]["description"]);
            Some(format!("uncaught: {} {thrown}", text(&exception["text"])))
        }
        "Log.entryAdded" if details["entry"]["level"] == "error" => {
            let entry = &details["entry"];
            Some(format!(
                "{} ({})",
                text(&entry["text"]),
                text(&entry["url"])
            ))
        }
        _ => None,
    }
}

impl Seen {
    fn unexpected(&self) -> Vec<String> {
        let expected = |fault: &&String| self.expected.iter().any(|part| fault.contains(part));
        let faults = self.faults.iter();
        faults.filter(|fault| !expected(fault)).cloned().collect()
    }
}

/// Attaches to targets that start later. Workers wait until they are attached; pages must not wait,
/// because chromiumoxide attaches to them too.
fn attach_to_new_targets(
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
