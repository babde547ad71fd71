//! `rsc protocol`: a comparison of methods over held-out domains, seeds and hyperparameters, as DomainBed does
//! it, from one file, in one folder, by any number of processes.

mod args;
mod cell;
mod cells;
mod claim;
mod digest;
mod document;
mod domains;
mod file;
mod folder;
mod images;
mod jobs;
mod launch;
mod outputs;
mod print;
mod progress;
mod record;
mod report;
mod rows;
mod search;
mod select;
mod settings;
mod shared_file;
mod split;
mod table;
mod way;
mod work;

pub(crate) use args::ProtocolArgs;

use std::io::Read;

use anyhow::Result;

use crate::{
    files::{check_new, write_whole},
    interrupt::{INTERRUPTED, Interrupt},
};
use cells::Protocol;
use document::Document;
use folder::Folder;
use print::{Style, tables};
use progress::Progress;
use work::{Ended, Work};

/// Runs `rsc protocol`.
pub(crate) fn run(arguments: &ProtocolArgs) -> Result<()> {
    let document = Document::read(&arguments.file)?;
    let protocol = Protocol::read(&document, &arguments.file)?;
    let folder = Folder::new(&arguments.folder());
    if arguments.slurm {
        return written(arguments, &launch::slurm(arguments, &protocol)?);
    }
    if arguments.kubernetes {
        return written(arguments, &launch::kubernetes(arguments, &protocol)?);
    }
    if arguments.list {
        folder.check(&protocol, document.text())?;
        for cell in &protocol.cells {
            let mark = if folder.has(cell) {
                "there  "
            } else {
                "missing"
            };
            say!("{:5}  {}  {mark}  {}", cell.index, cell.hash, cell.title());
        }
        return Ok(());
    }
    folder.begin(&protocol, document.text())?;
    if arguments.table {
        return summarise(&folder, &protocol);
    }
    if let Some(index) = arguments.cell {
        return one_cell(arguments, &protocol, &folder, index);
    }
    if arguments.helper {
        return help(arguments, &protocol, &folder);
    }
    all_cells(arguments, &protocol, &folder)
}

/// Writes a job for a cluster.
fn written(arguments: &ProtocolArgs, content: &str) -> Result<()> {
    match &arguments.to {
        Some(path) => {
            check_new("--to", path, arguments.overwrite)?;
            write_whole(path, content.as_bytes())
        }
        None => {
            crate::terminal::show(content);
            Ok(())
        }
    }
}

/// Makes the tables and shows them.
fn summarise(folder: &Folder, protocol: &Protocol) -> Result<()> {
    let summary = outputs::write(folder, protocol)?;
    crate::terminal::show(&tables(&summary, Style::Text));
    say!("results: {}", folder.path().display());
    Ok(())
}

fn all_cells(arguments: &ProtocolArgs, protocol: &Protocol, folder: &Folder) -> Result<()> {
    let missing = folder.missing(protocol);
    let total = protocol.cells.len();
    say!(
        "{}: {total} cells, {missing} of them missing",
        protocol.name
    );
    if missing > 0 {
        let interrupt = Interrupt::listen()?;
        let progress = Progress::new(missing, total)?;
        let mut ended = Ended::Done;
        if arguments.jobs > 1 {
            ended = jobs::run(arguments, protocol, folder, &interrupt, &progress)?;
        }
        // After several processes, what those have left that were killed.
        if ended == Ended::Done && folder.missing(protocol) > 0 {
            ended = Work::open(arguments, protocol, folder, &interrupt, &progress)?.all(true)?;
        }
        progress.end();
        if ended == Ended::Interrupted {
            stop(arguments, protocol, folder);
        }
    }
    summarise(folder, protocol)
}

/// Says how to go on after Ctrl-C, and ends the program.
fn stop(arguments: &ProtocolArgs, protocol: &Protocol, folder: &Folder) -> ! {
    let missing = folder.missing(protocol);
    let total = protocol.cells.len();
    say!("stopped with {missing} of {total} cells missing; to go on:");
    say!(
        "rsc protocol {} --out {}",
        arguments.file.display(),
        folder.path().display()
    );
    std::process::exit(INTERRUPTED);
}

fn one_cell(
    arguments: &ProtocolArgs,
    protocol: &Protocol,
    folder: &Folder,
    index: usize,
) -> Result<()> {
    let cell = protocol.cell(index)?;
    if folder.has(cell) {
        say!("cell {index} is there already: {}", cell.title());
        return Ok(());
    }
    let interrupt = Interrupt::listen()?;
    let progress = Progress::new(1, protocol.cells.len())?;
    let ended = Work::open(arguments, protocol, folder, &interrupt, &progress)?.single(cell)?;
    progress.end();
    if ended == Ended::Interrupted {
        stop(arguments, protocol, folder);
    }
    Ok(())
}

/// One of the processes of `--jobs`: it stops when the one that started it closes its input, or has ended.
fn help(arguments: &ProtocolArgs, protocol: &Protocol, folder: &Folder) -> Result<()> {
    let interrupt = Interrupt::listen()?;
    let pressed = interrupt.clone();
    std::thread::spawn(move || {
        // Nothing is ever sent: this returns when the other end is closed.
        std::io::stdin().read_to_end(&mut Vec::new()).ok();
        pressed.press();
    });
    let ended =
        Work::open(arguments, protocol, folder, &interrupt, &Progress::hidden())?.all(false)?;
    if ended == Ended::Interrupted {
        std::process::exit(INTERRUPTED);
    }
    Ok(())
}
