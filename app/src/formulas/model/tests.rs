//! The numbers are the engine's, and every setting has its formulas.

use rsc_core::config::{
    Axis, ChallengeConfig, Importance, MethodPreset, Objective, OptimizerConfig, Regularizer,
    RunConfig, Signal,
};
use rsc_core::protocol::FeatureUsage;
use rsc_core::quantile::count_at_or_above;

use super::mask::kept_after;
use super::*;

fn numbers() -> Numbers {
    let config = RunConfig::default();
    Numbers {
        challenge: config.arms[1].challenge.clone(),
        objective: Objective::Erm,
        regularizer: Regularizer::None,
        training: config.training,
        features: [64, 8, 8],
        classes: 4,
        epoch: 0,
        live: Live::default(),
    }
}

fn find(all: &[Formula], name: &str) -> Formula {
    all.iter()
        .find(|f| f.name == name)
        .expect("there is such a formula")
        .clone()
}

#[test]
fn the_default_in_numbers() {
    let all = formulas(&numbers());
    let names: Vec<&str> = all.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "Signal and gradient",
            "Importance",
            "Quantile threshold",
            "Mask",
            "Selection",
            "Loss",
            "Challenge gap",
            "Update",
            "Feature usage"
        ]
    );
    let threshold = find(&all, "Quantile threshold");
    assert!(threshold.note.contains("n = 64"), "{}", threshold.note);
    assert!(threshold.note.contains("k = 22"), "{}", threshold.note);
    let lines = threshold.lines.concat();
    assert!(lines.contains("<mfrac><mn>1</mn><mn>3</mn></mfrac>"));
    assert!(
        lines.contains("<mn>63</mn><mo>=</mo><mn>42</mn>"),
        "{lines}"
    );
    // (1 − 1/2) · 31 = 15.5, so 16 are not selected and 16 are.
    let selection = find(&all, "Selection");
    assert!(selection.note.contains("m = 16 of B = 32"));
    assert!(selection.lines.concat().contains("<mn>15.5</mn>"));
    let update = find(&all, "Update");
    assert!(update.note.contains("0.001") && update.note.contains("β₂ = 0.999"));
    assert!(update.lines.concat().contains("10⁻⁸"));
}

/// What was measured stands in the formulas, and adds up there.
#[test]
fn measured_numbers_appear_where_they_are_known() {
    let mut numbers = numbers();
    let before = formulas(&numbers);
    numbers.live = Live {
        threshold: Some((Axis::Spatial, 0.01234)),
        true_class: Some((0.75, 0.25)),
        batch_drop: Some(0.125),
        gap: Some((0.5, 0.2)),
        usage: Some(FeatureUsage {
            effective_number: 12.25,
            gini: 0.4375,
            top_tenth: 0.5,
            curve: Vec::new(),
        }),
    };
    let all = formulas(&numbers);
    let lines = |all: &[Formula], name: &str| find(all, name).lines.concat();
    for (name, part) in [
        ("Quantile threshold", "<mn>0.0123</mn>"),
        (
            "Selection",
            "<mn>0.7500</mn><mo>−</mo><mn>0.2500</mn><mo>=</mo><mn>0.5000</mn>",
        ),
        (
            "Challenge gap",
            "<mn>0.5000</mn><mo>−</mo><mn>0.3000</mn><mo>=</mo><mn>0.2000</mn>",
        ),
        ("Feature usage", "<mn>12.25</mn>"),
        ("Feature usage", "<mn>0.438</mn>"),
        ("Feature usage", "<mn>0.500</mn>"),
        // The Gini coefficient of 64 channels, and the top ⌈6.4⌉ of them.
        ("Feature usage", "<mfrac><mn>65</mn><mn>64</mn></mfrac>"),
        ("Feature usage", "<mn>57</mn>"),
    ] {
        assert!(lines(&all, name).contains(part), "{}", lines(&all, name));
        let fixed = part.contains("mfrac") || part == "<mn>57</mn>";
        assert_eq!(lines(&before, name).contains(part), fixed, "{name}");
    }
    assert!(find(&all, "Selection").note.contains("0.1250"));
    all.iter()
        .flat_map(|it| &it.lines)
        .for_each(|line| balanced(line));

    // The image was challenged along positions: that is no threshold of channels.
    numbers.challenge.axis = Axis::Channel;
    let all = formulas(&numbers);
    assert!(!lines(&all, "Quantile threshold").contains("0.0123"));
    // With label smoothing the loss is not the masked one of the gap.
    numbers.training.label_smoothing = 0.1;
    let all = formulas(&numbers);
    assert!(lines(&all, "Challenge gap").contains("<mo>=</mo><mn>0.2000</mn>"));
    assert!(!lines(&all, "Challenge gap").contains("0.5000"));
    numbers.challenge.strategy = Strategy::Off;
    assert!(
        !formulas(&numbers)
            .iter()
            .any(|it| it.name == "Challenge gap")
    );
}

#[test]
fn counts_are_those_of_the_engine() {
    for p in [0.0, 0.1, 0.3, 1.0 / 3.0, 0.5, 0.777, 1.0] {
        let mut numbers = numbers();
        numbers.challenge.p = p;
        let k = count_at_or_above(64, p);
        let threshold = find(&formulas(&numbers), "Quantile threshold");
        let result = format!("<mn>{k}</mn></math>");
        assert!(threshold.lines.concat().ends_with(&result), "p = {p}");
    }
}

