//! Which records changed, and when they are written.

use std::collections::BTreeMap;
use std::time::Duration;

/// Written so long after the last change…
const QUIET: Duration = Duration::from_millis(1000);
/// …and no later than this after the first: a run that trains changes all the time.
const LATEST: Duration = Duration::from_millis(3000);

/// How long to wait with writing when the first change not yet written is so many milliseconds old.
pub(crate) fn pace(waited: f64) -> Duration {
    let left = LATEST.as_secs_f64() - waited.max(0.0) / 1000.0;
    Duration::try_from_secs_f64(left).map_or(Duration::ZERO, |left| left.min(QUIET))
}

/// Keys of records to write and to delete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Changes<K> {
    /// New or changed.
    pub(crate) put: Vec<K>,
    /// Not there any more.
    pub(crate) delete: Vec<K>,
}

/// What tells the records that are there from those written before.
pub(crate) fn changes<K: Ord + Copy, M: PartialEq>(
    written: &BTreeMap<K, M>,
    there: &BTreeMap<K, M>,
) -> Changes<K> {
    let new = |(key, mark): (&K, &M)| (written.get(key) != Some(mark)).then_some(*key);
    let gone = |key: &&K| !there.contains_key(*key);
    Changes {
        put: there.iter().filter_map(new).collect(),
        delete: written.keys().filter(gone).copied().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changed_is_written() {
        let written = BTreeMap::from([(1, 'a'), (2, 'b'), (3, 'c')]);
        let there = BTreeMap::from([(1, 'a'), (3, 'd'), (4, 'e')]);
        let found = changes(&written, &there);
        assert_eq!((found.put, found.delete), (vec![3, 4], vec![2]));
        let nothing = changes(&there, &there);
        assert!(nothing.put.is_empty() && nothing.delete.is_empty());
    }

    #[test]
    fn writing_waits_for_quiet_but_not_for_ever() {
        assert_eq!(pace(0.0), QUIET);
        assert_eq!(pace(1900.0), QUIET);
        assert_eq!(pace(2500.0), Duration::from_millis(500));
        assert_eq!(pace(3000.0), Duration::ZERO);
        assert_eq!(pace(60_000.0), Duration::ZERO);
        assert_eq!(pace(f64::NAN), QUIET);
        assert_eq!(pace(-5.0), QUIET);
    }
}
