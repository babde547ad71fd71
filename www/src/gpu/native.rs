//! The parts without a browser: the native program on the GPU and on the processor, PyTorch.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rsc_core::bench::{BenchNetwork, BenchReport};
use serde_json::{Value, json};

use super::layout::Layout;
use super::machine::has_gpu;
use super::report::{Report, StepTimes, Weight};
use super::training::{Course, compare};
use crate::process::{self, Ended};

/// Steps to time, where there is time for them.
const STEPS: &str = "50";
/// What the first import of PyTorch may take: it reads gigabytes.
const IMPORT: Duration = Duration::from_secs(120);

/// The native program, and how it is started.
pub(super) struct Native<'a> {
    pub(super) layout: &'a Layout,
    /// The folder for what runs write.
    pub(super) out: &'a Path,
    /// Variables of the program.
    pub(super) variables: Vec<(String, String)>,
    /// Seconds for each measurement.
    pub(super) seconds: u32,
}

impl Native<'_> {
    fn rsc(&self, arguments: &[&str], until: Instant) -> Result<Ended> {
        let mut command = Command::new(self.layout.rsc());
        command
            .args(arguments)
            .envs(self.variables.iter().cloned())
            .current_dir(self.out);
        process::ended_before(&mut command, until)
    }

    /// The engine's checks of a device.
    fn suite(&self, device: &str, until: Instant) -> Result<Value> {
        let ended = self.rsc(&["check", "--device", device, "--json"], until)?;
        let found: Value = serde_json::from_str(&ended.output).unwrap_or_default();
        if !ended.success {
            let wrong = found["checks"].as_array().cloned().unwrap_or_default();
            let wrong: Vec<String> = wrong
                .iter()
                .filter_map(|check| {
                    Some(format!("{}: {}", check["name"], check["problem"].as_str()?))
                })
                .collect();
            bail!("{} {}", ended.errors, wrong.join("; "));
        }
        Ok(found)
    }

    /// Makes all parts.
    pub(super) fn check(&self, report: &mut Report) {
        let gpu = "the engine's checks, native, GPU";
        let has_gpu = has_gpu(&report.machine);
        let weight = if has_gpu {
            Weight::Timing
        } else {
            Weight::Extra
        };
        report.part(gpu, weight, Duration::from_secs(90), |report, until| {
            let found = self.suite("gpu", until)?;
            report.native_adapter = found["device"].clone();
            Ok(found)
        });
        let device = report.native_adapter.clone();
        let opened = !device.is_null();
        if !opened {
            let expected = if has_gpu {
                ", though there is a GPU"
            } else {
                ""
            };
            report.note(format!(
                "The native program has no GPU adapter (Vulkan){expected}."
            ));
        } else if device["software"] == json!(true) {
            let name = device["name"].as_str().unwrap_or("unnamed");
            report.note(format!(
                "The native program's adapter is a software one ({name}): no GPU was used."
            ));
            if has_gpu {
                report.fail(
                    "a GPU for the native program",
                    "there is a GPU, and Vulkan has a software adapter only; look at its driver",
                );
            }
        }
        let minute = Duration::from_secs(60);
        report.part(
            "the engine's checks, native, processor",
            Weight::Timing,
            minute,
            |_, until| self.suite("cpu", until),
        );
        let trains = "training, native, GPU beside processor";
        if opened {
            report.part(
                trains,
                Weight::Timing,
                Duration::from_secs(120),
                |_, until| self.train(until),
            );
        } else {
            report.leave_out(trains, "there is no adapter");
        }
        for network in BenchNetwork::ALL {
            for device in ["gpu", "cpu"]
                .into_iter()
                .filter(|device| opened || *device == "cpu")
            {
                self.bench(report, network.name(), device);
            }
        }
        self.pytorch(report);
    }

    fn bench(&self, report: &mut Report, network: &str, device: &str) {
        let seconds = self.seconds.to_string();
        let name = format!("steps, native, {device}, {network}");
        // What is begun is ended, and the first step compiles.
        let limit = Duration::from_secs(u64::from(4 * self.seconds + 20));
        report.part(&name, Weight::Timing, limit, |report, until| {
            let arguments = [
                "bench",
                "--device",
                device,
                "--network",
                network,
                "--steps",
                STEPS,
                "--seconds",
                &seconds,
                "--json",
            ];
            let ended = self.rsc(&arguments, until)?;
            ensure!(ended.success, "{}", ended.errors);
            let found: BenchReport = serde_json::from_str(&ended.output)
                .context("rsc bench prints no report of its own")?;
            report
                .steps
                .push(StepTimes::of_report("rsc", device, network, &found));
            Ok(serde_json::to_value(found)?)
        });
    }

    /// The same short run on both devices.
    fn train(&self, until: Instant) -> Result<Value> {
        let trained = |device: &str| -> Result<Course> {
            let folder = self.out.join(format!("trained-{device}"));
            let place = folder.to_string_lossy();
            let arguments = [
                "train",
                "--preset",
                "corner-cue",
                "--epochs",
                "1",
                "--seeds",
                "0",
                "--device",
                device,
                "--overwrite",
                "--out",
                &place,
            ];
            let ended = self.rsc(&arguments, until)?;
            ensure!(ended.success, "rsc train on {device}: {}", ended.errors);
            let metrics = folder.join("metrics.jsonl");
            let text = fs::read_to_string(&metrics)
                .with_context(|| format!("cannot read {}", metrics.display()))?;
            Ok(Course::read(&text))
        };
        compare(&trained("gpu")?, &trained("cpu")?)
    }

    fn pytorch(&self, report: &mut Report) {
        let until = report.until().min(Instant::now() + IMPORT);
        let Some(python) = python(until) else {
            report.leave_out("PyTorch", "no python3 here has PyTorch");
            return;
        };
        let devices = ["cuda", "cpu"];
        let has_cuda = asks(
            &python,
            "import torch, sys; sys.exit(not torch.cuda.is_available())",
            until,
        );
        for device in devices
            .into_iter()
            .filter(|device| has_cuda || *device == "cpu")
        {
            for network in BenchNetwork::ALL.map(BenchNetwork::name) {
                let name = format!("steps, PyTorch, {device}, {network}");
                let limit = Duration::from_secs(u64::from(3 * self.seconds + 20));
                report.part(&name, Weight::Extra, limit, |report, until| {
                    let mut command = Command::new(&python);
                    command
                        .arg(self.layout.peers().join("pytorch_step.py"))
                        .args(["--device", device, "--network", network, "--steps", STEPS])
                        .args(["--seconds", &self.seconds.to_string(), "--json"])
                        .current_dir(self.out);
                    let ended = process::ended_before(&mut command, until)?;
                    ensure!(ended.success, "{}", ended.errors);
                    let found: Value = serde_json::from_str(&ended.output)
                        .context("pytorch_step.py prints no report of its own")?;
                    report.steps.push(StepTimes::of_peer(&found));
                    Ok(found)
                });
            }
        }
    }
}

/// A Python with PyTorch: `PYTHON` if it is set, else the first in `PATH`.
fn python(until: Instant) -> Option<PathBuf> {
    let named = std::env::var_os("PYTHON").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let python = named.or_else(|| process::find_in_path(&["python3"], &path))?;
    asks(&python, "import torch", until).then_some(python)
}

/// Whether a line of Python succeeds.
fn asks(python: &Path, line: &str, until: Instant) -> bool {
    let mut command = Command::new(python);
    process::ended_before(command.args(["-c", line]), until).is_ok_and(|ended| ended.success)
}
