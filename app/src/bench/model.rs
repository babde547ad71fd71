//! Plain functions of the benchmark: the query of the address, the order of devices, the values of p,
//! the size of a module.

use rsc_core::bench::{BenchNetwork, STEPS};
use rsc_core::protocol::{DeviceKind, DevicePreference};

/// Steps timed where the address names no number.
const DEFAULT_STEPS: u32 = 50;
/// More would keep a browser busy for an hour.
const MOST_STEPS: u32 = 2_000;

/// What `?bench` asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Options {
    /// Begin without being told to: `?bench=run`.
    pub(crate) start: bool,
    /// The only device to measure: `device=cpu` or `device=webgpu`.
    pub(crate) device: Option<DevicePreference>,
    /// Steps to time: `steps=50`.
    pub(crate) steps: u32,
    /// What to train: `network=large`; the reference network where it names none.
    pub(crate) network: BenchNetwork,
    /// About how long each measurement may take, at most: `seconds=20`.
    pub(crate) seconds: Option<u32>,
    /// Where `cargo lab bench` waits for the report: `report=` and a token of hexadecimal digits.
    pub(crate) report: Option<String>,
}

/// Reads an address' query; `None` where it asks for no benchmark.
pub(crate) fn options(query: &str) -> Option<Options> {
    let parts = query.trim_start_matches('?').split('&');
    let pairs: Vec<(&str, &str)> = parts
        .map(|part| part.split_once('=').unwrap_or((part, "")))
        .collect();
    let value = |wanted: &str| {
        pairs
            .iter()
            .find(|(name, _)| *name == wanted)
            .map(|it| it.1)
    };
    let start = value("bench")? == "run";
    let device = match value("device") {
        Some("cpu") => Some(DevicePreference::Cpu),
        Some("webgpu") => Some(DevicePreference::Webgpu),
        _ => None,
    };
    let steps = value("steps").and_then(|steps| steps.parse().ok());
    let is_token = |text: &&str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_hexdigit());
    Some(Options {
        start,
        device,
        steps: steps
            .unwrap_or(DEFAULT_STEPS)
            .clamp(*STEPS.start(), MOST_STEPS),
        network: value("network")
            .and_then(BenchNetwork::from_name)
            .unwrap_or_default(),
        seconds: value("seconds")
            .and_then(|seconds| seconds.parse().ok())
            .filter(|seconds| *seconds > 0),
        report: value("report").filter(is_token).map(str::to_owned),
    })
}

/// Which of the engine's kinds a device is.
pub(crate) fn kind(device: DevicePreference) -> DeviceKind {
    match device {
        DevicePreference::Webgpu | DevicePreference::Simulated(_) => DeviceKind::Gpu,
        DevicePreference::Cpu | DevicePreference::Automatic | DevicePreference::Fallback => {
            DeviceKind::Cpu
        }
    }
}

/// The devices to measure, the one in use first: its engine need not be started again.
pub(crate) fn devices(only: Option<DevicePreference>, used: DeviceKind) -> Vec<DevicePreference> {
    match only {
        Some(device) => vec![device],
        None => {
            let mut both = vec![DevicePreference::Cpu, DevicePreference::Webgpu];
            both.sort_by_key(|device| kind(*device) != used);
            both
        }
    }
}

/// The p of the `k`-th of so many moves: all over its range, and never where it was before.
pub(crate) fn p_of_move(k: usize, moves: usize) -> f64 {
    let place = (k * 17) % moves.max(1);
    0.1 + 0.8 * place as f64 / moves.max(1) as f64
}

/// The largest transfer of a module (`page-….wasm`) among the addresses and sizes of what was
/// loaded: what comes out of a cache may be listed a second time, as nothing.
pub(crate) fn module_bytes(
    module: &str,
    loaded: impl IntoIterator<Item = (String, f64)>,
) -> Option<u64> {
    let is_module = |address: &str| {
        let file = address.split(['?', '#']).next().unwrap_or_default();
        let file = file.rsplit('/').next().unwrap_or_default();
        file.strip_prefix(module)
            .is_some_and(|rest| rest.starts_with('-') && rest.ends_with(".wasm"))
    };
    let sizes = loaded.into_iter().filter(|(address, _)| is_module(address));
    let largest = sizes.map(|(_, size)| size).fold(0.0, f64::max);
    (largest > 0.0).then_some(largest as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bench_asks_for_a_benchmark() {
        for query in ["", "?", "?device=cpu", "?benchmark", "?steps=9&x=bench"] {
            assert_eq!(options(query), None, "{query}");
        }
        let plain = Options {
            start: false,
            device: None,
            steps: DEFAULT_STEPS,
            network: BenchNetwork::Reference,
            seconds: None,
            report: None,
        };
        assert_eq!(options("?bench"), Some(plain.clone()));
        assert_eq!(options("?lang=de&bench="), Some(plain));
    }

    #[test]
    fn options_are_read_and_nonsense_is_not() {
        let asked =
            options("?bench=run&device=webgpu&steps=20&network=large&seconds=9&report=0aF9")
                .expect("it asks");
        let all = Options {
            start: true,
            device: Some(DevicePreference::Webgpu),
            steps: 20,
            network: BenchNetwork::Large,
            seconds: Some(9),
            report: Some(String::from("0aF9")),
        };
        assert_eq!(asked, all);
        let steps = |query| options(query).expect("it asks").steps;
        assert_eq!(steps("?bench&steps=1"), 5);
        assert_eq!(steps("?bench&steps=999999"), MOST_STEPS);
        assert_eq!(steps("?bench&steps=many"), DEFAULT_STEPS);
        let odd = options("?bench&network=huge&seconds=0").expect("it asks");
        assert_eq!((odd.network, odd.seconds), (BenchNetwork::Reference, None));
        for report in ["", "../up", "a/b", "xyz"] {
            let asked = options(&format!("?bench&report={report}")).expect("it asks");
            assert_eq!(asked.report, None, "{report}");
        }
    }

    #[test]
    fn the_device_in_use_comes_first() {
        use DevicePreference::{Cpu, Webgpu};
        assert_eq!(devices(None, DeviceKind::Cpu), [Cpu, Webgpu]);
        assert_eq!(devices(None, DeviceKind::Gpu), [Webgpu, Cpu]);
        assert_eq!(devices(Some(Cpu), DeviceKind::Gpu), [Cpu]);
    }

    #[test]
    fn every_move_is_one() {
        let places: Vec<f64> = (0..40).map(|k| p_of_move(k, 40)).collect();
        assert!(places.iter().all(|p| (0.1..0.9).contains(p)), "{places:?}");
        assert!(
            places.windows(2).all(|two| (two[0] - two[1]).abs() > 0.1),
            "{places:?}"
        );
    }

    #[test]
    fn a_module_is_found_among_what_was_loaded() {
        let loaded = || {
            [
                ("http://h/lab/page-0123456789ab.wasm", 700.0),
                ("http://h/lab/page-0123456789ab.wasm?x#y", 0.0),
                ("http://h/lab/page-0123456789ab.js", 9000.0),
                ("http://h/page/other.wasm", 9000.0),
            ]
            .map(|(address, size)| (address.to_owned(), size))
        };
        assert_eq!(module_bytes("page", loaded()), Some(700));
        assert_eq!(module_bytes("engine", loaded()), None);
    }
}
