//! The legend of an exported chart: names in lines that fit its width.

/// Where a name stands: left edge, and which line, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Place {
    /// Left edge of the sample before the name.
    pub(crate) x: f64,
    /// Line.
    pub(crate) line: usize,
}

/// Width of a letter, on the generous side: a page's fonts are not known here.
const LETTER: f64 = 7.0;
/// Room for the sample and the gap to the next name.
const AROUND: f64 = 28.0 + 18.0;

/// One place per name, in lines no wider than `width`.
pub(crate) fn places(names: &[String], width: f64) -> Vec<Place> {
    let mut next = Place { x: 0.0, line: 0 };
    names
        .iter()
        .map(|name| {
            let room = name.chars().count() as f64 * LETTER + AROUND;
            if next.x > 0.0 && next.x + room > width {
                next = Place {
                    x: 0.0,
                    line: next.line + 1,
                };
            }
            let place = next;
            next.x += room;
            place
        })
        .collect()
}

/// A file's name out of a chart's description.
pub(crate) fn file_name(label: &str) -> String {
    let mut name = String::new();
    for c in label.to_lowercase().chars() {
        if c.is_ascii_alphanumeric() {
            name.push(c);
        } else if !name.ends_with('-') && !name.is_empty() {
            name.push('-');
        }
    }
    let short: String = name.chars().take(48).collect();
    let short = short.trim_end_matches('-');
    String::from(if short.is_empty() { "picture" } else { short })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_wrap_and_never_overlap() {
        let names: Vec<String> = ["ERM, new domain", "ERM, same domain", "RSC"]
            .map(String::from)
            .to_vec();
        let wide = places(&names, 1000.0);
        assert!(wide.iter().all(|place| place.line == 0));
        assert!(wide[1].x > 105.0);
        let narrow = places(&names, 60.0);
        assert_eq!(narrow.iter().map(|p| p.line).collect::<Vec<_>>(), [0, 1, 2]);
        assert!(narrow.iter().all(|place| place.x == 0.0));
        assert!(places(&[], 10.0).is_empty());
    }

    #[test]
    fn file_names_are_plain() {
        assert_eq!(
            file_name("Training loss of both arms, by step"),
            "training-loss-of-both-arms-by-step"
        );
        assert_eq!(file_name("???"), "picture");
        assert!(file_name(&"a b".repeat(50)).len() <= 48);
    }
}
