//! How images are split into training, test and held-out, by the engine's rule, and warnings about
//! classes with too few images.

use std::collections::BTreeMap;

use rsc_core::image_layout::Part;

use crate::images::model::{ImageClass, domains};
use crate::ui::model::format;

/// Fewer images than this in a class get a warning.
const FEW: usize = 10;
/// So many times the smallest class is uneven.
const UNEVEN: usize = 3;

/// Where the images of one class go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Share {
    /// The class.
    pub(crate) class: String,
    /// Trained on.
    pub(crate) train: usize,
    /// Tested on, from the domains that are trained on.
    pub(crate) test: usize,
    /// In the held-out domain: tested on, never trained on.
    pub(crate) held_out: usize,
}

/// The domain that the engine will hold out: the one chosen or, where the choice is left to it and
/// there are several, the last by name. With `together` all domains count as one.
pub(crate) fn held_out(
    classes: &[ImageClass],
    chosen: Option<&str>,
    together: bool,
) -> Option<String> {
    if let Some(chosen) = chosen {
        return Some(chosen.to_owned());
    }
    let mut names = domains(classes);
    names.sort();
    names.pop().filter(|_| !together && !names.is_empty())
}

/// How each class that has images is split; `fraction` of each class in each domain is tested on,
/// and those marked for it before any others.
pub(crate) fn shares(
    classes: &[ImageClass],
    held_out: Option<&str>,
    together: bool,
    fraction: f64,
) -> Vec<Share> {
    let filled = classes.iter().filter(|class| !class.images.is_empty());
    filled
        .map(|class| {
            let mut groups: BTreeMap<&str, Group> = BTreeMap::new();
            for image in &class.images {
                let domain = if together { "" } else { image.domain_name() };
                let group = groups.entry(domain).or_default();
                match image.part {
                    Part::Any => group.free += 1,
                    Part::Train => group.training += 1,
                    Part::Test => group.marked += 1,
                }
            }
            let mut share = Share {
                class: class.name.trim().to_owned(),
                train: 0,
                test: 0,
                held_out: 0,
            };
            for (domain, group) in groups {
                let count = group.free + group.training + group.marked;
                if held_out == Some(domain) {
                    share.held_out += count;
                } else {
                    let tested = group.marked + group.drawn(fraction);
                    share.test += tested;
                    share.train += count - tested;
                }
            }
            share
        })
        .collect()
}

/// The images of a class in a domain.
#[derive(Default)]
struct Group {
    /// Neither kept for training nor for testing.
    free: usize,
    /// From a folder for training.
    training: usize,
    /// For testing only.
    marked: usize,
}

impl Group {
    /// As the engine counts: what is missing of the part to be tested on is drawn from those that are free,
    /// and never the last one to train on; nothing where a division into training and testing is given.
    fn drawn(&self, fraction: f64) -> usize {
        if self.training > 0 && self.marked > 0 {
            return 0;
        }
        let count = self.free + self.training + self.marked;
        let missing = tested(count, fraction).saturating_sub(self.marked);
        let others = (self.free + self.training).saturating_sub(1);
        missing.min(others).min(self.free)
    }
}

/// As the engine counts: at least one and not all, where that is possible.
fn tested(count: usize, fraction: f64) -> usize {
    if count < 2 {
        return 0;
    }
    let wanted = (count as f64 * fraction).round() as usize;
    wanted.clamp(1, count - 1)
}

/// What keeps the networks from learning much although they can be trained.
pub(crate) fn warnings(classes: &[ImageClass]) -> Vec<String> {
    let filled: Vec<&ImageClass> = classes.iter().filter(|c| !c.images.is_empty()).collect();
    let small: Vec<String> = filled
        .iter()
        .filter(|class| class.images.len() < FEW)
        .map(|class| {
            text!(
                "board.few-of",
                class = class.name.trim(),
                number = class.images.len()
            )
        })
        .collect();
    let mut warnings = Vec::new();
    if !small.is_empty() {
        warnings.push(text!(
            "board.few",
            classes = format::some(&small, 5),
            few = FEW
        ));
    }
    let size = |class: &&&ImageClass| class.images.len();
    let (largest, smallest) = (
        filled.iter().max_by_key(size),
        filled.iter().min_by_key(size),
    );
    if let (Some(largest), Some(smallest)) = (largest, smallest)
        && largest.images.len() > UNEVEN * smallest.images.len()
    {
        warnings.push(text!(
            "board.uneven",
            large = largest.name.trim(),
            most = format::thousands(largest.images.len()),
            small = smallest.name.trim(),
            fewest = smallest.images.len(),
        ));
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::images::model::class;

    #[test]
    fn shares_follow_the_engine() {
        let classes = [
            class(1, "cat ", 0, &["a", "a", "a", "a", "b", "b"]),
            class(2, "dog", 10, &["a", "b"]),
            class(3, "empty", 20, &[]),
        ];
        let shares = shares(&classes, Some("b"), false, 0.25);
        let numbers: Vec<_> = shares
            .iter()
            .map(|s| (s.class.as_str(), s.train, s.test, s.held_out))
            .collect();
        assert_eq!(numbers, [("cat", 3, 1, 2), ("dog", 1, 0, 1)]);
    }

    #[test]
    fn marked_images_are_tested_on_before_others() {
        let split = |count: usize, marked: usize| {
            let mut class = class(1, "cat", 0, &vec!["a"; count]);
            for image in &mut class.images[..marked] {
                image.part = Part::Test;
            }
            let share = &shares(&[class], None, false, 0.25)[0];
            (share.train, share.test)
        };
        assert_eq!(split(8, 0), (6, 2));
        assert_eq!(split(8, 1), (6, 2));
        assert_eq!(split(8, 2), (6, 2));
        assert_eq!(split(8, 5), (3, 5));
        assert_eq!(split(8, 8), (0, 8));
        assert_eq!(split(2, 1), (1, 1));
        assert_eq!(split(1, 1), (0, 1));
    }

    #[test]
    fn together_there_is_one_domain() {
        let classes = [class(1, "cat", 0, &["a", "b", "c", "d"])];
        let apart = shares(&classes, Some("d"), false, 0.25);
        let joined = shares(&classes, None, true, 0.25);
        assert_eq!(
            (apart[0].train, apart[0].test, apart[0].held_out),
            (3, 0, 1)
        );
        assert_eq!(
            (joined[0].train, joined[0].test, joined[0].held_out),
            (3, 1, 0)
        );
    }

    #[test]
    fn the_last_by_name_is_held_out_unless_told_otherwise() {
        let classes = [class(1, "cat", 0, &["b", "c", "a"])];
        assert_eq!(held_out(&classes, None, false).as_deref(), Some("c"));
        assert_eq!(held_out(&classes, Some("a"), true).as_deref(), Some("a"));
        assert_eq!(held_out(&classes, None, true), None);
        assert_eq!(held_out(&[class(1, "cat", 0, &["b"])], None, false), None);
    }

    #[test]
    fn small_and_uneven_classes_are_named() {
        let full = vec![""; 40];
        let classes = [class(1, "cat", 0, &full), class(2, "dog", 50, &full[..9])];
        let said = warnings(&classes);
        assert_eq!(said.len(), 2);
        assert!(said[0].contains("“dog” has 9") && !said[0].contains("cat"));
        assert!(said[1].contains("“cat” has 40 images and “dog” 9"));
        assert!(
            warnings(&[class(1, "cat", 0, &full), class(2, "dog", 50, &full[..14])]).is_empty()
        );
        assert!(warnings(&[]).is_empty());
    }
}
