//! Which plural form a number takes in the page's language.

use crate::ui::text::language::Language;

/// The form that the language has in every case.
const OTHER: &str = "other";

/// The form, out of those that the language's texts have.
pub(crate) fn form(number: usize) -> String {
    let Some(language) = Language::current() else {
        return OTHER.to_owned();
    };
    let form = rule(language.code(), number);
    let mut forms = language.about().plurals.split(' ');
    forms
        .find(|known| *known == form)
        .unwrap_or(OTHER)
        .to_owned()
}

/// What the browser's `Intl.PluralRules` say; kept, since a page counts often and making them takes time.
#[cfg(target_family = "wasm")]
fn rule(code: &str, number: usize) -> String {
    use std::cell::RefCell;

    use js_sys::{Array, Intl::PluralRules, Object};

    thread_local! {
        static RULES: RefCell<Option<(String, PluralRules)>> = const { RefCell::new(None) };
    }
    RULES.with_borrow_mut(|kept| {
        if kept.as_ref().is_none_or(|(of, _)| of != code) {
            let rules = PluralRules::new(&Array::of1(&code.into()), &Object::new());
            *kept = Some((code.to_owned(), rules));
        }
        let rules = kept.as_ref().map(|(_, rules)| rules.select(number as f64));
        rules.map_or_else(|| OTHER.to_owned(), String::from)
    })
}

/// Tests run without a browser, in English.
#[cfg(not(target_family = "wasm"))]
fn rule(_code: &str, number: usize) -> String {
    String::from(if number == 1 { "one" } else { OTHER })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english_has_a_singular_and_a_plural() {
        assert_eq!(
            [0, 1, 2, 1_000_000].map(form),
            ["other", "one", "other", "other"]
        );
    }
}
