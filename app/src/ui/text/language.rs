//! The languages of the page, and which of them a visitor gets. A language is a folder in `app/texts`;
//! the site's builder lists them in boot.js.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::OnceLock;

use serde::Deserialize;

/// Texts by their keys.
pub(crate) type Texts = HashMap<String, String>;

/// The language that every text exists in first, and that stands in for others.
pub(crate) const ENGLISH: &str = "en";

/// What is known of a language before its texts are here: its `language.json`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct About {
    /// As it calls itself.
    pub(crate) name: String,
    /// `ltr` or `rtl`, as HTML calls it.
    pub(crate) direction: String,
    /// The plural forms that its texts have, as `Intl.PluralRules` calls them, with spaces between.
    pub(crate) plurals: String,
    /// The mark before the decimals of a number.
    pub(crate) decimal: String,
    /// The mark between thousands.
    pub(crate) thousands: String,
    /// The smallest number that is written with marks between thousands.
    pub(crate) thousands_from: String,
    /// What a class is called before the visitor names it.
    pub(crate) class: String,
    /// The first word of a range: the `to` of `0 to 1 in 5`.
    pub(crate) range_to: String,
    /// Its second word: the `in` of `0 to 1 in 5`.
    pub(crate) range_in: String,
}

/// A language in the list of boot.js.
#[derive(Debug, Deserialize)]
struct Entry {
    code: String,
    /// Where its texts are.
    url: String,
    about: About,
    #[serde(skip)]
    texts: OnceLock<Texts>,
}

/// A language that the page has words in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Language(&'static Entry);

impl PartialEq for Language {
    fn eq(&self, other: &Self) -> bool {
        self.code() == other.code()
    }
}

impl Eq for Language {}

impl Hash for Language {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.code().hash(state);
    }
}

/// The list, English first.
fn entries() -> &'static [Entry] {
    static ENTRIES: OnceLock<Vec<Entry>> = OnceLock::new();
    ENTRIES.get_or_init(listed)
}

/// The list that boot.js leaves; empty where it did not run.
#[cfg(target_family = "wasm")]
fn listed() -> Vec<Entry> {
    let list = crate::ui::browser::global_text("rscLanguages");
    list.and_then(|list| serde_json::from_str(&list).ok())
        .unwrap_or_default()
}

/// Tests run without a site: they read the folders. One that has no proper `language.json` is left
/// out; `tests.rs` says so.
#[cfg(not(target_family = "wasm"))]
fn listed() -> Vec<Entry> {
    use std::{fs, path::Path};

    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("texts");
    let folders = fs::read_dir(root).into_iter().flatten().flatten();
    let mut all: Vec<Entry> = folders
        .filter_map(|folder| {
            let about = fs::read_to_string(folder.path().join("language.json")).ok()?;
            Some(Entry {
                code: folder.file_name().into_string().ok()?,
                url: String::new(),
                about: serde_json::from_str(&about).ok()?,
                texts: OnceLock::new(),
            })
        })
        .collect();
    all.sort_by_key(|entry| (entry.code != ENGLISH, entry.code.clone()));
    all
}

impl Language {
    /// All of them, as the menu lists them.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        entries().iter().map(Self)
    }

    /// As HTML and addresses call it.
    pub(crate) fn code(self) -> &'static str {
        &self.0.code
    }

    /// Where its texts are.
    pub(crate) fn url(self) -> &'static str {
        &self.0.url
    }

    /// What is known of it before its texts are here.
    pub(crate) fn about(self) -> &'static About {
        &self.0.about
    }

    /// Whether its lines begin at the right.
    pub(crate) fn is_right_to_left(self) -> bool {
        self.about().direction == "rtl"
    }

    /// Its texts, once they are here.
    pub(crate) fn texts(self) -> &'static OnceLock<Texts> {
        &self.0.texts
    }

    /// The language of a code such as `de` or `de-AT`.
    pub(crate) fn of(code: &str) -> Option<Self> {
        let short = code.split(['-', '_']).next()?;
        let called = |code: &str| Self::all().find(|known| known.code().eq_ignore_ascii_case(code));
        called(code).or_else(|| called(short))
    }

    /// The language that the page speaks now.
    pub(crate) fn current() -> Option<Self> {
        Self::of(&rust_i18n::locale())
    }

    /// The first that the page has: of what the address asks for, what was chosen on an earlier
    /// visit, what the browser prefers, and English. `None` where there is no list.
    pub(crate) fn chosen(
        asked: Option<&str>,
        remembered: Option<&str>,
        preferred: &[String],
    ) -> Option<Self> {
        let preferred = preferred.iter().map(String::as_str);
        asked
            .into_iter()
            .chain(remembered)
            .chain(preferred)
            .chain([ENGLISH])
            .find_map(Self::of)
    }

    /// The query of an address that asks for a language, asking for this one; `None` where it
    /// asks for none.
    pub(crate) fn in_query(self, query: &str) -> Option<String> {
        let mut found = false;
        let parts = query.trim_start_matches('?').split('&').map(|part| {
            if part.starts_with("lang=") {
                found = true;
                format!("lang={}", self.code())
            } else {
                part.to_owned()
            }
        });
        let parts: Vec<String> = parts.collect();
        found.then(|| format!("?{}", parts.join("&")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_beats_memory_beats_the_browser_beats_english() {
        let browser = ["fr-FR", "de-CH", "en"].map(String::from);
        let chosen = |asked, remembered, preferred: &[String]| {
            Language::chosen(asked, remembered, preferred).map(Language::code)
        };
        assert_eq!(chosen(Some("en"), Some("de"), &browser), Some("en"));
        assert_eq!(chosen(Some("xx"), Some("en"), &browser), Some("en"));
        assert_eq!(chosen(Some("ES-mx"), Some("en"), &browser), Some("es"));
        assert_eq!(chosen(None, None, &browser), Some("de"));
        assert_eq!(chosen(None, Some(""), &browser[..1]), Some("en"));
        assert_eq!(chosen(None, None, &[]), Some("en"));
    }

    #[test]
    fn english_comes_first_and_each_language_once() {
        let codes: Vec<_> = Language::all().map(Language::code).collect();
        let mut others = codes[1..].to_vec();
        assert_eq!(codes[0], ENGLISH);
        assert!(others.len() > 1, "{codes:?}");
        others.sort_unstable();
        others.dedup();
        assert_eq!(codes[1..], others);
    }

    #[test]
    fn an_address_that_asks_for_a_language_asks_for_another() {
        let german = |query| Language::of("de").and_then(|german| german.in_query(query));
        assert_eq!(
            german("?device=cpu&lang=en").as_deref(),
            Some("?device=cpu&lang=de")
        );
        assert_eq!(german("?device=cpu"), None);
        assert_eq!(german(""), None);
    }
}
