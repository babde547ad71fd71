//! The native program `rsc`: trains without a browser, with the engine the page uses.
#![forbid(unsafe_code)]
#![deny(clippy::print_stdout, clippy::print_stderr)]

#[macro_use]
mod terminal;

mod backbone;
mod bench;
mod cache;
mod check;
mod compare;
mod comparison;
mod comparison_text;
mod device;
mod evaluate;
mod evaluation;
mod explain;
mod files;
mod images;
mod interrupt;
mod masks;
mod measures;
mod output;
mod pictures;
mod plan;
mod predict;
mod protocol;
mod results;
mod run_images;
mod statistics;
mod table;
mod test_images;
mod train;
mod train_args;
mod trained;
mod untested;
mod weights;
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
    /// Compare methods over held-out domains, seeds and hyperparameters, as a file says.
    Protocol(protocol::ProtocolArgs),
    /// Test the networks of a run, on its own test images or on others.
    Evaluate(evaluate::EvaluateArgs),
    /// Classify images with a network of a run.
    Predict(predict::PredictArgs),
    /// Draw what a challenge mutes in images, and write it as arrays.
    Masks(masks::MasksArgs),
    /// Compare the arms of runs, with intervals and paired tests.
    Compare(compare::CompareArgs),
    /// Time the training step of a network, and its parts.
    Bench(bench::BenchArgs),
    /// Check whether a device computes what the published codes and other devices do.
    Check(check::CheckArgs),
    /// Write the built-in images as files.
    Images(images::ImagesArgs),
    /// Show what is kept of images that were read before, or remove it.
    Cache(cache::CacheArgs),
    /// Draw the figures of the method and of a real example.
    Explain(explain::ExplainArgs),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Task::Train(arguments) => train::run(&arguments),
        Task::Protocol(arguments) => protocol::run(&arguments),
        Task::Evaluate(arguments) => evaluate::run(&arguments),
        Task::Predict(arguments) => predict::run(&arguments),
        Task::Masks(arguments) => masks::run(&arguments),
        Task::Compare(arguments) => compare::run(&arguments),
        Task::Bench(arguments) => bench::run(&arguments),
        Task::Check(arguments) => check::run(&arguments),
        Task::Images(arguments) => images::run(&arguments),
        Task::Cache(arguments) => cache::run(&arguments),
        Task::Explain(arguments) => explain::run(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Without a backtrace, whatever the environment says: it is the user's to mend.
            note!("Error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
