//! The machine that is checked.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::process;

/// What is known of the machine.
pub(super) fn machine() -> Value {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let cpu = cpu.lines().find_map(|line| line.strip_prefix("model name"));
    let system = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let system = system
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="));
    let cores = std::thread::available_parallelism().map_or(0, |cores| cores.get());
    let says = |program: &str, arguments: &[&str]| {
        process::output_of(Command::new(program).args(arguments))
    };
    json!({
        "system": system.map(|name| name.trim_matches('"')),
        "kernel": says("uname", &["-sr"]),
        "processor": cpu.map(|name| name.trim_start_matches([' ', '\t', ':'])),
        "cores": cores,
        "nvidia": says("nvidia-smi", &["--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"]),
        "drivers": std::env::var("VK_DRIVER_FILES").ok(),
    })
}

/// Whether the machine has a GPU for computing, whatever its drivers say of it.
pub(super) fn has_gpu(machine: &Value) -> bool {
    !machine["nvidia"].is_null() || Path::new("/dev/kfd").exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_is_told() {
        let machine = machine();
        assert!(machine["cores"].as_u64().is_some_and(|cores| cores > 0));
        assert!(has_gpu(&json!({ "nvidia": "NVIDIA H200" })));
    }
}
