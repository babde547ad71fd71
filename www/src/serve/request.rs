//! The decisions of the server as plain functions: which host, which file, which encoding.

use std::borrow::Cow;

/// The policy's text, so that the constants below can be made of it.
macro_rules! policy {
    () => {
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; \
         style-src 'self'; img-src 'self' data:; connect-src 'self'; object-src 'none'; \
         base-uri 'none'; form-action 'none'; \
         require-trusted-types-for 'script'; trusted-types default"
    };
}

/// What a page of this site may do: run its own code, and talk to nobody but its own host; text
/// becomes elements only as `site/guard.js` allows. It stands in a `<meta>` of every page, because
/// a static host sends no header.
pub(crate) const CONTENT_SECURITY_POLICY: &str = policy!();

/// The same as a header, with what a `<meta>` cannot say: no other page may show this one in a frame.
pub(crate) const CONTENT_SECURITY_HEADER: &str = concat!(policy!(), "; frame-ancestors 'none'");

/// Whether a `Host` header names this machine. A foreign page whose domain was made to point
/// here (DNS rebinding) still sends its own name.
pub(crate) fn is_local_host(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((address, port)) if port.is_empty() || is_port(port) => {
                return address == "::1";
            }
            _ => return false,
        },
        None => match host.split_once(':') {
            Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => name,
            Some(_) => return false,
            None => host,
        },
    };
    name == "127.0.0.1" || name.eq_ignore_ascii_case("localhost")
}

fn is_port(text: &str) -> bool {
    text.strip_prefix(':')
        .is_some_and(|port| port.bytes().all(|digit| digit.is_ascii_digit()))
}

/// The file that an address's path names, relative to the site's root; `None` for a path that
/// climbs, is no UTF-8, or is not written the one usual way.
pub(crate) fn clean_path(path: &str) -> Option<String> {
    let decoded = percent_decoded(path.strip_prefix('/')?)?;
    if decoded.is_empty() {
        return Some("index.html".to_owned());
    }
    let usual = decoded
        .split('/')
        .all(|part| !matches!(part, "" | "." | ".."))
        && !decoded.contains(['\\', '\0', ':']);
    usual.then_some(decoded)
}

/// As [`clean_path`], and for a folder (`/bench/`) the page in it.
pub(crate) fn file_of(path: &str) -> Option<String> {
    match path.strip_suffix('/').filter(|folder| folder.len() > 1) {
        Some(folder) => Some(format!("{}/index.html", clean_path(folder)?)),
        None => clean_path(path),
    }
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => hex_digit(rest.next()?)? * 16 + hex_digit(rest.next()?)?,
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

/// Whether an `Accept-Encoding` header allows Brotli.
pub(crate) fn accepts_brotli(header: &str) -> bool {
    let weight = |wanted: &str| {
        header.split(',').find_map(|entry| {
            let mut parts = entry.split(';').map(str::trim);
            if !parts.next()?.eq_ignore_ascii_case(wanted) {
                return None;
            }
            let q = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
            Some(q.map_or(1.0, |q| q.trim().parse::<f32>().unwrap_or(0.0)))
        })
    };
    weight("br")
        .or_else(|| weight("*"))
        .is_some_and(|q| q > 0.0)
}

/// A file's media type, with the character set for text.
pub(crate) fn media_type(name: &str) -> Cow<'static, str> {
    match mime_guess::from_path(name).first_raw() {
        None => "application/octet-stream".into(),
        Some(text) if text.starts_with("text/") => format!("{text}; charset=utf-8").into(),
        Some(other) => other.into(),
    }
}

