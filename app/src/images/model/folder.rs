//! Where a file of a dropped folder belongs: `class/*` or, as in DomainBed, `domain/class/*`.

use crate::ui::model::naming;

/// The domain and class that a path stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Placement {
    /// Empty where the layout names none.
    pub(crate) domain: String,
    /// Name of the folder that holds the file.
    pub(crate) class: String,
}

impl Placement {
    /// For a file whose place does not come from its path; the class is a name for all of them,
    /// should their place be gone.
    pub(crate) fn nowhere() -> Self {
        Self {
            domain: String::new(),
            class: text!("board.more-images").to_owned(),
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

    #[test]
    fn clutter() {
        assert!(is_clutter(".DS_Store"));
        assert!(is_clutter("Thumbs.db"));
        assert!(!is_clutter("notes.txt"));
    }
}
