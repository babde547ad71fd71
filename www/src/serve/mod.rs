//! `cargo lab serve`: the site on this machine's own address, from memory.

mod rebuild;
pub(crate) mod request;

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use tokio::net::TcpListener;
use tokio::sync::watch;

use self::request as http;
use crate::progress::Report;
use crate::site::bundle::Site;
use crate::site::wasm::Flavor;
use crate::site::{self, compress};
use crate::tools;
use crate::workspace::Workspace;

const DEFAULT_PORT: u16 = 8017;

/// How many ports after the default one are tried.
const PORTS_TRIED: u16 = 20;

/// Where the reload script asks for the number of the build.
const BUILD_NUMBER: &str = "__build";

/// How long that question waits for a new build.
const PATIENCE: Duration = Duration::from_secs(25);

/// What the command line says.
#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    /// The port to listen on [default: 8017, or the next free one]
    #[arg(long)]
    port: Option<u16>,
    /// Build fast instead of small, and rebuild and reload at every change
    #[arg(long)]
    dev: bool,
    /// Do not open the browser
    #[arg(long)]
    no_open: bool,
}

/// Builds the site and serves it until the program is stopped.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let mut report = Report::default();
    let toolchain = tools::wasm_toolchain(workspace, &mut report)?;
    let flavor = if options.dev {
        Flavor::Dev
    } else {
        Flavor::Release
    };
    // What changes from here on, the first build may have missed.
    let seen = crate::serve::rebuild::snapshot(&workspace.watched());
    let mut built = site::build(workspace, &toolchain, flavor, &mut report)?;
    if flavor == Flavor::Release {
        let cache = workspace.site_target().join("br-cache");
        report.quiet("compress", || compress::compress(&mut built, &cache))?;
    }
    report.print();

    let (sender, receiver) = watch::channel(Arc::new(Served::new(built, 0, options.dev)));
    // Kept to the end of this function: dropping it ends the watching.
    let _watcher = if options.dev {
        Some(crate::serve::rebuild::start(
            workspace.clone(),
            toolchain,
            sender,
            seen,
        )?)
    } else {
        None
    };
    let runtime = tokio::runtime::Runtime::new().context("cannot start the server's threads")?;
    runtime.block_on(async {
        let listener = listen(options.port).await?;
        let address = format!("http://{}/", listener.local_addr()?);
        println!("RSC Lab is at {address} (stop with Ctrl+C)");
        if !options.no_open {
            open(&address);
        }
        axum::serve(listener, router(receiver))
            .await
            .context("the server stopped")
    })
}

/// The port asked for, or the first free one from the default one on.
async fn listen(port: Option<u16>) -> Result<TcpListener> {
    let address = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    if let Some(port) = port {
        return TcpListener::bind(address(port)).await.with_context(|| {
            format!("cannot listen on port {port}; leave out --port to take a free one")
        });
    }
    for port in DEFAULT_PORT..DEFAULT_PORT + PORTS_TRIED {
        if let Ok(listener) = TcpListener::bind(address(port)).await {
            return Ok(listener);
        }
    }
    TcpListener::bind(address(0))
        .await
        .context("there is no free port on 127.0.0.1")
}

/// Opens the browser where there is a screen to open it on. The printed address is enough where
/// there is none: without a screen, Linux would start a text browser in this terminal.
fn open(address: &str) {
    let has_screen = !cfg!(target_os = "linux")
        || ["DISPLAY", "WAYLAND_DISPLAY"]
            .iter()
            .any(|name| std::env::var_os(name).is_some());
    if has_screen && let Err(error) = opener::open_browser(address) {
        eprintln!("   The browser could not be opened ({error}); open the address above yourself.");
    }
}

/// A site that is ready to be sent.
#[derive(Debug)]
pub(crate) struct Served {
    files: HashMap<String, File>,
    number: u64,
    reloads: bool,
}

#[derive(Debug)]
struct File {
    plain: Bytes,
    brotli: Option<Bytes>,
    media_type: HeaderValue,
    tag: HeaderValue,
    immutable: bool,
}

