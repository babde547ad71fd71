//! Images from a folder: `class/*`, or `domain/class/*` as DomainBed lays it out.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use image::{DynamicImage, ImageDecoder, ImageReader, Limits};

use super::source_image::SourceImage;
use crate::error::{Error, Result};
use crate::image_file::look;
use crate::limits::LONGEST_SIDE;

/// Images with a longer shorter side are shrunk when they are read: four times the largest input of a
/// network is enough, and a folder of photographs would not fit into memory.
const LONGEST_SHORTER_SIDE: u32 = 512;
/// Bytes that one decoder may use.
const MAX_DECODER_BYTES: u64 = 1 << 30;

/// A file in the folder that lists images which are never trained on, a path in each line: the page
/// puts one beside the images of a `project.zip`.
const TEST_ONLY: &str = "test-only.txt";

/// Reads every image below `path`. Files that are no image or are damaged are left out, and each
/// is named in the second list. Files and folders whose name begins with a dot are passed over.
///
/// The files' content decides their format, not their name: PNG, JPEG, WebP, GIF and BMP. A
/// photograph's orientation is respected. Of an animation the first picture is taken, which the
/// second list says too. `test-only.txt` may name images that are never trained on, by their paths
/// within the folder, one in each line.
///
/// # Errors
/// [`Error::File`] where the folder is missing, cannot be read or has no image, and where some
/// images lie deeper than others, so that class and domain cannot be told apart.
pub fn read_folder(path: impl AsRef<Path>) -> Result<(Vec<SourceImage>, Vec<String>)> {
    let root = path.as_ref();
    if !root.is_dir() {
        let problem = if root.exists() {
            "is a file: expected a folder that has one folder for each class"
        } else {
            "there is no such folder"
        };
        return Err(file_error(root, problem));
    }

    let mut warnings = Vec::new();
    let mut found = Vec::new();
    list_images(root, &mut Vec::new(), &mut found, &mut warnings)?;
    let depth = depth(root, &found)?;
    let mut test_only = test_only_paths(root)?;

    let mut images = Vec::with_capacity(found.len());
    for file in found {
        let shown = relative_path(root, &file.path);
        if file.folders.is_empty() {
            warnings.push(format!(
                "{shown}: left out, since it lies in no class's folder"
            ));
            continue;
        }
        let (domain, class) = match (depth, &file.folders[..]) {
            (2, [domain, class]) => (domain.clone(), class.clone()),
            (_, [.., class]) => (String::new(), class.clone()),
            (_, []) => continue,
        };
        match decode(&file.path) {
            Ok((image, animated)) => {
                if animated {
                    warnings.push(format!("{shown}: animated, its first picture was taken"));
                }
                let rgba = image.to_rgba8();
                images.push(SourceImage {
                    name: file_name(&file.path),
                    class,
                    domain,
                    test_only: test_only.remove(&shown),
                    width: rgba.width(),
                    height: rgba.height(),
                    rgba: rgba.into_raw(),
                });
            }
            Err(problem) => warnings.push(format!("{shown}: left out: {problem}")),
        }
    }
    warnings.extend(test_only.into_iter().map(|path| {
        format!("{TEST_ONLY}: `{path}` is not among the images, so nothing is marked by it")
    }));
    if images.is_empty() {
        let mut problem = String::from(
            "has no image to train on: expected PNG, JPEG, WebP, GIF or BMP files in one folder \
             for each class (`class/*` or `domain/class/*`)",
        );
        if let Some(first) = warnings.first() {
            problem.push_str(&format!("; {} left out, as {first}", warnings.len()));
        }
        return Err(file_error(root, problem));
    }
    Ok((images, warnings))
}

/// The paths that [`TEST_ONLY`] names; none where there is no such file.
fn test_only_paths(root: &Path) -> Result<BTreeSet<String>> {
    let path = root.join(TEST_ONLY);
    if !path.is_file() {
        return Ok(BTreeSet::new());
    }
    let text = fs::read_to_string(&path)
        .map_err(|error| file_error(&path, format!("cannot be read: {error}")))?;
    let lines = text.trim_start_matches('\u{feff}').lines();
    let paths = lines.map(|line| line.trim().replace('\\', "/"));
    Ok(paths.filter(|path| !path.is_empty()).collect())
}

