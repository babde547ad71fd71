//! What a check found: parts that passed, failed or were left out, and times of steps, as JSON and as text.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use rsc_core::bench::BenchReport;
use serde::Serialize;
use serde_json::{Value, json};

/// Raised when the meaning of the JSON changes.
const FORMAT: u32 = 1;
/// Less time than this is not worth beginning a part.
const LEAST: Duration = Duration::from_secs(3);

/// How a part ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    Passed,
    Failed,
    /// It could not be made here, which is no fault: `message` says why.
    LeftOut,
}

/// Whether a part that is not passed counts as a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// Always.
    Check,
    /// Unless its time is over on an adapter that is emulated by software.
    Timing,
    /// Never: another library, or something that a machine may lack.
    Extra,
}

/// One part.
#[derive(Debug, Serialize)]
pub(super) struct Part {
    name: String,
    outcome: Outcome,
    seconds: f64,
    /// What went wrong, or why it was left out.
    message: Option<String>,
    /// What was found.
    found: Value,
}

/// Times of a step, of whoever makes it.
#[derive(Debug, Serialize)]
pub(super) struct StepTimes {
    /// `rsc`, `page`, or the name of another library.
    pub(super) program: String,
    /// `cpu`, `gpu`, `webgpu`, `webgl`, `wasm` or `cuda`.
    pub(super) backend: String,
    pub(super) network: String,
    pub(super) plain_ms: Value,
    pub(super) rsc_ms: Value,
    /// How many steps were timed.
    pub(super) steps: Value,
}

impl StepTimes {
    /// The times in a report of this lab.
    pub(super) fn of_report(
        program: &str,
        backend: &str,
        network: &str,
        found: &BenchReport,
    ) -> Self {
        Self {
            program: program.into(),
            backend: backend.into(),
            network: network.into(),
            plain_ms: json!(found.erm_step_ms_median),
            rsc_ms: json!(found.step_ms_median),
            steps: json!(found.steps),
        }
    }

    /// The times in the report of another library.
    pub(super) fn of_peer(found: &Value) -> Self {
        let text = |key: &str| found[key].as_str().unwrap_or_default().to_owned();
        Self {
            program: text("library"),
            backend: text("backend"),
            network: text("network"),
            plain_ms: found["plain_ms"].clone(),
            rsc_ms: found["rsc_ms"].clone(),
            steps: found["steps"].clone(),
        }
    }
}

/// The whole report.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    format: u32,
    version: &'static str,
    /// Whether no part has failed.
    passed: bool,
    seconds: f64,
    /// What is to be known before the rest is read, such as that no GPU was used.
    notes: Vec<String>,
    pub(super) machine: Value,
    /// The adapter of the native program; `null` where there is none.
    pub(super) native_adapter: Value,
    /// The adapter of WebGPU in Chromium; `null` where there is none.
    pub(super) browser_adapter: Value,
    pub(super) steps: Vec<StepTimes>,
    parts: Vec<Part>,
    #[serde(skip)]
    began: Instant,
    #[serde(skip)]
    limit: Duration,
}

impl Report {
    /// Begins, with a limit for all parts together.
    pub(super) fn begin(limit: Duration) -> Self {
        Self {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION"),
            passed: true,
            seconds: 0.0,
            notes: Vec::new(),
            machine: Value::Null,
            native_adapter: Value::Null,
            browser_adapter: Value::Null,
            steps: Vec::new(),
            parts: Vec::new(),
            began: Instant::now(),
            limit,
        }
    }

    /// The moment at which all parts have to be over.
    pub(super) fn until(&self) -> Instant {
        self.began + self.limit
    }

    /// Notes what is to be known first.
    pub(super) fn note(&mut self, note: String) {
        eprintln!("   {note}");
        self.notes.push(note);
    }

