//! Parity with the three published programs (the replication, DomainBed, the official code): the
//! numbers in `tests/fixtures/parity`, on the CPU and on a GPU where one can be opened, and any
//! further cases from the folder named by `RSC_PARITY_DIR`.
#![allow(clippy::unwrap_used, reason = "tests may panic")]

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use rsc_core::{device::open, protocol::DevicePreference, suite::parity::check};

use crate::gpu;

fn cases(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<_> = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .collect();
    found.sort();
    found
}

fn check_all(device: &Device) {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/parity");
    let mut paths = cases(&ours);
    assert_eq!(paths.len(), 56, "fixtures in {}", ours.display());
    if let Some(more) = std::env::var_os("RSC_PARITY_DIR") {
        paths.extend(cases(Path::new(&more)));
    }
    for path in &paths {
        let text = std::fs::read_to_string(path).unwrap();
        let found = pollster::block_on(check(&text, device)).unwrap();
        println!("{}: {found:?}", path.display());
        assert!(found.is_ok(), "{}: {found:?}", path.display());
    }
    println!("{} cases agree", paths.len());
}

#[test]
fn parity_on_the_cpu() {
    let opened = pollster::block_on(open(DevicePreference::Cpu)).unwrap();
    check_all(&opened.device);
}

#[test]
fn parity_on_the_gpu() {
    if let Some(opened) = gpu::if_any(pollster::block_on(open(DevicePreference::Webgpu))) {
        println!("GPU: {}", opened.info.name);
        check_all(&opened.device);
    }
}