/// An image file and the names of the folders between it and the root.
struct Found {
    path: PathBuf,
    folders: Vec<String>,
}

/// How deep folders are searched: one level more than allowed, to report what lies too deep.
const MAX_DEPTH: usize = 3;

/// Lists images in the order of their names. Other files only lead to a warning.
fn list_images(
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
        entries.retain(|path| file_name(path) != TEST_ONLY);
    }
    entries.sort();
    for path in entries {
        let name = file_name(&path);
        if path.is_dir() {
            if folders.len() < MAX_DEPTH {
                folders.push(name);
                list_images(&path, folders, found, warnings)?;
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

/// By its first bytes, or by its name, so that damaged images are reported as damaged.
fn looks_like_an_image(path: &Path) -> bool {
    let mut start = Vec::new();
    let read = File::open(path).and_then(|file| file.take(32).read_to_end(&mut start));
    let by_content = read.is_ok() && image::guess_format(&start).is_ok();
    let drawing = path
        .extension()
        .is_some_and(|end| end.eq_ignore_ascii_case("svg"));
    by_content || drawing || image::ImageFormat::from_path(path).is_ok()
}

/// How many folders lie above each image: 1 (`class/*`) or 2 (`domain/class/*`).
fn depth(root: &Path, found: &[Found]) -> Result<usize> {
    let mut nested = found.iter().filter(|file| !file.folders.is_empty());
    let Some(first) = nested.next() else {
        return Ok(1);
    };
    if let Some(deep) = found.iter().find(|file| file.folders.len() > 2) {
        return Err(file_error(
            root,
            format!(
                "`{}` lies too deep: expected `class/*` or `domain/class/*`",
                relative_path(root, &deep.path)
            ),
        ));
    }
    let depth = first.folders.len();
    match nested.find(|file| file.folders.len() != depth) {
        None => Ok(depth),
        Some(other) => Err(file_error(
            root,
            format!(
                "`{}` and `{}` lie at different depths: expected all images in `class/*` or all \
                 in `domain/class/*`",
                relative_path(root, &first.path),
                relative_path(root, &other.path)
            ),
        )),
    }
}

/// The image as [`decode_upright`] gives it, and whether it is animated.
fn decode(path: &Path) -> Result<(DynamicImage, bool), String> {
    let file = File::open(path).map_err(|error| format!("cannot be opened: {error}"))?;
    let mut file = BufReader::new(file);
    let seen = look(&mut file).map_err(|problem| problem.to_string())?;
    let again = |error: std::io::Error| format!("cannot be read: {error}");
    file.rewind().map_err(again)?;
    Ok((decode_upright(file)?, seen.animated))
}

/// The image in its EXIF orientation, at most [`LONGEST_SHORTER_SIDE`] on its shorter side.
fn decode_upright(file: impl BufRead + Seek) -> Result<DynamicImage, String> {
    let damaged = |error: image::ImageError| format!("damaged or not supported: {error}");
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MAX_DECODER_BYTES);
    let mut reader = ImageReader::new(file)
        .with_guessed_format()
        .map_err(|error| format!("cannot be read: {error}"))?;
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder().map_err(damaged)?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(format!("empty ({width}×{height} px)"));
    }
    limits.reserve(decoder.total_bytes()).map_err(damaged)?;
    // Damaged metadata is no reason to refuse a sound picture.
    let orientation = decoder.orientation().ok();
    let mut image = DynamicImage::from_decoder(decoder).map_err(damaged)?;
    let shorter = width.min(height);
    if shorter > LONGEST_SHORTER_SIDE {
        let scaled = |side: u32| {
            let scaled = u64::from(side) * u64::from(LONGEST_SHORTER_SIDE) / u64::from(shorter);
            scaled as u32
        };
        image = image.thumbnail_exact(scaled(width), scaled(height));
    }
    if let Some(orientation) = orientation {
        image.apply_orientation(orientation);
    }
    Ok(image)
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// The path within the folder, with `/` on every platform.
fn relative_path(root: &Path, path: &Path) -> String {
    let inner = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<_> = inner.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

fn file_error(path: &Path, problem: impl Into<String>) -> Error {
    Error::File {
        path: path.display().to_string(),
        problem: problem.into(),
    }
}

#[cfg(test)]
mod tests;
