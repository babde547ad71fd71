//! `cargo lab bench`: runs the page's own benchmark in a headless Chromium and prints a table or JSON. The
//! page posts its report to the server that it came from.

mod report_endpoint;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;
use rsc_core::bench::{BenchNetwork, BenchReport, table};
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;
use uuid::Uuid;

use crate::browser::{Adapter, Browser};
use crate::progress::Progress;
use crate::serve::{self, LatestSite, ServedSite};
use crate::site::{self, Site};
use crate::tools;
use crate::workspace::Workspace;

/// How long the page may send nothing. No stage takes as long, not even on an emulated GPU.
const SILENCE_LIMIT: Duration = Duration::from_secs(5 * 60);
/// The sign of life that the page sends while it measures (`ALIVE` there).
const ALIVE: &str = "alive";
/// How often the browser's exit is checked.
const POLL_INTERVAL: Duration = Duration::from_millis(500);

/// Arguments of `cargo lab bench`.
#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    /// Print the reports as JSON, one object for each device
    #[arg(long)]
    json: bool,
    /// Where the page computes
    #[arg(long, value_enum, default_value = "both")]
    device: DeviceChoice,
    /// Steps to time of each run, after a tenth as many to warm up
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(5..=2_000))]
    steps: u32,
    /// What is trained: reference, large or resnet
    #[arg(long, value_name = "NAME", default_value = "reference", value_parser = network)]
    network: BenchNetwork,
    /// Seconds that each measurement may take; then fewer steps are timed
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    seconds: Option<u32>,
}

fn network(name: &str) -> Result<BenchNetwork, String> {
    BenchNetwork::from_name(name).ok_or_else(|| {
        let names = BenchNetwork::ALL.map(BenchNetwork::name);
        format!("expected one of {}", names.join(", "))
    })
}

/// `--device`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum DeviceChoice {
    /// The processor
    Cpu,
    /// WebGPU: a GPU where Chromium finds one, else one emulated by software
    Webgpu,
    /// Each in turn; WebGPU is left out where it cannot be had
    Both,
}

/// One start of the benchmark: the device, and the adapter behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Attempt {
    Cpu,
    Webgpu(Adapter),
}

impl DeviceChoice {
    /// Devices by their names in the page's query, with the attempts that are made until one succeeds.
    fn devices(self) -> Vec<(&'static str, Vec<Attempt>)> {
        let cpu = ("cpu", vec![Attempt::Cpu]);
        let adapters = [Adapter::Hardware, Adapter::Software];
        let webgpu = ("webgpu", adapters.map(Attempt::Webgpu).to_vec());
        match self {
            Self::Cpu => vec![cpu],
            Self::Webgpu => vec![webgpu],
            Self::Both => vec![cpu, webgpu],
        }
    }
}

/// The body that the page posts at the end.
#[derive(Debug, Deserialize)]
struct PageReport {
    reports: Vec<BenchReport>,
    problem: Option<String>,
}

/// Builds the site, runs the benchmark on each device, and prints the reports.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let mut progress = Progress::default();
    let chrome = tools::chromium(&mut progress)?;
    let toolchain = tools::wasm_toolchain(workspace, &mut progress)?;
    let site = site::build_compressed(workspace, &toolchain, &mut progress)?;
    let page_bytes = brotli_bytes(&site, site::PAGE.name);
    let engine_bytes = |device: &str| {
        let engine = match device {
            "cpu" => site::ENGINE_CPU,
            _ => site::ENGINE_GPU,
        };
        brotli_bytes(&site, engine.name)
    };
    let engine_bytes: BTreeMap<&str, Option<u64>> = ["cpu", "webgpu"]
        .map(|device| (device, engine_bytes(device)))
        .into();

    let (_sender, latest) = watch::channel(Arc::new(ServedSite::new(site, 0, false)));
    let runtime = tokio::runtime::Runtime::new().context("cannot start the server's threads")?;
    let mut reports = Vec::new();
    for (device, attempts) in options.device.devices() {
        let mut measured = Err(anyhow::anyhow!("nothing was tried"));
        for attempt in attempts {
            let name = attempt.name();
            measured = progress.stage(&format!("measure on {name}"), || {
                let measured = measure(&chrome, latest.clone(), device, attempt, options);
                runtime.block_on(measured)
            });
            match &measured {
                Ok(_) => break,
                Err(error) => eprintln!("   {name}: {error:#}"),
            }
        }
        match measured {
            Ok(measured) => reports.push(BenchReport {
                page_brotli_bytes: page_bytes,
                engine_brotli_bytes: engine_bytes.get(device).copied().flatten(),
                ..measured
            }),
            // The reasons were printed above.
            Err(_) if options.device == DeviceChoice::Both && device == "webgpu" => {
                eprintln!("   WebGPU is left out.");
            }
            Err(error) => return Err(error),
        }
    }
    progress.print_durations();
    if options.json {
        println!("{}", serde_json::to_string_pretty(&reports)?);
    } else {
        print!("{}", table(&reports));
    }
    Ok(())
}

