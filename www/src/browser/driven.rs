//! A headless Chromium that is told what to do, by the DevTools protocol over two pipes: where it goes, what
//! is asked of its page, pictures of it. Nothing beside it has to be installed.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::opened::{Adapter, Browser, flags};

/// Gives a program its two pipes as the files 3 and 4, where Chromium wants them.
const WITH_PIPES: &str = r#"exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null"#;
/// How often a condition is looked at.
const POLL: Duration = Duration::from_millis(250);

/// A running browser with one tab. Dropping it kills the process.
pub(crate) struct Driven {
    commands: ChildStdin,
    messages: Receiver<Value>,
    session: Option<String>,
    calls: u64,
    /// When everything is to be over: a page that compiles or computes may be silent for long.
    until: Instant,
    /// Ends last.
    browser: Browser,
}

impl Driven {
    /// Starts `chrome` with these variables set. Whatever has not come by `until` is an error.
    pub(crate) fn start(
        chrome: &Path,
        variables: &[(String, String)],
        adapter: Option<Adapter>,
        until: Instant,
    ) -> Result<Self> {
        let mut browser = Browser::start(|profile| {
            let mut command = Command::new("sh");
            command
                .args(["-c", WITH_PIPES])
                .arg(chrome)
                .args(flags(profile, adapter))
                .args(["--remote-debugging-pipe", "about:blank"])
                .envs(variables.iter().cloned())
                .stdin(Stdio::piped())
                .stdout(Stdio::piped());
            command
        })?;
        let commands = browser.child.stdin.take();
        let answers = browser.child.stdout.take();
        let (sender, messages) = mpsc::channel();
        let mut answers = BufReader::new(answers.context("the browser has no pipe")?);
        thread::spawn(move || {
            let mut message = Vec::new();
            while answers
                .read_until(0, &mut message)
                .is_ok_and(|read| read > 0)
            {
                message.pop();
                let Ok(parsed) = serde_json::from_slice(&message) else {
                    break;
                };
                if sender.send(parsed).is_err() {
                    break;
                }
                message.clear();
            }
        });
        let mut driven = Self {
            commands: commands.context("the browser has no pipe")?,
            messages,
            session: None,
            calls: 0,
            until,
            browser,
        };
        driven.attach()?;
        Ok(driven)
    }

