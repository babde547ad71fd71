//! The texts of the page: files `app/texts/<language>/<area>.json`, fetched when the page opens and
//! called by key: `text!("area.key")`. None is compiled into the page.

/// The text with this key in the page's language: a `&'static str`, or with values for its
/// placeholders (`text!("runs.found", number = 3, name = name)`) a `String`.
macro_rules! text {
    ($key:literal $(,)?) => {
        $crate::ui::text::text_of($key)
    };
    ($key:literal, $($name:ident = $value:expr),+ $(,)?) => {
        text_with!($key, $($name = $value),+)
    };
}

/// As [`text!`] with values, for a key that is worked out while the page runs.
macro_rules! text_with {
    ($key:expr, $($name:ident = $value:expr),+ $(,)?) => {
        $crate::ui::text::filled(
            $crate::ui::text::text_of($key),
            &[$(::std::stringify!($name)),+],
            &[$(::std::string::ToString::to_string(&$value)),+],
        )
    };
}

/// `key.one`, `key.other` or another plural form of the language, as the number (a `usize`) wants it;
/// `%{n}` in it is that number.
macro_rules! plural {
    ($key:literal, $number:expr $(, $name:ident = $value:expr)* $(,)?) => {{
        let number: usize = $number;
        $crate::ui::text::filled(
            $crate::ui::text::form($key, number),
            &["n" $(, ::std::stringify!($name))*],
            &[
                $crate::ui::text::numbers::thousands(number)
                $(, ::std::string::ToString::to_string(&$value))*
            ],
        )
    }};
}

pub(crate) mod catalog;
pub(crate) mod language;
pub(crate) mod load;
pub(crate) mod numbers;
mod plural;
#[cfg(test)]
pub(crate) mod source;
#[cfg(test)]
pub(crate) mod tests;

use std::borrow::Cow;

pub(crate) use language::Language;
pub(crate) use load::{CurrentLanguage, begin};

/// The text with a key that is worked out while the page runs, or else the key itself, so that a
/// missing text is seen.
pub(crate) fn text_of(key: &str) -> &'static str {
    find(key).unwrap_or_else(|| {
        missing(key);
        // Only a fault of the page comes here, and a page has few keys.
        key.to_owned().leak()
    })
}

/// As [`text_of`], for keys that need not have a text.
pub(crate) fn find(key: &str) -> Option<&'static str> {
    match catalog::translate(&rust_i18n::locale(), key)? {
        Cow::Borrowed(text) => Some(text),
        Cow::Owned(text) => Some(text.leak()),
    }
}

/// The plural form of a key for a number.
pub(crate) fn form(key: &str, number: usize) -> &'static str {
    let form = plural::form(number);
    text_of(&format!("{key}.{form}"))
}

/// A text with values in place of `%{name}`.
pub(crate) fn filled(text: &str, names: &[&str], values: &[String]) -> String {
    if right_to_left() {
        // A number or a name keeps its own order: the sign of −0.5 stays at its left.
        let isolated: Vec<String> = values.iter().map(|value| isolated(value)).collect();
        return rust_i18n::replace_patterns(text, names, &isolated);
    }
    rust_i18n::replace_patterns(text, names, values)
}

/// A text between Unicode's marks for a part with a direction of its own.
fn isolated(value: &str) -> String {
    format!("\u{2068}{value}\u{2069}")
}

/// A key of the keyboard in a list that runs with the lines: from right to left, the left arrow key
/// leads on as the right one does otherwise.
pub(crate) fn along_lines(key: &str) -> &str {
    match key {
        "ArrowLeft" | "ArrowRight" if !right_to_left() => key,
        "ArrowLeft" => "ArrowRight",
        "ArrowRight" => "ArrowLeft",
        _ => key,
    }
}

fn right_to_left() -> bool {
    Language::current().is_some_and(Language::is_right_to_left)
}

fn missing(key: &str) {
    let report = format!("there is no text {key}"); // not shown
    if cfg!(target_family = "wasm") {
        web_sys::console::debug_1(&report.into());
    } else {
        eprintln!("{report}");
    }
}
