//! Every word of the field that the page uses, explained once, in one sentence.

/// A word and what it means.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// What a `Term` refers to it by.
    pub(crate) key: &'static str,
    /// The word.
    pub(crate) name: &'static str,
    /// One sentence.
    pub(crate) meaning: &'static str,
}

const fn entry(key: &'static str, name: &'static str, meaning: &'static str) -> Entry {
    Entry { key, name, meaning }
}

/// All words, in the order of the alphabet.
pub(crate) const GLOSSARY: [Entry; 58] = [
    entry(
        "accuracy",
        "Accuracy",
        "The share of images whose class the network names rightly.",
    ),
    entry(
        "activation",
        "Activation",
        "The value that a feature has on one image; 0 means that the feature was not found there.",
    ),
    entry(
        "arm",
        "Arm",
        "One of the networks in a run: all arms share their first weights and their batches, and differ in the challenge only.",
    ),
    entry(
        "axis",
        "Axis",
        "What is muted as one piece: a position with all its channels, or a channel at all its positions.",
    ),
    entry(
        "b",
        "b",
        "The share of each batch that keeps its mask; the other images are trained on whole.",
    ),
    entry(
        "batch",
        "Batch",
        "The images that one training step looks at together.",
    ),
    entry(
        "batch-normalisation",
        "Batch normalisation",
        "Scaling each channel by its mean and spread over a batch, which steadies training.",
    ),
    entry(
        "challenge",
        "Challenge",
        "Muting what the network leans on most and training it on the rest.",
    ),
    entry(
        "challenge-gap",
        "Challenge gap Γ",
        "The loss with the mask minus the loss without it: how much the muting costs.",
    ),
    entry(
        "challenge-point",
        "Challenge point",
        "The place between two blocks of the network where features are muted.",
    ),
    entry(
        "channel",
        "Channel",
        "One kind of feature, such as an edge or a colour, looked for at every position.",
    ),
    entry(
        "class",
        "Class",
        "One of the answers that the network chooses from, for instance “disc”.",
    ),
    entry(
        "coloured-mnist",
        "Coloured MNIST",
        "Handwritten digits whose colour gives the label away in training and misleads in the new domain.",
    ),
    entry(
        "cross-entropy",
        "Cross-entropy",
        "The usual loss for classes: minus the logarithm of the probability given to the true class.",
    ),
    entry(
        "curriculum",
        "Curriculum",
        "A plan that makes the task harder with time: here b grows with the epochs.",
    ),
    entry(
        "degenerate",
        "Degenerate importance",
        "An importance that is the same everywhere, so that nothing is strongest and the rule mutes everything.",
    ),
    entry(
        "domain",
        "Domain",
        "Images that were made in the same way: photographs are one domain, sketches another.",
    ),
    entry(
        "domainbed",
        "DomainBed",
        "A published test bench that compares methods for new domains with equal tuning for each.",
    ),
    entry("epoch", "Epoch", "One pass through all training images."),
    entry(
        "erm",
        "ERM",
        "Empirical risk minimisation: plain training that makes the loss on the training images small.",
    ),
    entry(
        "feature",
        "Feature",
        "Something in an image that the network has learned to detect.",
    ),
    entry(
        "feature-map",
        "Feature map",
        "What the network sees at the challenge point: a grid of positions with one value per channel.",
    ),
    entry(
        "flatten",
        "Flatten",
        "A head that keeps all values of the feature map apart, so that each position has its own weight.",
    ),
    entry(
        "gap",
        "GAP",
        "Global average pooling: each channel is averaged over all positions before the linear layer.",
    ),
    entry(
        "grad-cam",
        "Grad-CAM",
        "An importance of positions: the channels' activations there, weighted by each channel's mean gradient.",
    ),
    entry(
        "gradient",
        "Gradient",
        "For each value, how much a result would change if that value grew a little.",
    ),
    entry(
        "head",
        "Head",
        "The part of the network after the challenge point; it turns features into logits.",
    ),
    entry(
        "held-out",
        "Held out",
        "Kept away from training, and used only for testing.",
    ),
    entry(
        "importance",
        "Importance",
        "One number per position or channel that says how much the prediction leans on it.",
    ),
    entry(
        "label-smoothing",
        "Label smoothing",
        "Training towards a little less than certainty: a small part of the target goes to the other classes.",
    ),
    entry(
        "learning-rate",
        "Learning rate",
        "How far the weights move at each step.",
    ),
    entry(
        "logit",
        "Logit",
        "The network's raw score for a class, before scores become probabilities.",
    ),
    entry(
        "loss",
        "Loss",
        "How wrong the network is, as one number that training makes smaller.",
    ),
    entry(
        "mask",
        "Mask",
        "A pattern of ones and zeros: features times one are kept, features times zero are muted.",
    ),
    entry(
        "momentum",
        "Momentum",
        "Letting each update carry on a part of the updates before it.",
    ),
    entry(
        "muted",
        "Muted",
        "Set to zero for one step, so that the network has to answer without it.",
    ),
    entry(
        "new-domain",
        "New domain",
        "The domain that is held out: the network meets it only when it is tested.",
    ),
    entry(
        "optimizer",
        "Optimizer",
        "The rule that turns gradients into new weights, for instance Adam or SGD.",
    ),
    entry(
        "p",
        "p",
        "The share of positions or channels that is muted, 0 for none and 1 for all.",
    ),
    entry(
        "position",
        "Position",
        "One cell of the feature map, which stands for a small area of the image.",
    ),
    entry(
        "probability",
        "Probability",
        "How sure the network is of a class; over all classes the probabilities add up to 1.",
    ),
    entry(
        "probability-drop",
        "Probability drop",
        "How much less sure of the true class the network is with the mask than without it.",
    ),
    entry(
        "quantile",
        "Quantile",
        "The value below which a given share of all values lies; here it is the threshold of the mask.",
    ),
    entry(
        "rounds",
        "Rounds",
        "How often the strongest of what is left is sought and muted before one update.",
    ),
    entry(
        "rsc",
        "RSC",
        "Representation Self-Challenging: training while the features that the network leans on most are muted.",
    ),
    entry(
        "same-domain",
        "Same domain",
        "Images made like the training images, but not trained on.",
    ),
    entry(
        "seed",
        "Seed",
        "The number that all random choices start from: the same seed gives the same run.",
    ),
    entry(
        "selection",
        "Selection",
        "Which images of a batch are challenged: all, or those that lose most by their mask.",
    ),
    entry(
        "shortcut",
        "Shortcut",
        "Something easy that gives the answer away in the training images, but not elsewhere.",
    ),
    entry(
        "signal",
        "Signal",
        "The number whose gradient tells what matters: the true class's logit, or the loss.",
    ),
    entry(
        "softmax",
        "Softmax",
        "The formula that turns logits into probabilities.",
    ),
    entry(
        "split",
        "Split",
        "The division of images into those for training and those for testing.",
    ),
    entry(
        "step",
        "Step",
        "One update of the weights, after one batch.",
    ),
    entry(
        "strategy",
        "Strategy",
        "By which rule features are chosen for muting: none, at random, by activation, or by gradient.",
    ),
    entry(
        "threshold",
        "Threshold",
        "The importance from which on features are muted; p decides where it lies.",
    ),
    entry(
        "true-class",
        "True class",
        "The right answer for an image, also called its label.",
    ),
    entry(
        "weight-decay",
        "Weight decay",
        "Pulling all weights a little towards zero at each step.",
    ),
    entry(
        "weights",
        "Weights",
        "The numbers inside the network that training changes.",
    ),
];

