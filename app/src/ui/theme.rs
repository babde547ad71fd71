//! Light or dark: the system's choice until the visitor makes one, which is remembered.

use leptos::prelude::*;

use crate::ui::browser;
use crate::ui::icon::Icon;

const KEY: &str = "rsc-lab-theme";

/// What the page's colours follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Theme {
    /// The system's setting.
    System,
    /// Light, whatever the system says.
    Light,
    /// Dark, whatever the system says.
    Dark,
}

impl Theme {
    fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    fn next(self) -> Self {
        match self {
            Self::System => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::System,
        }
    }
}

/// The choice of an earlier visit.
pub(crate) fn remembered() -> Theme {
    match browser::recall(KEY).as_deref() {
        Some("light") => Theme::Light,
        Some("dark") => Theme::Dark,
        _ => Theme::System,
    }
}

/// Makes the page follow `theme`; style.css reads the attribute.
pub(crate) fn apply(theme: Theme) {
    if let Some(root) = document().document_element() {
        let _ = root.set_attribute("data-theme", theme.name());
    }
}

/// The button that goes through the three choices.
#[component]
pub(crate) fn ThemeToggle() -> impl IntoView {
    let theme = RwSignal::new(remembered());
    let label = move || match theme.get() {
        Theme::System => text!("theme.system"),
        Theme::Light => text!("theme.light"),
        Theme::Dark => text!("theme.dark"),
    };
    let icon = move || match theme.get() {
        Theme::System => icondata_lu::LuSunMoon,
        Theme::Light => icondata_lu::LuSun,
        Theme::Dark => icondata_lu::LuMoon,
    };
    let switch = move |_| {
        let next = theme.get_untracked().next();
        theme.set(next);
        apply(next);
        browser::remember(KEY, next.name());
    };
    view! {
        <button
            class="quiet icon"
            data-testid="theme"
            title=label
            aria-label=label
            on:click=switch
        >
            <Icon of=Signal::derive(icon) />
        </button>
    }
}
