//! Numbers with the marks of the page's language.

use crate::ui::text::language::Language;

/// A number as Rust writes it (`-12.5`, `1e-3`), with the language's mark before the decimals.
pub(crate) fn local(plain: String) -> String {
    match Language::current() {
        Some(language) => marked(plain, &language.about().decimal),
        None => plain,
    }
}

fn marked(plain: String, decimal: &str) -> String {
    if decimal == "." {
        plain
    } else {
        plain.replace('.', decimal)
    }
}

/// A whole number with the language's marks between thousands: `23,592`.
pub(crate) fn thousands(value: usize) -> String {
    let about = Language::current().map(Language::about);
    let (mark, from) = about.map_or((",", 1000), |about| {
        let from = about.thousands_from.parse().unwrap_or(1000);
        (about.thousands.as_str(), from)
    });
    grouped(value, mark, from)
}

fn grouped(value: usize, mark: &str, from: usize) -> String {
    let digits = value.to_string();
    if value < from {
        return digits;
    }
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push_str(mark);
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english_numbers_are_as_rust_writes_them_but_for_thousands() {
        assert_eq!(local(String::from("-12.5")), "-12.5");
        assert_eq!(thousands(23592), "23,592");
        assert_eq!(thousands(999), "999");
    }

    #[test]
    fn other_languages_have_other_marks() {
        assert_eq!(marked(String::from("+0.312"), ","), "+0,312");
        assert_eq!(
            grouped(2_801_920, "\u{202f}", 10_000),
            "2\u{202f}801\u{202f}920"
        );
        assert_eq!(grouped(2000, "\u{202f}", 10_000), "2000");
        assert_eq!(grouped(2000, ".", 1000), "2.000");
    }
}