    /// Makes a part, which gets the moment at which it has to end. The others go on whatever becomes of it.
    pub(super) fn part(
        &mut self,
        name: &str,
        weight: Weight,
        limit: Duration,
        work: impl FnOnce(&mut Self, Instant) -> Result<Value>,
    ) -> bool {
        let left = self.limit.saturating_sub(self.began.elapsed());
        if left < LEAST {
            let message = format!("the {} s for all parts were over", self.limit.as_secs());
            self.push(name, Outcome::LeftOut, 0.0, Some(message), Value::Null);
            return false;
        }
        let limit = limit.min(left);
        let began = Instant::now();
        let made = work(self, began + limit);
        let took = began.elapsed();
        let late = took >= limit;
        let (outcome, message, found) = match made {
            Ok(found) => (Outcome::Passed, None, found),
            Err(error) => {
                let excused = match weight {
                    Weight::Check => false,
                    Weight::Timing => late && self.is_software(),
                    Weight::Extra => true,
                };
                let outcome = if excused {
                    Outcome::LeftOut
                } else {
                    Outcome::Failed
                };
                (outcome, Some(format!("{error:#}")), Value::Null)
            }
        };
        self.push(name, outcome, took.as_secs_f64(), message, found);
        outcome == Outcome::Passed
    }

    /// Says why a part is not made.
    pub(super) fn leave_out(&mut self, name: &str, message: &str) {
        let message = Some(message.to_owned());
        self.push(name, Outcome::LeftOut, 0.0, message, Value::Null);
    }

    /// Says what is wrong before a part can be made.
    pub(super) fn fail(&mut self, name: &str, message: &str) {
        let message = Some(message.to_owned());
        self.push(name, Outcome::Failed, 0.0, message, Value::Null);
    }

    fn push(
        &mut self,
        name: &str,
        outcome: Outcome,
        seconds: f64,
        message: Option<String>,
        found: Value,
    ) {
        let word = match outcome {
            Outcome::Passed => "passed",
            Outcome::Failed => "FAILED",
            Outcome::LeftOut => "left out",
        };
        let said = message.as_deref().unwrap_or_default();
        let first = said.lines().next().unwrap_or_default();
        eprintln!("   {word:<9} {seconds:>5.1} s  {name}  {first}");
        self.passed &= outcome != Outcome::Failed;
        self.parts.push(Part {
            name: name.to_owned(),
            outcome,
            seconds: (10.0 * seconds).round() / 10.0,
            message,
            found,
        });
    }

    /// Whether an adapter is emulated by software, or missing.
    pub(super) fn is_software(&self) -> bool {
        [&self.native_adapter, &self.browser_adapter]
            .iter()
            .any(|adapter| adapter.is_null() || adapter["software"] != json!(false))
    }

