//! Images at the network's size: splits, lists, names, and the cache.

use std::collections::BTreeSet;
use std::fs;

use image::ImageFormat;

use super::{Folder, Outcome, encoded};
use crate::config::{DataConfig, Fit};
use crate::data::Dataset;
use crate::data::folder::*;

fn quietly(_: usize, _: usize) {}

#[test]
fn squares_are_what_a_data_set_makes_of_the_images() -> Outcome {
    let folder = Folder::new("squares")?;
    for (at, path) in [
        "a/x/1.png",
        "a/y/2.png",
        "a/x/3.png",
        "a/y/4.png",
        "b/x/5.png",
        "b/y/6.png",
    ]
    .into_iter()
    .enumerate()
    {
        folder.write(path, encoded(20 + at as u32, 31, ImageFormat::Png)?)?;
    }
    folder.write("b/y/broken.png", "no")?;
    let config = DataConfig {
        image_size: 16,
        fit: Fit::Contain,
        ..DataConfig::default()
    };
    let (sources, warnings) = read_folder(&folder.0)?;
    let cache = folder.0.join(".cache");
    let read = || {
        let all = FolderImages::all(&folder.0);
        read_squares(&all, 16, Fit::Contain, Some(&cache), &quietly)
    };
    let squares = read()?;
    assert_eq!(squares.warnings, warnings);
    assert!(!squares.from_cache);
    let wanted = Dataset::from_images(&sources, &config, 3)?;
    assert_eq!(Dataset::from_images(&squares.images, &config, 3)?, wanted);
    // Memory is shared, not copied.
    let made = Dataset::from_images(&squares.images, &config, 3)?;
    let item = &made.domains[1].test[0];
    let same = |image: &SquareImage| std::sync::Arc::ptr_eq(&image.pixels, &item.pixels);
    assert_eq!(squares.images.iter().filter(|image| same(image)).count(), 1);

    let again = read()?;
    assert!(again.from_cache);
    assert_eq!(
        (again.images, again.warnings),
        (squares.images.clone(), warnings)
    );
    // A file that changed, and a cache that was cut off, are read anew.
    folder.write("a/x/1.png", encoded(40, 31, ImageFormat::Png)?)?;
    let changed = read()?;
    assert!(!changed.from_cache);
    assert_ne!(changed.images, squares.images);
    let newest = fs::read_dir(&cache)?.filter_map(Result::ok);
    for file in newest {
        let bytes = fs::read(file.path())?;
        fs::write(file.path(), &bytes[..bytes.len() - 1])?;
    }
    let redone = read()?;
    assert!(!redone.from_cache);
    assert_eq!(redone.images, changed.images);
    Ok(())
}

#[test]
fn folders_for_training_and_testing_are_kept_to() -> Outcome {
    let folder = Folder::new("splits")?;
    let write = |path: &str, count: usize| -> Outcome {
        for number in 0..count {
            let name = format!("{path}/{number}.png");
            folder.write(&name, encoded(4, 4, ImageFormat::Png)?)?;
        }
        Ok(())
    };
    for class in ["cat", "dog"] {
        write(&format!("train/{class}"), 10)?;
        write(&format!("val/{class}"), 1)?;
        write(&format!("test/{class}"), 2)?;
    }
    let all = FolderImages::all(&folder.0);
    let squares = read_squares(&all, 16, Fit::CenterCrop, None, &quietly)?;
    assert!(
        squares.warnings[0].contains("`test`, `train`, `val`"),
        "{:?}",
        squares.warnings
    );
    let config = DataConfig {
        image_size: 16,
        validation_fraction: 0.5,
        ..DataConfig::default()
    };
    let made = Dataset::from_images(&squares.images, &config, 0)?;
    let counts: Vec<_> = made
        .domains
        .iter()
        .map(|it| (it.train.len(), it.test.len()))
        .collect();
    assert_eq!(counts, [(20, 6)]);
    let domains = FolderImages {
        splits: SplitFolders::Domains,
        ..all
    };
    let squares = read_squares(&domains, 16, Fit::CenterCrop, None, &quietly)?;
    let made = Dataset::from_images(&squares.images, &config, 0)?;
    let names: Vec<_> = made.domains.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["test", "train", "val"]);
    Ok(())
}

