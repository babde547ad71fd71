//! The languages of the page, and which of them a visitor gets.

/// A language that the page has words in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Language {
    /// English.
    En,
    /// German.
    De,
}

impl Language {
    /// All of them, as the menu lists them.
    pub(crate) const ALL: [Self; 2] = [Self::En, Self::De];

    /// As HTML and addresses call it.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
        }
    }

    /// As it calls itself.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::De => "Deutsch",
        }
    }

    /// The language of a code such as `de` or `de-AT`.
    pub(crate) fn of(code: &str) -> Option<Self> {
        let language = code.split(['-', '_']).next()?;
        Self::ALL
            .into_iter()
            .find(|known| known.code().eq_ignore_ascii_case(language))
    }

    /// The first that the page has: of what the address asks for, what was chosen on an earlier
    /// visit, and what the browser prefers.
    pub(crate) fn chosen(
        asked: Option<&str>,
        remembered: Option<&str>,
        preferred: &[String],
    ) -> Self {
        let preferred = preferred.iter().map(String::as_str);
        asked
            .into_iter()
            .chain(remembered)
            .chain(preferred)
            .find_map(Self::of)
            .unwrap_or(Self::En)
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
        let chosen = Language::chosen;
        assert_eq!(chosen(Some("en"), Some("de"), &browser), Language::En);
        assert_eq!(chosen(Some("xx"), Some("en"), &browser), Language::En);
        assert_eq!(chosen(None, None, &browser), Language::De);
        assert_eq!(chosen(None, Some(""), &browser[..1]), Language::En);
        assert_eq!(chosen(None, None, &[]), Language::En);
    }

    #[test]
    fn an_address_that_asks_for_a_language_asks_for_another() {
        let german = |query| Language::De.in_query(query);
        assert_eq!(
            german("?device=cpu&lang=en").as_deref(),
            Some("?device=cpu&lang=de")
        );
        assert_eq!(german("?device=cpu"), None);
        assert_eq!(german(""), None);
    }
}