    /// Ends it: the JSON.
    pub(super) fn end(&mut self) -> Result<String> {
        self.seconds = (10.0 * self.began.elapsed().as_secs_f64()).round() / 10.0;
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// An error that counts the parts that have failed, if any has.
    pub(super) fn verdict(&self) -> Result<()> {
        let failed = |part: &&Part| part.outcome == Outcome::Failed;
        let names: Vec<&str> = self
            .parts
            .iter()
            .filter(failed)
            .map(|part| &*part.name)
            .collect();
        if !names.is_empty() {
            bail!(
                "{} of {} parts have failed: {}",
                names.len(),
                self.parts.len(),
                names.join("; ")
            );
        }
        Ok(())
    }

    /// The times of steps as a table.
    pub(super) fn table(&self) -> String {
        let mut text = format!(
            "{:<11} {:<14} {:<8} {:>12} {:>12} {:>6}\n",
            "network", "program", "backend", "plain", "RSC", "steps"
        );
        let ms = |value: &Value| {
            value
                .as_f64()
                .map_or("–".to_owned(), |ms| format!("{ms:.2} ms"))
        };
        let mut rows: Vec<&StepTimes> = self.steps.iter().collect();
        rows.sort_by_key(|row| row.network != "reference");
        for row in rows {
            let StepTimes {
                network,
                program,
                backend,
                ..
            } = row;
            let (plain, rsc) = (ms(&row.plain_ms), ms(&row.rsc_ms));
            let steps = row.steps.as_u64().unwrap_or_default();
            // Writing to a string cannot fail.
            let _ = writeln!(
                text,
                "{network:<11} {program:<14} {backend:<8} {plain:>12} {rsc:>12} {steps:>6}"
            );
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn ended(report: &mut Report) -> Value {
        serde_json::from_str(&report.end().expect("it is plain data")).expect("it is JSON")
    }

    #[test]
    fn the_keys_stay() {
        let mut report = Report::begin(LONG);
        report.steps.push(StepTimes::of_peer(&json!({
            "library": "PyTorch", "backend": "cuda", "network": "large", "plain_ms": 1.5,
            "rsc_ms": null, "steps": 7
        })));
        report.part("it", Weight::Check, LONG, |_, _| {
            Ok(json!({ "is": "right" }))
        });
        let table = report.table();
        assert!(table.contains("1.50 ms") && table.contains('–'), "{table}");
        let json = ended(&mut report);
        let keys: Vec<&String> = json.as_object().expect("an object").keys().collect();
        let expected = [
            "browser_adapter",
            "format",
            "machine",
            "native_adapter",
            "notes",
            "parts",
            "passed",
            "seconds",
            "steps",
            "version",
        ];
        assert_eq!(keys, expected);
        for key in ["name", "outcome", "seconds", "message", "found"] {
            assert!(json["parts"][0].get(key).is_some(), "{key}");
        }
        assert_eq!(json["parts"][0]["outcome"], "passed");
        let times = &json["steps"][0];
        assert_eq!(
            (&times["program"], &times["network"]),
            (&json!("PyTorch"), &json!("large"))
        );
        assert!(report.verdict().is_ok());
    }

    #[test]
    fn a_failed_part_stops_no_other_and_is_told() {
        let mut report = Report::begin(LONG);
        report.native_adapter = json!({ "software": false });
        report.browser_adapter = json!({ "software": false });
        assert!(!report.is_software());
        let fails = |_: &mut Report, _| Err(anyhow!("no such step"));
        assert!(!report.part("extra", Weight::Extra, LONG, fails));
        assert!(report.verdict().is_ok());
        assert!(!report.part("check", Weight::Check, LONG, fails));
        assert!(report.part("next", Weight::Check, LONG, |_, _| Ok(Value::Null)));
        let error = report.verdict().expect_err("one has failed");
        assert_eq!(error.to_string(), "1 of 3 parts have failed: check");
        let json = ended(&mut report);
        assert_eq!(json["passed"], false);
        let outcomes: Vec<_> = (0..3)
            .map(|k| json["parts"][k]["outcome"].clone())
            .collect();
        assert_eq!(outcomes, ["left_out", "failed", "passed"]);
        assert_eq!(json["parts"][1]["message"], "no such step");
    }

    #[test]
    fn slowness_is_excused_in_software_only() {
        let late = |_: &mut Report, _| Err(anyhow!("too late"));
        let mut report = Report::begin(LONG);
        assert!(report.is_software(), "nothing is known yet");
        report.part("late", Weight::Timing, Duration::ZERO, late);
        report.part("wrong", Weight::Check, Duration::ZERO, late);
        report.native_adapter = json!({ "software": false });
        report.browser_adapter = json!({ "software": false });
        report.part("late on a GPU", Weight::Timing, Duration::ZERO, late);
        let outcomes: Vec<Outcome> = report.parts.iter().map(|part| part.outcome).collect();
        assert_eq!(
            outcomes,
            [Outcome::LeftOut, Outcome::Failed, Outcome::Failed]
        );
    }

    #[test]
    fn nothing_begins_when_the_time_is_over() {
        let mut report = Report::begin(Duration::ZERO);
        let made = report.part("late", Weight::Check, LONG, |_, _| Ok(Value::Null));
        assert!(!made && report.verdict().is_ok());
        assert_eq!(report.parts[0].outcome, Outcome::LeftOut);
    }
}