#[test]
fn published_lists_are_kept_to() -> Outcome {
    let folder = Folder::new("lists")?;
    let mut lines = [String::new(), String::new(), String::new()];
    for (class, label) in [("dog", 1), ("elephant", 2)] {
        for number in 0..6 {
            let path = format!("art_painting/{class}/pic {number}.png");
            folder.write(&path, encoded(4, 4, ImageFormat::Png)?)?;
            let list = usize::from(number >= 4);
            lines[list].push_str(&format!("{path} {label}\n"));
            lines[2].push_str(&format!("{path} {label}\r\n"));
        }
    }
    folder.write(
        "art_painting/dog/unlisted.png",
        encoded(4, 4, ImageFormat::Png)?,
    )?;
    let names = ["train", "crossval", "test"].map(|it| format!("art_painting_{it}_kfold.txt"));
    for (name, lines) in names.iter().zip(&lines) {
        folder.write(name, lines)?;
    }
    let of = FolderImages {
        lists: names.iter().map(|name| folder.0.join(name)).collect(),
        ..FolderImages::all(&folder.0)
    };
    let squares = read_squares(&of, 16, Fit::CenterCrop, None, &quietly)?;
    assert_eq!(squares.images.len(), 12);
    let config = DataConfig {
        image_size: 16,
        ..DataConfig::default()
    };
    let made = Dataset::from_images(&squares.images, &config, 0)?;
    assert_eq!(made.classes, ["dog", "elephant"]);
    assert_eq!(made.domains[0].name, "art_painting");
    assert_eq!(
        (made.domains[0].train.len(), made.domains[0].test.len()),
        (8, 4)
    );

    // A class in other letters is the same class, since its label is.
    for name in ["dog", "elephant"] {
        let path = format!("art_painting/Dog/{name}.png");
        folder.write(&path, encoded(4, 4, ImageFormat::Png)?)?;
    }
    folder.write(
        &names[2],
        "art_painting/Dog/dog.png 1\nart_painting/Dog/elephant.png 1\n",
    )?;
    let (listed, said) = of.list()?;
    let classes: BTreeSet<&str> = listed.iter().map(|it| it.place.class.as_str()).collect();
    assert_eq!(classes, BTreeSet::from(["dog", "elephant"]));
    assert!(said[0].contains("`dog`, `Dog`"), "{said:?}");

    let problem = |text: &str| {
        folder.write(&names[0], text)?;
        let read = read_squares(&of, 16, Fit::CenterCrop, None, &quietly);
        Ok::<_, std::io::Error>(read.map_or_else(|error| error.to_string(), |_| String::new()))
    };
    let missing = problem("art_painting/dog/gone.png 1")?;
    assert!(
        missing.contains("`art_painting/dog/gone.png`, which is not there"),
        "{missing}"
    );
    let word = problem("art_painting/dog/pic 0.png one")?;
    assert!(
        word.contains("line 1") && word.contains("whole number"),
        "{word}"
    );
    let label = problem("art_painting/dog/pic 0.png 2")?;
    assert!(label.contains("the label 2 is `dog`"), "{label}");
    Ok(())
}

#[test]
fn names_are_one_however_their_accents_are_written() -> Outcome {
    let folder = Folder::new("accents")?;
    for (number, domain) in ["one", "two"].into_iter().enumerate() {
        // Composed in one domain, decomposed in the other.
        let class = ["caf\u{e9}", "cafe\u{301}"][number];
        folder.write(
            &format!("{domain}/{class}/1.png"),
            encoded(4, 4, ImageFormat::Png)?,
        )?;
        folder.write(
            &format!("{domain}/tea/1.png"),
            encoded(4, 4, ImageFormat::Png)?,
        )?;
    }
    let (images, _) = read_folder(&folder.0)?;
    let classes: std::collections::BTreeSet<_> =
        images.iter().map(|it| it.class.as_str()).collect();
    assert_eq!(
        classes.into_iter().collect::<Vec<_>>(),
        ["caf\u{e9}", "tea"]
    );
    Ok(())
}
