//! The benchmark: what was measured, as every program prints it. The same keys natively
//! (`rsc bench`), on the page (`?bench`) and from `cargo lab bench`; what a program cannot know is
//! `null`.

#[cfg(feature = "engine")]
mod backbone;
#[cfg(feature = "engine")]
mod measure;
mod percentile;

#[cfg(feature = "engine")]
pub use backbone::{BackboneBench, measure_backbone};
#[cfg(feature = "engine")]
pub use measure::{Effort, measure, measure_network};
pub use percentile::{percentile, rounded};

use serde::{Deserialize, Serialize};

pub use crate::protocol::{BenchNetwork, BenchTimes};

use crate::protocol::{DeviceInfo, DeviceKind, StepSplit};

/// How many steps can be asked for.
pub const STEPS: std::ops::RangeInclusive<u32> = 5..=100_000;

/// The report for one device. The keys are stable; times are in milliseconds.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct BenchReport {
    /// `cpu`, `gpu` (native) or `webgpu`.
    pub device: String,
    /// What was trained.
    #[serde(default)]
    pub network: BenchNetwork,
    /// A step of one RSC arm, waited for.
    pub step_ms_median: Option<f64>,
    /// The same, 95th percentile.
    pub step_ms_p95: Option<f64>,
    /// The challenge's part of such a step.
    pub challenge_ms_median: Option<f64>,
    /// Compute shaders started in such a step.
    pub dispatches_per_step: Option<f64>,
    /// The page's WebAssembly module, compressed with Brotli.
    pub page_brotli_bytes: Option<u64>,
    /// The engine's WebAssembly module, compressed with Brotli.
    pub engine_brotli_bytes: Option<u64>,
    /// From the start of the visit until the page is mounted.
    pub page_usable_ms: Option<f64>,
    /// From the start of the visit until the engine's first device is open.
    pub engine_ready_ms: Option<f64>,
    /// From another p until the masks of twelve overlays are redrawn, 95th percentile.
    pub overlay_ms_p95: Option<f64>,
    /// The same until the engine's answer is drawn, which has the probabilities too.
    pub answer_ms_p95: Option<f64>,
    /// By how much the engine's memory grew during the timed steps, after the warm-up.
    pub heap_growth_bytes: Option<u64>,
    /// The longest task of the page's thread while it trains; 0 where none took 50 ms.
    pub longest_task_ms: Option<f64>,
    /// A step of both arms by a step of the RSC arm alone (medians), as a run with these arms is
    /// trained on this device: on the page's CPU device in a worker each.
    pub two_arm_ratio: Option<f64>,
    /// The device's own name.
    pub device_name: String,
    /// Steps timed of each run.
    pub steps: u32,
    /// A step of one RSC arm, waited for only now and then.
    pub step_ms_queued: Option<f64>,
    /// A step of one plain arm, median.
    pub erm_step_ms_median: Option<f64>,
    /// A step of both arms, median.
    pub both_step_ms_median: Option<f64>,
    /// The parts of an RSC arm's step, each waited for.
    pub split: Option<StepSplit>,
    /// Bytes of the page's module as they were transferred.
    pub page_transferred_bytes: Option<u64>,
    /// Bytes of the engine's module as they were transferred.
    pub engine_transferred_bytes: Option<u64>,
}

impl BenchReport {
    /// What the engine alone can tell, of the reference network unless [`Self::network`] is set. What
    /// was left out for want of time is `None`.
    pub fn new(device: &DeviceInfo, times: &BenchTimes) -> Self {
        let at = |values: &[f64], fraction| percentile(values, fraction).map(rounded);
        let rsc = percentile(&times.rsc_ms, 0.5).filter(|ms| *ms > 0.0);
        let both = percentile(&times.both_ms, 0.5);
        let alone = percentile(&times.alone_ms, 0.5)
            .filter(|ms| *ms > 0.0)
            .or(rsc);
        let kind = match device.kind {
            DeviceKind::Cpu => "cpu",
            DeviceKind::Gpu if cfg!(target_family = "wasm") => "webgpu",
            DeviceKind::Gpu => "gpu",
        };
        let split = Some(times.split).filter(|split| *split != StepSplit::default());
        let split = split.map(|split| StepSplit {
            batch_ms: rounded(split.batch_ms),
            body_ms: rounded(split.body_ms),
            challenge_ms: rounded(split.challenge_ms),
            head_ms: rounded(split.head_ms),
            backward_ms: rounded(split.backward_ms),
            update_ms: rounded(split.update_ms),
        });
        Self {
            device: kind.into(),
            step_ms_median: at(&times.rsc_ms, 0.5),
            step_ms_p95: at(&times.rsc_ms, 0.95),
            challenge_ms_median: split.as_ref().map(|split| split.challenge_ms),
            dispatches_per_step: times.dispatches.map(rounded),
            heap_growth_bytes: times.memory_growth,
            two_arm_ratio: alone.zip(both).map(|(alone, both)| rounded(both / alone)),
            device_name: device.name.clone(),
            steps: times.rsc_ms.len() as u32,
            step_ms_queued: Some(rounded(times.queued_ms)).filter(|ms| *ms > 0.0),
            erm_step_ms_median: at(&times.erm_ms, 0.5),
            both_step_ms_median: at(&times.both_ms, 0.5),
            split,
            engine_transferred_bytes: times.module_bytes,
            ..Self::default()
        }
    }

