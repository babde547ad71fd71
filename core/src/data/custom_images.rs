//! Data sets of the user's images: which classes and domains there are, whether they can be trained
//! on, and which images are kept for testing.

use std::collections::{BTreeMap, BTreeSet};

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::dataset::{Dataset, Domain, Item};
use super::fingerprint::hash_text;
use super::held_out::{held_out_index, quoted};
use super::labelled::Labelled;
use crate::config::DataConfig;
use crate::error::{Error, Result};
use crate::image_layout::Part;

/// The name of the only domain where the user named none.
const UNNAMED: &str = "images";

/// The images of each class of a domain.
type Classes<'a, I> = BTreeMap<&'a str, Vec<&'a I>>;

impl Dataset {
    /// Sorts the user's images into classes and domains, makes them square and keeps a part of
    /// each class for testing.
    ///
    /// Classes and domains are ordered by name. [`DataConfig::held_out`] of `None` holds out the
    /// last of several domains, and nothing where there is one; with [`DataConfig::together`] all
    /// domains are one. Images marked as [`Part::Test`] count towards the part that is
    /// kept for testing, and only what is missing of it is drawn from the others.
    ///
    /// # Errors
    /// [`Error::Data`], with the class, domain or image at fault and what would help.
    pub fn from_images<I: Labelled>(images: &[I], config: &DataConfig, seed: u64) -> Result<Self> {
        let classes = class_names(images)?;
        let mut grouped: BTreeMap<&str, Classes<'_, I>> = BTreeMap::new();
        for image in images {
            let domain = if config.together {
                UNNAMED
            } else {
                domain_name(image)
            };
            let groups = grouped.entry(domain).or_default();
            groups.entry(image.class()).or_default().push(image);
        }
        let names: Vec<&str> = grouped.keys().copied().collect();
        let held_out = held_out_index(&names, config)?;
        check_classes(&classes, &grouped, held_out.map(|index| names[index]))?;

        let mut domains = Vec::with_capacity(names.len());
        for (index, (name, groups)) in grouped.into_iter().enumerate() {
            let is_held_out = held_out == Some(index);
            domains.push(split_domain(
                name,
                groups,
                is_held_out,
                &classes,
                config,
                seed,
            )?);
        }

        let untested = |domain: &&Domain| !domain.held_out && domain.test.is_empty();
        if let Some(domain) = domains.iter().find(untested) {
            return Err(Error::Data(format!(
                "the domain `{}` has one image of each class, so none can be kept for testing: add \
                 a second image of at least one class to it",
                domain.name
            )));
        }
        Ok(Self {
            size: config.image_size,
            classes: classes.into_iter().map(str::to_owned).collect(),
            domains,
        })
    }
}

/// The names of the classes, sorted.
fn class_names<I: Labelled>(images: &[I]) -> Result<Vec<&str>> {
    if images.is_empty() {
        return Err(Error::Data(
            "there are no images: add at least two classes with two images each".into(),
        ));
    }
    if let Some(image) = images.iter().find(|image| image.class().is_empty()) {
        return Err(Error::Data(format!(
            "the image `{}` has no class: give it one, or leave it out",
            image.name()
        )));
    }
    let classes: BTreeSet<&str> = images.iter().map(Labelled::class).collect();
    let classes: Vec<&str> = classes.into_iter().collect();
    if let [class] = classes[..] {
        return Err(Error::Data(format!(
            "all images are of the class `{class}`: add a second class to tell it from"
        )));
    }
    Ok(classes)
}

