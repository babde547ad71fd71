//! What `www/site/offline.js` reports, and how the page says it.

use serde::Deserialize;

use crate::ui::model::format;

/// A report of offline.js.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub(crate) enum Report {
    /// What the page needs is being kept.
    Saving,
    /// What the page needs is kept; the extras, of so many bytes, are not.
    Page { bytes: u64 },
    /// The extras are on their way.
    Keeping { received: u64, total: u64 },
    /// All is kept, the extras, of so many bytes, too.
    Kept { bytes: u64 },
    /// Some extras could not be kept, and so many bytes are missing.
    Failed { files: Vec<FailedFile>, bytes: u64 },
    /// Nothing can be kept.
    Impossible { why: Obstacle, more: String },
    /// A newer version of the page is here.
    Newer,
}

/// A file that could not be kept.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct FailedFile {
    /// Which of the extras.
    name: Extra,
    /// What went wrong, in the browser's words.
    why: String,
}

/// What the page fetches only when it is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Extra {
    Digits,
    Icons,
    Weights,
}

/// Why nothing can be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Obstacle {
    /// This build is for development.
    Development,
    /// The page did not come over a secure connection.
    Insecure,
    /// The browser cannot, or not here (in a private window, for instance).
    Missing,
    /// The site has changed since the page was loaded.
    Newer,
    /// A file could not be kept.
    NotSaved,
    /// The browser has refused.
    Refused,
}

impl Obstacle {
    /// In one sentence, with what the browser said.
    fn sentence(self, more: &str) -> String {
        match self {
            Self::Development => text!("offline.development").to_owned(),
            Self::Insecure => text!("offline.insecure").to_owned(),
            Self::Missing => text!("offline.missing").to_owned(),
            Self::Newer => text!("offline.changed").to_owned(),
            Self::NotSaved => text!("offline.not-saved", why = more),
            Self::Refused => text!("offline.refused", why = more),
        }
    }
}

impl Extra {
    fn name(self) -> &'static str {
        match self {
            Self::Digits => text!("offline.digits"),
            Self::Icons => text!("offline.icons"),
            Self::Weights => text!("offline.weights"),
        }
    }
}

impl Report {
    /// Reads a report; `None` for one of another version of the script.
    pub(crate) fn read(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }

    /// Its name, for tests and style sheets.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Saving => "saving",
            Self::Page { .. } => "page",
            Self::Keeping { .. } => "keeping",
            Self::Kept { .. } => "kept",
            Self::Failed { .. } => "failed",
            Self::Impossible { .. } => "impossible",
            Self::Newer => "newer",
        }
    }

    /// What it says, in a sentence or two.
    pub(crate) fn sentence(&self) -> String {
        match self {
            Self::Saving => text!("offline.saving").to_owned(),
            Self::Page { .. } => text!("offline.page").to_owned(),
            Self::Keeping { received, total } => text!(
                "offline.keeping",
                received = format::megabytes(*received),
                total = format::megabytes(*total)
            ),
            Self::Kept { bytes } => text!("offline.kept", size = format::megabytes(*bytes)),
            Self::Failed { files, .. } => {
                let part = |file: &FailedFile| format!("{} ({})", file.name.name(), file.why);
                let files: Vec<String> = files.iter().map(part).collect();
                text!("offline.failed", files = files.join(", "))
            }
            Self::Impossible { why, more } => why.sentence(more),
            Self::Newer => text!("offline.newer").to_owned(),
        }
    }

    /// Bytes that the button would keep; `None` where there is nothing to keep, or not now.
    pub(crate) fn missing(&self) -> Option<u64> {
        match self {
            Self::Page { bytes } | Self::Failed { bytes, .. } => Some(*bytes),
            _ => None,
        }
    }

    /// Which share of the extras is here, while they come.
    pub(crate) fn share(&self) -> Option<f64> {
        match self {
            Self::Keeping { received, total } if *total > 0 => {
                Some(*received as f64 / *total as f64)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_read() {
        let read = |json| Report::read(json).expect("a report");
        assert_eq!(read(r#"{"state":"saving"}"#), Report::Saving);
        let page = read(r#"{"state":"page","bytes":15800000}"#);
        assert_eq!(page.missing(), Some(15_800_000));
        let keeping = read(r#"{"state":"keeping","received":4000000,"total":16000000}"#);
        assert_eq!(keeping.share(), Some(0.25));
        assert_eq!(keeping.missing(), None);
        let failed =
            r#"{"state":"failed","files":[{"name":"weights","why":"HTTP 404"}],"bytes":9400000}"#;
        let failed = read(failed);
        assert_eq!(failed.missing(), Some(9_400_000));
        assert!(failed.sentence().contains("HTTP 404"), "{failed:?}");
        assert_eq!(Report::read(r#"{"state":"other"}"#), None);
        assert_eq!(Report::read("{"), None);
    }

    /// The names that the script uses.
    #[test]
    fn the_script_reports_what_is_read() {
        let script = include_str!("../../../www/site/offline.js");
        for why in [
            "development",
            "insecure",
            "missing",
            "newer",
            "not-saved",
            "refused",
        ] {
            let report = format!(r#"{{"state":"impossible","why":"{why}","more":"x"}}"#);
            let report = Report::read(&report).expect("it is read");
            assert!(!report.sentence().is_empty(), "{why}");
            assert!(script.contains(&format!("'{why}'")), "{why}");
        }
        for state in ["saving", "page", "keeping", "kept", "failed", "newer"] {
            assert!(script.contains(&format!("state: '{state}'")), "{state}");
        }
        for name in ["digits", "icons", "weights"] {
            assert!(script.contains(&format!("name: '{name}'")), "{name}");
        }
    }
}
