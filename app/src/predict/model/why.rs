//! Why an arm answers what it does: how its answer changes without what counts for it.

use rsc_core::config::{Axis, Strategy};
use rsc_core::protocol::Prediction;

/// A share in whole percent, as in a sentence.
fn percent(share: f32) -> String {
    if share.is_finite() {
        format!("{:.0} %", share * 100.0)
    } else {
        String::from("–")
    }
}

fn at(values: &[f32], class: usize) -> f32 {
    values.get(class).copied().unwrap_or(f32::NAN)
}

/// The class with the highest of these probabilities.
fn likeliest(values: &[f32]) -> Option<usize> {
    let numbered = values.iter().enumerate();
    let finite = numbered.filter(|(_, value)| value.is_finite());
    finite.max_by(|a, b| a.1.total_cmp(b.1)).map(|it| it.0)
}

fn class_name(names: &[String], class: usize) -> String {
    let given = names.get(class).cloned();
    given.unwrap_or_else(|| text!("masks.class", n = class))
}

/// What an arm answers, in a few words: `cat, 93 %`.
pub(crate) fn answer(prediction: &Prediction, names: &[String]) -> String {
    let class = prediction.class;
    text!(
        "predict.answer",
        class = class_name(names, class),
        probability = percent(at(&prediction.before, class))
    )
}

/// What is muted, and what becomes of the answer without it.
pub(crate) fn why(prediction: &Prediction, names: &[String], strategy: Strategy) -> String {
    let class = prediction.class;
    let name = class_name(names, class);
    let muted = prediction.muted.iter().filter(|&&muted| muted).count();
    let all = prediction.muted.len();
    if muted == 0 || strategy == Strategy::Off {
        return text!("predict.why.nothing").to_owned();
    }
    if prediction.degenerate {
        return text!("predict.why.constant").to_owned();
    }
    let before = percent(at(&prediction.before, class));
    let after = percent(at(&prediction.after, class));
    let share = percent(muted as f32 / all as f32);
    let by_chance = strategy == Strategy::Random;
    let mut text = match (prediction.axis, by_chance) {
        (Axis::Channel, false) => text!(
            "predict.why.channels",
            class = name,
            before = before,
            after = after,
            share = share
        ),
        (Axis::Channel, true) => text!(
            "predict.why.channels-random",
            class = name,
            before = before,
            after = after,
            share = share
        ),
        (_, false) => text!(
            "predict.why.positions",
            class = name,
            before = before,
            after = after,
            share = share
        ),
        (_, true) => text!(
            "predict.why.positions-random",
            class = name,
            before = before,
            after = after,
            share = share
        ),
    };
    if let Some(other) = likeliest(&prediction.after).filter(|&other| other != class) {
        text.push_str(&text!(
            "predict.why.then",
            class = class_name(names, other),
            probability = percent(at(&prediction.after, other))
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Vec<String> {
        vec![String::from("cat"), String::from("dog")]
    }

    fn prediction() -> Prediction {
        Prediction {
            class: 0,
            axis: Axis::Spatial,
            importance: vec![0.9, 0.1, 0.2],
            muted: vec![true, false, false],
            heat: vec![0.9, 0.1, 0.2],
            degenerate: false,
            before: vec![0.93, 0.07],
            after: vec![0.61, 0.39],
        }
    }

    #[test]
    fn the_sentence_has_the_numbers() {
        let said = why(&prediction(), &names(), Strategy::TopGradient);
        for part in ["cat", "93 %", "61 %", "33 %", "positions"] {
            assert!(said.contains(part), "{part}: {said}");
        }
        assert!(!said.contains("dog"), "{said}");
        assert_eq!(answer(&prediction(), &names()), "cat, 93 %");
    }

    #[test]
    fn another_answer_is_named() {
        let mut other = prediction();
        other.after = vec![0.41, 0.59];
        other.axis = Axis::Channel;
        let said = why(&other, &names(), Strategy::TopActivation);
        for part in ["41 %", "dog", "59 %", "channels"] {
            assert!(said.contains(part), "{part}: {said}");
        }
        let said = why(&other, &names(), Strategy::Random);
        assert!(said.contains("random"), "{said}");
    }

    #[test]
    fn where_there_is_no_reason_it_says_so() {
        let mut plain = prediction();
        plain.muted = vec![false; 3];
        let said = why(&plain, &names(), Strategy::TopGradient);
        assert!(said.contains("Nothing is muted"), "{said}");
        let said = why(&prediction(), &names(), Strategy::Off);
        assert!(said.contains("Nothing is muted"), "{said}");
        let mut flat = prediction();
        flat.degenerate = true;
        let said = why(&flat, &names(), Strategy::TopGradient);
        assert!(said.contains("the same everywhere"), "{said}");
        flat.class = 7;
        assert!(answer(&flat, &[]).contains('7'));
    }
}