/// Resizes the images of a domain and splits each class into train and test.
fn split_domain<I: Labelled>(
    name: &str,
    groups: Classes<'_, I>,
    held_out: bool,
    classes: &[&str],
    config: &DataConfig,
    seed: u64,
) -> Result<Domain> {
    let mut domain = Domain {
        name: name.to_owned(),
        held_out,
        train: Vec::new(),
        test: Vec::new(),
    };
    for (class, mut group) in groups {
        // By name, since browsers list files in different orders.
        group.sort_by(|a, b| a.name().cmp(b.name()));
        let of = |part: Part| group.iter().filter(|image| image.part() == part).count();
        let (free, marked) = (of(Part::Any), of(Part::Test));
        let drawn = if held_out {
            free
        } else {
            drawn_test_count(free, marked, of(Part::Train), config.validation_fraction)
        };
        let mut in_test = draw_test(free, drawn, seed, name, class).into_iter();
        let label = classes.partition_point(|&other| other < class);
        for image in group {
            let in_test = match image.part() {
                Part::Any => in_test.next().unwrap_or_default(),
                Part::Train => held_out,
                Part::Test => true,
            };
            let item = Item {
                name: image.name().to_owned(),
                label,
                pixels: image.square(config.image_size, config.fit)?,
            };
            if in_test {
                domain.test.push(item);
            } else {
                domain.train.push(item);
            }
        }
    }
    Ok(domain)
}

fn domain_name(image: &impl Labelled) -> &str {
    if image.domain().is_empty() {
        UNNAMED
    } else {
        image.domain()
    }
}

/// Checks that every class has an image to train on and one to test on outside the held-out domain;
/// images for testing only cannot be trained on.
fn check_classes<I: Labelled>(
    classes: &[&str],
    grouped: &BTreeMap<&str, Classes<'_, I>>,
    held_out: Option<&str>,
) -> Result<()> {
    for &class in classes {
        let images = grouped
            .iter()
            .filter(|(name, _)| Some(**name) != held_out)
            .filter_map(|(_, groups)| groups.get(class))
            .flatten();
        let count = images.clone().count();
        let all_marked = count > 0 && images.clone().all(|image| image.part() == Part::Test);
        match (count, held_out) {
            _ if all_marked => {
                let outside = outside(held_out);
                return Err(Error::Data(format!(
                    "all images of the class `{class}`{outside} are for testing only, so nothing \
                     is left to train it on: let some be trained on, or add others"
                )));
            }
            (2.., _) => {}
            (0, Some(held_out)) => {
                let others = grouped.keys().copied().filter(|&name| name != held_out);
                return Err(Error::Data(format!(
                    "the class `{class}` has images in the held-out domain `{held_out}` only, so \
                     nothing is left to train it on: add two to {}, or hold out another domain",
                    quoted(others)
                )));
            }
            (_, held_out) => {
                let outside = outside(held_out);
                return Err(Error::Data(format!(
                    "the class `{class}` has only {count} image{outside}: add at least one more \
                     (one is trained on, one tested on), or remove the class"
                )));
            }
        }
    }
    Ok(())
}

fn outside(held_out: Option<&str>) -> String {
    held_out
        .map(|name| format!(" outside the held-out domain `{name}`"))
        .unwrap_or_default()
}

/// How many of `free` images are drawn for testing in addition to the `marked` ones, which are always
/// for testing: as many as are missing, and never the last one to train on. None where a division into
/// `training` and testing is given.
fn drawn_test_count(free: usize, marked: usize, training: usize, fraction: f64) -> usize {
    if training > 0 && marked > 0 {
        return 0;
    }
    let missing = test_count(free + marked + training, fraction).saturating_sub(marked);
    missing.min((free + training).saturating_sub(1)).min(free)
}

/// How many of `count` images are kept for testing: at least one and not all, where that is
/// possible.
fn test_count(count: usize, fraction: f64) -> usize {
    if count < 2 {
        return 0;
    }
    let wanted = (count as f64 * fraction).round() as usize;
    wanted.clamp(1, count - 1)
}

/// Which `drawn` of `count` images are for testing. Depends only on the seed and the names, so that
/// adding a class or a domain does not change the split of the others.
fn draw_test(count: usize, drawn: usize, seed: u64, domain: &str, class: &str) -> Vec<bool> {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&hash_text(domain).to_le_bytes());
    key[16..24].copy_from_slice(&hash_text(class).to_le_bytes());
    let mut chosen: Vec<bool> = (0..count).map(|i| i < drawn).collect();
    chosen.shuffle(&mut ChaCha8Rng::from_seed(key));
    chosen
}

#[cfg(test)]
mod tests;
