//! The images below a folder: which files they are, and what their folders say.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use unicode_normalization::UnicodeNormalization;

use super::decode::looks_like_an_image;
use super::problem::file_error;
use crate::error::Result;
use crate::image_layout::{LayoutError, Misplaced, Part, Place, Remark, SplitFolders, arrange};

/// A file in the folder that lists images which are never trained on, a path in each line: the page
/// puts one beside the images of a `project.zip`.
const TEST_ONLY: &str = "test-only.txt";

/// Likewise of images that come from a folder for training: none is drawn for testing where others are kept
/// for it.
const TRAIN_ONLY: &str = "train-only.txt";

/// How deep folders are searched: one level more than any layout that is understood.
const MAX_DEPTH: usize = 6;

/// An image of a folder, not read yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedImage {
    /// Where it lies.
    pub path: PathBuf,
    /// The same within the folder, with `/` on every platform.
    pub shown: String,
    /// What its folders say.
    pub place: Place,
}

/// An image file and the names of the folders between it and the root.
struct Found {
    path: PathBuf,
    folders: Vec<String>,
}

/// Lists the images below a folder, with warnings about what is left out or taken in some way.
pub(super) fn list(root: &Path, splits: SplitFolders) -> Result<(Vec<ListedImage>, Vec<String>)> {
    let mut warnings = Vec::new();
    let mut found = Vec::new();
    find_images(root, &mut Vec::new(), &mut found, &mut warnings)?;
    let folders: Vec<Vec<String>> = found.iter().map(|file| file.folders.clone()).collect();
    let shown = |image: usize| relative_path(root, &found[image].path);
    let layout = arrange(&folders, splits).map_err(|error| {
        file_error(
            root,
            match error {
                LayoutError::TooDeep(image) => format!(
                    "`{}` lies too deep: expected `class/*` or `domain/class/*`",
                    shown(image)
                ),
                LayoutError::DifferentDepths(first, second) => format!(
                    "`{}` and `{}` lie at different depths: expected all images in `class/*` or all \
                     in `domain/class/*`",
                    shown(first),
                    shown(second)
                ),
            },
        )
    })?;
    warnings.extend(layout.remarks.iter().map(remark));
    let mut train_only = listed_paths(root, TRAIN_ONLY)?;
    let mut test_only = listed_paths(root, TEST_ONLY)?;
    let mut listed = Vec::with_capacity(found.len());
    for (image, place) in layout.places.into_iter().enumerate() {
        let shown = shown(image);
        match place {
            Ok(mut place) => {
                if train_only.remove(&shown) {
                    place.part = Part::Train;
                }
                if test_only.remove(&shown) {
                    place.part = Part::Test;
                }
                listed.push(ListedImage {
                    path: found[image].path.clone(),
                    shown,
                    place,
                });
            }
            Err(Misplaced::InNoFolder) => warnings.push(format!(
                "{shown}: left out, since it lies in no class's folder"
            )),
            Err(Misplaced::AboveClasses) => warnings.push(format!(
                "{shown}: left out, since it lies above the classes' folders"
            )),
            Err(Misplaced::BelowClasses) => warnings.push(format!(
                "{shown}: left out, since it lies in a folder below its class's"
            )),
        }
    }
    let unknown = test_only.into_iter().map(|path| (TEST_ONLY, path));
    let unknown = unknown.chain(train_only.into_iter().map(|path| (TRAIN_ONLY, path)));
    warnings.extend(unknown.map(|(list, path)| {
        format!("{list}: `{path}` is not among the images, so nothing is marked by it")
    }));
    Ok((listed, warnings))
}

/// What is said of folders, in a sentence.
pub(super) fn remark(remark: &Remark) -> String {
    let quoted = |names: &[String]| {
        let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
        names.join(", ")
    };
    match remark {
        Remark::PassedOver(name) => {
            format!("`{name}` is a folder in every path, and is taken for no domain or class")
        }
        Remark::TakenAsSplits(names) => format!(
            "{} are taken as a division into training and testing, not as domains",
            quoted(names)
        ),
        Remark::OneClass(names) => format!(
            "{} are taken as one class, `{}`: they differ in small and capital letters only",
            quoted(names),
            names[0]
        ),
    }
}

/// The paths that such a file names; none where there is no such file.
fn listed_paths(root: &Path, list: &str) -> Result<BTreeSet<String>> {
    let path = root.join(list);
    if !path.is_file() {
        return Ok(BTreeSet::new());
    }
    let text = fs::read_to_string(&path)
        .map_err(|error| file_error(&path, format!("cannot be read: {error}")))?;
    let lines = text.trim_start_matches('\u{feff}').lines();
    let paths = lines.map(|line| composed(&line.trim().replace('\\', "/")));
    Ok(paths.filter(|path| !path.is_empty()).collect())
}

/// Lists images in the order of their names. Other files only lead to a warning.
fn find_images(
    folder: &Path,
    folders: &mut Vec<String>,
    found: &mut Vec<Found>,
    warnings: &mut Vec<String>,
) -> Result<()> {
    let unreadable = |error: std::io::Error| file_error(folder, format!("cannot be read: {error}"));
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        entries.push(entry.map_err(unreadable)?.path());
    }
    entries.retain(|path| !file_name(path).starts_with('.'));
    if folders.is_empty() {
        entries.retain(|path| ![TEST_ONLY, TRAIN_ONLY].contains(&file_name(path).as_str()));
    }
    entries.sort();
    for path in entries {
        let name = file_name(&path);
        if path.is_dir() {
            if folders.len() < MAX_DEPTH {
                folders.push(name);
                find_images(&path, folders, found, warnings)?;
                folders.pop();
            }
        } else if looks_like_an_image(&path) {
            found.push(Found {
                path,
                folders: folders.clone(),
            });
        } else {
            let mut shown = folders.join("/");
            if !shown.is_empty() {
                shown.push('/');
            }
            warnings.push(format!("{shown}{name}: left out: not an image"));
        }
    }
    Ok(())
}

/// A name in Unicode's composed form: some systems write `é` as two characters, and it is one name.
pub(super) fn composed(name: &str) -> String {
    name.nfc().collect()
}

/// The name of a file or folder.
pub(super) fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    composed(&name.to_string_lossy())
}

/// The path within the folder, with `/` on every platform.
fn relative_path(root: &Path, path: &Path) -> String {
    let inner = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<_> = inner.iter().map(|part| part.to_string_lossy()).collect();
    composed(&parts.join("/"))
}
