//! A hash of a data set.

use super::dataset::{Dataset, Domain, Item};
use crate::hash::Fnv;

/// Adds images with their labels; names do not count.
fn add_items(hash: &mut Fnv, items: &[Item]) {
    hash.number(items.len());
    for Item {
        name: _,
        label,
        pixels,
    } in items
    {
        hash.number(*label);
        hash.bytes(pixels);
    }
}

/// The hash of a text.
pub(super) fn hash_text(text: &str) -> u64 {
    hash_bytes(text.as_bytes())
}

/// The hash of some bytes.
pub(super) fn hash_bytes(bytes: &[u8]) -> u64 {
    let mut hash = Fnv::new();
    hash.bytes(bytes);
    hash.finish()
}

impl Dataset {
    /// A hash of everything that a run sees: classes, domains, and each image with its split and place.
    /// Names of images do not count.
    pub fn fingerprint(&self) -> u64 {
        let mut hash = Fnv::new();
        hash.number(self.size);
        hash.number(self.classes.len());
        for class in &self.classes {
            hash.text(class);
        }
        for Domain {
            name,
            held_out,
            train,
            test,
        } in &self.domains
        {
            hash.text(name);
            hash.number(usize::from(*held_out));
            add_items(&mut hash, train);
            add_items(&mut hash, test);
        }
        hash.finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn data() -> Dataset {
        let item = |label: usize| Item {
            name: format!("{label}.png"),
            label,
            pixels: vec![label as u8; 12].into(),
        };
        let domain = |name: &str, held_out| Domain {
            name: name.into(),
            held_out,
            train: vec![item(0), item(1)],
            test: vec![item(1)],
        };
        Dataset {
            size: 2,
            classes: vec!["cat".into(), "dog".into()],
            domains: vec![domain("photo", false), domain("sketch", true)],
        }
    }

    #[test]
    fn whatever_a_run_sees_counts() {
        type Change = fn(&mut Dataset);
        let changes: [Change; 9] = [
            |_| (),
            |data| data.size = 3,
            |data| data.classes[1] = "wolf".into(),
            |data| data.domains[0].name = "drawing".into(),
            |data| data.domains[0].held_out = true,
            |data| data.domains[0].train[0].label = 1,
            |data| Arc::make_mut(&mut data.domains[0].train[0].pixels)[5] ^= 1,
            |data| data.domains[0].train.swap(0, 1),
            |data| {
                let image = data.domains[1].train.remove(1);
                data.domains[1].test.insert(0, image);
            },
        ];
        let mut seen = std::collections::BTreeSet::new();
        for (i, change) in changes.iter().enumerate() {
            let mut changed = data();
            change(&mut changed);
            assert!(seen.insert(changed.fingerprint()), "change {i}");
        }
        let mut renamed = data();
        renamed.domains[0].train[0].name = "other.png".into();
        assert_eq!(renamed.fingerprint(), data().fingerprint());
    }
}
