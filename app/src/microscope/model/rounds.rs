//! The rounds of a challenge of one image, as the microscope draws them: what a round chose among,
//! what it muted, and where its threshold lay.

use crate::masks::model::threshold;
use crate::ui::model::colour;

/// What the engine tells of one round.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Round {
    /// Importance per position or channel.
    pub(crate) importance: Vec<f32>,
    /// What is muted after it, by it or by earlier ones.
    pub(crate) muted: Vec<bool>,
}

/// The rounds from the engine's numbers: importance and mask (1 keeps) of `n` features for each.
pub(crate) fn read(numbers: &[f32], n: usize) -> Vec<Round> {
    let rounds = numbers.chunks_exact((2 * n).max(1));
    rounds
        .map(|round| {
            let (importance, mask) = round.split_at(n);
            Round {
                importance: importance.to_vec(),
                muted: mask.iter().map(|&keep| keep < 0.5).collect(),
            }
        })
        .collect()
}

/// In which round, counted from 1, a feature was muted.
pub(crate) fn muted_in(rounds: &[Round], index: usize) -> Option<usize> {
    let first = rounds
        .iter()
        .position(|it| it.muted.get(index) == Some(&true));
    first.map(|round| round + 1)
}

/// One round as it is drawn.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct View {
    /// Importance of each feature in this round.
    pub(crate) importance: Vec<f32>,
    /// Which features it chose among: those that earlier rounds left.
    pub(crate) ranked: Vec<bool>,
    /// What is muted after it, by it or by earlier ones.
    pub(crate) muted: Vec<bool>,
    /// The importance from which on it muted; `None` where it muted nothing.
    pub(crate) threshold: Option<f32>,
}

impl View {
    /// A single round by the rule itself, for a p that the engine has not answered yet.
    pub(crate) fn live(importance: &[f32], p: f64) -> Self {
        Self {
            importance: importance.to_vec(),
            ranked: vec![true; importance.len()],
            muted: threshold::muted(importance, p),
            threshold: threshold::threshold(importance, p),
        }
    }

    /// A round as the engine made it; the last one where there are not so many.
    pub(crate) fn of(rounds: &[Round], round: usize) -> Option<Self> {
        let at = round.min(rounds.len().checked_sub(1)?);
        let Round { importance, muted } = rounds.get(at)?;
        let before = at.checked_sub(1).and_then(|before| rounds.get(before));
        let ranked: Vec<bool> = match before {
            Some(before) => before.muted.iter().map(|&muted| !muted).collect(),
            None => vec![true; muted.len()],
        };
        let mut view = Self {
            importance: importance.clone(),
            ranked,
            muted: muted.clone(),
            threshold: None,
        };
        // The weakest of what it muted: with ties or random numbers too, what lies there or above
        // is muted and what lies below is not.
        let silenced = (0..view.importance.len()).filter(|&i| view.mutes(i));
        view.threshold = silenced.map(|i| view.importance[i]).reduce(f32::min);
        Some(view)
    }

    /// Whether this round mutes a feature.
    pub(crate) fn mutes(&self, index: usize) -> bool {
        self.muted.get(index) == Some(&true) && self.is_candidate(index)
    }

    /// Whether it chose among others and this feature.
    pub(crate) fn is_candidate(&self, index: usize) -> bool {
        self.ranked.get(index) == Some(&true)
    }

    /// How many this round mutes, and among how many.
    pub(crate) fn count(&self) -> (usize, usize) {
        let muted = (0..self.muted.len()).filter(|&i| self.mutes(i)).count();
        (muted, self.ranked.iter().filter(|&&it| it).count())
    }

    /// The importances it chose by.
    pub(crate) fn candidates(&self) -> Vec<f32> {
        let all = self.importance.iter().zip(&self.ranked);
        all.filter(|(_, ranked)| **ranked)
            .map(|(&value, _)| value)
            .collect()
    }

    /// The importances, without a value for what earlier rounds muted.
    pub(crate) fn among_left(&self) -> Vec<f32> {
        let all = self.importance.iter().zip(&self.ranked);
        all.map(|(&value, &ranked)| if ranked { value } else { f32::NAN })
            .collect()
    }