    /// The report as a table: ids (the keys of the JSON, a part of a step as `split.` and its
    /// name) and values with their units, `None` where unknown.
    pub fn rows(&self) -> Vec<(&'static str, Option<String>)> {
        let ms = |value: Option<f64>| value.map(|ms| format!("{ms:.2} ms"));
        let part = |of: fn(&StepSplit) -> f64| ms(self.split.as_ref().map(of));
        let longest = self.longest_task_ms.map(|longest| match longest {
            none if none <= 0.0 => "< 50 ms".to_owned(),
            some => format!("{some:.0} ms"),
        });
        vec![
            ("device_name", Some(self.device_name.clone())),
            ("network", Some(self.network.name().to_owned())),
            ("steps", Some(self.steps.to_string())),
            ("step_ms_median", ms(self.step_ms_median)),
            ("step_ms_p95", ms(self.step_ms_p95)),
            ("step_ms_queued", ms(self.step_ms_queued)),
            ("erm_step_ms_median", ms(self.erm_step_ms_median)),
            ("both_step_ms_median", ms(self.both_step_ms_median)),
            (
                "two_arm_ratio",
                self.two_arm_ratio.map(|ratio| format!("{ratio:.2}")),
            ),
            ("split.batch", part(|split| split.batch_ms)),
            ("split.body", part(|split| split.body_ms)),
            ("split.challenge", part(|split| split.challenge_ms)),
            ("split.head", part(|split| split.head_ms)),
            ("split.backward", part(|split| split.backward_ms)),
            ("split.update", part(|split| split.update_ms)),
            (
                "dispatches_per_step",
                self.dispatches_per_step.map(|count| format!("{count:.0}")),
            ),
            ("overlay_ms_p95", ms(self.overlay_ms_p95)),
            ("answer_ms_p95", ms(self.answer_ms_p95)),
            ("longest_task_ms", longest),
            ("heap_growth_bytes", self.heap_growth_bytes.map(bytes)),
            ("page_usable_ms", ms(self.page_usable_ms)),
            ("engine_ready_ms", ms(self.engine_ready_ms)),
            (
                "page_transferred_bytes",
                self.page_transferred_bytes.map(bytes),
            ),
            (
                "engine_transferred_bytes",
                self.engine_transferred_bytes.map(bytes),
            ),
            ("page_brotli_bytes", self.page_brotli_bytes.map(bytes)),
            ("engine_brotli_bytes", self.engine_brotli_bytes.map(bytes)),
        ]
    }
}

/// What a row of [`BenchReport::rows`] is, in English, for the terminal; the page has its own words.
pub fn label(id: &str) -> &str {
    match id {
        "device_name" => "device",
        "network" => "network",
        "steps" => "steps timed",
        "step_ms_median" => "RSC step, median",
        "step_ms_p95" => "RSC step, 95th percentile",
        "step_ms_queued" => "RSC step, queued",
        "erm_step_ms_median" => "plain step, median",
        "both_step_ms_median" => "step of both arms, median",
        "two_arm_ratio" => "both arms / RSC alone",
        "split.batch" => "  images to the device",
        "split.body" => "  body, forward",
        "split.challenge" => "  challenge",
        "split.head" => "  head, forward",
        "split.backward" => "  backward",
        "split.update" => "  update",
        "dispatches_per_step" => "dispatches per step",
        "overlay_ms_p95" => "12 overlays, 95th percentile",
        "answer_ms_p95" => "the engine's answer to that",
        "longest_task_ms" => "longest task of the page",
        "heap_growth_bytes" => "growth of the engine's memory",
        "page_usable_ms" => "page usable",
        "engine_ready_ms" => "engine ready",
        "page_transferred_bytes" => "page module, transferred",
        "engine_transferred_bytes" => "engine module, transferred",
        "page_brotli_bytes" => "page module, Brotli",
        "engine_brotli_bytes" => "engine module, Brotli",
        other => other,
    }
}

/// Reports side by side, one column for each, as text. Rows that nobody knows are left out.
pub fn table(reports: &[BenchReport]) -> String {
    let columns: Vec<_> = reports.iter().map(BenchReport::rows).collect();
    let Some(first) = columns.first() else {
        return String::new();
    };
    let mut text = String::new();
    for (row, (id, _)) in first.iter().enumerate() {
        let values: Vec<_> = columns.iter().map(|column| column[row].1.clone()).collect();
        if values.iter().all(Option::is_none) {
            continue;
        }
        let values = values.into_iter().map(|value| value.unwrap_or("–".into()));
        let values: String = values.map(|value| format!("  {value:<26}")).collect();
        text.push_str(format!("{:<30}{values}", label(id)).trim_end());
        text.push('\n');
    }
    text
}

