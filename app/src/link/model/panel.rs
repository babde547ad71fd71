//! The panels that a teacher can hide, by names that stay the same in links.

use crate::ui::text::text_of;

/// A part of the page that can be hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Panel {
    /// The introduction.
    Intro,
    /// Which images.
    Data,
    /// What is muted.
    Challenge,
    /// The curves.
    Training,
    /// What came of it.
    Learned,
    /// Masks, image by image.
    Masks,
    /// Pictures that are not in the data.
    Predict,
    /// One image, stage by stage.
    Microscope,
    /// This run and those before it.
    Runs,
    /// Many runs over a grid of settings.
    Sweep,
    /// The visitor's own images.
    OwnImages,
}

impl Panel {
    /// All of them, in the order of the page.
    pub(crate) const ALL: [Self; 11] = [
        Self::Intro,
        Self::Data,
        Self::Challenge,
        Self::Training,
        Self::Learned,
        Self::Masks,
        Self::Predict,
        Self::Microscope,
        Self::Runs,
        Self::Sweep,
        Self::OwnImages,
    ];

    /// Its name in links, in test ids and in share.css.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Intro => "intro",
            Self::Data => "data",
            Self::Challenge => "challenge",
            Self::Training => "training",
            Self::Learned => "learned",
            Self::Masks => "masks",
            Self::Predict => "predict",
            Self::Microscope => "microscope",
            Self::Runs => "runs",
            Self::Sweep => "sweep",
            Self::OwnImages => "own-images",
        }
    }

    /// Finds a panel by [`Self::name`].
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|panel| panel.name() == name)
    }

    /// How the page calls it.
    pub(crate) fn title(self) -> &'static str {
        text_of(&format!("frame.panel.{}", self.name()))
    }
}

/// Names with commas between them, in the order of the page.
pub(crate) fn listed(panels: &[Panel]) -> String {
    let names: Vec<&str> = Panel::ALL
        .into_iter()
        .filter(|panel| panels.contains(panel))
        .map(Panel::name)
        .collect();
    names.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_panel_is_found_by_its_name() {
        for panel in Panel::ALL {
            assert_eq!(Panel::from_name(panel.name()), Some(panel));
        }
        assert_eq!(Panel::from_name("transport"), None);
        assert_eq!(Panel::from_name(""), None);
    }

    #[test]
    fn lists_are_in_the_order_of_the_page() {
        assert_eq!(listed(&[Panel::OwnImages, Panel::Data]), "data,own-images");
        assert_eq!(listed(&[]), "");
    }
}
