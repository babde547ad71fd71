//! Which images of a split the masks panel shows.

/// `count` neighbouring indices from `start` on, wrapping at `total`; fewer if there are fewer.
pub(crate) fn page(start: usize, count: usize, total: usize) -> Vec<usize> {
    (0..count.min(total)).map(|i| (start + i) % total).collect()
}

/// `count` different indices below `total` in random order, decided by `seed`.
pub(crate) fn shuffled(seed: u64, count: usize, total: usize) -> Vec<usize> {
    let mut indices: Vec<usize> = (0..total).collect();
    let mut state = seed;
    let count = count.min(total);
    for i in 0..count {
        let offset = split_mix(&mut state) % (total - i) as u64;
        indices.swap(i, i + offset as usize);
    }
    indices.truncate(count);
    indices
}

/// SplitMix64 (Steele, Lea and Flood 2014).
pub(crate) fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_wrap_and_never_repeat() {
        assert_eq!(page(0, 3, 10), vec![0, 1, 2]);
        assert_eq!(page(9, 3, 10), vec![9, 0, 1]);
        assert_eq!(page(4, 8, 2), vec![0, 1]);
        assert!(page(0, 8, 0).is_empty());
    }

    #[test]
    fn shuffles_are_different_indices() {
        let mut picked = shuffled(7, 8, 100);
        assert_eq!(picked, shuffled(7, 8, 100));
        assert_ne!(picked, shuffled(8, 8, 100));
        picked.sort_unstable();
        picked.dedup();
        assert_eq!(picked.len(), 8);
        assert!(picked.iter().all(|&i| i < 100));
        assert_eq!(shuffled(1, 8, 3).len(), 3);
        assert!(shuffled(1, 8, 0).is_empty());
    }
}
