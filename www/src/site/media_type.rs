//! Media types of the site's files, by their names.

use std::borrow::Cow;

/// A file's media type, with the character set for text.
pub(crate) fn media_type(name: &str) -> Cow<'static, str> {
    match mime_guess::from_path(name).first_raw() {
        None => "application/octet-stream".into(),
        Some(text) if text.starts_with("text/") => format!("{text}; charset=utf-8").into(),
        Some(other) => other.into(),
    }
}

/// Whether files of this type are not compressed by their own format.
pub(super) fn is_compressible(name: &str) -> bool {
    let media_type = media_type(name);
    media_type.starts_with("text/")
        || [
            "application/wasm",
            "application/json",
            "application/manifest+json",
            "image/svg+xml",
        ]
        .contains(&media_type.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types_are_what_browsers_insist_on() {
        for (name, expected) in [
            ("a.wasm", "application/wasm"),
            ("a.js", "text/javascript; charset=utf-8"),
            ("index.html", "text/html; charset=utf-8"),
            ("a.css", "text/css; charset=utf-8"),
            ("a.svg", "image/svg+xml"),
            ("a.png", "image/png"),
            ("a.safetensors", "application/octet-stream"),
            ("a.json", "application/json"),
            ("a", "application/octet-stream"),
        ] {
            assert_eq!(media_type(name), expected, "{name}");
        }
        assert!(is_compressible("a.wasm") && is_compressible("a.svg"));
        assert!(!is_compressible("a.png") && !is_compressible("a.webp"));
        // Weights are as good as random.
        assert!(!is_compressible("models/a.safetensors"));
    }
}
