//! The native program `rsc`: trains without a browser, with the engine the page uses.
#![forbid(unsafe_code)]

mod backbone;
mod bench;
mod explain;
mod images;
mod output;
mod train;

use clap::{Parser, Subcommand};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Representation Self-Challenging from the command line.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Train ERM and RSC side by side and write metrics, weights and overlays.
    Train(train::TrainArgs),
    /// Time the training step of the reference network, and its parts.
    Bench(bench::BenchArgs),
    /// Write the built-in images as files.
    Images(images::ImagesArgs),
    /// Draw the figures of the method and of a real example.
    Explain(explain::ExplainArgs),
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Task::Train(arguments) => train::run(&arguments),
        Task::Bench(arguments) => bench::run(&arguments),
        Task::Images(arguments) => images::run(&arguments),
        Task::Explain(arguments) => explain::run(&arguments),
    }
}