#[test]
fn rounds_mute_what_is_left() {
    assert_eq!(kept_after(64, 1.0 / 3.0, 1), [42]);
    // 42: ⌈⅔ · 41⌉ = 28 are kept; of these ⌈⅔ · 27⌉ = 18.
    assert_eq!(kept_after(64, 1.0 / 3.0, 3), [42, 28, 18]);
    assert_eq!(kept_after(64, 1.0, 3), [0, 0, 0]);
    let mut numbers = numbers();
    numbers.challenge.rounds = 3;
    let rounds = find(&formulas(&numbers), "Rounds");
    assert!(rounds.note.contains("46 of 64"), "{}", rounds.note);
}

#[test]
fn the_official_selection_follows_its_curriculum() {
    let mut numbers = numbers();
    numbers.challenge = MethodPreset::Official.challenge();
    numbers.epoch = 10;
    let all = formulas(&numbers);
    let selection = find(&all, "Selection");
    assert!(selection.note.contains("At most 16 of B = 32"));
    assert!(selection.note.contains("10⁻⁴"), "{}", selection.note);
    assert!(all.iter().any(|f| f.name == "Importance (channels)"));
    assert!(all.iter().any(|f| f.name == "Importance (positions)"));
}

#[test]
fn smoothing_decay_and_momentum_appear_when_set() {
    let mut numbers = numbers();
    numbers.training.label_smoothing = 0.1;
    numbers.training.optimizer = OptimizerConfig::Sgd {
        momentum: 0.9,
        weight_decay: 0.0005,
    };
    let all = formulas(&numbers);
    assert!(
        find(&all, "Loss")
            .note
            .contains("label smoothing 0.1 over 4")
    );
    let update = find(&all, "Update");
    assert!(update.note.contains("SGD") && update.note.contains("momentum 0.9"));
    assert!(update.note.contains("Weight decay 5e−4"), "{}", update.note);
}

#[test]
fn every_setting_has_well_formed_formulas() {
    for strategy in [
        Strategy::Off,
        Strategy::Random,
        Strategy::TopActivation,
        Strategy::TopGradient,
    ] {
        for axis in [Axis::Spatial, Axis::Channel, Axis::Mixed] {
            for importance in Importance::ALL {
                for signal in [Signal::TrueLogit, Signal::Loss, Signal::LossDecrease] {
                    let mut numbers = numbers();
                    numbers.challenge = ChallengeConfig {
                        strategy,
                        axis,
                        importance,
                        signal,
                        ..numbers.challenge
                    };
                    for formula in formulas(&numbers) {
                        assert!(formula.note.ends_with('.'), "{}", formula.note);
                        assert!(!formula.lines.is_empty());
                        formula.lines.iter().for_each(|line| balanced(line));
                    }
                }
            }
        }
    }
}

/// Each objective adds its terms with its own numbers, each regulariser a formula.
#[test]
fn every_method_has_its_formula_with_its_numbers() {
    let plain = find(&formulas(&numbers()), "Loss");
    for objective in Objective::ALL.into_iter().skip(1) {
        let mut numbers = numbers();
        numbers.objective = objective.with_parameter(0.125).with_anneal_steps(77);
        let loss = find(&formulas(&numbers), "Loss");
        let name = objective.name();
        assert!(loss.lines.len() > plain.lines.len(), "{name}");
        let all = loss.lines.concat() + &loss.note;
        assert!(all.contains("0.125"), "{name}: {all}");
        assert_eq!(
            all.contains("77"),
            objective.anneal_steps().is_some(),
            "{name}"
        );
        assert_eq!(
            loss.note.contains("training domains"),
            objective.compares_domains(),
            "{name}"
        );
        loss.lines.iter().for_each(|line| balanced(line));
    }
    for regularizer in Regularizer::ALL.into_iter().skip(1) {
        let mut numbers = numbers();
        numbers.regularizer = regularizer.with_rate(0.2).with_block(2);
        let formula = find(&formulas(&numbers), "Regulariser");
        let all = formula.lines.concat() + &formula.note;
        let shown = ["0.2", "0.8"].iter().any(|number| all.contains(number));
        assert!(shown, "{}: {all}", regularizer.name());
        formula.lines.iter().for_each(|line| balanced(line));
    }
    let mut numbers = numbers();
    numbers.regularizer = Regularizer::DropBlock {
        rate: 0.2,
        block: 2,
    };
    let lines = find(&formulas(&numbers), "Regulariser").lines.concat();
    // 0.2 / 4 · 64 / 49.
    assert!(lines.contains("<mn>0.065</mn>"), "{lines}");
}

/// Every element is closed in its order, and text holds no bare sign of markup.
fn balanced(markup: &str) {
    let mut open = Vec::new();
    for piece in markup.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').expect("a tag ends");
        assert!(!text.contains('>'), "{markup}");
        match tag.strip_prefix('/') {
            Some(closed) => assert_eq!(open.pop(), Some(closed), "{markup}"),
            None => open.push(tag.split(' ').next().unwrap_or_default()),
        }
    }
    assert!(open.is_empty(), "{markup}");
    for (name, children) in [("msub", 2), ("mfrac", 2), ("munder", 2), ("mover", 2)] {
        let tag = format!("<{name}>");
        for (start, _) in markup.match_indices(&tag) {
            let inside = &markup[start + tag.len()..];
            assert_eq!(count_children(inside), children, "{name} in {markup}");
        }
    }
}

/// Elements up to the closing tag of the one that `markup` is the inside of.
fn count_children(markup: &str) -> usize {
    let (mut depth, mut count) = (0, 0);
    for piece in markup.split('<').skip(1) {
        if piece.starts_with('/') {
            if depth == 0 {
                break;
            }
            depth -= 1;
        } else {
            count += usize::from(depth == 0);
            depth += 1;
        }
    }
    count
}