    /// Takes hold of the tab that the browser began with.
    fn attach(&mut self) -> Result<()> {
        let tab = loop {
            let targets = self.call("Target.getTargets", &json!({}))?;
            let all = targets["targetInfos"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            if let Some(page) = all.into_iter().find(|target| target["type"] == "page") {
                break page["targetId"].clone();
            }
            ensure!(Instant::now() < self.until, "the browser opens no tab");
            thread::sleep(POLL);
        };
        let attached = self.call(
            "Target.attachToTarget",
            &json!({ "targetId": tab, "flatten": true }),
        )?;
        self.session = attached["sessionId"].as_str().map(str::to_owned);
        ensure!(
            self.session.is_some(),
            "the browser lets nobody drive its tab"
        );
        Ok(())
    }

    fn call(&mut self, method: &str, parameters: &Value) -> Result<Value> {
        self.calls += 1;
        let id = self.calls;
        let mut message = json!({ "id": id, "method": method, "params": parameters });
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        let mut bytes = serde_json::to_vec(&message)?;
        bytes.push(0);
        let sent = self.commands.write_all(&bytes);
        while sent.is_ok() && Instant::now() < self.until {
            match self.messages.recv_timeout(POLL) {
                Ok(answer) if answer["id"] == id => {
                    if let Some(error) = answer.get("error") {
                        bail!("the browser refuses {method}: {}", error["message"]);
                    }
                    return Ok(answer["result"].clone());
                }
                // An event, or nothing yet.
                Ok(_) | Err(mpsc::RecvTimeoutError::Timeout) => {}
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
            }
        }
        thread::sleep(POLL);
        match self.browser.exit_message() {
            Some(end) => bail!("the browser has ended: {end}"),
            None => bail!("the browser does not answer {method}"),
        }
    }

    /// Goes to an address.
    pub(crate) fn go(&mut self, address: &str) -> Result<()> {
        let gone = self.call("Page.navigate", &json!({ "url": address }))?;
        if let Some(problem) = gone["errorText"].as_str() {
            bail!("the browser cannot open {address}: {problem}");
        }
        Ok(())
    }

    /// The value of an expression, awaited if it is a promise.
    pub(crate) fn evaluate(&mut self, expression: &str) -> Result<Value> {
        let asked = json!({
            "expression": expression, "returnByValue": true, "awaitPromise": true
        });
        let answer = self.call("Runtime.evaluate", &asked)?;
        if let Some(thrown) = answer.get("exceptionDetails") {
            let what = &thrown["exception"]["description"];
            bail!("the page says: {}", what.as_str().unwrap_or("an exception"));
        }
        Ok(answer["result"]["value"].clone())
    }

    /// Waits until an expression is true, or a text with something in it, and returns it.
    pub(crate) fn wait_for(&mut self, what: &str, expression: &str) -> Result<Value> {
        loop {
            // Nothing can be evaluated while one document replaces another.
            let found = self.evaluate(expression).unwrap_or_default();
            let is_there = match &found {
                Value::Null | Value::Bool(false) => false,
                Value::String(text) => !text.is_empty(),
                _ => true,
            };
            if is_there {
                return Ok(found);
            }
            if let Some(end) = self.browser.exit_message() {
                bail!("the browser has ended: {end}");
            }
            ensure!(Instant::now() < self.until, "{what} did not come in time");
            thread::sleep(POLL);
        }
    }

    /// Writes a picture of what is seen, as PNG.
    pub(crate) fn screenshot(&mut self, file: &Path) -> Result<()> {
        let taken = self.call("Page.captureScreenshot", &json!({ "format": "png" }))?;
        let data = taken["data"]
            .as_str()
            .context("the browser sends no picture")?;
        let bytes = BASE64_STANDARD
            .decode(data)
            .context("the picture is broken")?;
        fs::write(file, bytes).with_context(|| format!("cannot write {}", file.display()))
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::OpenOptionsExt;

    use super::*;

    /// A program that says what a browser would, whatever it is asked.
    fn script(folder: &Path, text: &str) -> std::path::PathBuf {
        let file = folder.join("browser");
        let mut options = fs::File::options();
        options.write(true).create(true).truncate(true).mode(0o755);
        let mut opened = options.open(&file).expect("writes");
        opened.write_all(text.as_bytes()).expect("writes");
        file
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(20)
    }

    #[test]
    fn a_browser_is_asked_and_answers() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let answers = r#"#!/bin/sh
echo "hidden" # what it prints is no answer
printf '{"method":"an event"}\0{"id":1,"result":{"targetInfos":[{"type":"page","targetId":"t"}]}}\0' >&4
printf '{"id":2,"result":{"sessionId":"s"}}\0{"id":3,"result":{"result":{"value":[7]}}}\0' >&4
printf '{"id":4,"result":{"exceptionDetails":{"exception":{"description":"no such thing"}}}}\0' >&4
printf '{"id":5,"result":{"data":"UE5H"}}\0' >&4
exec cat <&3 >/dev/null
"#;
        let mut browser =
            Driven::start(&script(folder.path(), answers), &[], None, soon()).expect("it starts");
        assert_eq!(browser.evaluate("it").expect("a value"), json!([7]));
        let thrown = browser.evaluate("that").expect_err("it is thrown");
        assert!(thrown.to_string().contains("no such thing"), "{thrown}");
        let picture = folder.path().join("picture.png");
        browser.screenshot(&picture).expect("it is taken");
        assert_eq!(fs::read(picture).expect("reads"), b"PNG");
    }

    #[test]
    fn a_browser_that_ends_is_named() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let ends = script(
            folder.path(),
            "#!/bin/sh\necho \"no display\" >&2\nexit 3\n",
        );
        let error = Driven::start(&ends, &[], None, soon())
            .err()
            .expect("it has ended");
        assert!(error.to_string().contains("no display"), "{error:#}");
        let silent = script(folder.path(), "#!/bin/sh\nexec sleep 30\n");
        let until = Instant::now() + Duration::from_millis(300);
        let error = Driven::start(&silent, &[], None, until).err();
        let error = error.expect("it says nothing").to_string();
        assert!(error.contains("does not answer"), "{error}");
    }
}
