//! Which arm a run found better, and what the visitor expected of it.

/// Arms closer than this are called level: with some hundred test images chance alone makes such
/// differences.
pub(crate) const LEVEL: f32 = 0.05;

/// Which arm is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Best {
    /// This one, by its index.
    Arm(usize),
    /// None is ahead of all others by [`LEVEL`].
    Level,
}

/// Which arm has the best accuracy, and by how much it is ahead of the next.
/// `None` for fewer than two arms, or where an accuracy is missing.
pub(crate) fn best(accuracies: &[Option<f32>]) -> Option<(Best, f32)> {
    let known: Option<Vec<f32>> = accuracies.iter().copied().collect();
    let mut order: Vec<(usize, f32)> = known?.into_iter().enumerate().collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1));
    let [(first, most), (_, next), ..] = order[..] else {
        return None;
    };
    let ahead = most - next;
    let best = if ahead < LEVEL {
        Best::Level
    } else {
        Best::Arm(first)
    };
    Some((best, ahead))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_arm_is_ahead_of_the_next() {
        let found = best(&[Some(0.46), Some(0.94), Some(0.37)]);
        assert!(
            found.is_some_and(|(arm, ahead)| arm == Best::Arm(1) && (ahead - 0.48).abs() < 1e-6),
            "{found:?}"
        );
    }

    #[test]
    fn a_small_difference_is_level() {
        let found = best(&[Some(0.90), Some(0.94)]);
        assert!(
            found.is_some_and(|(best, ahead)| best == Best::Level && (ahead - 0.04).abs() < 1e-6),
            "{found:?}"
        );
    }

    #[test]
    fn one_arm_or_an_unknown_accuracy_has_no_best() {
        assert_eq!(best(&[Some(0.5)]), None);
        assert_eq!(best(&[Some(0.5), None]), None);
        assert_eq!(best(&[]), None);
    }
}
