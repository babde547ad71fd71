//! The parts in Chromium: its adapter, the page on it, and other libraries beside it.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rsc_core::bench::{BenchNetwork, BenchReport};
use serde_json::{Value, json};

use super::machine::has_gpu;
use super::report::{Report, StepTimes, Weight};
use crate::browser::{Adapter, Driven};

/// Steps to time, where there is time for them.
const STEPS: u32 = 50;
/// The page trains for so many steps before a picture of it is taken.
const TRAINED: u32 = 12;
/// What WebGPU says of its adapter.
const ADAPTER: &str = r"(async () => {
    const adapter = await navigator.gpu?.requestAdapter({ powerPreference: 'high-performance' });
    if (!adapter) return null;
    const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info;
    return {
        vendor, architecture, device, description,
        fallback: adapter.isFallbackAdapter ?? isFallbackAdapter ?? false,
    };
})()";

/// A Chromium, the pages and where they are served.
pub(super) struct Pages<'a> {
    pub(super) chrome: PathBuf,
    pub(super) variables: Vec<(String, String)>,
    /// Where the site is served, with a slash at the end.
    pub(super) site: String,
    /// Where the peers are.
    pub(super) peers: String,
    /// The folder for pictures.
    pub(super) out: &'a Path,
    /// Seconds for each measurement.
    pub(super) seconds: u32,
}

