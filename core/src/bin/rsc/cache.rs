//! `rsc cache`: the pixels of images that were read before, kept on disk for the next time.

use anyhow::{Context, Result};
use clap::Args;
use rsc_core::data::folder::kept_pixels;

use crate::run_images::cache_folder;

/// Options of `rsc cache`.
#[derive(Args)]
pub(crate) struct CacheArgs {
    /// Remove it all. Images are read anew when they are needed.
    #[arg(long)]
    clear: bool,
}

/// Runs `rsc cache`. Of files that are not its own it knows nothing.
pub(crate) fn run(arguments: &CacheArgs) -> Result<()> {
    let Some(folder) = cache_folder(false) else {
        say!("nothing is kept: there is no folder for caches, and RSC_CACHE_DIR names none");
        return Ok(());
    };
    let kept = kept_pixels(&folder)
        .with_context(|| format!("{}: the folder cannot be read", folder.display()))?;
    let bytes: u64 = kept.iter().map(|(_, bytes)| bytes).sum();
    let (count, megabytes) = (kept.len(), bytes as f64 / 1e6);
    let files = if count == 1 { "file" } else { "files" };
    if arguments.clear {
        for (file, _) in &kept {
            std::fs::remove_file(file)
                .with_context(|| format!("{}: the file cannot be removed", file.display()))?;
        }
        say!(
            "removed: {count} {files} ({megabytes:.1} MB) from {}",
            folder.display()
        );
    } else {
        say!(
            "kept: {count} {files} ({megabytes:.1} MB) in {}",
            folder.display()
        );
    }
    Ok(())
}
