//! `rsc images`: the built-in images as files, for other programs and for changes by hand.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use clap::Args;
use rsc_core::{
    config::{DataPreset, PresetFile, RunConfig},
    data::{Dataset, Item, PresetData},
};

use crate::{files::check_new_folder, train_args::preset};

/// Options of `rsc images`.
#[derive(Args)]
pub(crate) struct ImagesArgs {
    /// Which: corner-cue, tint-cue, styles, rotated-digits, coloured-digits or emoji.
    #[arg(long, value_name = "NAME", value_parser = preset)]
    preset: DataPreset,
    /// Side of the images in pixels, instead of the preset's own.
    #[arg(long, value_name = "PIXELS")]
    image_size: Option<usize>,
    /// Digits of your own for rotated-digits and coloured-digits, in place of those that come with the program:
    /// the folders 0 to 9, each with images of 28×28 px, white on black. All are used, and none is marked as for
    /// testing.
    #[arg(long, value_name = "DIR")]
    digits: Option<PathBuf>,
    /// Decides what is made, and what is for testing.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Folder for the images; made if missing, and not written to if anything is in it.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Write to the folder nevertheless; images of the same names are replaced.
    #[arg(long)]
    overwrite: bool,
}

/// Writes `domain/class/name.png`, and the test images of all domains into `test-only.txt`: what `rsc train
/// --data` and a protocol read. Of digits of the user's own all are written, and there is no such list: each seed
/// may divide them anew.
pub(crate) fn run(arguments: &ImagesArgs) -> Result<()> {
    let out = &arguments.out;
    if !arguments.overwrite {
        check_new_folder("--out", out)?;
    }
    let mut config = RunConfig::for_preset(arguments.preset);
    // As many of each domain as where one is held out.
    let domains = arguments.preset.domains().len();
    if domains > 1 {
        config.data.train_images = config.data.train_images.div_ceil(domains - 1) * domains;
    }
    config.data.together = true;
    config.data.held_out = None;
    if let Some(size) = arguments.image_size {
        config.data.image_size = size;
    }
    config.validate()?;
    let files = match &arguments.digits {
        None => PresetData::built_in(arguments.preset)?,
        Some(folder) => {
            check_digits(arguments.preset)?;
            // All there are; the range of the setting is for what a run trains on.
            (config.data.train_images, config.data.test_images) = (usize::MAX, usize::MAX);
            PresetData::digits_of_folder(folder)?
        }
    };
    let dataset = Dataset::make(&config.data, &[], &files, arguments.seed)?;

    let mut writer = Writer {
        root: out,
        classes: &dataset.classes,
        size: u32::try_from(dataset.size)?,
        paths: BTreeSet::new(),
    };
    let mut tested = String::new();
    for domain in &dataset.domains {
        for item in &domain.train {
            writer.write(&domain.name, item)?;
        }
        for item in &domain.test {
            tested += &writer.write(&domain.name, item)?;
            tested.push('\n');
        }
    }
    if arguments.digits.is_none() {
        let list = out.join("test-only.txt");
        fs::write(&list, tested)
            .with_context(|| format!("{}: the list cannot be written", list.display()))?;
    }
    say!("images: {} in {}", writer.paths.len(), out.display());
    Ok(())
}

/// Refuses digits for a preset that is not made of them.
fn check_digits(preset: DataPreset) -> Result<()> {
    if preset.file() != Some(PresetFile::Digits) {
        bail!(
            "--digits: the preset `{}` is not made of digits: use it with --preset rotated-digits or \
             coloured-digits",
            preset.name()
        );
    }
    Ok(())
}

struct Writer<'a> {
    root: &'a Path,
    classes: &'a [String],
    size: u32,
    paths: BTreeSet<String>,
}

impl Writer<'_> {
    /// Writes an image; its path below the root.
    fn write(&mut self, domain: &str, item: &Item) -> Result<String> {
        let class = &self.classes[item.label];
        let name = file_name(&item.name);
        let mut path = format!("{domain}/{class}/{name}.png");
        let mut number = 2;
        while !self.paths.insert(path.clone()) {
            path = format!("{domain}/{class}/{name}-{number}.png");
            number += 1;
        }
        let file = self.root.join(&path);
        let unwritten = || format!("{}: the image cannot be written", file.display());
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder).with_context(unwritten)?;
        }
        image::save_buffer(
            &file,
            &item.pixels,
            self.size,
            self.size,
            image::ExtendedColorType::Rgb8,
        )
        .with_context(unwritten)?;
        Ok(path)
    }
}

/// A caption as a file name: letters, digits and hyphens.
fn file_name(caption: &str) -> String {
    let words = caption.split(|c: char| !c.is_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join("-")
}
