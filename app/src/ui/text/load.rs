//! Loads the texts of a language from this site, before the first paint and when the language changes.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::Response;

use crate::ui::browser;
use crate::ui::notices::{Kind, Notices};
use crate::ui::text::catalog;
use crate::ui::text::language::{ENGLISH, Language};

/// Where the choice of an earlier visit is kept.
const KEY: &str = "rsc-lab-language";
/// Topic of messages about the language.
const TOPIC: &str = "language";

/// The language to begin with; `None` where the start-up script did not list any.
fn wanted() -> Option<Language> {
    let navigator = window().navigator();
    let preferred: Vec<String> = navigator
        .languages()
        .iter()
        .filter_map(|language| language.as_string())
        .collect();
    Language::chosen(
        browser::query("lang").as_deref(),
        browser::recall(KEY).as_deref(),
        &preferred,
    )
}

/// Fetches the words that the page begins with. Where those of another language cannot be had,
/// English will do.
pub(crate) async fn begin() -> Result<Language, String> {
    // Said before there are any words.
    let mut language = wanted().ok_or("no start-up script")?; // not shown
    let mut fetched = fetch(language).await;
    let english = Language::of(ENGLISH).filter(|english| *english != language);
    if let (Err(_), Some(english)) = (&fetched, english) {
        language = english;
        fetched = fetch(language).await;
    }
    fetched?;
    set_language(language);
    Ok(language)
}

/// Uses a language whose texts are here.
fn set_language(language: Language) {
    rust_i18n::set_locale(language.code());
    browser::set_root_attribute("lang", language.code());
    browser::set_root_attribute("dir", &language.about().direction);
}

/// Fetches a language's texts, once.
async fn fetch(language: Language) -> Result<(), String> {
    if catalog::has(language) {
        return Ok(());
    }
    let said = |error| browser::error_text(&error);
    let response = JsFuture::from(window().fetch_with_str(language.url())).await;
    let response: Response = response.map_err(said)?.unchecked_into();
    if !response.ok() {
        return Err(format!("HTTP {}", response.status()));
    }
    let body = JsFuture::from(response.text().map_err(said)?).await;
    let body = body.map_err(said)?.as_string().unwrap_or_default();
    let texts = serde_json::from_str(&body).map_err(|error| error.to_string())?;
    catalog::keep(language, texts);
    Ok(())
}

/// The language that the page speaks. Copying it copies handles.
#[derive(Clone, Copy)]
pub(crate) struct CurrentLanguage {
    /// The language; whoever keeps words longer than a view lives must follow it.
    pub(crate) now: RwSignal<Language>,
    wanted: StoredValue<Language>,
    notices: Notices,
}

impl CurrentLanguage {
    /// What the page began with.
    pub(crate) fn new(language: Language, notices: Notices) -> Self {
        Self {
            now: RwSignal::new(language),
            wanted: StoredValue::new(language),
            notices,
        }
    }

    /// Changes the language as soon as its words are here, remembers it, and calls `done`.
    pub(crate) fn change(self, language: Language, done: impl FnOnce() + 'static) {
        self.wanted.set_value(language);
        spawn_local(async move {
            let fetched = fetch(language).await;
            // Whoever has chosen another one meanwhile gets that.
            if self.wanted.get_value() != language {
                return;
            }
            match fetched {
                Ok(()) => {
                    self.notices.clear(TOPIC);
                    set_language(language);
                    browser::remember(KEY, language.code());
                    ask_in_address(language);
                    self.now.set(language);
                }
                Err(problem) => {
                    self.wanted.set_value(self.now.get_untracked());
                    self.notices.say_about(
                        TOPIC,
                        Kind::Error,
                        text!(
                            "page.language-failed",
                            language = language.about().name,
                            problem = problem
                        ),
                    );
                }
            }
            done();
        });
    }
}

/// An address that asks for a language would win over the choice at the next visit.
fn ask_in_address(language: Language) {
    let location = window().location();
    let query = location.search().unwrap_or_default();
    if let Some(query) = language.in_query(&query) {
        let rest = location.hash().unwrap_or_default();
        browser::replace_address(&format!("{query}{rest}"));
    }
}
