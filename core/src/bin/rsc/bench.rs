//! `rsc bench`: the step of a network, timed whole and in parts; or what a pretrained network takes.

use std::{path::PathBuf, time::Duration};

use anyhow::Result;
use clap::Args;
use pollster::block_on;
use rsc_core::{
    bench::{
        BackboneBench, BenchNetwork, BenchReport, Effort, measure_backbone, measure_network, table,
    },
    config::PretrainedNetwork,
    device::open,
};

use crate::{
    backbone::{self, weights_of},
    device::DeviceChoice,
};

/// Options of `rsc bench`.
#[derive(Args)]
pub(crate) struct BenchArgs {
    /// Where to compute.
    #[arg(long, value_enum, default_value = "cpu")]
    device: DeviceChoice,
    /// Steps to time, after a tenth as many to warm up.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(5..=100_000))]
    steps: u32,
    /// Which network: reference (16, 32 and 64 channels, 32 px), large (64, 128 and 256 channels, 96 px)
    /// or resnet (eight basic blocks with batch normalisation, 64 px).
    #[arg(long, value_name = "NAME", default_value = "reference", value_parser = network)]
    network: BenchNetwork,
    /// Take about so many seconds at most; then fewer steps are timed, at least one of each arm.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    seconds: Option<u32>,
    /// Write the report as JSON: the keys of `cargo lab bench`, `null` for what only a browser has.
    #[arg(long)]
    json: bool,
    /// Time a pretrained network instead: the features of 32 images of 224 px, and a step that trains all
    /// of it on 16 images of 96 px.
    #[arg(long, value_name = "NAME", value_parser = backbone::backbone,
        conflicts_with_all = ["steps", "network", "seconds"])]
    backbone: Option<PretrainedNetwork>,
    /// Its weights; those of efficientnet_lite0 come with the program.
    #[arg(long, value_name = "FILE", requires = "backbone")]
    weights: Option<PathBuf>,
}

/// Runs `rsc bench`.
pub(crate) fn run(arguments: &BenchArgs) -> Result<()> {
    let opened = block_on(open(arguments.device.preference()))?;
    if let Some(network) = arguments.backbone {
        let weights = weights_of(network, arguments.weights.as_deref())?;
        let BackboneBench {
            features_ms,
            step_ms,
        } = block_on(measure_backbone(&weights, &opened.device))?;
        if arguments.json {
            let device = &opened.info.name;
            let report = serde_json::json!({
                "device": device, "features_ms": features_ms, "step_ms": step_ms
            });
            say!("{report}");
        } else {
            say!("device                         {}", opened.info.name);
            say!("features of 32 images, 224 px  {features_ms:.0} ms");
            say!("step of all, 16 images, 96 px  {step_ms:.0} ms");
        }
        return Ok(());
    }
    let effort = Effort {
        network: arguments.network,
        steps: arguments.steps as usize,
        limit: arguments
            .seconds
            .map(|seconds| Duration::from_secs(seconds.into())),
    };
    let times = block_on(measure_network(&opened.device, effort, |_, _| ()))?;
    let report = BenchReport {
        network: arguments.network,
        ..BenchReport::new(&opened.info, &times)
    };
    if arguments.json {
        say!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        crate::terminal::show(&table(&[report]));
    }
    Ok(())
}

fn network(name: &str) -> Result<BenchNetwork, String> {
    BenchNetwork::from_name(name).ok_or_else(|| {
        let names = BenchNetwork::ALL.map(BenchNetwork::name);
        format!("expected one of {}", names.join(", "))
    })
}
