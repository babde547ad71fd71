//! Every word of the field that the page uses, explained once, in one sentence.

use crate::ui::text::text_of;

/// A word and what it means.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// What a `Term` refers to it by.
    pub(crate) key: &'static str,
}

impl Entry {
    /// The word.
    pub(crate) fn name(&self) -> &'static str {
        text_of(&format!("glossary.{}.name", self.key))
    }

    /// One sentence.
    pub(crate) fn meaning(&self) -> &'static str {
        text_of(&format!("glossary.{}.meaning", self.key))
    }
}

const fn entry(key: &'static str) -> Entry {
    Entry { key }
}

/// All words, in the order of the English alphabet.
pub(crate) const GLOSSARY: [Entry; 92] = [
    entry("accuracy"),
    entry("activation"),
    entry("activation-function"),
    entry("adam"),
    entry("arm"),
    entry("augmentation"),
    entry("axis"),
    entry("b"),
    entry("backbone"),
    entry("batch"),
    entry("batch-normalisation"),
    entry("domain-batches"),
    entry("betas"),
    entry("block"),
    entry("challenge"),
    entry("challenge-gap"),
    entry("challenge-point"),
    entry("channel"),
    entry("class"),
    entry("colour-jitter"),
    entry("coloured-mnist"),
    entry("confusion-matrix"),
    entry("cross-entropy"),
    entry("curriculum"),
    entry("degenerate"),
    entry("domain"),
    entry("domainbed"),
    entry("effective-number"),
    entry("epoch"),
    entry("epsilon"),
    entry("erm"),
    entry("feature"),
    entry("feature-map"),
    entry("feature-usage"),
    entry("fit"),
    entry("flatten"),
    entry("flip"),
    entry("frozen"),
    entry("gap"),
    entry("gini"),
    entry("grad-cam"),
    entry("gradient"),
    entry("group-normalisation"),
    entry("head"),
    entry("held-out"),
    entry("histogram"),
    entry("image-size"),
    entry("importance"),
    entry("label-smoothing"),
    entry("learning-rate"),
    entry("logit"),
    entry("loss"),
    entry("mask"),
    entry("minimum-drop"),
    entry("momentum"),
    entry("multiply-adds"),
    entry("muted"),
    entry("new-domain"),
    entry("normalisation"),
    entry("objective"),
    entry("optimizer"),
    entry("p"),
    entry("parameters"),
    entry("penalty"),
    entry("position"),
    entry("probability"),
    entry("probability-drop"),
    entry("quantile"),
    entry("regulariser"),
    entry("rounds"),
    entry("rsc"),
    entry("same-domain"),
    entry("seed"),
    entry("selection"),
    entry("sgd"),
    entry("shift"),
    entry("shortcut"),
    entry("signal"),
    entry("softmax"),
    entry("split"),
    entry("stage"),
    entry("stem"),
    entry("step"),
    entry("strategy"),
    entry("stride"),
    entry("sweep"),
    entry("threshold"),
    entry("top-tenth"),
    entry("true-class"),
    entry("validation-share"),
    entry("weight-decay"),
    entry("weights"),
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
        "curriculum" => "curriculum",
        "minimum-drop" => "minimum-drop",
        "arm-name" => "arm",
        "learning-rate" => "learning-rate",
        "epochs" => "epoch",
        "batch-size" => "batch",
        "seed" => "seed",
        "objective" => "objective",
        "objective-parameter" | "objective-anneal" => "penalty",
        "regularizer" | "regularizer-rate" | "regularizer-block" => "regulariser",
        "by-domain" => "domain-batches",
        "optimizer" => "optimizer",
        "beta-1" | "beta-2" => "betas",
        "epsilon" => "epsilon",
        "momentum" => "momentum",
        "weight-decay" => "weight-decay",
        "label-smoothing" => "label-smoothing",
        "flip" => "flip",
        "shift" => "shift",
        "color-jitter" => "colour-jitter",
        "train-images" | "test-images" => "split",
        "validation-fraction" => "validation-share",
        "fit" => "fit",
        "held-out" => "held-out",
        "image-size" => "image-size",
        "backbone" => "backbone",
        "trains" => "frozen",
        "batch-statistics" => "batch-normalisation",
        "depth" => "block",
        "width-1" | "stage-channels-1" => "channel",
        "stage-blocks-1" => "stage",
        "stage-stride-1" => "stride",
        "stem" => "stem",
        "activation" => "activation-function",
        "normalization" => "normalisation",
        "groups" => "group-normalisation",
        "head" => "head",
        "head-channels" => "channel",
        "challenge-after" => "challenge-point",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::model::sources;

    #[test]
    fn is_in_order_and_without_duplicates() {
        for pair in GLOSSARY.windows(2) {
            let (a, b) = (pair[0].name().to_lowercase(), pair[1].name().to_lowercase());
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
        for entry in &GLOSSARY {
            let (key, meaning) = (entry.key, entry.meaning());
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

    /// Every setting that the controls name has a `?` beside it that explains it.
    #[test]
    fn every_setting_is_explained() {
        let mut found = 0;
        for (file, text) in sources::of_the_page() {
            if !file.starts_with("settings/view") {
                continue;
            }
            // `setting(settings, "id", …)`, `id: "id",` before `field:`, `first: "id"` of a row.
            let plain = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let called = plain.split("setting( settings, \"").skip(1);
            let called = called.chain(plain.split("setting(settings, \"").skip(1));
            let listed = plain.split(" id: \"").skip(1);
            let listed = listed.filter(|part| {
                part.split(", ")
                    .nth(1)
                    .is_some_and(|next| next.starts_with("field: "))
            });
            let rows = plain.split(" first: \"").skip(1);
            for part in called.chain(listed).chain(rows) {
                let id = part.split('"').next().unwrap_or_default();
                let key = of_control(id).unwrap_or_else(|| panic!("{file}: `{id}` has no entry"));
                assert!(
                    explain(key).is_some(),
                    "{file}, {id}: `{key}` is not explained"
                );
                found += 1;
            }
        }
        assert!(
            found > 30,
            "only {found} settings found: has the code changed?"
        );
        assert_eq!(of_control("share-link"), None);
    }
}
