//! What the folders above images say: which is the class, which the domain, which a division into train
//! and test. For the page and the program alike; names come in as Unicode's composed form (NFC).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Whether an image may be trained on, or tested on outside a held-out domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Either: a share of each class is drawn for testing.
    #[default]
    Any,
    /// Never tested on, but in a held-out domain.
    Train,
    /// Never trained on.
    Test,
}

/// How folders called `train`, `val` and `test` are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SplitFolders {
    /// As a division of the images, where there is one for training and another.
    #[default]
    Splits,
    /// As domains, as any other name.
    Domains,
}

/// How classes whose names differ in small and capital letters only are taken, where no domain has two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Spellings {
    /// As one class.
    #[default]
    Joined,
    /// As classes of their own.
    Apart,
}

/// Where an image belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its domain; empty where there is only one, without a name.
    pub domain: String,
    /// Its class.
    pub class: String,
    /// What it may be used for.
    pub part: Part,
}

/// Why an image is left out, by its folders alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misplaced {
    /// It lies in no folder.
    InNoFolder,
    /// It lies above the classes of the others.
    AboveClasses,
    /// It lies below the classes of the others.
    BelowClasses,
}

/// Something about the folders that somebody may want to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remark {
    /// A folder with this name lies in every path, and says nothing.
    PassedOver(String),
    /// These names were taken as a division, not as domains or classes.
    TakenAsSplits(Vec<String>),
    /// These spellings of a class differ in small and capital letters only and are one class: the first.
    OneClass(Vec<String>),
}

/// Why nothing can be made of the folders.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LayoutError {
    /// Images lie at different depths, as many at one as at others: two of them, by index.
    #[error("images lie at different depths")]
    DifferentDepths(usize, usize),
    /// There are more layers of folders than domain and class: an image, by index.
    #[error("an image lies too deep")]
    TooDeep(usize),
}

/// What the folders say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layout {
    /// Of each image where it belongs, or why it is left out.
    pub places: Vec<Result<Place, Misplaced>>,
    /// What else is to be said.
    pub remarks: Vec<Remark>,
}

/// Of so many images one may lie in a folder below its class's: more of them have a meaning.
const FEW_BELOW: usize = 20;

/// Names of folders for training.
const TRAIN: [&str; 2] = ["train", "training"];
/// Names of folders for all else.
const TEST: [&str; 7] = [
    "test",
    "testing",
    "val",
    "valid",
    "validation",
    "crossval",
    "eval",
];

/// The part that a folder of this name stands for.
pub fn part_called(name: &str) -> Option<Part> {
    let is = |names: &[&str]| names.iter().any(|it| it.eq_ignore_ascii_case(name));
    if is(&TRAIN) {
        Some(Part::Train)
    } else if is(&TEST) {
        Some(Part::Test)
    } else {
        None
    }
}

/// Tells class, domain and division from the names of the folders above each image, the outermost first:
/// `class`, `domain/class`, either with a layer of splits (`train/class`, `domain/train/class`), and with
/// layers that have the same name everywhere (`domain/images/class`, as Office-31).
///
/// Images above the classes' folders are left out, and a few below them.
///
/// # Errors
/// [`LayoutError`] where images lie at different depths beyond that, or where a path has more layers.
pub fn arrange(folders: &[Vec<String>], splits: SplitFolders) -> Result<Layout, LayoutError> {
    arrange_with(folders, splits, Spellings::Joined)
}

/// As [`arrange`], and with a choice of how spellings of a class are taken.
///
/// # Errors
/// As [`arrange`].
pub fn arrange_with(
    folders: &[Vec<String>],
    splits: SplitFolders,
    spellings: Spellings,
) -> Result<Layout, LayoutError> {
    let mut layout = Layout::default();
    let Some(depth) = common_depth(folders)? else {
        layout.places = vec![Err(Misplaced::InNoFolder); folders.len()];
        return Ok(layout);
    };
    let placed: Vec<usize> = (0..folders.len())
        .filter(|&image| folders[image].len() == depth)
        .collect();
    let mut layers: Vec<usize> = (0..depth).collect();
    let split = (splits == SplitFolders::Splits)
        .then(|| split_layer(folders, &placed, &layers))
        .flatten();
    if let Some(split) = split {
        layers.retain(|&layer| layer != split);
        let names = names_at(folders, &placed, split);
        let names = names.into_iter().map(str::to_owned).collect();
        layout.remarks.push(Remark::TakenAsSplits(names));
    }
    pass_over(folders, &placed, &mut layers, &mut layout.remarks);
    let (domain, class) = match layers[..] {
        [class] => (None, class),
        [domain, class] => (Some(domain), class),
        _ => return Err(LayoutError::TooDeep(placed[0])),
    };
    let mut places: Vec<_> = folders.iter().map(|it| Err(misplaced(it, depth))).collect();
    for image in placed {
        let names = &folders[image];
        let part = split.and_then(|layer| part_called(&names[layer]));
        places[image] = Ok(Place {
            domain: domain.map_or_else(String::new, |layer| names[layer].clone()),
            class: names[class].clone(),
            part: part.unwrap_or_default(),
        });
    }
    layout.places = places;
    if spellings == Spellings::Joined {
        join_spellings(&mut layout);
    }
    Ok(layout)
}

