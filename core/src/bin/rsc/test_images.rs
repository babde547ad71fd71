//! The labelled images that networks are tested on: those of their run, or those of another folder.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use anyhow::{Context, Result, bail};
use rsc_core::{
    data::{
        Dataset, Item,
        folder::{FolderImages, ListedImage},
    },
    image_layout::class_called,
};

use crate::{
    plan::Plan,
    results::{ImageNotes, ResultsFolder, fingerprint},
    run_images::{RunImages, cache_folder},
    trained::TrainedRun,
};

/// Images of a domain.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TestDomain {
    pub(crate) name: String,
    pub(crate) items: Vec<Item>,
}

/// Domains that are judged together, with a name for them.
pub(crate) type TestSection = (&'static str, Vec<TestDomain>);

/// The images that a run keeps for testing.
pub(crate) struct OwnImages<'a> {
    run: &'a TrainedRun,
    plan: Plan,
    images: RunImages,
}

impl<'a> OwnImages<'a> {
    /// Finds the images that a run was made with.
    pub(crate) fn of(run: &'a TrainedRun) -> Result<Self> {
        let plan = Plan::of(&ResultsFolder::new(&run.folder))?;
        let images = plan.images().context(
            "the run's own images cannot be read: bring them back, or name a folder to test on with --data",
        )?;
        Ok(Self { run, plan, images })
    }

    fn dataset(&self, seed: u64) -> Result<Dataset> {
        self.images.dataset(&self.plan.config.data, seed)
    }

    /// The test images of a seed, the training domains' apart from the held-out one's.
    pub(crate) fn sections(&self, seed: u64) -> Result<Vec<TestSection>> {
        let dataset = self.dataset(seed)?;
        let notes = &self.run.notes;
        let same = match notes.fingerprint(seed) {
            Some(noted) => noted == fingerprint(&dataset),
            None => ImageNotes::of(&self.dataset(notes.seeds[0])?) == notes.images,
        };
        if !same {
            let folder = notes.data.as_deref().unwrap_or(Path::new("built in"));
            bail!(
                "the images ({}) are no longer those of the run in {}: bring them back as they were, or \
                 name a folder to test on with --data",
                folder.display(),
                self.run.folder.display()
            );
        }
        let (new, same): (Vec<_>, Vec<_>) = dataset.domains.into_iter().partition(|it| it.held_out);
        let sections = [("same domain", same), ("new domain", new)];
        let sections = sections.map(|(name, domains)| {
            let domains = domains.into_iter().map(|domain| TestDomain {
                name: domain.name,
                items: domain.test,
            });
            (name, domains.collect::<Vec<_>>())
        });
        let held = |(_, domains): &TestSection| !domains.is_empty();
        Ok(sections.into_iter().filter(held).collect())
    }
}

/// All images of a folder, with the classes of a run: `class/*` or `domain/class/*`. What cannot be read is
/// named on stderr and left out. Classes may be written in other letters, small or capital.
pub(crate) fn of_folder(
    run: &TrainedRun,
    folder: &Path,
    no_cache: bool,
) -> Result<Vec<TestSection>> {
    let files = FolderImages::all(folder);
    let (listed, _) = files.list()?;
    if listed.is_empty() {
        bail!(
            "--data: {} has no image to test on: name a folder with one folder for each class (`class/*` \
             or `domain/class/*`)",
            folder.display()
        );
    }
    let labels = labels(run, folder, &listed)?;
    let config = &run.config.data;
    let cache = cache_folder(no_cache);
    let RunImages::Own(images) = RunImages::read(&files, config, cache.as_deref())? else {
        bail!("--data: {} was not read as a folder", folder.display());
    };
    let mut domains: BTreeMap<String, Vec<Item>> = BTreeMap::new();
    for image in images {
        let name = match image.domain {
            domain if domain.is_empty() => "images".into(),
            domain => domain,
        };
        if let Some(&label) = labels.get(&image.class) {
            domains.entry(name).or_default().push(Item {
                name: image.name,
                label,
                pixels: image.pixels,
            });
        }
    }
    let domains = domains.into_iter();
    let domains = domains.map(|(name, items)| TestDomain { name, items });
    Ok(vec![("images", domains.collect())])
}

/// The classes of a folder and which of the run's each is.
fn labels(
    run: &TrainedRun,
    folder: &Path,
    listed: &[ListedImage],
) -> Result<BTreeMap<String, usize>> {
    let known = run.classes();
    let found: BTreeSet<&str> = listed.iter().map(|it| it.place.class.as_str()).collect();
    let (mut labels, mut unknown) = (BTreeMap::new(), Vec::new());
    for &name in &found {
        match class_called(known, name) {
            Some((label, class)) => {
                if class != name {
                    note!("warning: --data: `{name}` is taken for the class `{class}`");
                }
                labels.insert(name.to_owned(), label);
            }
            None => unknown.push(name),
        }
    }
    if !unknown.is_empty() {
        let found: Vec<&str> = found.into_iter().collect();
        bail!(
            "--data: the network knows no class {}: it knows {}, and {} has {}; rename or remove the \
             folders of the others",
            unknown.join(", "),
            known.join(", "),
            folder.display(),
            found.join(", ")
        );
    }
    Ok(labels)
}