impl Attempt {
    fn name(self) -> &'static str {
        match self {
            Self::Cpu => "the processor",
            Self::Webgpu(Adapter::Hardware | Adapter::Vulkan) => "WebGPU",
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

/// Opens the page in a browser with an empty profile, so that it loads as for a new visitor, and waits for
/// its report.
async fn measure(
    chrome: &Path,
    latest: LatestSite,
    device: &str,
    attempt: Attempt,
    options: &Options,
) -> Result<BenchReport> {
    let token = random_token();
    let (sender, mut receiver) = mpsc::channel(16);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .context("there is no free port on 127.0.0.1")?;
    let origin = listener.local_addr()?;
    let router = serve::router(latest, report_endpoint::routes(&token, sender));
    let server = tokio::spawn(async move { axum::serve(listener, router).await });
    let address = format!("http://{origin}/{}", query(device, options, &token));
    let outcome = match Browser::open(chrome, &address, attempt.adapter()) {
        Ok(mut browser) => wait_for_report(&mut receiver, &mut browser).await,
        Err(error) => Err(error),
    };
    server.abort();
    parse_report(&outcome?)
}

/// The page's query that starts its benchmark.
fn query(device: &str, options: &Options, token: &str) -> String {
    let Options { steps, network, .. } = options;
    let network = network.name();
    let seconds = options.seconds.map(|seconds| format!("&seconds={seconds}"));
    let seconds = seconds.unwrap_or_default();
    format!(
        "?bench=run&lang=en&device={device}&steps={steps}&network={network}{seconds}&report={token}"
    )
}

async fn wait_for_report(
    receiver: &mut mpsc::Receiver<String>,
    browser: &mut Browser,
) -> Result<String> {
    let mut last_heard = Instant::now();
    loop {
        match timeout(POLL_INTERVAL, receiver.recv()).await {
            Ok(Some(text)) if text == ALIVE => last_heard = Instant::now(),
            Ok(Some(text)) => return Ok(text),
            Ok(None) => bail!("the server stopped before the page had sent its report"),
            Err(_) => {
                if let Some(end) = browser.exit_message() {
                    bail!("the browser ended before the page had sent its report: {end}");
                }
                ensure!(
                    last_heard.elapsed() < SILENCE_LIMIT,
                    "the page has said nothing for {} minutes",
                    SILENCE_LIMIT.as_secs() / 60
                );
            }
        }
    }
}

/// The report of the one device that the page measured.
fn parse_report(text: &str) -> Result<BenchReport> {
    let sent: PageReport =
        serde_json::from_str(text).context("the page sent no report of its own")?;
    if let Some(problem) = sent.problem {
        bail!("{problem}");
    }
    let report = sent.reports.into_iter().next();
    report.context("the page measured no device")
}

/// 122 random bits, which no other program can guess.
fn random_token() -> String {
    Uuid::new_v4().simple().to_string()
}

/// The size of a module's download in a browser that takes Brotli.
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
    use crate::site::Asset;

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
            (false, DeviceChoice::Both, 50)
        );
        let all = parsed(&["--json", "--device", "cpu", "--steps", "9"]).expect("all is right");
        assert_eq!(
            (all.json, all.device, all.steps),
            (true, DeviceChoice::Cpu, 9)
        );
        let other = parsed(&["--network", "resnet", "--seconds", "20"]).expect("all is right");
        let asked = query("webgpu", &other, "0a");
        assert!(
            asked.contains("&steps=50&network=resnet&seconds=20&report=0a"),
            "{asked}"
        );
        for wrong in [
            ["--steps", "4"],
            ["--steps", "2001"],
            ["--device", "gpu"],
            ["--network", "huge"],
            ["--seconds", "0"],
        ] {
            assert!(parsed(&wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_gpu_is_tried_before_an_emulated_one() {
        let names: Vec<_> = DeviceChoice::Both.devices().iter().map(|it| it.0).collect();
        assert_eq!(names, ["cpu", "webgpu"]);
        let webgpu = DeviceChoice::Webgpu.devices();
        assert_eq!(
            webgpu[0].1,
            [
                Attempt::Webgpu(Adapter::Hardware),
                Attempt::Webgpu(Adapter::Software)
            ]
        );
    }

    #[test]
    fn reports_and_problems_are_read() {
        let sent = r#"{"reports":[{"device":"cpu","device_name":"it","steps":5,
            "step_ms_median":1.5,"page_usable_ms":null}],"problem":null}"#;
        let report = parse_report(sent).expect("it is a report");
        assert_eq!(report.step_ms_median, Some(1.5));
        assert_eq!(report.page_usable_ms, None);
        let refused =
            parse_report(r#"{"reports":[],"problem":"no adapter"}"#).expect_err("a problem");
        assert_eq!(refused.to_string(), "no adapter");
        assert!(
            parse_report("[]").is_err()
                && parse_report(r#"{"reports":[],"problem":null}"#).is_err()
        );
    }

    #[test]
    fn tokens_are_long_and_differ() {
        let (one, other) = (random_token(), random_token());
        assert_eq!(one.len(), 32);
        assert!(one.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_ne!(one, other);
        let options = parsed(&[]).expect("nothing is needed");
        assert!(query("cpu", &options, &one).ends_with(&one));
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
                asset("engine-cpu-4567.wasm", 8, None),
                asset("engine-gpu-89ab.wasm", 10, None),
            ],
        };
        assert_eq!(brotli_bytes(&site, "page"), Some(30));
        assert_eq!(brotli_bytes(&site, "engine-cpu"), Some(8));
        assert_eq!(brotli_bytes(&site, "other"), None);
    }
}