/// Bytes in kilobytes or megabytes.
fn bytes(count: u64) -> String {
    match count {
        0 => "0 kB".to_owned(),
        1..1_000_000 => format!("{:.1} kB", count as f64 / 1e3),
        _ => format!("{:.2} MB", count as f64 / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(kind: DeviceKind) -> DeviceInfo {
        DeviceInfo {
            kind,
            name: "some device".into(),
            reason: String::new(),
            software: false,
            limits: Vec::new(),
            simulated: None,
        }
    }

    fn times() -> BenchTimes {
        BenchTimes {
            rsc_ms: vec![3.0, 1.0, 2.0, 5.0, 4.0],
            erm_ms: vec![1.0; 5],
            both_ms: vec![4.5; 5],
            queued_ms: 2.5,
            split: StepSplit {
                challenge_ms: 0.123_45,
                ..StepSplit::default()
            },
            ..BenchTimes::default()
        }
    }

    #[test]
    fn percentiles_are_ranks() {
        let times = [3.0, 1.0, 2.0, 5.0, 4.0];
        assert_eq!(percentile(&times, 0.5), Some(3.0));
        assert_eq!(percentile(&times, 0.95), Some(4.0));
        assert_eq!(percentile(&times, 1.0), Some(5.0));
        assert_eq!(percentile(&[7.0], 0.95), Some(7.0));
        assert_eq!(percentile(&[], 0.5), None);
    }

    #[test]
    fn the_engines_part_of_the_report() {
        let report = BenchReport::new(&device(DeviceKind::Gpu), &times());
        assert_eq!(report.device, "gpu");
        assert_eq!(report.steps, 5);
        assert_eq!(report.step_ms_median, Some(3.0));
        assert_eq!(report.challenge_ms_median, Some(0.123));
        assert_eq!(report.two_arm_ratio, Some(1.5));
        assert_eq!(report.page_usable_ms, None);
        let apart = BenchTimes {
            alone_ms: vec![4.0, 3.6, 3.0],
            ..times()
        };
        let report = BenchReport::new(&device(DeviceKind::Cpu), &apart);
        assert_eq!(report.two_arm_ratio, Some(1.25), "beside those timed alike");
        let nothing = BenchReport::new(&device(DeviceKind::Cpu), &BenchTimes::default());
        assert_eq!((nothing.device.as_str(), nothing.steps), ("cpu", 0));
        assert_eq!(nothing.two_arm_ratio, None);
    }

    #[test]
    fn every_key_is_in_the_json_and_unknown_ones_are_null() {
        let report = BenchReport::new(&device(DeviceKind::Cpu), &times());
        let json = serde_json::to_value(&report).expect("it is plain data");
        for key in [
            "device",
            "step_ms_median",
            "step_ms_p95",
            "challenge_ms_median",
            "dispatches_per_step",
            "page_brotli_bytes",
            "engine_brotli_bytes",
            "page_usable_ms",
            "engine_ready_ms",
            "overlay_ms_p95",
            "heap_growth_bytes",
            "longest_task_ms",
            "two_arm_ratio",
            "network",
        ] {
            assert!(json.get(key).is_some(), "no `{key}` in {json}");
        }
        assert!(json["page_usable_ms"].is_null());
        let back: BenchReport = serde_json::from_value(json).expect("it is its own JSON");
        assert_eq!(back, report);
    }

    #[test]
    fn every_row_is_a_key_with_a_label() {
        let report = BenchReport::new(&device(DeviceKind::Cpu), &times());
        let json = serde_json::to_value(&report).expect("it is plain data");
        for (id, _) in report.rows() {
            let known = match id.split_once('.') {
                Some((split, part)) => json[split].get(format!("{part}_ms")),
                None => json.get(id),
            };
            assert!(known.is_some(), "`{id}` is no key");
            assert!(id == "network" || label(id) != id, "no label");
        }
    }

    #[test]
    fn the_table_has_a_column_for_each_device_and_no_empty_row() {
        let mut one = BenchReport::new(&device(DeviceKind::Cpu), &times());
        one.longest_task_ms = Some(0.0);
        one.heap_growth_bytes = Some(65_536);
        one.engine_brotli_bytes = Some(1_234_567);
        let other = BenchReport::new(&device(DeviceKind::Gpu), &times());
        let text = table(&[one, other]);
        let row = |label: &str| text.lines().find(|line| line.starts_with(label));
        let median = row("RSC step, median").expect("the row is there");
        assert_eq!(median.matches("3.00 ms").count(), 2, "{median}");
        let longest = row("longest task").expect("one of them knows it");
        assert!(
            longest.contains("< 50 ms") && longest.ends_with('–'),
            "{longest}"
        );
        assert!(
            text.contains("65.5 kB") && text.contains("1.23 MB"),
            "{text}"
        );
        assert_eq!(row("page usable"), None, "nobody knows it");
        assert_eq!(table(&[]), "");
    }
}