impl Served {
    /// Makes a site ready. `number` counts the builds; `reloads` lets pages ask for it.
    pub(crate) fn new(site: Site, number: u64, reloads: bool) -> Self {
        let files = site
            .assets
            .into_iter()
            .map(|asset| {
                let tag = format!("\"{}\"", &blake3::hash(&asset.bytes).to_hex()[..16]);
                let file = File {
                    media_type: header_value(&http::media_type(&asset.name)),
                    tag: header_value(&tag),
                    plain: asset.bytes.into(),
                    brotli: asset.brotli.map(Bytes::from),
                    immutable: asset.immutable,
                };
                (asset.name, file)
            })
            .collect();
        Self {
            files,
            number,
            reloads,
        }
    }

    /// The number of the build.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }
}

/// A header's value; what cannot be one (no name of ours) is left empty.
fn header_value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""))
}

/// The site as it is at the moment.
pub(crate) type Live = watch::Receiver<Arc<Served>>;

/// Hands out the site.
pub(crate) fn router(live: Live) -> Router {
    Router::new().fallback(answer).with_state(live)
}

async fn answer(State(mut live): State<Live>, request: Request) -> Response<Body> {
    let host = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    if !host.is_some_and(http::is_local_host) {
        return refusal(
            StatusCode::FORBIDDEN,
            "This server answers to 127.0.0.1 and localhost only.",
        );
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return refusal(
            StatusCode::METHOD_NOT_ALLOWED,
            "This server only hands out files.",
        );
    }
    let path = request.uri().path();
    let Some(name) = http::file_of(path) else {
        return refusal(StatusCode::BAD_REQUEST, "That is no address of a file.");
    };
    let served = live.borrow_and_update().clone();
    if served.reloads && name == BUILD_NUMBER {
        return build_number(live, request.uri().query()).await;
    }
    match served.files.get(&name) {
        Some(file) => send(file, request.headers()),
        None if served.files.contains_key(&format!("{name}/index.html")) => moved(path),
        None => refusal(StatusCode::NOT_FOUND, "There is no such file here."),
    }
}

