//! The shapes of an icon out of its text, so that they can be made element by element: text is never
//! handed to the browser as markup.

/// One element without children.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shape<'a> {
    /// Its name.
    pub(crate) name: &'a str,
    /// Its attributes.
    pub(crate) attributes: Vec<(&'a str, &'a str)>,
}

/// The elements of a text such as `<path d="…" /><circle cx="3" … />`, as icons have them.
pub(crate) fn shapes(text: &str) -> Vec<Shape<'_>> {
    text.split('<')
        .filter_map(|part| {
            let (inside, _) = part.split_once('>')?;
            let inside = inside.trim_end_matches('/');
            let (name, rest) = inside.split_once(char::is_whitespace)?;
            let plain = name.chars().all(|c| c.is_ascii_alphanumeric());
            (plain && !name.is_empty()).then(|| Shape {
                name,
                attributes: attributes(rest),
            })
        })
        .collect()
}

fn attributes(mut text: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    while let Some((name, rest)) = text.split_once("=\"") {
        let Some((value, rest)) = rest.split_once('"') else {
            break;
        };
        found.push((name.trim(), value));
        text = rest;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::model::sources;

    #[test]
    fn shapes_are_taken_apart() {
        let text = "<path d=\"M6 18h8\" />\n<circle cx=\"12\" cy=\"3\" r=\"1.5\"/></svg>";
        let found = shapes(text);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].name, "path");
        assert_eq!(found[0].attributes, [("d", "M6 18h8")]);
        assert_eq!(
            found[1].attributes,
            [("cx", "12"), ("cy", "3"), ("r", "1.5")]
        );
        assert!(shapes("").is_empty() && shapes("<>").is_empty() && shapes("<a").is_empty());
    }

    /// All of an icon is read: as many shapes as it has, none without attributes.
    #[test]
    fn icons_are_read_whole() {
        for icon in [
            icondata_lu::LuPlay,
            icondata_lu::LuPause,
            icondata_lu::LuStepForward,
            icondata_lu::LuRotateCcw,
            icondata_lu::LuX,
            icondata_lu::LuSun,
            icondata_lu::LuMoon,
            icondata_lu::LuSunMoon,
            icondata_lu::LuMicroscope,
            icondata_lu::LuChevronLeft,
            icondata_lu::LuChevronRight,
            icondata_lu::LuChevronUp,
            icondata_lu::LuChevronDown,
            icondata_lu::LuShare,
            icondata_lu::LuCheck,
            icondata_lu::LuCircle,
        ] {
            let found = shapes(icon.data);
            assert_eq!(
                found.len(),
                icon.data.matches("/>").count(),
                "{}",
                icon.data
            );
            assert!(found.iter().all(|shape| !shape.attributes.is_empty()));
            assert_eq!(icon.view_box, Some("0 0 24 24"));
            assert_eq!(icon.fill, Some("none"));
        }
        let used: usize = sources::of_the_page()
            .iter()
            .filter(|(file, _)| !file.ends_with("markup.rs"))
            .map(|(_, text)| text.matches("icondata_lu::Lu").count())
            .sum();
        assert!(used >= 10, "only {used} icons on the page");
    }
}
