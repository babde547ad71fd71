//! RSC Lab in Firefox, on the CPU: it opens, trains and draws, without an error. Driven through
//! WebDriver BiDi, which Firefox speaks without a separate driver.
//!
//! `FIREFOX` names the program; without it the test is skipped.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use async_tungstenite::WebSocketStream;
use async_tungstenite::tokio::{ConnectStream, connect_async};
use async_tungstenite::tungstenite::Message;
use futures::StreamExt;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use crate::lab::{LOAD, Site, site_folder};

/// What Firefox prints before its address.
const LISTENING: &str = "WebDriver BiDi listening on ";

/// The address of a short run.
const SMALL: &str = "?device=cpu#v=1&size=16&train=64&test=8&net=cnn-4-8&batch=8&epochs=1";

/// A connection to Firefox, and the errors in its console.
struct Firefox {
    socket: WebSocketStream<ConnectStream>,
    asked: u64,
    errors: Vec<String>,
}

async fn start(program: &Path, profile: &Path) -> Result<(Child, Firefox)> {
    let mut child = Command::new(program)
        .args(["--headless", "--no-remote", "--remote-debugging-port", "0"])
        .arg("--profile")
        .arg(profile)
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("{} does not start", program.display()))?;
    let output = child.stderr.take().context("no output")?;
    let mut lines = BufReader::new(output).lines();
    let address = timeout(LOAD, async {
        while let Some(line) = lines.next_line().await? {
            if let Some((_, address)) = line.split_once(LISTENING) {
                return Ok(address.trim().to_owned());
            }
        }
        bail!("Firefox ended before it listened")
    })
    .await??;
    // What it writes later must not stop it.
    tokio::spawn(async move { while lines.next_line().await.is_ok_and(|line| line.is_some()) {} });
    let (socket, _) = connect_async(format!("{address}/session")).await?;
    let firefox = Firefox {
        socket,
        asked: 0,
        errors: Vec::new(),
    };
    Ok((child, firefox))
}

impl Firefox {
    async fn ask(&mut self, method: &str, parameters: Value) -> Result<Value> {
        self.asked += 1;
        let question = json!({ "id": self.asked, "method": method, "params": parameters });
        self.socket
            .send(Message::text(question.to_string()))
            .await?;
        let answer = timeout(LOAD, async {
            loop {
                let message = self.socket.next().await.context("Firefox is gone")??;
                let Ok(text) = message.to_text() else {
                    continue;
                };
                let Ok(heard) = serde_json::from_str::<Value>(text) else {
                    continue;
                };
                if heard["id"] == self.asked {
                    return anyhow::Ok(heard);
                }
                let entry = &heard["params"];
                if heard["method"] == "log.entryAdded" && entry["level"] == "error" {
                    self.errors.push(entry["text"].to_string());
                }
            }
        })
        .await
        .with_context(|| format!("no answer to {method}"))??;
        ensure!(answer["type"] == "success", "{method}: {answer}");
        Ok(answer["result"].clone())
    }

    /// The value of an expression on the page.
    async fn evaluate(&mut self, context: &str, expression: &str) -> Result<Value> {
        let parameters = json!({
            "expression": expression,
            "target": { "context": context },
            "awaitPromise": true,
        });
        let answer = self.ask("script.evaluate", parameters).await?;
        ensure!(answer["type"] == "success", "{expression}: {answer}");
        Ok(answer["result"]["value"].clone())
    }

    async fn comes(&mut self, context: &str, expression: &str, wanted: &str) -> Result<()> {
        let began = Instant::now();
        loop {
            let value = self.evaluate(context, expression).await?;
            if value == wanted {
                return Ok(());
            }
            ensure!(
                began.elapsed() < 2 * LOAD,
                "{expression} is {value} and not {wanted}; errors: {:?}",
                self.errors
            );
            sleep(Duration::from_millis(200)).await;
        }
    }
}

const STATE: &str = "document.querySelector('[data-testid=status]')?.dataset.status ?? ''";

const PLAY: &str = "(document.querySelector('[data-testid=play]').click(), 'clicked')";

const BADGE: &str = "document.querySelector('[data-testid=device-badge]').textContent";

/// Whether a mask is drawn: more than an even area on a canvas of the panel.
const DRAWN: &str = "[...document.querySelectorAll('[data-testid=masks] canvas')].some(canvas => { \
    const { width, height } = canvas; if (!width || !height) return false; \
    const copy = document.createElement('canvas'); copy.width = width; copy.height = height; \
    const context = copy.getContext('2d'); context.drawImage(canvas, 0, 0); \
    const pixels = new Uint32Array(context.getImageData(0, 0, width, height).data.buffer); \
    return new Set(pixels).size > 8; }) ? 'drawn' : 'empty'";

/// A loss, as a number.
const LOSS: &str = "Number(document.querySelector('[data-testid=loss-rsc]').textContent) > 0 \
    ? 'a number' : 'none'";

#[tokio::test(flavor = "multi_thread")]
async fn trains_in_firefox() -> Result<()> {
    let Some(program) = std::env::var_os("FIREFOX").filter(|program| !program.is_empty()) else {
        println!("skipped: FIREFOX is not set");
        return Ok(());
    };
    let site = Site::serve(&site_folder()?)?;
    let profile = tempfile::tempdir()?;
    let (mut child, mut firefox) = start(Path::new(&program), profile.path()).await?;
    let about = firefox
        .ask("session.new", json!({ "capabilities": {} }))
        .await?;
    println!("Firefox {}", about["capabilities"]["browserVersion"]);
    firefox
        .ask("session.subscribe", json!({ "events": ["log.entryAdded"] }))
        .await?;
    let tree = firefox.ask("browsingContext.getTree", json!({})).await?;
    let context = tree["contexts"][0]["context"].as_str();
    let context = context.context("no tab")?.to_owned();
    let open = json!({ "context": context, "url": site.page(SMALL), "wait": "complete" });
    firefox.ask("browsingContext.navigate", open).await?;

    firefox.comes(&context, STATE, "ready").await?;
    let badge = firefox.evaluate(&context, BADGE).await?;
    ensure!(badge.to_string().contains("CPU"), "the badge says {badge}");
    firefox.evaluate(&context, PLAY).await?;
    firefox.comes(&context, STATE, "done").await?;
    firefox.comes(&context, LOSS, "a number").await?;
    firefox.comes(&context, DRAWN, "drawn").await?;
    ensure!(firefox.errors.is_empty(), "errors: {:#?}", firefox.errors);
    firefox.ask("browser.close", json!({})).await.ok();
    timeout(Duration::from_secs(20), child.wait()).await.ok();
    Ok(())
}
