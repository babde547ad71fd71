//! Circles among arrows: the shortest one through each arrow that lies on any.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Something that uses something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Arrow {
    from: String,
    to: String,
    /// File and line.
    place: String,
}

impl Arrow {
    /// An arrow that stands at `place`.
    pub(crate) fn new(from: &str, to: &str, place: &str) -> Self {
        Self {
            from: from.to_owned(),
            to: to.to_owned(),
            place: place.to_owned(),
        }
    }
}

/// Every circle once, by the places of its arrows.
pub(crate) fn circles(arrows: &[Arrow]) -> Vec<String> {
    let mut next: BTreeMap<&str, BTreeMap<&str, &str>> = BTreeMap::new();
    for arrow in arrows {
        let places = next.entry(&arrow.from).or_default();
        places.entry(&arrow.to).or_insert(&arrow.place);
    }
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for start in next.keys() {
        let Some(circle) = shortest(&next, start) else {
            continue;
        };
        let members: BTreeSet<&str> = circle.iter().copied().collect();
        if !seen.insert(members) {
            continue;
        }
        let ends = circle.iter().skip(1).chain(circle.first());
        let steps = circle.iter().zip(ends).map(|(from, to)| {
            let place = next[from][to];
            format!("{from} → {to} ({place})")
        });
        found.push(steps.collect::<Vec<_>>().join(", "));
    }
    found
}

/// The nodes of the shortest way from `start` back to it.
fn shortest<'a>(
    next: &BTreeMap<&'a str, BTreeMap<&'a str, &'a str>>,
    start: &'a str,
) -> Option<Vec<&'a str>> {
    let mut before: BTreeMap<&str, &str> = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        for &to in next.get(node).into_iter().flat_map(BTreeMap::keys) {
            if to == start {
                let mut way = vec![node];
                while let Some(&earlier) = before.get(way[way.len() - 1]) {
                    way.push(earlier);
                }
                way.reverse();
                return Some(way);
            }
            if !before.contains_key(to) {
                before.insert(to, node);
                queue.push_back(to);
            }
        }
    }
    None
}
