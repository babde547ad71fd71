//! Where a file of a dropped folder belongs: `class/*` or, as in DomainBed, `domain/class/*`.

use rsc_core::image_layout::{Layout, Part, Place, Remark, Spellings, SplitFolders, arrange_with};

use crate::images::model::ambiguity::Ambiguity;
use crate::ui::model::naming;

/// The domain and class that a path stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Placement {
    /// Empty where the layout names none.
    pub(crate) domain: String,
    /// Name of the folder that holds the file.
    pub(crate) class: String,
    /// What its folder keeps it for.
    pub(crate) part: Part,
}

/// What folders could be taken for as well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OtherWay {
    /// What it is about.
    pub(crate) about: Ambiguity,
    /// Of each file where it would belong.
    pub(crate) placements: Vec<Option<Placement>>,
}

/// Where the files of somebody's folder belong, and what else their folders say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Placed {
    /// Of each file; `None` where its folders name no class.
    pub(crate) placements: Vec<Option<Placement>>,
    /// What was taken in some way, in whole sentences.
    pub(crate) remarks: Vec<String>,
    /// What can be taken in another way too.
    pub(crate) other_ways: Vec<OtherWay>,
}

impl Placement {
    /// For a file whose place does not come from its path; the class is a name for all of them,
    /// should their place be gone.
    pub(crate) fn nowhere() -> Self {
        Self {
            domain: String::new(),
            class: text!("board.more-images").to_owned(),
            part: Part::Any,
        }
    }
}

impl From<Place> for Placement {
    fn from(place: Place) -> Self {
        Self {
            domain: place.domain,
            class: place.class,
            part: place.part,
        }
    }
}

fn folders(path: &str) -> Vec<&str> {
    let mut parts: Vec<&str> = path
        .split(['/', '\\'])
        .filter(|part| !part.is_empty() && *part != ".")
        .collect();
    parts.pop();
    parts
}

/// Places the files of a folder that somebody brings, as [`place`] does, but tells splits and layers without a
/// meaning from domains and classes, and leaves out what lies above the classes. Paths are in Unicode's
/// composed form.
pub(crate) fn place_folder(paths: &[String]) -> Placed {
    let mut split: Vec<Vec<&str>> = paths.iter().map(|path| folders(path)).collect();
    let mut roots: Vec<&str> = split.iter().filter_map(|f| f.first().copied()).collect();
    roots.sort_unstable();
    roots.dedup();
    if roots.len() == 1 && split.iter().any(|folders| folders.len() > 1) {
        for folders in split.iter_mut().filter(|folders| !folders.is_empty()) {
            folders.remove(0);
        }
    }
    let clean = |folders: &Vec<&str>| folders.iter().map(|name| naming::clean(name)).collect();
    let names: Vec<Vec<String>> = split.iter().map(clean).collect();
    let arranged = |splits, spellings| arrange_with(&names, splits, spellings);
    let Ok(layout) = arranged(SplitFolders::Splits, Spellings::Joined) else {
        // Whatever it is, the innermost folders are the best guess.
        return Placed {
            placements: place(paths),
            ..Placed::default()
        };
    };
    let mut placed = Placed::default();
    let mut spellings = Vec::new();
    for remark in &layout.remarks {
        match remark {
            Remark::PassedOver(name) => {
                let text = text!("own.layout.passed-over", name = naming::apart(name));
                placed.remarks.push(text);
            }
            Remark::TakenAsSplits(names) => {
                // With domains above or below, there is a layer too many for them to be domains as well.
                let other = arranged(SplitFolders::Domains, Spellings::Joined);
                placed.other_ways.extend(other.ok().map(|other| OtherWay {
                    about: Ambiguity::Splits(names.clone()),
                    placements: placements(other),
                }));
                if placed.other_ways.is_empty() {
                    let about = Ambiguity::Splits(names.clone());
                    placed.remarks.push(about.said(false));
                }
            }
            Remark::OneClass(names) => spellings.push(names.clone()),
        }
    }
    if !spellings.is_empty() {
        let other = arranged(SplitFolders::Splits, Spellings::Apart);
        placed.other_ways.extend(other.ok().map(|other| OtherWay {
            about: Ambiguity::Spellings(spellings),
            placements: placements(other),
        }));
    }
    placed.placements = placements(layout);
    placed
}

