//! Placeholders in the site's static files: `{{kind:argument}}`.

use anyhow::{Context, Result};

/// Replaces every placeholder by `value(kind, argument)`. A `{{` that starts none is an error.
pub(super) fn substitute(
    text: &str,
    mut value: impl FnMut(&str, &str) -> Result<String>,
) -> Result<String> {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("{{") {
        let (before, after) = rest.split_at(start);
        result.push_str(before);
        let inside = &after[2..];
        let end = inside
            .find("}}")
            .with_context(|| format!("a placeholder is never closed: {}", head(after)))?;
        let (kind, argument) = inside[..end]
            .split_once(':')
            .with_context(|| format!("a placeholder without a colon: {}", head(after)))?;
        result.push_str(&value(kind, argument)?);
        rest = &inside[end + 2..];
    }
    result.push_str(rest);
    Ok(result)
}

fn head(text: &str) -> String {
    text.chars().take(40).collect()
}
