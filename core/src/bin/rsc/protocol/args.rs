//! The options of `rsc protocol`.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::device::DeviceChoice;

/// Options of `rsc protocol`.
#[derive(Args)]
pub(crate) struct ProtocolArgs {
    /// The protocol: a file of TOML.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Folder for the results; beside the file and named like it unless given. One that holds results of the
    /// same protocol goes on.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Where to compute.
    #[arg(long, value_enum, default_value = "cpu")]
    pub(crate) device: DeviceChoice,
    /// Processes that share the work on this machine; its threads are divided among them.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) jobs: u16,
    /// Seconds between two checkpoints of a cell, from which it goes on when it is stopped.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub(crate) checkpoint_every: u64,
    /// Make one cell only, by its number from 0, unless it is there already.
    #[arg(long, value_name = "I", group = "task", conflicts_with = "jobs")]
    pub(crate) cell: Option<usize>,
    /// Make the tables from the cells that are there, and nothing else.
    #[arg(long, group = "task")]
    pub(crate) table: bool,
    /// List the cells, and whether they are there.
    #[arg(long, group = "task")]
    pub(crate) list: bool,
    /// Write a job array for Slurm, a task for each cell.
    #[arg(long, group = "task")]
    pub(crate) slurm: bool,
    /// Write an Indexed Job for Kubernetes, a pod for each cell.
    #[arg(long, group = "task")]
    pub(crate) kubernetes: bool,
    /// File for what --slurm or --kubernetes write, instead of the standard output.
    #[arg(long, value_name = "FILE")]
    pub(crate) to: Option<PathBuf>,
    /// Replace that file.
    #[arg(long, requires = "to")]
    pub(crate) overwrite: bool,
    /// With --slurm or --kubernetes: GPUs of a cell.
    #[arg(long, value_name = "N")]
    pub(crate) gpus: Option<String>,
    /// With --slurm: the time limit of a cell.
    #[arg(long, value_name = "TIME")]
    pub(crate) time: Option<String>,
    /// With --slurm: the partition.
    #[arg(long, value_name = "NAME")]
    pub(crate) partition: Option<String>,
    /// With --kubernetes: the container image that has this program as `rsc`.
    #[arg(long, value_name = "IMAGE", default_value = "rsc:latest")]
    pub(crate) image: String,
    /// With --kubernetes: the claim of the volume that holds the file, the images and the results.
    #[arg(long, value_name = "CLAIM", default_value = "rsc")]
    pub(crate) volume: String,
    /// With --kubernetes: pods at the same time.
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(crate) parallelism: u32,
    /// Share the work of another process, until its end of the input is closed.
    #[arg(long, hide = true, group = "task")]
    pub(crate) helper: bool,
}

impl ProtocolArgs {
    /// The folder for the results.
    pub(crate) fn folder(&self) -> PathBuf {
        self.out.clone().unwrap_or_else(|| {
            let beside = self.file.parent().unwrap_or(Path::new(""));
            beside.join(self.file.file_stem().unwrap_or_default())
        })
    }
}
