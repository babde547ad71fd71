//! What the server answers, asked over a socket.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::sync::watch;

use super::listen;
use super::router::{ServedSite, router};
use super::test_client::{Reply, TestServer};
use crate::site::{Site, Source, bundle, compress};

struct Server {
    server: TestServer,
    /// Replaces the site.
    sender: watch::Sender<Arc<ServedSite>>,
}

fn site_of(script: &str) -> Site {
    let sources = [
        ("index.html", r#"<script src="{{file:app.js}}"></script>"#),
        ("app.js", script),
        ("bench/index.html", "a folder's"),
        ("rsc-lab.js", "define()"),
    ]
    .map(|(name, text)| Source::static_file(name.to_owned(), text.into()))
    .into_iter()
    .chain([Source::generated("page.wasm".to_owned(), b"\0asm".to_vec())])
    .collect();
    bundle(sources, &BTreeMap::new()).expect("bundles")
}

fn start(live_reload: bool) -> Server {
    let mut site = site_of(&"work(); ".repeat(200));
    let cache = tempfile::tempdir().expect("a temporary folder");
    compress(&mut site, cache.path()).expect("compresses");
    let (sender, receiver) = watch::channel(Arc::new(ServedSite::new(site, 0, live_reload)));
    let server = TestServer::start(router(receiver, Router::new()));
    Server { server, sender }
}

impl Server {
    fn ask(&self, line: &str, headers: &str) -> Reply {
        self.server.ask(line, headers, "")
    }

    fn get(&self, path: &str) -> Reply {
        self.ask(&format!("GET {path}"), "Host: 127.0.0.1:8017\r\n")
    }

    fn script(&self) -> String {
        let index = String::from_utf8(self.get("/").body).expect("it is text");
        let name = index.split('"').nth(1).expect("a quoted name");
        format!("/{name}")
    }
}

#[test]
fn the_index_is_fresh_and_the_rest_is_kept() {
    let server = start(false);
    let index = server.get("/");
    assert!(index.head.starts_with("http/1.1 200"), "{}", index.head);
    assert!(
        index
            .head
            .contains("content-type: text/html; charset=utf-8")
    );
    assert!(index.head.contains("cache-control: no-cache"));
    let script = server.get(&server.script());
    assert!(script.head.contains("content-type: text/javascript"));
    assert!(script.head.contains("immutable"));
}

#[test]
fn every_answer_is_guarded() {
    let server = start(false);
    let foreign = server.ask("GET /", "Host: evil.example\r\n");
    for head in [server.get("/").head, server.get("/none").head, foreign.head] {
        for guard in [
            "content-security-policy: default-src 'none';",
            "frame-ancestors 'none'",
            "x-content-type-options: nosniff",
            "referrer-policy: no-referrer",
            "cross-origin-opener-policy: same-origin",
            "cross-origin-embedder-policy: require-corp",
        ] {
            assert!(head.contains(guard), "no {guard}: {head}");
        }
    }
}

#[test]
fn only_parts_may_be_framed() {
    let server = start(false);
    let part = server.get("/?lang=de&embed=masks").head;
    assert!(part.starts_with("http/1.1 200"), "{part}");
    assert!(part.contains("content-security-policy: default-src 'none';"));
    assert!(!part.contains("frame-ancestors"), "{part}");
    assert!(part.contains("cross-origin-resource-policy: cross-origin"));
    for whole in ["/", "/?embed=other", "/?embed", "/bench/?embed=other"] {
        let head = server.get(whole).head;
        assert!(head.contains("frame-ancestors 'none'"), "{whole}: {head}");
        assert!(head.contains("cross-origin-resource-policy: same-origin"));
    }
    let element = server.get("/rsc-lab.js").head;
    assert!(element.contains("cross-origin-resource-policy: cross-origin"));
    assert!(element.contains("no-cache"), "{element}");
}

#[test]
fn a_folder_has_a_page() {
    let server = start(false);
    assert_eq!(server.get("/bench/").body, b"a folder's");
    let head = server.get("/bench").head;
    assert!(head.starts_with("http/1.1 308"), "{head}");
    assert!(head.contains("location: /bench/\r\n"), "{head}");
    assert!(server.get("/none/").head.starts_with("http/1.1 404"));
}

#[test]
fn wasm_has_its_type() {
    let server = start(false);
    let wasm = format!("/page-{}.wasm", &blake3::hash(b"\0asm").to_hex()[..12]);
    let reply = server.get(&wasm);
    assert!(
        reply.head.contains("content-type: application/wasm\r\n"),
        "{}",
        reply.head
    );
    assert_eq!(reply.body, b"\0asm");
}

#[test]
fn brotli_where_it_is_taken() {
    let server = start(false);
    let plain = server.get(&server.script());
    assert!(!plain.head.contains("content-encoding"));
    assert!(plain.head.contains("vary: accept-encoding"));
    let line = format!("GET {}", server.script());
    let small = server.ask(&line, "Host: localhost\r\nAccept-Encoding: gzip, br\r\n");
    assert!(
        small.head.contains("content-encoding: br"),
        "{}",
        small.head
    );
    let mut back = Vec::new();
    brotli::BrotliDecompress(&mut &*small.body, &mut back).expect("it is Brotli");
    assert_eq!(back, plain.body);
}

#[test]
fn an_unchanged_file_is_not_sent_again() {
    let server = start(false);
    let head = server.get("/").head;
    let tag = head
        .lines()
        .find_map(|line| line.strip_prefix("etag: "))
        .expect("a tag");
    let again = server.ask(
        "GET /",
        &format!("Host: localhost\r\nIf-None-Match: {tag}\r\n"),
    );
    assert!(again.head.starts_with("http/1.1 304"), "{}", again.head);
    assert!(again.body.is_empty());
}

#[test]
fn strangers_and_climbers_are_refused() {
    let server = start(false);
    let status_for = |headers| server.ask("GET /", headers).status().to_owned();
    assert_eq!(status_for("Host: evil.example\r\n"), "403");
    assert_eq!(status_for("Host: 127.0.0.1.evil.example\r\n"), "403");
    assert_eq!(status_for(""), "403");
    for path in [
        "/../Cargo.toml",
        "/%2e%2e/Cargo.toml",
        "/..%2fCargo.toml",
        "/..%5cCargo.toml",
    ] {
        assert_eq!(server.get(path).status(), "400", "{path}");
    }
    assert_eq!(server.get("/Cargo.toml").status(), "404");
    assert_eq!(server.get("/none").status(), "404");
    let post = server.ask("POST /", "Host: localhost\r\n");
    assert_eq!(post.status(), "405");
}

#[test]
fn head_has_no_body() {
    let reply = start(false).ask("HEAD /", "Host: localhost\r\n");
    assert!(reply.head.starts_with("http/1.1 200"));
    assert!(reply.body.is_empty());
}

#[test]
fn pages_hear_of_a_new_build_in_dev_only() {
    assert!(
        start(false)
            .get("/__build")
            .head
            .starts_with("http/1.1 404")
    );
    let server = start(true);
    assert_eq!(server.get("/__build").body, b"0");
    let next = ServedSite::new(site_of("changed()"), 1, true);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| server.get("/__build?after=0").body);
        std::thread::sleep(Duration::from_millis(200));
        server
            .sender
            .send(Arc::new(next))
            .expect("the server listens");
        assert_eq!(waiting.join().expect("it answers"), b"1");
    });
}

#[test]
fn only_this_machine_can_reach_it() {
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    runtime.block_on(async {
        for port in [Some(0), None] {
            let listener = listen(port).await.expect("a free port");
            let address = listener.local_addr().expect("it listens");
            assert!(address.ip().is_loopback(), "{address}");
        }
    });
}

#[test]
fn a_taken_port_is_an_error_only_when_asked_for() {
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    runtime.block_on(async {
        let first = listen(Some(0)).await.expect("a free port");
        let port = first.local_addr().expect("it listens").port();
        let error = listen(Some(port)).await.expect_err("the port is taken");
        assert!(error.to_string().contains(&port.to_string()));
        listen(None).await.expect("there is another one");
    });
}
