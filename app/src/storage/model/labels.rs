//! Texts about what is stored and what was restored.

use crate::ui::model::format;

/// How much is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Contents {
    /// Images.
    pub(crate) images: usize,
    /// Classes with images.
    pub(crate) classes: usize,
    /// Runs.
    pub(crate) runs: usize,
    /// Runs of a sweep.
    pub(crate) sweep: usize,
    /// Whether settings are among it.
    pub(crate) settings: bool,
    /// Bytes of pixels.
    pub(crate) bytes: u64,
}

impl Contents {
    /// The parts, each with its number.
    fn parts(self) -> Vec<String> {
        let mut parts = Vec::new();
        if self.images > 0 {
            parts.push(text!(
                "kept.images-in",
                images = plural!("kept.images", self.images),
                classes = plural!("kept.classes", self.classes),
            ));
        }
        if self.runs > 0 {
            parts.push(plural!("kept.runs", self.runs));
        }
        if self.sweep > 0 {
            parts.push(plural!("kept.sweep", self.sweep));
        }
        if self.settings {
            parts.push(text!("kept.settings").to_owned());
        }
        parts
    }

    /// What is kept, as a sentence.
    pub(crate) fn sentence(self) -> String {
        let parts = self.parts();
        if parts.is_empty() {
            return text!("kept.nothing").to_owned();
        }
        let contents = listed(&parts);
        if self.bytes > 0 {
            let size = bytes(self.bytes as f64);
            text!("kept.contents-size", contents = contents, size = size)
        } else {
            text!("kept.contents", contents = contents)
        }
    }

    /// What clearing deletes, as an object of a sentence; `None` for nothing.
    pub(crate) fn named(self) -> Option<String> {
        let parts = self.parts();
        (!parts.is_empty()).then(|| listed(&parts))
    }
}

/// What came back from an earlier visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Restored {
    /// What it is.
    pub(crate) contents: Contents,
    /// Images whose records are damaged.
    pub(crate) unreadable_images: usize,
    /// Runs whose records are damaged or of another version.
    pub(crate) unreadable_runs: usize,
    /// Whether the sweep's are.
    pub(crate) unreadable_sweep: bool,
}

impl Restored {
    /// What came back, as a sentence; `None` where there was nothing.
    pub(crate) fn restored_message(&self) -> Option<String> {
        let named = self.contents.named()?;
        let contents = self.contents;
        let things = contents.images + contents.runs + usize::from(contents.sweep > 0);
        let one = things == 1 && !contents.settings;
        let mut text = if one {
            text!("kept.back.one", contents = named)
        } else {
            text!("kept.back.other", contents = named)
        };
        if let Some(first) = text.get(..1).map(str::to_uppercase) {
            text.replace_range(..1, &first);
        }
        Some(text)
    }

    /// What could not be read; `None` where everything could.
    pub(crate) fn unreadable_message(&self) -> Option<String> {
        let mut parts = Vec::new();
        if self.unreadable_images > 0 {
            parts.push(plural!("kept.images", self.unreadable_images));
        }
        if self.unreadable_runs > 0 {
            parts.push(plural!("kept.runs", self.unreadable_runs));
        }
        if self.unreadable_sweep {
            parts.push(text!("kept.the-sweep").to_owned());
        }
        (!parts.is_empty()).then(|| text!("kept.unreadable", contents = listed(&parts)))
    }
}

/// `a, b and c`.
fn listed(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => text!("kept.and", first = first.join(", "), last = last),
    }
}

/// A number of bytes: `12 kB`, `3.4 MB`, `2.1 GB`.
pub(crate) fn bytes(number: f64) -> String {
    match number {
        n if !n.is_finite() || n < 0.0 => text!("kept.unknown-amount").to_owned(),
        n if n < 1e6 => format!("{:.0} kB", (n / 1e3).ceil()),
        n if n < 1e9 => format::local(format!("{:.1} MB", n / 1e6)),
        n => format::local(format!("{:.1} GB", n / 1e9)),
    }
}

/// What the browser grants, as a sentence.
pub(crate) fn quota(used: f64, granted: f64) -> String {
    text!("kept.quota", used = bytes(used), granted = bytes(granted))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn back(images: usize, classes: usize, runs: usize, settings: bool) -> Restored {
        Restored {
            contents: Contents {
                images,
                classes,
                runs,
                sweep: 0,
                settings,
                bytes: 0,
            },
            ..Restored::default()
        }
    }

    #[test]
    fn what_came_back_is_said_in_one_sentence() {
        let said = |back: Restored| back.restored_message().unwrap_or_default();
        assert_eq!(
            said(back(12, 3, 5, false)),
            "12 images in 3 classes and 5 runs are back from your last visit."
        );
        assert_eq!(
            said(back(12, 3, 5, true)),
            "12 images in 3 classes, 5 runs and your settings are back from your last visit."
        );
        assert_eq!(
            said(back(0, 0, 1, false)),
            "1 run is back from your last visit."
        );
        assert_eq!(
            said(back(0, 0, 0, true)),
            "Your settings are back from your last visit."
        );
        assert_eq!(back(0, 0, 0, false).restored_message(), None);
        let mut swept = back(0, 0, 0, false);
        swept.contents.sweep = 12;
        assert_eq!(
            said(swept),
            "A sweep of 12 runs is back from your last visit."
        );
    }

    #[test]
    fn what_is_unreadable_is_counted() {
        let mut some = back(1, 1, 0, false);
        assert_eq!(some.unreadable_message(), None);
        some.unreadable_images = 2;
        some.unreadable_runs = 1;
        let text = some.unreadable_message().unwrap_or_default();
        assert!(text.starts_with("2 images and 1 run of your last visit"));
        some.unreadable_sweep = true;
        let text = some.unreadable_message().unwrap_or_default();
        assert!(text.contains("and the sweep of your last visit"));
    }

    #[test]
    fn amounts() {
        assert_eq!(Contents::default().sentence(), "Nothing is kept yet.");
        let contents = Contents {
            images: 1,
            classes: 1,
            bytes: 65_536,
            ..Contents::default()
        };
        assert_eq!(
            contents.sentence(),
            "Kept: 1 image in 1 class. The images take 66 kB."
        );
        assert_eq!(bytes(0.0), "0 kB");
        assert_eq!(bytes(3_440_000.0), "3.4 MB");
        assert_eq!(bytes(f64::NAN), "an unknown amount");
        assert!(quota(1e6, 2.13e9).contains("1.0 MB of the 2.1 GB"));
    }
}
