//! `cargo lab bench`: the page's own benchmark in a headless Chromium, as a table or as JSON. The
//! browser hands its report to the server that the page came from.

mod browser;
mod report_endpoint;

use std::hash::{BuildHasher, Hasher, RandomState};
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;
use rsc_core::bench::{BenchReport, table};
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use self::browser::{Adapter, Browser};
use crate::progress::Report;
use crate::serve::{Live, Served};
use crate::site::bundle::Site;
use crate::site::wasm::Flavor;
use crate::site::{self, compress, wasm};
use crate::tools;
use crate::workspace::Workspace;

/// A software GPU needs minutes; this is more than any part of it takes. A page that says nothing
/// for so long is given up.
const SILENCE: Duration = Duration::from_secs(5 * 60);
/// What the page sends now and then while it measures (`ALIVE` in app/src/panels/bench/mod.rs).
const ALIVE: &str = "alive";
/// How often is looked whether the browser still runs.
const LOOK: Duration = Duration::from_millis(500);

/// What the command line says.
#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    /// Print the reports as JSON, one object for each device
    #[arg(long)]
    json: bool,
    /// Where the page computes
    #[arg(long, value_enum, default_value = "both")]
    device: Choice,
    /// Steps to time of each run, after a tenth as many to warm up
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(5..=2_000))]
    steps: u32,
}

/// `--device`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Choice {
    /// The processor
    Cpu,
    /// WebGPU: a GPU where Chromium finds one, else one emulated by software
    Webgpu,
    /// Each in turn; WebGPU is left out where it cannot be had
    Both,
}

/// One visit of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Visit {
    Cpu,
    Webgpu(Adapter),
}

impl Choice {
    /// Devices by their name, with the visits that are tried until one succeeds.
    fn devices(self) -> Vec<(&'static str, Vec<Visit>)> {
        let cpu = ("cpu", vec![Visit::Cpu]);
        let adapters = [Adapter::Hardware, Adapter::Software];
        let webgpu = ("webgpu", adapters.map(Visit::Webgpu).to_vec());
        match self {
            Self::Cpu => vec![cpu],
            Self::Webgpu => vec![webgpu],
            Self::Both => vec![cpu, webgpu],
        }
    }
}

/// What the page sends.
#[derive(Debug, Deserialize)]
struct Sent {
    reports: Vec<BenchReport>,
    problem: Option<String>,
}

/// Builds the site, has it measured, and prints what came of it.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let mut report = Report::default();
    let chrome = tools::chromium(&mut report)?;
    let toolchain = tools::wasm_toolchain(workspace, &mut report)?;
    let mut site = site::build(workspace, &toolchain, Flavor::Release, &mut report)?;
    let cache = workspace.site_target().join("br-cache");
    report.quiet("compress", || compress::compress(&mut site, &cache))?;
    let page_bytes = brotli_bytes(&site, wasm::PAGE.name);
    let engine_bytes = brotli_bytes(&site, wasm::ENGINE.name);

    // Kept to the end: without its sender the server takes the site for outdated.
    let (_sender, live) = watch::channel(Arc::new(Served::new(site, 0, false)));
    let runtime = tokio::runtime::Runtime::new().context("cannot start the server's threads")?;
    let mut reports = Vec::new();
    for (device, visits) in options.device.devices() {
        let mut measured = Err(anyhow::anyhow!("nothing was tried"));
        for visit in visits {
            let name = visit.name();
            measured = report.quiet(&format!("measure on {name}"), || {
                runtime.block_on(measure(&chrome, live.clone(), device, visit, options.steps))
            });
            match &measured {
                Ok(_) => break,
                Err(error) => eprintln!("   {name}: {error:#}"),
            }
        }
        match measured {
            Ok(measured) => reports.push(BenchReport {
                page_brotli_bytes: page_bytes,
                engine_brotli_bytes: engine_bytes,
                ..measured
            }),
            // The reasons were said above.
            Err(_) if options.device == Choice::Both && device == "webgpu" => {
                eprintln!("   WebGPU is left out.");
            }
            Err(error) => return Err(error),
        }
    }
    report.print();
    if options.json {
        println!("{}", serde_json::to_string_pretty(&reports)?);
    } else {
        print!("{}", table(&reports));
    }
    Ok(())
}

impl Visit {
    fn name(self) -> &'static str {
        match self {
            Self::Cpu => "the processor",
            Self::Webgpu(Adapter::Hardware) => "WebGPU",
            Self::Webgpu(Adapter::Software) => "WebGPU, emulated by software",
        }
    }

    fn adapter(self) -> Option<Adapter> {
        match self {
            Self::Cpu => None,
            Self::Webgpu(adapter) => Some(adapter),
        }
    }
}

/// Opens the page in a browser with an empty profile, so that it loads as for a new visitor, and
/// waits for its report.
async fn measure(
    chrome: &Path,
    live: Live,
    device: &str,
    visit: Visit,
    steps: u32,
) -> Result<BenchReport> {
    let token = token();
    let (sender, mut receiver) = mpsc::channel(16);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .context("there is no free port on 127.0.0.1")?;
    let origin = listener.local_addr()?;
    let router = report_endpoint::router(live, &token, sender);
    let server = tokio::spawn(async move { axum::serve(listener, router).await });
    let address = format!("http://{origin}/{}", query(device, steps, &token));
    let outcome = match Browser::open(chrome, &address, visit.adapter()) {
        Ok(mut browser) => wait(&mut receiver, &mut browser).await,
        Err(error) => Err(error),
    };
    server.abort();
    read(&outcome?)
}

