//! The page's keys, in one table: what listens and what is shown read the same lines.

use crate::ui::text::text_of;

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
    /// As it is written on keyboards, where that is the same in every language.
    sign: Option<&'static str>,
}

impl Key {
    /// As it is written on keyboards.
    pub(crate) fn label(&self) -> &'static str {
        self.sign.unwrap_or_else(|| text!("shortcuts.space"))
    }
}

/// One line of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shortcut {
    /// Any of these.
    pub(crate) keys: &'static [Key],
    /// What they do.
    pub(crate) action: Action,
    /// Its texts' part of their keys.
    id: &'static str,
}

impl Shortcut {
    /// What it does, in a few words.
    pub(crate) fn short(&self) -> &'static str {
        text_of(&format!("shortcuts.{}.short", self.id))
    }

    /// And in a sentence.
    pub(crate) fn long(&self) -> &'static str {
        text_of(&format!("shortcuts.{}.long", self.id))
    }
}

const SPACE: Key = Key {
    event: " ",
    sign: None,
};

const fn key(event: &'static str, shown: &'static str) -> Key {
    Key {
        event,
        sign: Some(shown),
    }
}

/// All keys of the page.
pub(crate) const SHORTCUTS: &[Shortcut] = &[
    Shortcut {
        keys: &[SPACE],
        action: Action::TogglePlay,
        id: "play",
    },
    Shortcut {
        keys: &[key("s", "S"), key(".", ".")],
        action: Action::Step,
        id: "step",
    },
    Shortcut {
        keys: &[key("r", "R")],
        action: Action::Reset,
        id: "reset",
    },
    Shortcut {
        keys: &[key("?", "?")],
        action: Action::ShowKeys,
        id: "keys",
    },
];

/// Keys of one part of the page, which has them while the focus is in it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    /// Its texts' part of their keys.
    id: &'static str,
    /// What its keys do, by their texts' part of their keys.
    lines: &'static [&'static str],
    /// The events' names of these keys, and where they are listened for: a test compares them.
    #[cfg(test)]
    listens: (&'static str, &'static [&'static str]),
}

impl Place {
    /// What the part is called.
    pub(crate) fn title(&self) -> &'static str {
        text_of(&format!("shortcuts.{}.title", self.id))
    }

    /// Keys, apart by spaces, and what they do.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let id = self.id;
        self.lines.iter().map(move |line| {
            (
                text_of(&format!("shortcuts.{id}.{line}.keys")),
                text_of(&format!("shortcuts.{id}.{line}.does")),
            )
        })
    }
}

/// The parts that have keys of their own.
pub(crate) const PLACES: &[Place] = &[
    Place {
        id: "charts",
        lines: &["move", "far", "ends", "leave"],
        #[cfg(test)]
        listens: (
            "runs/model/chart_overlay.rs",
            &[
                "ArrowLeft",
                "ArrowRight",
                "PageUp",
                "PageDown",
                "Home",
                "End",
                "Escape",
            ],
        ),
    },
    Place {
        id: "microscope",
        lines: &["move", "positions", "leave"],
        #[cfg(test)]
        listens: (
            "microscope/view/sheet.rs",
            &[
                "ArrowLeft",
                "ArrowRight",
                "ArrowUp",
                "ArrowDown",
                "Escape",
                "shift_key",
            ],
        ),
    },
    Place {
        id: "histogram",
        lines: &["one", "tenth", "ends"],
        #[cfg(test)]
        listens: (
            "microscope/view/histogram.rs",
            &[
                "ArrowLeft",
                "ArrowRight",
                "PageUp",
                "PageDown",
                "Home",
                "End",
            ],
        ),
    },
    Place {
        id: "board",
        lines: &["move", "select", "extend", "all", "view"],
        #[cfg(test)]
        listens: (
            "images/view/thumbnail.rs",
            &[
                "ArrowLeft",
                "ArrowUp",
                "Home",
                "End",
                "\" \"",
                "shift_key",
                "\"a\"",
                "Enter",
            ],
        ),
    },
    Place {
        id: "board-whole",
        lines: &["delete", "undo", "leave", "next"],
        #[cfg(test)]
        listens: (
            "images/view/keys.rs",
            &["Delete", "\"z\"", "Escape", "ArrowLeft", "ArrowRight"],
        ),
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
    fn what_is_listed_of_a_part_is_listened_for_there() {
        let sources = crate::ui::model::sources::of_the_page();
        for place in PLACES {
            let (file, keys) = place.listens;
            let found = sources.iter().find(|(name, _)| name == file);
            let (_, text) = found.unwrap_or_else(|| panic!("{file} is gone"));
            for key in keys {
                assert!(
                    text.contains(key),
                    "{}: {file} does not listen for {key}",
                    place.id
                );
            }
            assert!(!place.title().contains("shortcuts."));
            for (keys, does) in place.lines() {
                assert!(
                    !keys.contains("shortcuts.") && does.ends_with('.'),
                    "{does}"
                );
            }
        }
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
