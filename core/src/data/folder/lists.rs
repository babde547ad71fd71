//! Lists of images that belong to a split, a path and a label in each line, as PACS is published.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::listing::{ListedImage, composed, remark};
use super::problem::file_error;
use crate::error::Result;
use crate::image_layout::{Part, Place, Remark, part_called};

/// What the name of a list says: `art_painting_train_kfold.txt` is of the domain `art_painting`.
#[derive(Debug, PartialEq, Eq)]
struct ListName {
    domain: Option<String>,
    part: Part,
}

/// A line of a list.
struct Line {
    path: String,
    label: u64,
}

impl ListName {
    fn of(path: &Path) -> Self {
        let stem = path.file_stem().unwrap_or_default();
        let stem = composed(&stem.to_string_lossy());
        let words = stem.strip_suffix("_kfold").unwrap_or(&stem);
        let (domain, last) = match words.rsplit_once(['_', '-']) {
            Some((domain, last)) if part_called(last).is_some() => (Some(domain), last),
            _ if part_called(words).is_some() => (None, words),
            _ => (Some(words), ""),
        };
        Self {
            domain: domain.map(str::to_owned),
            part: part_called(last).unwrap_or_default(),
        }
    }
}

/// The images that lists name, below a folder. An image in several lists is for training where one of them
/// says so, and else for testing: PACS lists all images of a domain for the case that it is held out.
///
/// The class is the folder above an image, or its label where there is none; the domain comes from the name
/// of the list, else from the first folder.
pub(super) fn list(root: &Path, lists: &[PathBuf]) -> Result<(Vec<ListedImage>, Vec<String>)> {
    let mut images: BTreeMap<String, Place> = BTreeMap::new();
    // Of each label the class, and where that was said first.
    let mut classes: BTreeMap<u64, (String, String)> = BTreeMap::new();
    // Of each label the spellings of its class, where there are several.
    let mut spellings: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    for list in lists {
        let name = ListName::of(list);
        for line in lines(list)? {
            let folders: Vec<&str> = line.path.split('/').collect();
            let mut class = match folders[..] {
                [.., class, _] => class.to_owned(),
                _ => line.label.to_string(),
            };
            let first = classes
                .entry(line.label)
                .or_insert_with(|| (class.clone(), line.path.clone()));
            if first.0 != class && first.0.to_lowercase() == class.to_lowercase() {
                let names = spellings
                    .entry(line.label)
                    .or_insert_with(|| vec![first.0.clone()]);
                if !names.contains(&class) {
                    names.push(class);
                }
                class = first.0.clone();
            } else if first.0 != class {
                let problem = format!(
                    "the label {} is `{}` at `{}` and `{class}` at `{}`: correct one of them",
                    line.label, first.0, first.1, line.path
                );
                return Err(file_error(list, problem));
            }
            let of_path = || (folders.len() > 2).then(|| folders[0].to_owned());
            let domain = name.domain.clone().or_else(of_path).unwrap_or_default();
            let place = Place {
                domain,
                class,
                part: name.part,
            };
            match images.get_mut(&line.path) {
                Some(known) if known.part != Part::Train => known.part = name.part,
                Some(_) => {}
                None => {
                    images.insert(line.path, place);
                }
            }
        }
    }
    let listed = images.into_iter().map(|(shown, place)| ListedImage {
        path: root.join(&shown),
        shown,
        place,
    });
    let listed: Vec<ListedImage> = listed.collect();
    if let Some(missing) = listed.iter().find(|image| !image.path.is_file()) {
        let problem = format!(
            "the lists name `{}`, which is not there: bring the image back, or take its line out",
            missing.shown
        );
        return Err(file_error(root, problem));
    }
    let joined = spellings.into_values().map(Remark::OneClass);
    Ok((listed, joined.map(|it| remark(&it)).collect()))
}

/// The lines of a list that are not empty.
fn lines(list: &Path) -> Result<Vec<Line>> {
    let text = fs::read_to_string(list)
        .map_err(|error| file_error(list, format!("cannot be read: {error}")))?;
    let lines = text.trim_start_matches('\u{feff}').lines().enumerate();
    let lines = lines.filter(|(_, line)| !line.trim().is_empty());
    let lines = lines.map(|(number, line)| {
        let wrong = || {
            let problem = format!(
                "line {} is `{}`: expected a path and a whole number, as `photo/dog/1.jpg 3`",
                number + 1,
                line.trim()
            );
            file_error(list, problem)
        };
        let (path, label) = line
            .trim()
            .rsplit_once(char::is_whitespace)
            .ok_or_else(wrong)?;
        Ok(Line {
            path: composed(&path.trim().replace('\\', "/")),
            label: label.parse().map_err(|_| wrong())?,
        })
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_published_lists() {
        let of = |name: &str| ListName::of(Path::new(name));
        let name = |domain: Option<&str>, part| ListName {
            domain: domain.map(str::to_owned),
            part,
        };
        let painting = Some("art_painting");
        assert_eq!(
            of("art_painting_train_kfold.txt"),
            name(painting, Part::Train)
        );
        assert_eq!(
            of("art_painting_crossval_kfold.txt"),
            name(painting, Part::Test)
        );
        assert_eq!(
            of("lists/clipart_test.txt"),
            name(Some("clipart"), Part::Test)
        );
        assert_eq!(of("train.txt"), name(None, Part::Train));
        assert_eq!(of("amazon.txt"), name(Some("amazon"), Part::Any));
    }
}
