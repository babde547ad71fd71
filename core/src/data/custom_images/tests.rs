//! Which images can be trained on, how they are split, and the messages for those that cannot.

use std::collections::BTreeSet;

use super::*;
use crate::config::DataSource;
use crate::data::SourceImage;
use crate::protocol::{ImageRef, Split};

/// One image whose colour is unlike any other's in the test.
fn image(domain: &str, class: &str, number: usize) -> SourceImage {
    let color = hash_text(&format!("{domain}/{class}/{number}")).to_le_bytes();
    let pixel = [color[0], color[1], color[2], 255];
    SourceImage {
        name: format!("{class} {number:03}.png"),
        class: class.into(),
        domain: domain.into(),
        test_only: false,
        width: 20,
        height: 16,
        rgba: pixel.repeat(20 * 16),
    }
}

fn images(groups: &[(&str, &str, usize)]) -> Vec<SourceImage> {
    let numbered = groups
        .iter()
        .flat_map(|&(domain, class, count)| (0..count).map(move |i| image(domain, class, i)));
    numbered.collect()
}

fn config() -> DataConfig {
    DataConfig {
        source: DataSource::Own,
        image_size: 16,
        ..DataConfig::default()
    }
}

fn problem(groups: &[(&str, &str, usize)], held_out: Option<&str>) -> String {
    let config = DataConfig {
        held_out: held_out.map(str::to_owned),
        ..config()
    };
    match Dataset::from_images(&images(groups), &config, 0) {
        Ok(_) => String::from("accepted"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn one_unnamed_domain_is_split_by_class() -> Result<()> {
    let data = Dataset::from_images(&images(&[("", "dog", 8), ("", "cat", 20)]), &config(), 3)?;
    assert_eq!(data.classes, ["cat", "dog"]);
    assert_eq!(data.domains.len(), 1);
    let domain = &data.domains[0];
    assert_eq!((domain.name.as_str(), domain.held_out), ("images", false));
    let count = |items: &[Item], label| items.iter().filter(|item| item.label == label).count();
    assert_eq!([0, 1].map(|label| count(&domain.test, label)), [5, 2]);
    assert_eq!([0, 1].map(|label| count(&domain.train, label)), [15, 6]);
    assert_eq!(data.training().len(), 21);
    let all: BTreeSet<_> = domain.train.iter().chain(&domain.test).collect_names();
    assert_eq!(all.len(), 28, "each image is in exactly one split");
    Ok(())
}

trait CollectNames {
    fn collect_names(self) -> BTreeSet<String>;
}

impl<'a, I: Iterator<Item = &'a Item>> CollectNames for I {
    fn collect_names(self) -> BTreeSet<String> {
        self.map(|item| item.name.clone()).collect()
    }
}

#[test]
fn the_seed_decides_the_split_and_the_order_of_files_does_not() -> Result<()> {
    let mut files = images(&[("", "dog", 30), ("", "cat", 30)]);
    let first = Dataset::from_images(&files, &config(), 1)?;
    files.reverse();
    assert_eq!(Dataset::from_images(&files, &config(), 1)?, first);
    assert_ne!(Dataset::from_images(&files, &config(), 2)?, first);

    files.extend(images(&[("", "bird", 5)]));
    let more = Dataset::from_images(&files, &config(), 1)?;
    let dogs = |data: &Dataset, label| {
        let items = data.domains[0].test.iter();
        items.filter(|item| item.label == label).collect_names()
    };
    assert_eq!(dogs(&more, 2), dogs(&first, 1), "a new class leaves others");
    Ok(())
}

#[test]
fn the_last_domain_is_held_out_unless_another_is_named() -> Result<()> {
    let groups = [
        ("sketch", "cat", 4),
        ("sketch", "dog", 3),
        ("photo", "cat", 4),
        ("photo", "dog", 4),
    ];
    let data = Dataset::from_images(&images(&groups), &config(), 0)?;
    let names: Vec<_> = data
        .domains
        .iter()
        .map(|d| (&*d.name, d.held_out))
        .collect();
    assert_eq!(names, [("photo", false), ("sketch", true)]);
    assert!(data.domains[1].train.is_empty());
    assert_eq!(data.domains[1].test.len(), 7);
    assert_eq!(data.domains[0].test.len(), 2);

    let config = DataConfig {
        held_out: Some("photo".into()),
        ..config()
    };
    let data = Dataset::from_images(&images(&groups), &config, 0)?;
    assert!(data.domains[0].held_out && !data.domains[1].held_out);
    let last = ImageRef {
        domain: 0,
        split: Split::Test,
        index: 7,
    };
    assert_eq!(data.item(last).map(|item| item.label), Some(1));
    assert_eq!(data.item(ImageRef { index: 8, ..last }), None);
    Ok(())
}

#[test]
fn each_class_keeps_an_image_on_either_side() {
    assert_eq!(test_count(1, 0.25), 0);
    assert_eq!(test_count(2, 0.05), 1);
    assert_eq!(test_count(2, 0.9), 1);
    assert_eq!(test_count(10, 0.25), 3);
    assert_eq!(test_count(3, 0.9), 2);
}

#[test]
fn what_cannot_be_trained_on_is_named_with_its_remedy() {
    type Case<'a> = (
        &'a [(&'a str, &'a str, usize)],
        Option<&'a str>,
        &'a [&'a str],
    );
    let cases: &[Case] = &[
        (&[], None, &["no images", "two classes"]),
        (&[("", "cat", 9)], None, &["`cat`", "second class"]),
        (
            &[("", "cat", 9), ("", "dog", 1)],
            None,
            &["`dog` has only 1 image:", "one more"],
        ),
        (
            &[("", "cat", 9), ("", "dog", 2)],
            Some("moon"),
            &["`moon`", "`images`"],
        ),
        (
            &[("", "cat", 9), ("", "dog", 2)],
            Some("images"),
            &["only domain", "second domain"],
        ),
        (
            &[
                ("a", "cat", 9),
                ("a", "dog", 2),
                ("b", "cow", 4),
                ("b", "cat", 2),
            ],
            None,
            &["`cow`", "held-out domain `b`", "`a`"],
        ),
        (
            &[("a", "cat", 9), ("a", "dog", 1), ("b", "dog", 4)],
            None,
            &["`dog` has only 1 image outside the held-out domain `b`"],
        ),
        (
            &[
                ("a", "cat", 1),
                ("a", "dog", 1),
                ("b", "cat", 2),
                ("b", "dog", 2),
                ("c", "cat", 1),
            ],
            None,
            &["the domain `a`", "testing"],
        ),
        (&[("", "", 2), ("", "dog", 2)], None, &["no class"]),
    ];
    for (groups, held_out, parts) in cases {
        let text = problem(groups, *held_out);
        for part in *parts {
            assert!(text.contains(part), "`{text}` lacks `{part}`");
        }
    }
}

#[test]
fn marked_images_are_only_ever_tested_on() -> Result<()> {
    let mark = |wanted: &[&str]| {
        let mut files = images(&[
            ("a", "cat", 8),
            ("a", "dog", 8),
            ("b", "cat", 4),
            ("b", "dog", 4),
        ]);
        for image in &mut files {
            let name = format!("{}/{}", image.domain, image.name);
            image.test_only = wanted.iter().any(|start| name.starts_with(start));
        }
        files
    };
    let names = |items: &[Item]| items.iter().collect_names();

    // Two of eight are to be tested on: those marked, and no others.
    let wanted = ["a/cat 000", "a/cat 005", "b/dog 001"];
    for seed in 0..5 {
        let data = Dataset::from_images(&mark(&wanted), &config(), seed)?;
        let cats = |items: &[Item]| {
            let cats = items.iter().filter(|item| item.label == 0);
            cats.collect_names()
        };
        let tested = BTreeSet::from(["cat 000.png".to_owned(), "cat 005.png".to_owned()]);
        assert_eq!(cats(&data.domains[0].test), tested);
        assert_eq!(cats(&data.domains[0].train).len(), 6);
        // A domain that is held out is tested on as a whole, marked or not.
        assert_eq!(data.domains[1].test.len(), 8);
    }

    // One is marked: it is tested on, and so is one that is drawn.
    let data = Dataset::from_images(&mark(&["a/dog 003"]), &config(), 1)?;
    let dogs = names(&data.domains[0].test);
    assert!(dogs.contains("dog 003.png"), "{dogs:?}");
    assert_eq!(data.domains[0].test.len(), 4);

    // All but one are marked: that one is trained on.
    let all_but_one: Vec<String> = (1..8).map(|i| format!("a/dog {i:03}")).collect();
    let all_but_one: Vec<&str> = all_but_one.iter().map(String::as_str).collect();
    let data = Dataset::from_images(&mark(&all_but_one), &config(), 1)?;
    let trained = names(&data.domains[0].train);
    assert!(trained.contains("dog 000.png"), "{trained:?}");

    // Nobody is marked: as it always was.
    assert_eq!(
        Dataset::from_images(&mark(&[]), &config(), 2)?,
        Dataset::from_images(&mark(&["c/"]), &config(), 2)?
    );

    let error = match Dataset::from_images(&mark(&["a/dog"]), &config(), 0) {
        Ok(_) => String::from("accepted"),
        Err(error) => error.to_string(),
    };
    for part in ["`dog`", "outside the held-out domain `b`", "testing only"] {
        assert!(error.contains(part), "`{error}` lacks `{part}`");
    }
    Ok(())
}

#[test]
fn together_all_domains_are_one() -> Result<()> {
    let files = images(&[("a", "cat", 8), ("b", "cat", 8), ("b", "dog", 4)]);
    let config = DataConfig {
        together: true,
        ..config()
    };
    let data = Dataset::from_images(&files, &config, 0)?;
    assert_eq!(data.domains.len(), 1);
    let domain = &data.domains[0];
    assert_eq!((domain.name.as_str(), domain.held_out), ("images", false));
    assert_eq!((domain.train.len(), domain.test.len()), (15, 5));
    // As if nobody had named a domain.
    let mut nameless = files;
    for image in &mut nameless {
        image.domain.clear();
    }
    let plain = DataConfig {
        together: false,
        ..config
    };
    assert_eq!(Dataset::from_images(&nameless, &plain, 0)?, data);
    Ok(())
}
