//! Moving, merging and deleting on the board. No function here loses an image that it was not asked
//! to delete.

use std::collections::BTreeSet;

use rsc_core::image_layout::Part;

use crate::images::model::{ImageClass, UserImage};

/// Moves images to the end of a class; those that are in it already stay where they are. Nothing
/// moves where there is no such class. Returns how many moved.
pub(crate) fn to_class(classes: &mut [ImageClass], ids: &BTreeSet<u32>, class: u32) -> usize {
    if !classes.iter().any(|other| other.id == class) {
        return 0;
    }
    let mut moved = Vec::new();
    for other in classes.iter_mut().filter(|other| other.id != class) {
        moved.extend(other.images.extract_if(.., |image| ids.contains(&image.id)));
    }
    let count = moved.len();
    if let Some(class) = classes.iter_mut().find(|other| other.id == class) {
        class.images.extend(moved);
    }
    count
}

/// Gives images a domain. Returns how many had another one.
pub(crate) fn to_domain(classes: &mut [ImageClass], ids: &BTreeSet<u32>, domain: &str) -> usize {
    let mut changed = 0;
    for image in images_mut(classes) {
        if ids.contains(&image.id) && image.domain_name() != domain {
            domain.clone_into(&mut image.domain);
            changed += 1;
        }
    }
    changed
}

/// Marks images as for testing only, or lets them be trained on again. Returns how many changed.
pub(crate) fn mark(classes: &mut [ImageClass], ids: &BTreeSet<u32>, test_only: bool) -> usize {
    let mut changed = 0;
    for image in images_mut(classes) {
        if ids.contains(&image.id) && image.test_only() != test_only {
            image.part = if test_only { Part::Test } else { Part::Any };
            changed += 1;
        }
    }
    changed
}

/// Whether all of these images are for testing only.
pub(crate) fn all_marked(classes: &[ImageClass], ids: &BTreeSet<u32>) -> bool {
    let images = classes.iter().flat_map(|class| &class.images);
    let mut chosen = images.filter(|image| ids.contains(&image.id)).peekable();
    chosen.peek().is_some() && chosen.all(UserImage::test_only)
}

/// The images of a domain.
pub(crate) fn of_domain(classes: &[ImageClass], domain: &str) -> BTreeSet<u32> {
    let images = classes.iter().flat_map(|class| &class.images);
    let here = images.filter(|image| image.domain_name() == domain);
    here.map(|image| image.id).collect()
}

/// Deletes images. Returns how many there were.
pub(crate) fn delete(classes: &mut [ImageClass], ids: &BTreeSet<u32>) -> usize {
    let count = |classes: &[ImageClass]| classes.iter().map(|c| c.images.len()).sum::<usize>();
    let before = count(classes);
    for class in classes.iter_mut() {
        class.images.retain(|image| !ids.contains(&image.id));
    }
    before - count(classes)
}

/// Moves all images of one class behind those of another and drops the first. Returns whether both
/// were there.
pub(crate) fn merge(classes: &mut Vec<ImageClass>, from: u32, into: u32) -> bool {
    let known = |id: u32| classes.iter().any(|class| class.id == id);
    if from == into || !known(from) || !known(into) {
        return false;
    }
    let mut images = Vec::new();
    classes.retain_mut(|class| {
        if class.id == from {
            images = std::mem::take(&mut class.images);
        }
        class.id != from
    });
    if let Some(class) = classes.iter_mut().find(|class| class.id == into) {
        class.images.extend(images);
    }
    true
}

/// Renames a domain; where the new name exists, the two become one. Returns how many images it had.
pub(crate) fn rename_domain(classes: &mut [ImageClass], from: &str, to: &str) -> usize {
    let mut renamed = 0;
    for image in images_mut(classes) {
        if image.domain_name() == from {
            to.clone_into(&mut image.domain);
            renamed += 1;
        }
    }
    renamed
}

/// Another class of the same name, to merge with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Twin {
    /// It has the very name.
    Same(u32),
    /// Its name differs in small and capital letters only.
    OtherLetters(u32),
}

impl Twin {
    /// The other class.
    pub(crate) fn id(self) -> u32 {
        let (Self::Same(id) | Self::OtherLetters(id)) = self;
        id
    }
}

/// Another class that has this one's name.
pub(crate) fn class_of_same_name(classes: &[ImageClass], id: u32) -> Option<Twin> {
    let name = classes.iter().find(|class| class.id == id)?.name.trim();
    if name.is_empty() {
        return None;
    }
    let find = |same: &dyn Fn(&str) -> bool| {
        let found = classes
            .iter()
            .find(|other| other.id != id && same(other.name.trim()));
        found.map(|class| class.id)
    };
    let small = name.to_lowercase();
    let same = find(&|other| other == name).map(Twin::Same);
    same.or_else(|| find(&|other| other.to_lowercase() == small).map(Twin::OtherLetters))
}

/// `stem 1`, `stem 2` …: the first from `from` on that is not taken.
pub(crate) fn free_name<'a>(
    stem: &str,
    from: usize,
    taken: impl Iterator<Item = &'a str> + Clone,
) -> String {
    (from..)
        .map(|i| format!("{stem} {i}"))
        .find(|name| !taken.clone().any(|other| other.trim() == name))
        .unwrap_or_default()
}

/// Everything from `anchor` to `to`, whichever comes first; only `to` where the anchor is elsewhere.
pub(crate) fn range(order: &[u32], anchor: Option<u32>, to: u32) -> BTreeSet<u32> {
    let place = |id: u32| order.iter().position(|&other| other == id);
    match (anchor.and_then(place), place(to)) {
        (Some(a), Some(b)) => order[a.min(b)..=a.max(b)].iter().copied().collect(),
        _ => BTreeSet::from([to]),
    }
}

