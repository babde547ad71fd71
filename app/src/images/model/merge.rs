//! Merges the edits of two tabs that began with the same images.

use std::collections::BTreeMap;

use rsc_core::image_layout::Part;

/// Where an image is, and what is said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ImageLabels {
    /// Its class, by name.
    pub(crate) class: String,
    /// Domain, empty where none was given.
    pub(crate) domain: String,
    /// What it may be used for.
    pub(crate) part: Part,
}

/// What was done here to images that the other tab has left as they were.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Edits {
    /// Deleted.
    pub(crate) deleted: Vec<u32>,
    /// Moved or marked.
    pub(crate) changed: Vec<(u32, ImageLabels)>,
}

/// What was done here, given what both began with and what the other tab has made of it. What the
/// other one has changed or deleted stays as it made it.
pub(crate) fn edits(
    before: &BTreeMap<u32, ImageLabels>,
    here: &BTreeMap<u32, ImageLabels>,
    there: &BTreeMap<u32, ImageLabels>,
) -> Edits {
    let mut edits = Edits::default();
    for (id, labels) in before {
        if there.get(id) != Some(labels) {
            continue;
        }
        match here.get(id) {
            None => edits.deleted.push(*id),
            Some(now) if now != labels => edits.changed.push((*id, now.clone())),
            Some(_) => {}
        }
    }
    edits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image_labels(all: &[(u32, &str)]) -> BTreeMap<u32, ImageLabels> {
        let labels = |class: &str| ImageLabels {
            class: class.to_owned(),
            domain: String::new(),
            part: Part::Any,
        };
        all.iter().map(|(id, class)| (*id, labels(class))).collect()
    }

    #[test]
    fn what_the_other_tab_did_stays() {
        let before = image_labels(&[(1, "cat"), (2, "cat"), (3, "cat"), (4, "dog"), (5, "dog")]);
        // Here: 2 and 3 moved, 4 and 5 deleted, 6 came.
        let here = image_labels(&[(1, "cat"), (2, "dog"), (3, "dog"), (6, "cat")]);
        // There: 3 moved, 5 moved, 1 deleted, 6 is another image.
        let there = image_labels(&[(2, "cat"), (3, "cow"), (4, "dog"), (5, "cow"), (6, "cow")]);
        let found = edits(&before, &here, &there);
        assert_eq!(found.deleted, [4]);
        let changed = image_labels(&[(2, "dog")]);
        assert_eq!(found.changed, changed.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn where_nothing_was_done_there_is_nothing_to_do() {
        let before = image_labels(&[(1, "cat"), (2, "dog")]);
        let more = image_labels(&[(1, "cat"), (2, "cow"), (3, "dog")]);
        assert_eq!(edits(&before, &before, &more), Edits::default());
        assert_eq!(edits(&before, &before, &BTreeMap::new()), Edits::default());
    }
}
