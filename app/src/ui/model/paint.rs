//! Colours and words for a snapshot, from computed styles and texts: colours in a form that every SVG
//! program reads, words with their places.

/// A colour and how opaque it is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Paint {
    /// `rgb(…)`.
    pub(crate) colour: String,
    /// `0..=1`.
    pub(crate) opacity: f64,
}

/// A computed colour: `rgb(r, g, b)`, `rgba(r, g, b, a)` or, from `color-mix`, `color(srgb r g b / a)`.
/// `None` where nothing is to be seen of it; what is none of these is taken as it stands.
pub(crate) fn read(colour: &str) -> Option<Paint> {
    let inside = |name: &str| {
        let rest = colour.strip_prefix(name)?.strip_suffix(')')?;
        let numbers = rest.split([' ', ',', '/']).filter(|part| !part.is_empty());
        numbers
            .map(|part| part.parse::<f64>().ok())
            .collect::<Option<Vec<f64>>>()
    };
    let scaled = |numbers: Vec<f64>, scale: f64| -> Option<Paint> {
        let [r, g, b] = *numbers.first_chunk()?;
        let part = |value: f64| (value * scale).round().clamp(0.0, 255.0);
        Some(Paint {
            colour: format!("rgb({}, {}, {})", part(r), part(g), part(b)),
            opacity: numbers.get(3).copied().unwrap_or(1.0).clamp(0.0, 1.0),
        })
    };
    let known = inside("rgb(")
        .or_else(|| inside("rgba("))
        .and_then(|numbers| scaled(numbers, 1.0))
        .or_else(|| inside("color(srgb ").and_then(|numbers| scaled(numbers, 255.0)));
    match known {
        Some(paint) => (paint.opacity > 0.0).then_some(paint),
        None if colour.is_empty() || colour == "transparent" => None,
        None => Some(Paint {
            colour: colour.replace('"', "'"),
            opacity: 1.0,
        }),
    }
}

/// A word and its place in the text, in the units that browsers count in (UTF-16).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word<'a> {
    /// The word.
    pub(crate) text: &'a str,
    /// Where it begins.
    pub(crate) start: u32,
    /// Where it is over.
    pub(crate) end: u32,
}

/// The words of a text.
pub(crate) fn words(text: &str) -> Vec<Word<'_>> {
    let mut found = Vec::new();
    let (mut units, mut begun) = (0_u32, None::<(usize, u32)>);
    for (at, c) in text.char_indices() {
        // A protected space belongs to its word.
        if c.is_whitespace() && c != '\u{a0}' && c != '\u{202f}' {
            if let Some((from, start)) = begun.take() {
                found.push(Word {
                    text: &text[from..at],
                    start,
                    end: units,
                });
            }
        } else if begun.is_none() {
            begun = Some((at, units));
        }
        units += c.len_utf16() as u32;
    }
    if let Some((from, start)) = begun {
        found.push(Word {
            text: &text[from..],
            start,
            end: units,
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn computed_colours_become_plain_ones() {
        for (computed, colour, opacity) in [
            ("rgb(1, 2, 3)", "rgb(1, 2, 3)", 1.0),
            ("rgba(1, 2, 3, 0.5)", "rgb(1, 2, 3)", 0.5),
            ("color(srgb 1 0.5 0)", "rgb(255, 128, 0)", 1.0),
            ("color(srgb 0 0 1 / 0.25)", "rgb(0, 0, 255)", 0.25),
            ("oklab(0.5 0 0)", "oklab(0.5 0 0)", 1.0),
        ] {
            let paint = read(computed).expect("there is a colour");
            assert_eq!((paint.colour.as_str(), paint.opacity), (colour, opacity));
        }
        assert_eq!(read("rgba(0, 0, 0, 0)"), None);
        assert_eq!(read("transparent"), None);
        assert_eq!(read(""), None);
    }

    #[test]
    fn words_are_found_where_browsers_count_them() {
        let text = " Γ = 𝒩 a\u{a0}%\n";
        let found = words(text);
        let units: Vec<u16> = text.encode_utf16().collect();
        let texts: Vec<&str> = found.iter().map(|word| word.text).collect();
        assert_eq!(texts, ["Γ", "=", "𝒩", "a\u{a0}%"]);
        for word in &found {
            let part = &units[word.start as usize..word.end as usize];
            assert_eq!(String::from_utf16_lossy(part), word.text);
        }
        assert!(words(" \n").is_empty());
    }
}
