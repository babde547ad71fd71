//! The native program `rsc`: trains without a browser, with the engine the page uses.
#![forbid(unsafe_code)]

mod backbone;
mod bench;
mod device;
mod explain;
mod files;
mod images;
mod interrupt;
mod output;
mod plan;
mod results;
mod train;
mod train_args;
mod work;

use std::process::ExitCode;

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
    Train(train_args::TrainArgs),
    /// Time the training step of the reference network, and its parts.
    Bench(bench::BenchArgs),
    /// Write the built-in images as files.
    Images(images::ImagesArgs),
    /// Draw the figures of the method and of a real example.
    Explain(explain::ExplainArgs),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Task::Train(arguments) => train::run(&arguments),
        Task::Bench(arguments) => bench::run(&arguments),
        Task::Images(arguments) => images::run(&arguments),
        Task::Explain(arguments) => explain::run(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Without a backtrace, whatever the environment says: it is the user's to mend.
            eprintln!("Error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