fn misplaced(folders: &[String], depth: usize) -> Misplaced {
    match folders.len() {
        0 => Misplaced::InNoFolder,
        above if above < depth => Misplaced::AboveClasses,
        _ => Misplaced::BelowClasses,
    }
}

/// The depth at which the classes' images lie: more than half of all, and all but a few of those that lie in
/// some folder below it; `None` where all lie in no folder.
fn common_depth(folders: &[Vec<String>]) -> Result<Option<usize>, LayoutError> {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for names in folders.iter().filter(|names| !names.is_empty()) {
        *counts.entry(names.len()).or_default() += 1;
    }
    let all: usize = counts.values().sum();
    let Some((&depth, &most)) = counts.iter().max_by_key(|(_, count)| **count) else {
        return Ok(None);
    };
    let below: usize = counts.range(depth + 1..).map(|(_, count)| count).sum();
    if 2 * most > all && FEW_BELOW * below < all {
        return Ok(Some(depth));
    }
    let at = |depth: usize| folders.iter().position(|names| names.len() == depth);
    let mut depths = counts.keys().copied();
    let (first, second) = (depths.next().unwrap_or(0), depths.next().unwrap_or(0));
    let images = (at(first).unwrap_or(0), at(second).unwrap_or(0));
    Err(LayoutError::DifferentDepths(images.0, images.1))
}

fn names_at<'a>(folders: &'a [Vec<String>], images: &[usize], layer: usize) -> BTreeSet<&'a str> {
    let names = images.iter().map(|&image| folders[image][layer].as_str());
    names.collect()
}

/// The layer, but not the only one, whose folders are all called after a part, one of them for training and
/// one for all else.
fn split_layer(folders: &[Vec<String>], images: &[usize], layers: &[usize]) -> Option<usize> {
    if layers.len() < 2 {
        return None;
    }
    layers.iter().copied().find(|&layer| {
        // `dog/train` and `cat/train`, but not `photo/train` alone, which may be a domain and its classes.
        let innermost = layer + 1 == layers.len();
        if innermost && names_at(folders, images, layer - 1).len() < 2 {
            return false;
        }
        let names = names_at(folders, images, layer);
        let parts: Option<Vec<Part>> = names.into_iter().map(part_called).collect();
        parts.is_some_and(|parts| parts.contains(&Part::Train) && parts.contains(&Part::Test))
    })
}

/// Leaves out layers that have one name only, until domain and class are left.
fn pass_over(
    folders: &[Vec<String>],
    images: &[usize],
    layers: &mut Vec<usize>,
    remarks: &mut Vec<Remark>,
) {
    while layers.len() > 2 {
        let same = layers.iter().position(|&layer| {
            let names = names_at(folders, images, layer);
            names.len() == 1
        });
        let Some(at) = same else {
            return;
        };
        let name = folders[images[0]][layers.remove(at)].clone();
        remarks.push(Remark::PassedOver(name));
    }
}

/// The class of this name: the same one, or else the only one that differs in small and capital letters only.
pub fn class_called<'a>(classes: &'a [String], name: &str) -> Option<(usize, &'a str)> {
    let same = classes.iter().position(|it| it == name);
    let found = same.or_else(|| {
        let small = name.to_lowercase();
        let mut alike = (0..classes.len()).filter(|&i| classes[i].to_lowercase() == small);
        alike.next().filter(|_| alike.next().is_none())
    });
    found.map(|at| (at, classes[at].as_str()))
}

/// Joins classes whose names differ in small and capital letters only, where no domain has two of them.
fn join_spellings(layout: &mut Layout) {
    // Of each class in small letters its spellings with their numbers, and of each domain which it has.
    let mut spellings: BTreeMap<String, BTreeMap<&str, usize>> = BTreeMap::new();
    let mut domains: BTreeMap<(&str, String), BTreeSet<&str>> = BTreeMap::new();
    for place in layout.places.iter().flatten() {
        let small = place.class.to_lowercase();
        let counts = spellings.entry(small.clone()).or_default();
        *counts.entry(&place.class).or_default() += 1;
        let of_domain = domains.entry((&place.domain, small)).or_default();
        of_domain.insert(&place.class);
    }
    let mut joined: BTreeMap<String, String> = BTreeMap::new();
    for (small, counts) in &spellings {
        let apart = domains
            .iter()
            .any(|((_, class), names)| class == small && names.len() > 1);
        if counts.len() < 2 || apart {
            continue;
        }
        let mut names: Vec<(&str, usize)> = counts.iter().map(|(&n, &count)| (n, count)).collect();
        names.sort_by_key(|&(name, count)| (std::cmp::Reverse(count), name));
        let names: Vec<String> = names.into_iter().map(|(name, _)| name.to_owned()).collect();
        joined.insert(small.clone(), names[0].clone());
        layout.remarks.push(Remark::OneClass(names));
    }
    for place in layout.places.iter_mut().flatten() {
        if let Some(class) = joined.get(&place.class.to_lowercase()) {
            place.class.clone_from(class);
        }
    }
}

#[cfg(test)]
mod tests;