/// What should have the focus once these images are gone from their places: the next one, else the
/// one before.
pub(crate) fn neighbour(order: &[u32], going: &BTreeSet<u32>, from: u32) -> Option<u32> {
    let place = order.iter().position(|&id| id == from)?;
    let stays = |id: &&u32| !going.contains(id);
    let after = order[place..].iter().find(stays);
    after
        .or_else(|| order[..place].iter().rev().find(stays))
        .copied()
}

fn images_mut(classes: &mut [ImageClass]) -> impl Iterator<Item = &mut UserImage> {
    classes.iter_mut().flat_map(|class| &mut class.images)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::images::model::class;

    fn board() -> Vec<ImageClass> {
        vec![
            class(1, "cat", 10, &["a", "b", ""]),
            class(2, "dog", 20, &["a", "a"]),
        ]
    }

    fn ids(class: &ImageClass) -> Vec<u32> {
        class.images.iter().map(|image| image.id).collect()
    }

    #[test]
    fn moved_images_go_to_the_end() {
        let mut board = board();
        assert_eq!(to_class(&mut board, &BTreeSet::from([10, 12, 20]), 2), 2);
        assert_eq!(ids(&board[0]), [11]);
        assert_eq!(ids(&board[1]), [20, 21, 10, 12]);
    }

    #[test]
    fn nothing_is_lost_to_a_class_that_is_not_there() {
        let mut board = board();
        let before = board.clone();
        assert_eq!(to_class(&mut board, &BTreeSet::from([10]), 9), 0);
        assert!(!merge(&mut board, 1, 9) && !merge(&mut board, 1, 1));
        assert_eq!(board, before);
    }

    #[test]
    fn merging_keeps_every_image() {
        let mut board = board();
        assert!(merge(&mut board, 1, 2));
        assert_eq!(board.len(), 1);
        assert_eq!(ids(&board[0]), [20, 21, 10, 11, 12]);
    }

    #[test]
    fn domains_are_given_renamed_and_joined() {
        let mut board = board();
        assert_eq!(to_domain(&mut board, &BTreeSet::from([10, 11]), "b"), 1);
        assert_eq!(rename_domain(&mut board, "images", "b"), 1);
        assert_eq!(rename_domain(&mut board, "a", "b"), 2);
        assert_eq!(crate::images::model::domains(&board), ["b"]);
    }

    #[test]
    fn images_are_marked_for_testing_and_let_go_again() {
        let mut board = board();
        let some = BTreeSet::from([10, 20, 99]);
        assert!(!all_marked(&board, &some));
        assert_eq!(mark(&mut board, &some, true), 2);
        assert!(all_marked(&board, &some));
        assert!(!all_marked(&board, &BTreeSet::from([10, 11])));
        assert!(!all_marked(&board, &BTreeSet::new()));
        assert_eq!(mark(&mut board, &BTreeSet::from([10, 11]), true), 1);
        assert_eq!(mark(&mut board, &some, false), 2);
        let marked = board.iter().flat_map(|class| &class.images);
        let marked = marked.filter(|image| image.test_only());
        assert_eq!(marked.map(|image| image.id).collect::<Vec<_>>(), [11]);
    }

    #[test]
    fn a_domain_is_all_its_images() {
        let board = board();
        assert_eq!(of_domain(&board, "a"), BTreeSet::from([10, 20, 21]));
        assert_eq!(of_domain(&board, "images"), BTreeSet::from([12]));
        assert_eq!(of_domain(&board, "c"), BTreeSet::new());
    }

    #[test]
    fn deleting_counts_what_was_there() {
        let mut board = board();
        assert_eq!(delete(&mut board, &BTreeSet::from([11, 21, 99])), 2);
        assert_eq!((ids(&board[0]), ids(&board[1])), (vec![10, 12], vec![20]));
    }

    #[test]
    fn twins_have_the_same_trimmed_name() {
        let mut board = board();
        assert_eq!(class_of_same_name(&board, 1), None);
        board[1].name = String::from(" cat ");
        assert_eq!(class_of_same_name(&board, 1), Some(Twin::Same(2)));
        assert_eq!(class_of_same_name(&board, 2), Some(Twin::Same(1)));
        board[1].name = String::from("Cat");
        assert_eq!(class_of_same_name(&board, 2), Some(Twin::OtherLetters(1)));
        board[0].name = String::from(" ");
        board[1].name = String::new();
        assert_eq!(
            class_of_same_name(&board, 1),
            None,
            "two without a name are no twins"
        );
    }

    #[test]
    fn names_ranges_and_neighbours() {
        let taken = ["class 1", "class 3 "];
        assert_eq!(free_name("class", 1, taken.into_iter()), "class 2");
        assert_eq!(free_name("class", 3, taken.into_iter()), "class 4");
        let order = [5, 6, 7, 8];
        assert_eq!(range(&order, Some(7), 5), BTreeSet::from([5, 6, 7]));
        assert_eq!(range(&order, Some(9), 6), BTreeSet::from([6]));
        assert_eq!(neighbour(&order, &BTreeSet::from([6, 7]), 6), Some(8));
        assert_eq!(neighbour(&order, &BTreeSet::from([7, 8]), 8), Some(6));
        assert_eq!(neighbour(&[5], &BTreeSet::from([5]), 5), None);
    }
}
