//! The loaded texts, as a backend of `rust-i18n`.

use std::borrow::Cow;

use rust_i18n::Backend;

use crate::ui::text::language::{Language, Texts};

/// Whether a language's texts are here.
pub(crate) fn has(language: Language) -> bool {
    language.texts().get().is_some()
}

/// Keeps a language's texts; what is there already stays.
pub(crate) fn keep(language: Language, texts: Texts) {
    let _ = language.texts().set(texts);
}

#[cfg(target_family = "wasm")]
fn texts(language: Language) -> Option<&'static Texts> {
    language.texts().get()
}

/// Tests run without a server: they read the files.
#[cfg(not(target_family = "wasm"))]
fn texts(language: Language) -> Option<&'static Texts> {
    Some(language.texts().get_or_init(|| from_files(language)))
}

/// A language's files, joined as `www` joins them. What cannot be read is left out; `tests.rs`
/// says so.
#[cfg(not(target_family = "wasm"))]
fn from_files(language: Language) -> Texts {
    use std::{fs, path::Path};

    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("texts");
    let mut all = Texts::new();
    for entry in fs::read_dir(root.join(language.code()))
        .into_iter()
        .flatten()
        .flatten()
    {
        let path = entry.path();
        let area = path.file_stem().and_then(|stem| stem.to_str());
        let file = fs::read_to_string(&path).ok();
        let texts = file.and_then(|file| serde_json::from_str::<Texts>(&file).ok());
        let (Some(area), Some(texts)) = (area, texts) else {
            continue;
        };
        if area == "language" {
            continue;
        }
        for (key, text) in texts {
            all.insert(format!("{area}.{key}"), text);
        }
    }
    all
}

/// The kept texts, as `rust-i18n` reads them.
struct Catalog;

impl Backend for Catalog {
    fn available_locales(&self) -> Vec<Cow<'_, str>> {
        let here = Language::all().filter(|language| has(*language));
        here.map(|language| language.code().into()).collect()
    }

    fn translate(&self, locale: &str, key: &str) -> Option<Cow<'_, str>> {
        let text = texts(Language::of(locale)?)?.get(key)?;
        Some(Cow::Borrowed(text))
    }

    fn messages_for_locale(&self, locale: &str) -> Option<Vec<(Cow<'_, str>, Cow<'_, str>)>> {
        let texts = texts(Language::of(locale)?)?.iter();
        Some(texts.map(|(key, text)| (key.into(), text.into())).collect())
    }
}

/// What the library's macro writes.
#[allow(unused, unreachable_pub, reason = "it writes more than this page uses")]
mod library {
    rust_i18n::i18n!(backend = crate::ui::text::catalog::Catalog);
}

/// The text with this key.
pub(crate) fn translate(locale: &str, key: &str) -> Option<Cow<'static, str>> {
    library::_rust_i18n_try_translate(locale, key)
}