fn placements(layout: Layout) -> Vec<Option<Placement>> {
    let places = layout.places.into_iter();
    places
        .map(|place| place.ok().map(Placement::from))
        .collect()
}

/// Places files by their paths, the name of the dropped or picked folder first.
///
/// One folder: `root/class/file` and `root/domain/class/file`; deeper layers above are ignored.
/// Several folders at once have no common root: `class/file` and `domain/class/file`.
/// `None` for a file that lies in no folder.
pub(crate) fn place(paths: &[String]) -> Vec<Option<Placement>> {
    let split: Vec<Vec<&str>> = paths.iter().map(|path| folders(path)).collect();
    let mut roots: Vec<&str> = split.iter().filter_map(|f| f.first().copied()).collect();
    roots.sort_unstable();
    roots.dedup();
    let common_root = roots.len() <= 1;
    split
        .iter()
        .map(|folders| {
            let named = match folders.len() {
                0 => return None,
                1 => &folders[..],
                _ if common_root => &folders[1..],
                _ => &folders[..],
            };
            let (class, above) = named.split_last()?;
            Some(Placement {
                domain: above.last().map_or_else(String::new, |s| naming::clean(s)),
                class: naming::clean(class),
                part: Part::Any,
            })
        })
        .collect()
}

/// Whether a file is the system's own and not worth a message.
pub(crate) fn is_clutter(name: &str) -> bool {
    name.starts_with('.')
        || ["thumbs.db", "desktop.ini"].contains(&name.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(paths: &[&str]) -> Vec<Option<(String, String)>> {
        let paths: Vec<String> = paths.iter().map(|p| (*p).to_owned()).collect();
        place(&paths)
            .into_iter()
            .map(|p| p.map(|p| (p.domain, p.class)))
            .collect()
    }

    fn at(domain: &str, class: &str) -> Option<(String, String)> {
        Some((domain.to_owned(), class.to_owned()))
    }

    #[test]
    fn one_folder_of_classes() {
        assert_eq!(
            placed(&["pets/cat/1.png", "/pets/dog/2.png"]),
            vec![at("", "cat"), at("", "dog")]
        );
    }

    #[test]
    fn one_folder_of_domains() {
        assert_eq!(
            placed(&["PACS/photo/dog/1.png", "PACS/sketch/dog/2.png"]),
            vec![at("photo", "dog"), at("sketch", "dog")]
        );
        assert_eq!(
            placed(&["a/PACS/photo/dog/1.png"]),
            vec![at("photo", "dog")]
        );
    }

    #[test]
    fn several_folders_at_once() {
        assert_eq!(
            placed(&["cat/1.png", "dog/2.png"]),
            vec![at("", "cat"), at("", "dog")]
        );
        assert_eq!(
            placed(&["photo/dog/1.png", "sketch/dog/2.png"]),
            vec![at("photo", "dog"), at("sketch", "dog")]
        );
    }

    #[test]
    fn a_lone_folder_is_a_class_and_a_lone_file_is_nothing() {
        assert_eq!(placed(&["cat/1.png"]), vec![at("", "cat")]);
        assert_eq!(placed(&["1.png"]), vec![None]);
    }

    #[test]
    fn folders_that_hide_something_show_it() {
        assert_eq!(
            placed(&["r/pho\u{202e}to/c\0t/1.png", "r/תמונה/חתול/1.png"]),
            vec![at("pho\u{fffd}to", "c\u{fffd}t"), at("תמונה", "חתול")]
        );
    }

    fn placed_folder(paths: &[&str]) -> Vec<Option<(String, String)>> {
        let paths: Vec<String> = paths.iter().map(|p| (*p).to_owned()).collect();
        let placed = place_folder(&paths).placements.into_iter();
        placed.map(|p| p.map(|p| (p.domain, p.class))).collect()
    }

    #[test]
    fn plain_folders_are_placed_as_ever() {
        for paths in [
            vec!["pets/cat/1.png", "/pets/dog/2.png"],
            vec!["PACS/photo/dog/1.png", "PACS/sketch/dog/2.png"],
            vec!["a/PACS/photo/dog/1.png"],
            vec!["cat/1.png", "dog/2.png"],
            vec!["photo/dog/1.png", "sketch/dog/2.png"],
            vec!["cat/1.png"],
            vec!["1.png"],
            vec!["1.png", "cat/2.png"],
        ] {
            assert_eq!(placed_folder(&paths), placed(&paths), "{paths:?}");
        }
    }

    #[test]
    fn layers_splits_and_strays_are_understood() {
        assert_eq!(
            placed_folder(&[
                "office/amazon/images/mug/1.jpg",
                "office/dslr/images/pen/2.jpg"
            ]),
            vec![at("amazon", "mug"), at("dslr", "pen")]
        );
        let paths = [
            "set/train/dog/1.png",
            "set/val/dog/2.png",
            "set/train/cat/3.png",
        ];
        let paths: Vec<String> = paths.map(str::to_owned).into();
        let placed = place_folder(&paths);
        let all = placed.placements.iter().flatten();
        let parts: Vec<Part> = all.clone().map(|p| p.part).collect();
        assert_eq!(parts, [Part::Train, Part::Test, Part::Train]);
        assert!(all.clone().all(|p| p.domain.is_empty()));
        let [other] = &placed.other_ways[..] else {
            panic!("{:?}", placed.other_ways);
        };
        let said = other.about.said(false);
        assert!(said.contains("“train”"), "{said}");
        let domains = other.placements.iter().flatten();
        let domains: Vec<&str> = domains.map(|p| p.domain.as_str()).collect();
        assert_eq!(domains, ["train", "val", "train"]);
        assert_eq!(
            placed_folder(&["pets/stray.png", "pets/cat/1.png", "pets/dog/2.png"]),
            vec![None, at("", "cat"), at("", "dog")]
        );
        assert_eq!(
            placed_folder(&[
                "p/photo/Dog/1.png",
                "p/photo/Dog/2.png",
                "p/sketch/dog/3.png"
            ]),
            vec![at("photo", "Dog"), at("photo", "Dog"), at("sketch", "Dog")]
        );
    }

    #[test]
    fn what_can_be_taken_in_one_way_only_is_said() {
        let paths = [
            "p/photo/train/dog/1.png",
            "p/photo/test/cat/2.png",
            "p/sketch/train/cat/3.png",
            "p/sketch/test/dog/4.png",
        ];
        let placed = place_folder(&paths.map(str::to_owned));
        assert_eq!(placed.other_ways, []);
        assert!(placed.remarks.iter().any(|text| text.contains("“test”")));
    }

    #[test]
    fn spellings_of_a_class_can_be_kept_apart() {
        let paths = ["p/photo/Dog/1.png", "p/sketch/dog/2.png"];
        let placed = place_folder(&paths.map(str::to_owned));
        let [other] = &placed.other_ways[..] else {
            panic!("{:?}", placed.other_ways);
        };
        let classes = other.placements.iter().flatten();
        let classes: Vec<&str> = classes.map(|p| p.class.as_str()).collect();
        assert_eq!(classes, ["Dog", "dog"]);
    }

    #[test]
    fn clutter() {
        assert!(is_clutter(".DS_Store"));
        assert!(is_clutter("Thumbs.db"));
        assert!(!is_clutter("notes.txt"));
    }
}