fn send(file: &File, asked: &HeaderMap) -> Response<Body> {
    let text = |name| {
        asked
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
    };
    let unchanged = asked.get(header::IF_NONE_MATCH) == Some(&file.tag);
    let brotli = text(header::ACCEPT_ENCODING).is_some_and(http::accepts_brotli);
    let compressed = file.brotli.as_ref().filter(|_| brotli);
    let mut response = if unchanged {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response
    } else {
        Response::new(Body::from(compressed.unwrap_or(&file.plain).clone()))
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, file.media_type.clone());
    headers.insert(header::ETAG, file.tag.clone());
    let keep = if file.immutable {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    if file.brotli.is_some() {
        headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    }
    if compressed.is_some() && !unchanged {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
    }
    guard(headers);
    response
}

/// Answers with the number of the build, once it differs from the one that the page has.
async fn build_number(mut live: Live, query: Option<&str>) -> Response<Body> {
    let known = query.and_then(|query| query.strip_prefix("after=")?.parse::<u64>().ok());
    let is_new = |served: &Arc<Served>| Some(served.number) != known;
    let number = match tokio::time::timeout(PATIENCE, live.wait_for(is_new)).await {
        Ok(Ok(served)) => served.number,
        // Nothing new in time, or the watching is over: the page asks again.
        Ok(Err(_)) | Err(_) => known.unwrap_or_default(),
    };
    refusal(StatusCode::OK, &number.to_string())
}

/// Sends the browser to a folder's page, as static hosts do: addresses in it are relative to it.
fn moved(path: &str) -> Response<Body> {
    let mut response = refusal(StatusCode::PERMANENT_REDIRECT, "It is a folder.");
    let folder = header_value(&format!("{path}/"));
    response.headers_mut().insert(header::LOCATION, folder);
    response
}

/// A short plain text that nobody keeps.
fn refusal(status: StatusCode, text: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(text.to_owned()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    guard(headers);
    response
}

/// The headers that every answer has: no guessing of types, no addresses told to others, no
/// sharing of this page's process with other sites.
fn guard(headers: &mut HeaderMap) {
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(http::CONTENT_SECURITY_HEADER),
    );
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-embedder-policy", "require-corp"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;
    use std::io::{Read, Write};
    use std::net::TcpStream;

    use super::*;
    use crate::files::read_tree;
    use crate::site::bundle::{Source, bundle};

    /// A server on a free port; it ends with the runtime.
    struct Server {
        address: SocketAddr,
        sender: watch::Sender<Arc<Served>>,
        _runtime: tokio::runtime::Runtime,
    }

    fn site_of(script: &str) -> Site {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let index = r#"<script src="{{file:app.js}}"></script>"#;
        fs::write(folder.path().join("index.html"), index).expect("writes");
        fs::write(folder.path().join("app.js"), script).expect("writes");
        fs::create_dir(folder.path().join("bench")).expect("creates");
        fs::write(folder.path().join("bench").join("index.html"), "a folder's").expect("writes");
        let sources = read_tree(folder.path())
            .expect("reads")
            .into_iter()
            .map(|(name, bytes)| Source::written(name, bytes))
            .chain([Source::made("page.wasm".to_owned(), b"\0asm".to_vec())])
            .collect();
        bundle(sources, &BTreeMap::new()).expect("bundles")
    }

    fn start(reloads: bool) -> Server {
        let mut site = site_of(&"work(); ".repeat(200));
        let cache = tempfile::tempdir().expect("a temporary folder");
        compress::compress(&mut site, cache.path()).expect("compresses");
        let (sender, receiver) = watch::channel(Arc::new(Served::new(site, 0, reloads)));
        let runtime = tokio::runtime::Runtime::new().expect("threads");
        let listener = runtime.block_on(listen(Some(0))).expect("a free port");
        let address = listener.local_addr().expect("it listens");
        runtime.spawn(async move { axum::serve(listener, router(receiver)).await });
        Server {
            address,
            sender,
            _runtime: runtime,
        }
    }

    struct Reply {
        head: String,
        body: Vec<u8>,
    }

    impl Server {
        /// Sends what a browser would not let a page send.
        fn ask(&self, line: &str, headers: &str) -> Reply {
            let mut stream = TcpStream::connect(self.address).expect("connects");
            stream
                .set_read_timeout(Some(Duration::from_secs(20)))
                .expect("sets the limit");
            write!(
                stream,
                "{line} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n"
            )
            .expect("sends");
            let mut reply = Vec::new();
            stream.read_to_end(&mut reply).expect("receives");
            let end = reply
                .windows(4)
                .position(|window| window == b"\r\n\r\n")
                .expect("a head");
            let head = String::from_utf8_lossy(&reply[..end]).to_lowercase();
            Reply {
                head,
                body: reply[end + 4..].to_vec(),
            }
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
        for path in ["/", "/none"] {
            let head = server.get(path).head;
            for guard in [
                "content-security-policy: default-src 'none';",
                "frame-ancestors 'none'",
                "x-content-type-options: nosniff",
                "referrer-policy: no-referrer",
                "cross-origin-opener-policy: same-origin",
                "cross-origin-embedder-policy: require-corp",
            ] {
                assert!(head.contains(guard), "{path} has no {guard}: {head}");
            }
        }
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
        let status = |reply: Reply| reply.head.split(' ').nth(1).unwrap_or_default().to_owned();
        assert_eq!(status(server.ask("GET /", "Host: evil.example\r\n")), "403");
        assert_eq!(
            status(server.ask("GET /", "Host: 127.0.0.1.evil.example\r\n")),
            "403"
        );
        assert_eq!(status(server.ask("GET /", "")), "403");
        for path in [
            "/../Cargo.toml",
            "/%2e%2e/Cargo.toml",
            "/..%2fCargo.toml",
            "/..%5cCargo.toml",
        ] {
            assert_eq!(status(server.get(path)), "400", "{path}");
        }
        assert_eq!(status(server.get("/Cargo.toml")), "404");
        assert_eq!(status(server.get("/none")), "404");
        assert_eq!(status(server.ask("POST /", "Host: localhost\r\n")), "405");
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
        let next = Served::new(site_of("changed()"), 1, true);
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
}
