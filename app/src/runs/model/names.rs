//! Names that are easier to remember and to say than numbers: `quiet-otter`.

use crate::ui::model::sampling::split_mix;

/// Most characters of a name.
pub(crate) const LONGEST_NAME: usize = 40;

const QUALITIES: [&str; 48] = [
    "amber", "bold", "brave", "bright", "brisk", "calm", "candid", "cheerful", "clever", "crisp",
    "curious", "dapper", "eager", "early", "fresh", "gentle", "golden", "happy", "hardy", "honest",
    "humble", "jolly", "keen", "kind", "lively", "lucid", "mellow", "merry", "modest", "neat",
    "nimble", "patient", "plucky", "polite", "quiet", "rapid", "serene", "silver", "snug", "spry",
    "steady", "sunny", "swift", "tidy", "tranquil", "warm", "wise", "witty",
];

const ANIMALS: [&str; 48] = [
    "badger", "crane", "dove", "egret", "falcon", "finch", "gecko", "gibbon", "hamster", "hare",
    "heron", "ibis", "kestrel", "kiwi", "koala", "lark", "lemur", "llama", "lynx", "magpie",
    "marmot", "marten", "moose", "newt", "oriole", "osprey", "otter", "owl", "panda", "pelican",
    "plover", "puffin", "quail", "raven", "robin", "salmon", "seal", "sparrow", "stork", "swan",
    "tapir", "tern", "toucan", "turtle", "vole", "wombat", "wren", "yak",
];

/// The name of the `counter`-th run with this seed: always the same, unless that is taken.
pub(crate) fn name(counter: u64, seed: u64, taken: &[String]) -> String {
    let mut state = seed ^ counter.rotate_left(32);
    let all = QUALITIES.len() * ANIMALS.len();
    let first = (split_mix(&mut state) % all as u64) as usize;
    (0..all)
        .map(|offset| {
            let index = (first + offset) % all;
            let quality = QUALITIES[index / ANIMALS.len()];
            format!("{quality}-{}", ANIMALS[index % ANIMALS.len()])
        })
        .find(|name| !taken.contains(name))
        // More runs than names.
        .unwrap_or_else(|| format!("run-{counter}"))
}

/// A name that a visitor typed, without spaces around it.
///
/// # Errors
/// Nothing, too much, or the name of another run: what is wrong and what would be right.
pub(crate) fn checked_name(text: &str, taken: &[String]) -> Result<String, String> {
    let name = text.trim();
    if name.is_empty() {
        return Err(text!("runs.name.empty").to_owned());
    }
    let length = name.chars().count();
    if length > LONGEST_NAME {
        return Err(text!(
            "runs.name.too-long",
            length = length,
            most = LONGEST_NAME
        ));
    }
    if taken
        .iter()
        .any(|t| t.to_lowercase() == name.to_lowercase())
    {
        return Err(text!("runs.name.taken", name = name));
    }
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn words_are_short_plain_and_listed_once() {
        for words in [QUALITIES, ANIMALS] {
            let different: BTreeSet<&str> = words.into_iter().collect();
            assert_eq!(different.len(), words.len());
            assert!(words.iter().all(|word| {
                (3..=8).contains(&word.len()) && word.chars().all(|c| c.is_ascii_lowercase())
            }));
        }
    }

    #[test]
    fn counter_and_seed_decide_the_name() {
        assert_eq!(name(1, 0, &[]), name(1, 0, &[]));
        let names: BTreeSet<String> = (0..20)
            .flat_map(|counter| (0..5).map(move |seed| name(counter, seed, &[])))
            .collect();
        assert!(names.len() > 90, "{} of 100 differ", names.len());
        assert!(names.iter().all(|name| name.split('-').count() == 2));
    }

    #[test]
    fn no_name_is_given_twice() {
        let mut taken = Vec::new();
        for counter in 0..(QUALITIES.len() * ANIMALS.len() + 5) as u64 {
            let name = name(counter, 7, &taken);
            assert!(!taken.contains(&name));
            taken.push(name);
        }
        assert_eq!(taken.last().map(String::as_str), Some("run-2308"));
    }

    #[test]
    fn typed_names_are_checked() {
        let taken = [String::from("quiet-otter")];
        assert_eq!(
            checked_name(" p one half ", &taken),
            Ok("p one half".into())
        );
        for (text, problem) in [
            ("  ", "empty"),
            ("Quiet-Otter", "Another run"),
            (&"x".repeat(41), "41 characters"),
        ] {
            let refused = checked_name(text, &taken);
            assert!(
                matches!(&refused, Err(said) if said.contains(problem)),
                "{refused:?}"
            );
        }
    }
}
