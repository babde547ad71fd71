//! The views of the page. One is shown at a time; its name stands in the address (`?view=`) and in an
//! attribute of the root element, by which views.css shows it. A hidden view keeps its state.

use leptos::prelude::*;
use web_sys::Element;

use crate::ui::browser;
use crate::ui::text::text_of;

/// The name of the parameter in the address.
const PARAMETER: &str = "view";
/// The attribute of the root element, and of the element that holds a view.
const ATTRIBUTE: &str = "data-view";

/// On the root element while [`EveryViewStyled`] lives.
const STYLED: &str = "data-views-styled";

/// A view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum View {
    /// Data, challenge, masks and accuracy: the whole story.
    Lab,
    /// One image, stage by stage.
    Microscope,
    /// Accuracies by domain, confusion, feature usage.
    Learned,
    /// Runs and sweeps.
    Runs,
    /// The visitor's own images, and pictures to predict.
    Images,
    /// Length of the run, optimizer, network, augmentation, device.
    Network,
    /// The introduction and the words that the page uses.
    Words,
}

impl View {
    /// All of them, in the order of the rail.
    pub(crate) const ALL: [Self; 7] = [
        Self::Lab,
        Self::Microscope,
        Self::Learned,
        Self::Runs,
        Self::Images,
        Self::Network,
        Self::Words,
    ];

    /// Its name in addresses, test ids and views.css.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Lab => "lab",
            Self::Microscope => "microscope",
            Self::Learned => "learned",
            Self::Runs => "runs",
            Self::Images => "images",
            Self::Network => "network",
            Self::Words => "words",
        }
    }

    /// Finds a view by [`Self::name`].
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|view| view.name() == name)
    }

    /// How the page calls it.
    pub(crate) fn title(self) -> &'static str {
        text_of(&format!("frame.view.{}", self.name()))
    }

    /// A link to it from any address of the page: its query.
    pub(crate) fn query(self, search: &str) -> String {
        let parts = search.trim_start_matches('?').split('&');
        let others = parts.filter(|part| !part.is_empty() && !is_parameter(part));
        let mut parts: Vec<String> = others.map(str::to_owned).collect();
        if self != Self::Lab {
            parts.push(format!("{PARAMETER}={}", self.name()));
        }
        match parts.is_empty() {
            true => String::new(),
            false => format!("?{}", parts.join("&")),
        }
    }
}

/// Whether a part of a query names the view.
fn is_parameter(part: &str) -> bool {
    part.split('=').next() == Some(PARAMETER)
}

/// Which view is shown. Copying it copies a handle.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Views {
    shown: RwSignal<View>,
}

impl Views {
    /// The view that the address names, else the first.
    pub(crate) fn new() -> Self {
        let named = browser::query(PARAMETER).and_then(|name| View::from_name(&name));
        let view = named.unwrap_or(View::Lab);
        browser::set_root_attribute(ATTRIBUTE, view.name());
        Self {
            shown: RwSignal::new(view),
        }
    }

    /// The view that is shown.
    pub(crate) fn shown(self) -> View {
        self.shown.get()
    }

    /// Whether this view is shown, outside of reactive code.
    pub(crate) fn shows(self, view: View) -> bool {
        self.shown.get_untracked() == view
    }

    /// Shows a view from its top on.
    pub(crate) fn open(self, view: View) {
        self.show(view);
        window().scroll_to_with_x_and_y(0.0, 0.0);
    }

    /// Shows the view that an element lies in. It can be scrolled to at once.
    pub(crate) fn reveal(self, element: &Element) {
        let holder = element.closest(&format!("[{ATTRIBUTE}]:not(:root)"));
        let name = holder
            .ok()
            .flatten()
            .and_then(|it| it.get_attribute(ATTRIBUTE));
        if let Some(view) = name.as_deref().and_then(View::from_name) {
            self.show(view);
        }
    }

    /// Shows the view that holds what carries this `data-testid`.
    pub(crate) fn reveal_testid(self, testid: &str) {
        let found = document().query_selector(&format!("[data-testid=\"{testid}\"]"));
        if let Ok(Some(element)) = found {
            self.reveal(&element);
        }
    }

    fn show(self, view: View) {
        if self.shows(view) {
            return;
        }
        browser::set_root_attribute(ATTRIBUTE, view.name());
        self.shown.set(view);
        let location = window().location();
        let path = location.pathname().unwrap_or_default();
        let hash = location.hash().unwrap_or_default();
        browser::replace_address(&format!("{path}{}{hash}", view.query(&browser::search())));
    }
}

/// For as long as this lives, drawings of hidden views have the style that they have when they are shown. It must
/// not outlive the task that makes it: nothing is painted meanwhile.
pub(crate) struct EveryViewStyled;

impl EveryViewStyled {
    /// From now on.
    pub(crate) fn begin() -> Self {
        browser::set_root_attribute(STYLED, "");
        Self
    }
}

impl Drop for EveryViewStyled {
    fn drop(&mut self) {
        browser::remove_root_attribute(STYLED);
    }
}

/// Holds the parts of a view.
#[component]
pub(crate) fn ViewBox(
    /// Which view.
    of: View,
    /// Its parts.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="view" data-view=of.name() data-testid=format!("view-{}", of.name())>
            {children()}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_view_is_found_by_its_name() {
        for view in View::ALL {
            assert_eq!(View::from_name(view.name()), Some(view));
        }
        assert_eq!(View::from_name("settings"), None);
    }

    #[test]
    fn a_view_joins_the_rest_of_the_query() {
        assert_eq!(View::Lab.query(""), "");
        assert_eq!(View::Lab.query("?view=runs"), "");
        assert_eq!(View::Runs.query(""), "?view=runs");
        assert_eq!(
            View::Images.query("?device=cpu&view=runs&lang=de"),
            "?device=cpu&lang=de&view=images"
        );
        assert_eq!(View::Runs.query("?viewer=1"), "?viewer=1&view=runs");
    }
}
