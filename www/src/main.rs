//! `cargo lab`: serves, builds, tests and measures RSC Lab, and fetches the tools for it where it can.
//!
//! The program knows nothing about training. It compiles two crates of this workspace to wasm, bundles
//! them with the files of `www/site`, and serves, writes, tests or measures the result.
#![forbid(unsafe_code)]

mod bench;
mod browser;
mod files;
mod gpu;
mod process;
mod progress;
mod serve;
mod site;
mod test;
mod tools;
mod workspace;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::progress::Progress;
use crate::site::Profile;
use crate::workspace::Workspace;

#[derive(Parser)]
#[command(
    name = "cargo lab",
    bin_name = "cargo lab",
    about = "Serve, build, test and measure RSC Lab"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the page and open it in the browser
    Serve(serve::Options),
    /// Write the static site to a folder; it works from any sub-path of any static host
    Build {
        /// The folder to write (created if missing)
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Run every test: native ones, then the page in a real browser
    Test {
        /// Leave out the wasm build and the browser
        #[arg(long)]
        native_only: bool,
        /// Then go on for more than an hour: random input for every parser and the session, a visitor
        /// who does anything (RSC_SOAK_MINUTES), long runs whose memory is watched, and a job array in a
        /// Slurm that is made for it (Debian, as root)
        #[arg(long, conflicts_with = "native_only")]
        soak: bool,
    },
    /// Measure the page in a headless browser: steps, loading, redrawing
    Bench(bench::Options),
    /// Pack all that a machine with a GPU, and without a network, needs to be checked (Linux)
    BundleGpu(gpu::BundleOptions),
    /// Make these checks; `check.sh` in a bundle calls it
    #[command(hide = true)]
    CheckGpu(gpu::CheckOptions),
}

fn main() -> Result<()> {
    let workspace = Workspace::find()?;
    match Cli::parse().command {
        Command::Serve(options) => serve::run(&workspace, &options),
        Command::Build { out } => {
            let mut progress = Progress::default();
            let toolchain = tools::wasm_toolchain(&workspace, &mut progress)?;
            let site = site::build(&workspace, &toolchain, Profile::Release, &mut progress)?;
            site::write(&site, &out)?;
            progress.print_durations();
            println!("Wrote {} files to {}", site.assets.len(), out.display());
            Ok(())
        }
        Command::Test { native_only, soak } => test::run(&workspace, native_only, soak),
        Command::Bench(options) => bench::run(&workspace, &options),
        Command::BundleGpu(options) => gpu::bundle(&workspace, &options),
        Command::CheckGpu(options) => gpu::check(&options),
    }
}
