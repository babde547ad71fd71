//! The page's keys, in one table: what listens and what is shown read the same lines.

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// Play or pause.
    TogglePlay,
    /// One training step.
    Step,
    /// A new run from the controls.
    Reset,
    /// The list of keys.
    ShowKeys,
}

/// A key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key {
    /// As the browser's events call it, letters in lower case.
    pub(crate) event: &'static str,
    /// As it is written on keyboards.
    pub(crate) shown: &'static str,
}

/// One line of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shortcut {
    /// Any of these.
    pub(crate) keys: &'static [Key],
    /// What they do.
    pub(crate) action: Action,
    /// That in a few words.
    pub(crate) short: &'static str,
    /// And in a sentence.
    pub(crate) long: &'static str,
}

const fn key(event: &'static str, shown: &'static str) -> Key {
    Key { event, shown }
}

/// All keys of the page.
pub(crate) const SHORTCUTS: &[Shortcut] = &[
    Shortcut {
        keys: &[key(" ", "Space")],
        action: Action::TogglePlay,
        short: "play or pause",
        long: "Play or pause. A run that is done starts again from its first weights.",
    },
    Shortcut {
        keys: &[key("s", "S"), key(".", ".")],
        action: Action::Step,
        short: "one step",
        long: "One training step, then pause.",
    },
    Shortcut {
        keys: &[key("r", "R")],
        action: Action::Reset,
        short: "reset",
        long: "Reset: a new run from what the controls say.",
    },
    Shortcut {
        keys: &[key("?", "?")],
        action: Action::ShowKeys,
        short: "all keys",
        long: "This list.",
    },
];

/// What a key of a keyboard event does on this page.
pub(crate) fn action(event_key: &str) -> Option<Action> {
    let key = event_key.to_lowercase();
    SHORTCUTS
        .iter()
        .find(|shortcut| shortcut.keys.iter().any(|k| k.event == key))
        .map(|shortcut| shortcut.action)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_do_what_the_table_says() {
        assert_eq!(action(" "), Some(Action::TogglePlay));
        assert_eq!(action("."), Some(Action::Step));
        assert_eq!(action("S"), Some(Action::Step));
        assert_eq!(action("?"), Some(Action::ShowKeys));
        assert_eq!(action("Escape"), None);
        assert_eq!(action(""), None);
    }

    #[test]
    fn no_key_has_two_meanings() {
        let keys: Vec<&str> = SHORTCUTS
            .iter()
            .flat_map(|s| s.keys.iter().map(|k| k.event))
            .collect();
        for (i, key) in keys.iter().enumerate() {
            assert!(!keys[..i].contains(key), "{key}");
            assert_eq!(*key, key.to_lowercase());
        }
    }
}
