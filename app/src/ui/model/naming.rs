//! Names from outside (files, folders, entries of zip files) made safe to show: characters that hide or
//! reorder text become visible.

/// Most characters of a file's, class's or domain's name; more than most systems allow.
pub(crate) const LONGEST_FILE_NAME: usize = 260;

/// Stands for a character that would not be seen.
const HIDDEN: char = '\u{fffd}';

/// A name without characters that are not seen but do something: control characters, and marks that
/// turn the direction of what follows (`photo\u{202e}gnp.exe` would look like `photoexe.png`).
/// Letters of every script stay. A name that is far too long loses its middle.
pub(crate) fn clean(name: &str) -> String {
    let mut letters: Vec<char> = name
        .chars()
        .map(|c| if acts(c) { HIDDEN } else { c })
        .collect();
    if letters.len() > LONGEST_FILE_NAME {
        // The end says what kind of file it is.
        let end = letters.split_off(letters.len() - 20);
        letters.truncate(LONGEST_FILE_NAME - 21);
        letters.push('…');
        letters.extend(end);
    }
    letters.into_iter().collect()
}

fn acts(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
        )
}

/// A name within a sentence: one that runs from right to left is set apart, so that the words and
/// numbers around it stay where they are.
pub(crate) fn apart(name: &str) -> String {
    if name.chars().any(runs_leftwards) {
        format!("\u{2068}{name}\u{2069}")
    } else {
        name.to_owned()
    }
}

/// Whether a letter is of a script that is written from right to left.
fn runs_leftwards(c: char) -> bool {
    matches!(c,
        '\u{590}'..='\u{8ff}'
        | '\u{fb1d}'..='\u{fdff}'
        | '\u{fe70}'..='\u{fefe}'
        | '\u{10800}'..='\u{10fff}'
        | '\u{1e800}'..='\u{1efff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_every_script_stay() {
        for name in [
            "a.png",
            "Grüße & Küsse.png",
            "<img src=x onerror=alert(1)>.png",
            "חתול.png",
            "قط ١.png",
            "猫 😀🏽‍🦱.png",
        ] {
            assert_eq!(clean(name), name);
        }
    }

    #[test]
    fn what_would_not_be_seen_is_shown() {
        assert_eq!(clean("photo\u{202e}gnp.exe"), "photo\u{fffd}gnp.exe");
        assert_eq!(clean("a\u{2069}\u{2066}b"), "a\u{fffd}\u{fffd}b");
        assert_eq!(clean("a\nb\0\u{7f}"), "a\u{fffd}b\u{fffd}\u{fffd}");
        assert_eq!(clean("\u{feff}\u{200f}"), "\u{fffd}\u{fffd}");
    }

    #[test]
    fn long_names_keep_their_ends() {
        let name = format!("start{}.jpeg", "x".repeat(1000));
        let short = clean(&name);
        assert_eq!(short.chars().count(), LONGEST_FILE_NAME);
        assert!(short.starts_with("startxx") && short.ends_with("xx.jpeg"));
        assert!(short.contains('…'));
        let fits = "é".repeat(LONGEST_FILE_NAME);
        assert_eq!(clean(&fits), fits);
    }

    #[test]
    fn names_that_run_leftwards_are_set_apart() {
        assert_eq!(apart("cat.png"), "cat.png");
        assert_eq!(apart("חתול 1"), "\u{2068}חתול 1\u{2069}");
    }
}