impl Pages<'_> {
    fn browser(&self, adapter: Adapter, until: Instant) -> Result<Driven> {
        Driven::start(&self.chrome, &self.variables, Some(adapter), until)
    }

    /// Makes all parts.
    pub(super) fn check(&self, report: &mut Report) {
        let Some(adapter) = self.find_adapter(report) else {
            report.leave_out("the page on WebGPU", "Chromium has no adapter");
            return;
        };
        let limit = Duration::from_secs(75);
        report.part(
            "the page trains, WebGPU",
            Weight::Timing,
            limit,
            |_, until| self.train(adapter, until),
        );
        report.part(
            "the page's check of its device, WebGPU",
            Weight::Timing,
            limit,
            |_, until| self.check_device(adapter, until),
        );
        // What matters most comes first: the time may be over before the end.
        let is_software = report.browser_adapter["software"] == json!(true);
        for network in BenchNetwork::ALL {
            if is_software && network != BenchNetwork::Reference {
                let name = format!("steps, webgpu, {}", network.name());
                report.leave_out(&name, "a software adapter takes minutes for them");
                continue;
            }
            self.bench(report, adapter, "webgpu", network);
            self.peer(report, adapter, "jaxjs", "webgpu", network);
            self.peer(report, adapter, "tfjs", "webgpu", network);
        }
        for network in BenchNetwork::ALL {
            self.bench(report, adapter, "cpu", network);
            self.peer(report, adapter, "tfjs", "webgl", network);
            self.peer(report, adapter, "jaxjs", "wasm", network);
        }
        self.peer(report, adapter, "tfjs", "wasm", BenchNetwork::Reference);
    }

    /// The first way to start Chromium in which WebGPU has an adapter; one of hardware is preferred.
    fn find_adapter(&self, report: &mut Report) -> Option<Adapter> {
        let mut software = None;
        for (name, adapter) in [
            ("Chromium's adapter, all of it on Vulkan", Adapter::Vulkan),
            ("Chromium's adapter, WebGPU on Vulkan", Adapter::Hardware),
            ("Chromium's adapter, SwiftShader", Adapter::Software),
        ] {
            let mut found = Value::Null;
            let limit = Duration::from_secs(20);
            report.part(name, Weight::Extra, limit, |_, until| {
                let mut browser = self.browser(adapter, until)?;
                browser.go(&format!("{}step.html?library=none", self.peers))?;
                browser.wait_for("the page", "document.title === 'done'")?;
                found = browser.evaluate(ADAPTER)?;
                ensure!(!found.is_null(), "there is no adapter");
                Ok(found.clone())
            });
            if found.is_null() {
                continue;
            }
            found["software"] = json!(is_software(&found));
            if found["software"] == json!(false) {
                report.browser_adapter = found;
                return Some(adapter);
            }
            // Chromium's own is the one that its browsers are tested with.
            software = Some((adapter, found));
        }
        let expected = if has_gpu(&report.machine) {
            ", though there is a GPU"
        } else {
            ""
        };
        let Some((adapter, found)) = software else {
            if Instant::now() < report.until() {
                report.note(format!("WebGPU in Chromium has no adapter{expected}."));
            } else {
                report.note("The time was over before Chromium's adapter was found.".to_owned());
            }
            return None;
        };
        report.note(format!(
            "WebGPU's adapter in Chromium is a software one ({} {}): no GPU was used{expected}.",
            found["vendor"].as_str().unwrap_or_default(),
            found["architecture"].as_str().unwrap_or_default(),
        ));
        report.browser_adapter = found;
        if !expected.is_empty() {
            report.fail(
                "a GPU in Chromium",
                "there is a GPU, and WebGPU has a software adapter only; look at the parts above",
            );
        }
        Some(adapter)
    }

    /// Opens the page, up to a prepared run.
    fn open(&self, adapter: Adapter, until: Instant) -> Result<Driven> {
        let mut browser = self.browser(adapter, until)?;
        browser.go(&format!("{}?lang=en&device=webgpu", self.site))?;
        let ready = format!(
            "document.documentElement.hasAttribute('data-complete') && /ready|failed/.test({})",
            text("status")
        );
        browser.wait_for("the page with a prepared run", &ready)?;
        Ok(browser)
    }

    /// Trains on the page, and takes a picture.
    fn train(&self, adapter: Adapter, until: Instant) -> Result<Value> {
        let mut browser = self.open(adapter, until)?;
        browser.evaluate(&click("play"))?;
        let stepped = format!(
            "Number({}.replace(/\\D/g, '')) >= {TRAINED} || /failed/.test({})",
            text("step-count"),
            text("status")
        );
        browser.wait_for(&format!("step {TRAINED} of the page"), &stepped)?;
        browser.screenshot(&self.out.join("page-training.png"))?;
        let status = browser.evaluate(&text("status"))?;
        let steps = browser.evaluate(&text("step-count"))?;
        let device = browser.evaluate(&text("device-badge"))?;
        ensure!(
            status
                .as_str()
                .is_some_and(|status| !status.contains("failed")),
            "the page's run is {status}"
        );
        Ok(json!({ "device": device, "status": status, "steps": steps }))
    }

    /// Has the page check its device.
    fn check_device(&self, adapter: Adapter, until: Instant) -> Result<Value> {
        let mut browser = self.open(adapter, until)?;
        // `innerText`, which tells the checks apart by lines, is empty in a folded panel.
        browser.evaluate("document.querySelectorAll('details').forEach(it => it.open = true)")?;
        browser.evaluate(&click("check-device"))?;
        let verdict = text("device-verdict");
        let verdict = browser.wait_for("the check of the device", &verdict)?;
        let details = browser.evaluate(&format!(
            "{}.parentElement.innerText",
            element("device-verdict")
        ))?;
        ensure!(
            verdict
                .as_str()
                .is_some_and(|said| said.contains("passed") && said.starts_with("All")),
            "{details}"
        );
        Ok(json!({ "checks": details }))
    }

    fn bench(&self, report: &mut Report, adapter: Adapter, device: &str, network: BenchNetwork) {
        let network = network.name();
        let name = format!("steps, page, {device}, {network}");
        let limit = Duration::from_secs(u64::from(6 * self.seconds + 25));
        report.part(&name, Weight::Timing, limit, |report, until| {
            let mut browser = self.browser(adapter, until)?;
            let Self { site, seconds, .. } = self;
            browser.go(&format!(
                "{site}?bench=run&lang=en&device={device}&network={network}&steps={STEPS}&seconds={seconds}"
            ))?;
            let over = format!("/^Done|failed/.test({0}) && {0}", text("bench-status"));
            let status = browser.wait_for("the page's report", &over)?;
            ensure!(status == "Done.", "{status}");
            browser.screenshot(&self.out.join(format!("page-{device}-{network}.png")))?;
            let found = browser.evaluate(&text("bench-json"))?;
            let found = found.as_str().unwrap_or_default();
            let found: Vec<BenchReport> =
                serde_json::from_str(found).context("the page shows no report of its own")?;
            let found = found.into_iter().next().context("the page measured nothing")?;
            report
                .steps
                .push(StepTimes::of_report("page", device, network, &found));
            Ok(serde_json::to_value(found)?)
        });
    }

    fn peer(
        &self,
        report: &mut Report,
        adapter: Adapter,
        library: &str,
        backend: &str,
        network: BenchNetwork,
    ) {
        let network = network.name();
        let name = format!("steps, {library}, {backend}, {network}");
        let limit = Duration::from_secs(u64::from(4 * self.seconds + 15));
        report.part(&name, Weight::Extra, limit, |report, until| {
            let mut browser = self.browser(adapter, until)?;
            let Self { peers, seconds, .. } = self;
            browser.go(&format!(
                "{peers}step.html?library={library}&backend={backend}&network={network}&steps={STEPS}&seconds={seconds}"
            ))?;
            browser.wait_for("the report", "document.title === 'done'")?;
            let found = browser.evaluate("document.getElementById('report').textContent")?;
            let found: Value = serde_json::from_str(found.as_str().unwrap_or_default())
                .context("the page shows no report")?;
            if let Some(problem) = found["problem"].as_str() {
                bail!("{problem}");
            }
            report.steps.push(StepTimes::of_peer(&found));
            Ok(found)
        });
    }
}

/// Whether an adapter computes on the processor.
fn is_software(adapter: &Value) -> bool {
    let said = adapter.to_string().to_lowercase();
    adapter["fallback"] == json!(true)
        || ["swiftshader", "llvmpipe", "lavapipe"]
            .iter()
            .any(|name| said.contains(name))
}

fn element(testid: &str) -> String {
    format!("document.querySelector('[data-testid=\"{testid}\"]')")
}

/// The text of an element, whether it is seen or not; empty where it is missing.
fn text(testid: &str) -> String {
    format!("({}?.textContent ?? '')", element(testid))
}

/// Presses a button, whether it is seen or not.
fn click(testid: &str) -> String {
    format!("{}.click()", element(testid))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn software_is_told_from_hardware() {
        for software in [
            json!({ "fallback": true, "vendor": "google" }),
            json!({ "architecture": "swiftshader", "fallback": false }),
            json!({ "description": "llvmpipe (LLVM 15.0.6, 256 bits)", "fallback": false }),
        ] {
            assert!(is_software(&software), "{software}");
        }
        let gpu = json!({ "vendor": "nvidia", "architecture": "hopper", "fallback": false });
        assert!(!is_software(&gpu));
    }
}