/// What the page is asked for.
fn query(device: &str, steps: u32, token: &str) -> String {
    format!("?bench=run&lang=en&device={device}&steps={steps}&report={token}")
}

async fn wait(receiver: &mut mpsc::Receiver<String>, browser: &mut Browser) -> Result<String> {
    let mut heard = Instant::now();
    loop {
        match timeout(LOOK, receiver.recv()).await {
            Ok(Some(text)) if text == ALIVE => heard = Instant::now(),
            Ok(Some(text)) => return Ok(text),
            Ok(None) => bail!("the server stopped before the page had sent its report"),
            Err(_) => {
                if let Some(end) = browser.ended() {
                    bail!("the browser ended before the page had sent its report: {end}");
                }
                ensure!(
                    heard.elapsed() < SILENCE,
                    "the page has said nothing for {} minutes",
                    SILENCE.as_secs() / 60
                );
            }
        }
    }
}

/// Reads what the page sent, for its one device.
fn read(text: &str) -> Result<BenchReport> {
    let sent: Sent = serde_json::from_str(text).context("the page sent no report of its own")?;
    if let Some(problem) = sent.problem {
        bail!("{problem}");
    }
    let report = sent.reports.into_iter().next();
    report.context("the page measured no device")
}

/// Nobody else on this machine can guess it.
fn token() -> String {
    let half = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", half(), half())
}

/// How large a module is for a browser that takes Brotli.
fn brotli_bytes(site: &Site, module: &str) -> Option<u64> {
    let start = format!("{module}-");
    let is_module = |name: &str| name.starts_with(&start) && name.ends_with(".wasm");
    let asset = site.assets.iter().find(|asset| is_module(&asset.name))?;
    let sent = asset.brotli.as_ref().unwrap_or(&asset.bytes);
    u64::try_from(sent.len()).ok()
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::site::bundle::Asset;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
    }

    fn parsed(line: &[&str]) -> Result<Options, clap::Error> {
        let line = [&["bench"], line].concat();
        Line::try_parse_from(line).map(|line| line.options)
    }

    #[test]
    fn options_have_defaults_and_ranges() {
        let plain = parsed(&[]).expect("nothing is needed");
        assert_eq!(
            (plain.json, plain.device, plain.steps),
            (false, Choice::Both, 50)
        );
        let all = parsed(&["--json", "--device", "cpu", "--steps", "9"]).expect("all is right");
        assert_eq!((all.json, all.device, all.steps), (true, Choice::Cpu, 9));
        for wrong in [["--steps", "4"], ["--steps", "2001"], ["--device", "gpu"]] {
            assert!(parsed(&wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_gpu_is_tried_before_an_emulated_one() {
        let names: Vec<_> = Choice::Both.devices().iter().map(|it| it.0).collect();
        assert_eq!(names, ["cpu", "webgpu"]);
        let webgpu = Choice::Webgpu.devices();
        assert_eq!(
            webgpu[0].1,
            [
                Visit::Webgpu(Adapter::Hardware),
                Visit::Webgpu(Adapter::Software)
            ]
        );
    }

    #[test]
    fn reports_and_problems_are_read() {
        let sent = r#"{"reports":[{"device":"cpu","device_name":"it","steps":5,
            "step_ms_median":1.5,"page_usable_ms":null}],"problem":null}"#;
        let report = read(sent).expect("it is a report");
        assert_eq!(report.step_ms_median, Some(1.5));
        assert_eq!(report.page_usable_ms, None);
        let refused = read(r#"{"reports":[],"problem":"no adapter"}"#).expect_err("a problem");
        assert_eq!(refused.to_string(), "no adapter");
        assert!(read("[]").is_err() && read(r#"{"reports":[],"problem":null}"#).is_err());
    }

    #[test]
    fn tokens_are_long_and_differ() {
        let (one, other) = (token(), token());
        assert_eq!(one.len(), 32);
        assert!(one.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_ne!(one, other);
        assert!(query("cpu", 5, &one).ends_with(&one));
    }

    #[test]
    fn sizes_are_of_the_compressed_module() {
        let asset = |name: &str, bytes: usize, brotli: Option<usize>| Asset {
            name: name.to_owned(),
            bytes: vec![0; bytes],
            brotli: brotli.map(|bytes| vec![0; bytes]),
            immutable: true,
        };
        let site = Site {
            assets: vec![
                asset("page-0123.js", 9, None),
                asset("page-0123.wasm", 100, Some(30)),
                asset("engine-4567.wasm", 8, None),
            ],
        };
        assert_eq!(brotli_bytes(&site, "page"), Some(30));
        assert_eq!(brotli_bytes(&site, "engine"), Some(8));
        assert_eq!(brotli_bytes(&site, "other"), None);
    }
}
