//! Which classes of a prediction are worth a bar when there is no room for all.

/// Indices of at most `most` classes in their own order: the true one, then the likeliest before
/// or after masking.
pub(crate) fn classes_to_show(
    before: &[f32],
    after: &[f32],
    label: usize,
    most: usize,
) -> Vec<usize> {
    let weight = |i: usize| {
        let p = |values: &[f32]| values.get(i).copied().filter(|v| v.is_finite());
        p(before).unwrap_or(0.0).max(p(after).unwrap_or(0.0))
    };
    let mut order: Vec<usize> = (0..before.len()).collect();
    order.sort_by(|&a, &b| {
        (b == label)
            .cmp(&(a == label))
            .then(weight(b).total_cmp(&weight(a)))
    });
    order.truncate(most);
    order.sort_unstable();
    order
}

#[cfg(test)]
mod tests {
    use super::classes_to_show;

    #[test]
    fn the_true_class_is_always_there() {
        let before = [0.5, 0.3, 0.1, 0.05, 0.05];
        let after = [0.1, 0.1, 0.1, 0.6, 0.1];
        assert_eq!(classes_to_show(&before, &after, 4, 3), vec![0, 3, 4]);
        assert_eq!(classes_to_show(&before, &after, 0, 9), vec![0, 1, 2, 3, 4]);
        assert!(classes_to_show(&[], &[], 0, 3).is_empty());
    }

    #[test]
    fn nan_is_not_likely() {
        assert_eq!(
            classes_to_show(&[f32::NAN, 0.9, 0.2], &[f32::NAN; 3], 2, 2),
            vec![1, 2]
        );
    }
}