/// The entry that a key refers to.
pub(crate) fn explain(key: &str) -> Option<&'static Entry> {
    GLOSSARY.iter().find(|entry| entry.key == key)
}

/// What the name of a control means, by the control's id.
pub(crate) fn of_control(id: &str) -> Option<&'static str> {
    Some(match id {
        "strategy" => "strategy",
        "axis" => "axis",
        "p" => "p",
        "b" => "b",
        "importance" => "importance",
        "signal" => "signal",
        "selection" => "selection",
        "rounds" => "rounds",
        "learning-rate" => "learning-rate",
        "epochs" => "epoch",
        "batch-size" => "batch",
        "seed" => "seed",
        "head" => "head",
        "challenge-after" => "challenge-point",
        "label-smoothing" => "label-smoothing",
        "momentum" => "momentum",
        "weight-decay" => "weight-decay",
        "optimizer" => "optimizer",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pure::sources;

    #[test]
    fn is_in_order_and_without_duplicates() {
        for pair in GLOSSARY.windows(2) {
            let (a, b) = (pair[0].name.to_lowercase(), pair[1].name.to_lowercase());
            assert!(a < b, "{a} before {b}");
        }
        for entry in &GLOSSARY {
            let same = GLOSSARY.iter().filter(|other| other.key == entry.key);
            assert_eq!(same.count(), 1, "{}", entry.key);
            let plain = |c: char| c.is_ascii_lowercase() || c == '-';
            assert!(entry.key.chars().all(plain), "{}", entry.key);
        }
    }

    #[test]
    fn each_meaning_is_one_short_sentence() {
        for Entry { key, meaning, .. } in &GLOSSARY {
            assert!(meaning.chars().count() <= 160, "{key} is too long");
            assert!(meaning.ends_with('.'), "{key}");
            let inside = meaning.trim_end_matches('.');
            assert!(!inside.contains(". "), "{key} has several sentences");
            assert!(meaning.starts_with(|c: char| c.is_uppercase()), "{key}");
        }
    }

    #[test]
    fn every_term_on_the_page_is_explained() {
        let mut found = 0;
        for (file, text) in sources::of_the_page() {
            for part in text.split(" of=\"").skip(1) {
                let key = part.split('"').next().unwrap_or_default();
                // Other than this test's own text.
                if key.chars().all(|c| c.is_ascii_lowercase() || c == '-') {
                    assert!(explain(key).is_some(), "{file}: `{key}` is not explained");
                    found += 1;
                }
            }
        }
        assert!(
            found > 10,
            "only {found} terms found: has the markup changed?"
        );
    }

    #[test]
    fn controls_refer_to_entries() {
        for id in [
            "strategy",
            "axis",
            "p",
            "b",
            "importance",
            "signal",
            "selection",
            "rounds",
            "learning-rate",
            "epochs",
            "batch-size",
            "seed",
            "head",
            "challenge-after",
            "label-smoothing",
            "momentum",
            "weight-decay",
            "optimizer",
        ] {
            let key = of_control(id).expect("the control has an entry");
            assert!(explain(key).is_some(), "{id}: {key}");
        }
        assert_eq!(of_control("image-size"), None);
    }
}