/// Whether a file's kind is not compressed already.
pub(crate) fn is_compressible(name: &str) -> bool {
    let kind = media_type(name);
    kind.starts_with("text/")
        || [
            "application/wasm",
            "application/json",
            "application/manifest+json",
            "image/svg+xml",
        ]
        .contains(&kind.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_has_no_holes() {
        let header = CONTENT_SECURITY_HEADER;
        assert!(header.starts_with(CONTENT_SECURITY_POLICY));
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
            assert!(header.split("; ").any(|given| given == rule), "{rule}");
        }
        // Nothing inline, no evaluated text, no foreign host, no scheme but images of the page's own.
        for hole in [
            "unsafe-inline",
            "'unsafe-eval'",
            "unsafe-hashes",
            "*",
            "blob:",
            "http",
        ] {
            assert!(!header.contains(hole), "{hole}");
        }
        // A browser reports this one where it stands in a <meta>.
        assert!(!CONTENT_SECURITY_POLICY.contains("frame-ancestors"));
        assert!(!header.contains('"'), "it stands in quotes");
    }

    #[test]
    fn only_this_machine_is_a_host() {
        for host in [
            "127.0.0.1",
            "127.0.0.1:8017",
            "localhost",
            "LocalHost:80",
            "[::1]",
            "[::1]:8017",
        ] {
            assert!(is_local_host(host), "{host}");
        }
        for host in [
            "",
            "example.org",
            "localhost.example.org",
            "127.0.0.1.example.org",
            "localhost:80@example.org",
            "192.168.0.2",
            "[::2]",
            "[::1",
            "[::1]x",
            "example.org:8017",
        ] {
            assert!(!is_local_host(host), "{host}");
        }
    }

    #[test]
    fn paths_stay_in_the_site() {
        assert_eq!(clean_path("/").as_deref(), Some("index.html"));
        assert_eq!(clean_path("/a/b.js").as_deref(), Some("a/b.js"));
        assert_eq!(clean_path("/a%20b.png").as_deref(), Some("a b.png"));
        for path in [
            "",
            "a.js",
            "/../Cargo.toml",
            "/a/../../b",
            "/%2e%2e/b",
            "/%2E%2E%2Fb",
            "/..%5cb",
            "//etc/passwd",
            "/a//b",
            "/./a",
            "/a/",
            "/C:/b",
            "/a%00b",
            "/%",
            "/%f",
            "/%zz",
            "/%ff",
            "/%+1",
        ] {
            assert_eq!(clean_path(path), None, "{path}");
        }
    }

    #[test]
    fn a_folder_names_its_page() {
        assert_eq!(file_of("/").as_deref(), Some("index.html"));
        assert_eq!(file_of("/bench/").as_deref(), Some("bench/index.html"));
        assert_eq!(file_of("/bench").as_deref(), Some("bench"));
        for path in ["", "//", "/a//", "/../", "/%2e%2e/", "bench/"] {
            assert_eq!(file_of(path), None, "{path}");
        }
    }

    #[test]
    fn brotli_is_sent_only_where_it_is_taken() {
        for header in [
            "br",
            "gzip, deflate, br, zstd",
            "gzip;q=1.0, BR;q=0.5",
            "*",
            "gzip, *;q=0.1",
        ] {
            assert!(accepts_brotli(header), "{header}");
        }
        for header in [
            "",
            "gzip",
            "br;q=0",
            "br; q=0.0, gzip",
            "*;q=0",
            "br;q=0, *",
            "bro",
            "br;q=x",
        ] {
            assert!(!accepts_brotli(header), "{header}");
        }
    }

    #[test]
    fn media_types_are_what_browsers_insist_on() {
        for (name, expected) in [
            ("a.wasm", "application/wasm"),
            ("a.js", "text/javascript; charset=utf-8"),
            ("index.html", "text/html; charset=utf-8"),
            ("a.css", "text/css; charset=utf-8"),
            ("a.svg", "image/svg+xml"),
            ("a.png", "image/png"),
            ("a.json", "application/json"),
            ("a", "application/octet-stream"),
        ] {
            assert_eq!(media_type(name), expected, "{name}");
        }
        assert!(is_compressible("a.wasm") && is_compressible("a.svg"));
        assert!(!is_compressible("a.png") && !is_compressible("a.webp"));
    }
}
