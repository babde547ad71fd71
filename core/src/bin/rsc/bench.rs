//! `rsc bench`: the reference step, timed whole and in parts.

use anyhow::Result;
use clap::Args;
use pollster::block_on;
use rsc_core::{
    bench::{BenchReport, measure, table},
    device::open,
};

use crate::train::DeviceChoice;

/// Options of `rsc bench`.
#[derive(Args)]
pub(crate) struct BenchArgs {
    /// Where to compute.
    #[arg(long, value_enum, default_value = "cpu")]
    device: DeviceChoice,
    /// Steps to time, after a tenth as many to warm up.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(5..=100_000))]
    steps: u32,
    /// Write the report as JSON: the keys of `cargo lab bench`, `null` for what only a browser has.
    #[arg(long)]
    json: bool,
}

/// Runs `rsc bench`.
pub(crate) fn run(arguments: &BenchArgs) -> Result<()> {
    let opened = block_on(open(arguments.device.preference()))?;
    let steps = arguments.steps as usize;
    let times = block_on(measure(&opened.device, steps, |_, _| ()))?;
    let report = BenchReport::new(&opened.info, &times);
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{}", table(&[report]));
    }
    Ok(())
}
