//! Parts of the page that stand alone in a frame: `?embed=masks`.

use crate::link::model::text;

/// The name in the query.
const KEY: &str = "embed";
/// In the query: training begins by itself, once.
const AUTOPLAY: &str = "autoplay";
/// Longest value quoted in a message.
const QUOTED: usize = 48;

/// A part of the page that a frame shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Embed {
    /// Masks over images in all arms, and p.
    Masks,
    /// One image, stage by stage.
    Microscope,
    /// Accuracies of the arms, and their curves.
    Accuracy,
    /// Accuracies, masks and p.
    Play,
}

impl Embed {
    /// All of them. `EMBEDS` in `www/src/site/framing.rs` has the same names.
    pub(crate) const ALL: [Self; 4] = [Self::Masks, Self::Microscope, Self::Accuracy, Self::Play];

    /// Its name in addresses and in embed.css.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Masks => "masks",
            Self::Microscope => "microscope",
            Self::Accuracy => "accuracy",
            Self::Play => "play",
        }
    }

    /// All names, with commas between them.
    pub(crate) fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }
}

/// What an address asks to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Asked {
    /// The whole page.
    Whole,
    /// One part of it.
    Part(Embed),
    /// A part that does not exist: the whole page, and a message that quotes this.
    Unknown(String),
}

/// Parts of a query, with the `?` before it or without: keys and values.
fn parts(query: &str) -> impl Iterator<Item = (&str, &str)> {
    let parts = query.trim_start_matches('?').split('&');
    let parts = parts.filter(|part| !part.is_empty());
    parts.map(|part| part.split_once('=').unwrap_or((part, "")))
}

/// What a query asks to see.
pub(crate) fn asked(query: &str) -> Asked {
    let Some((_, value)) = parts(query).find(|(key, _)| *key == KEY) else {
        return Asked::Whole;
    };
    match Embed::ALL.into_iter().find(|part| part.name() == value) {
        Some(part) => Asked::Part(part),
        None => Asked::Unknown(text::unescape(value).chars().take(QUOTED).collect()),
    }
}

/// Whether a query asks for a training that begins by itself.
pub(crate) fn autoplay(query: &str) -> bool {
    parts(query).any(|(key, value)| key == AUTOPLAY && value != "0")
}

/// The query of the whole page, with whatever else the query says; empty where nothing is left.
pub(crate) fn without(query: &str) -> String {
    let stays = |part: &&str| {
        let key = part.split('=').next();
        !part.is_empty() && ![Some(KEY), Some(AUTOPLAY)].contains(&key)
    };
    let left: Vec<&str> = query
        .trim_start_matches('?')
        .split('&')
        .filter(stays)
        .collect();
    if left.is_empty() {
        String::new()
    } else {
        format!("?{}", left.join("&"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_found_by_its_name() {
        for part in Embed::ALL {
            let query = format!("?device=cpu&embed={}&lang=de", part.name());
            assert_eq!(asked(&query), Asked::Part(part));
        }
        assert_eq!(asked(""), Asked::Whole);
        assert_eq!(asked("?lang=de&notembed=masks"), Asked::Whole);
    }

    #[test]
    fn an_unknown_part_is_quoted() {
        let unknown = |value: &str| Asked::Unknown(value.to_owned());
        assert_eq!(asked("?embed=mask"), unknown("mask"));
        assert_eq!(asked("?embed=Masks"), unknown("Masks"));
        assert_eq!(asked("?embed"), unknown(""));
        assert_eq!(asked("?embed=a%20b"), unknown("a b"));
        assert_eq!(
            asked(&format!("?embed={}", "ä".repeat(100))),
            unknown(&"ä".repeat(QUOTED))
        );
        // The first one counts.
        assert_eq!(asked("?embed=play&embed=x"), Asked::Part(Embed::Play));
    }

    #[test]
    fn training_begins_by_itself_where_the_address_says_so() {
        assert!(autoplay("?embed=play&autoplay"));
        assert!(autoplay("?autoplay=1&embed=play"));
        assert!(!autoplay("?embed=play&autoplay=0"));
        assert!(!autoplay("?embed=autoplay"));
    }

    #[test]
    fn the_whole_page_keeps_the_rest_of_the_query() {
        assert_eq!(
            without("?device=cpu&embed=masks&lang=de"),
            "?device=cpu&lang=de"
        );
        assert_eq!(without("?embed=masks&autoplay"), "");
        assert_eq!(without(""), "");
    }

    /// Only what the page can show may be framed.
    #[test]
    fn the_server_lets_the_same_parts_be_framed() {
        let framing = include_str!("../../../../www/src/site/framing.rs");
        let names = Embed::ALL.map(|part| format!("\"{}\"", part.name()));
        let listed = format!("= [{}];", names.join(", "));
        assert!(framing.contains(&listed), "no {listed} in framing.rs");
    }
}
