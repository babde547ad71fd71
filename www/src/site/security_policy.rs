//! The Content-Security-Policy of every page, as a `<meta>` element and as a header.

/// A macro, so that both constants below can be made of this text at compile time.
macro_rules! policy {
    () => {
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; \
         style-src 'self'; img-src 'self' data:; connect-src 'self'; manifest-src 'self'; object-src 'none'; \
         base-uri 'none'; form-action 'none'; \
         require-trusted-types-for 'script'; trusted-types default"
    };
}

/// The policy for a `<meta>` element: a static host sends no headers. A page may run its own code
/// and connect to its own host; text becomes elements only as `www/site/guard.js` allows.
pub(crate) const FOR_META: &str = policy!();

/// The policy for a header. It also forbids frames, which browsers ignore in a `<meta>`; parts of the page
/// that are made for frames are sent without that rule (`framing`), and `www/site/boot.js` refuses the whole
/// page in a frame where a host sends no headers.
pub(crate) const FOR_HEADER: &str = concat!(policy!(), "; frame-ancestors 'none'");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_has_no_holes() {
        assert!(FOR_HEADER.starts_with(FOR_META));
        for rule in [
            "default-src 'none'",
            "connect-src 'self'",
            "style-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "frame-ancestors 'none'",
        ] {
            assert!(FOR_HEADER.split("; ").any(|given| given == rule), "{rule}");
        }
        // No inline code, no evaluated text, no foreign host, no scheme but `data:` for images.
        for hole in [
            "unsafe-inline",
            "'unsafe-eval'",
            "unsafe-hashes",
            "*",
            "blob:",
            "http",
        ] {
            assert!(!FOR_HEADER.contains(hole), "{hole}");
        }
        // Browsers report this directive as an error where it stands in a <meta>.
        assert!(!FOR_META.contains("frame-ancestors"));
        assert!(!FOR_HEADER.contains('"'), "the <meta> puts it in quotes");
    }
}