    /// Rank of a feature in this round and among how many; `None` for what had no say in it.
    pub(crate) fn rank(&self, index: usize) -> Option<(usize, usize)> {
        let own = *self.importance.get(index)?;
        let candidates = self.candidates();
        let above = candidates.iter().filter(|&&it| it > own).count();
        self.is_candidate(index)
            .then_some((1 + above, candidates.len()))
    }

    /// The mask as RGBA pixels, one for each feature in rows of `width`: kept, muted in this round,
    /// muted before.
    pub(crate) fn pixels(&self, width: usize) -> Vec<u8> {
        let width = width.max(1);
        let places = self.muted.len().div_ceil(width) * width;
        (0..places)
            .flat_map(|i| {
                let [r, g, b] = match self.muted.get(i) {
                    None => return [0; 4],
                    Some(false) => colour::KEPT,
                    Some(true) if self.mutes(i) => colour::MUTED,
                    Some(true) => colour::MUTED_CELL,
                };
                [r, g, b, 255]
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two rounds over five features; the first muted the second feature.
    fn two() -> Vec<Round> {
        let numbers = [
            [0.1, 0.9, 0.3, 0.5, 0.2],
            [1.0, 0.0, 1.0, 1.0, 1.0],
            [0.1, 0.0, 0.6, 0.4, 0.2],
            [1.0, 0.0, 0.0, 1.0, 1.0],
        ];
        read(&numbers.concat(), 5)
    }

    #[test]
    fn rounds_are_read_from_the_engines_numbers() {
        let rounds = two();
        assert_eq!(rounds.len(), 2);
        assert_eq!(rounds[1].importance[2], 0.6);
        assert_eq!(rounds[1].muted, [false, true, true, false, false]);
        assert_eq!(muted_in(&rounds, 1), Some(1));
        assert_eq!(muted_in(&rounds, 2), Some(2));
        assert_eq!(muted_in(&rounds, 0), None);
        assert!(read(&[], 5).is_empty() && read(&[1.0], 0).len() == 1);
    }

    #[test]
    fn bars_line_and_mask_of_a_round_agree() {
        let rounds = two();
        for round in 0..2 {
            let view = View::of(&rounds, round).expect("there is one");
            let at = view.threshold.expect("it mutes");
            for i in 0..5 {
                let above = view.is_candidate(i) && view.importance[i] >= at;
                assert_eq!(view.mutes(i), above, "feature {i} of round {round}");
            }
            assert_eq!(view.count(), (1, 5 - round));
        }
        let last = View::of(&rounds, 9).expect("there is one");
        assert_eq!(Some(last.clone()), View::of(&rounds, 1));
        assert_eq!(last.candidates(), [0.1, 0.6, 0.4, 0.2]);
        assert!(last.among_left()[1].is_nan());
        assert_eq!(last.rank(1), None, "what is muted has no say");
        assert_eq!(last.rank(3), Some((2, 4)));
        assert_eq!(View::of(&[], 0), None);
    }

    #[test]
    fn one_round_is_what_the_rule_says() {
        let importance: Vec<f32> = (0..64).map(|i| ((i * 29) % 64) as f32).collect();
        for p in [0.0, 0.2, 1.0 / 3.0, 1.0] {
            let live = View::live(&importance, p);
            let engine = [Round {
                importance: importance.clone(),
                muted: threshold::muted(&importance, p),
            }];
            let told = View::of(&engine, 0).expect("there is one");
            assert_eq!((live.count(), &live.muted), (told.count(), &told.muted));
            // The quantile lies between the weakest that is muted and the strongest that is kept.
            assert_eq!(live.threshold.is_some(), told.threshold.is_some());
            assert!(live.threshold <= told.threshold, "{p}");
        }
    }

    #[test]
    fn a_small_mask_tells_the_rounds_apart() {
        let view = View::of(&two(), 1).expect("there is one");
        let pixels = view.pixels(3);
        assert_eq!(pixels.len(), 4 * 6);
        let of = |i: usize| &pixels[4 * i..4 * i + 3];
        assert_eq!(of(0), colour::KEPT);
        assert_eq!(of(1), colour::MUTED_CELL);
        assert_eq!(of(2), colour::MUTED);
        assert_eq!(pixels[4 * 5 + 3], 0, "no sixth feature");
    }
}
