//! What other sites may show in a frame: parts of the page (`?embed=masks`), which save nothing, and never the
//! whole page, where a click may delete what the visitor has made.

/// The parts, by their names in addresses. `app/src/link/model/embed.rs` has the same.
pub(crate) const EMBEDS: [&str; 4] = ["masks", "microscope", "accuracy", "play"];

/// The script with the element `<rsc-lab>`, which other sites load by this name.
pub(crate) const ELEMENT: &str = "rsc-lab.js";

/// Whether the query of an address asks for a part. As on the page, the first `embed` counts.
pub(crate) fn is_embed(query: &str) -> bool {
    query
        .split('&')
        .find_map(|part| match part.split_once('=') {
            Some(("embed", value)) => Some(value),
            None if part == "embed" => Some(""),
            _ => None,
        })
        .is_some_and(|value| EMBEDS.contains(&value))
}

/// The parts as a list in JavaScript.
pub(super) fn as_script() -> String {
    let quoted = EMBEDS.map(|name| format!("'{name}'"));
    format!("[{}]", quoted.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_parts_are_embeds() {
        for name in EMBEDS {
            assert!(
                is_embed(&format!("lang=de&embed={name}&autoplay")),
                "{name}"
            );
        }
        for query in [
            "",
            "embed",
            "embed=",
            "embed=other",
            "embed=Masks",
            "embed=masks2",
            "embed=other&embed=masks",
            "embed&embed=masks",
            "notembed=masks",
            "x=embed=masks",
        ] {
            assert!(!is_embed(query), "{query}");
        }
    }

    #[test]
    fn scripts_have_the_list() {
        assert_eq!(as_script(), "['masks', 'microscope', 'accuracy', 'play']");
    }
}
