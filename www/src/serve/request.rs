//! How the server reads a request: the host it names, the file it asks for, the encoding it takes.

use axum::http::uri::Authority;
use percent_encoding::percent_decode_str;

/// Whether a `Host` header names this machine. After DNS rebinding a foreign page reaches this server,
/// but its browser still sends the foreign name.
pub(super) fn is_local_host(header: &str) -> bool {
    let Ok(authority) = header.parse::<Authority>() else {
        return false;
    };
    let host = authority.host();
    let is_local = ["127.0.0.1", "localhost", "[::1]"]
        .iter()
        .any(|local| host.eq_ignore_ascii_case(local));
    // No user name may stand before the host, and only a port after it.
    let rest = header.strip_prefix(host);
    is_local && rest.is_some_and(|rest| rest.is_empty() || is_port(rest))
}

fn is_port(text: &str) -> bool {
    text.strip_prefix(':')
        .is_some_and(|port| port.bytes().all(|digit| digit.is_ascii_digit()))
}

/// The file that a request's path names, relative to the site's root. `/` is the index, `/bench/` the
/// index of that folder. `None` for a path that climbs, is not UTF-8 or has more than one spelling.
pub(super) fn file_of(path: &str) -> Option<String> {
    match path.strip_suffix('/').filter(|folder| folder.len() > 1) {
        Some(folder) => Some(format!("{}/index.html", decoded_path(folder)?)),
        None => decoded_path(path),
    }
}

fn decoded_path(path: &str) -> Option<String> {
    let path = percent_decode_str(path.strip_prefix('/')?);
    let decoded = path.decode_utf8().ok()?.into_owned();
    if decoded.is_empty() {
        return Some("index.html".to_owned());
    }
    let is_normal = decoded
        .split('/')
        .all(|part| !matches!(part, "" | "." | ".."))
        // A `%` that is left is a broken escape: no file of the site has one in its name.
        && !decoded.contains(['\\', '\0', ':', '%']);
    is_normal.then_some(decoded)
}

/// Whether an `Accept-Encoding` header allows Brotli.
pub(super) fn accepts_brotli(header: &str) -> bool {
    let weight_of = |encoding: &str| {
        header.split(',').find_map(|entry| {
            let mut parts = entry.split(';').map(str::trim);
            if !parts.next()?.eq_ignore_ascii_case(encoding) {
                return None;
            }
            let q = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
            Some(q.map_or(1.0, |q| q.trim().parse::<f32>().unwrap_or(0.0)))
        })
    };
    weight_of("br")
        .or_else(|| weight_of("*"))
        .is_some_and(|q| q > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

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
            "example.org@localhost",
            "localhost:x",
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
        assert_eq!(decoded_path("/").as_deref(), Some("index.html"));
        assert_eq!(decoded_path("/a/b.js").as_deref(), Some("a/b.js"));
        assert_eq!(decoded_path("/a%20b.png").as_deref(), Some("a b.png"));
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
            assert_eq!(decoded_path(path), None, "{path}");
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
}
