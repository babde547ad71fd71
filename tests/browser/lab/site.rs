//! Serves the built site below a sub-path, as a plain static host does.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::{fs, thread};

use anyhow::{Context, Result, bail, ensure};

/// The path of the site on its server. It is not the root, so that absolute paths fail.
const BASE: &str = "/some/where/lab/";

/// A script that a test runs in the engine's workers before their own.
#[derive(Clone, Default)]
pub(crate) struct WorkerPrelude(Arc<Mutex<String>>);

impl WorkerPrelude {
    /// Applies to every worker that starts from now on.
    pub(crate) fn set(&self, script: &str) {
        let mut prelude = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        script.clone_into(&mut prelude);
    }

    /// What is served before the content of this file.
    fn before(&self, file: &Path) -> String {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        if !(name.starts_with("worker") && name.ends_with(".js")) {
            return String::new();
        }
        let prelude = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        prelude.clone()
    }
}

/// The folder that a server hands out, which a test may change while pages are open.
#[derive(Clone)]
pub(crate) struct ServedFolder(Arc<Mutex<Option<PathBuf>>>);

impl ServedFolder {
    fn new(folder: &Path) -> Self {
        Self(Arc::new(Mutex::new(Some(folder.to_owned()))))
    }

    fn now(&self) -> Option<PathBuf> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Hands out this folder from now on.
    pub(crate) fn change(&self, folder: &Path) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(folder.to_owned());
    }

    /// Answers nobody from now on, as if the network were off.
    pub(crate) fn stop(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// The folder of the built site, from `RSC_SITE`.
pub(crate) fn site_folder() -> Result<PathBuf> {
    let Some(folder) = std::env::var_os("RSC_SITE") else {
        bail!(
            "RSC_SITE is not set: it names the folder of the built site. `cargo lab test` builds \
             the site and runs these tests on it"
        );
    };
    let folder = PathBuf::from(folder);
    ensure!(
        folder.join("index.html").is_file(),
        "RSC_SITE is {}, which has no index.html: `cargo lab build --out DIR` writes a site",
        folder.display()
    );
    Ok(folder)
}

/// A server of the built site, until the process ends.
pub(crate) struct Site {
    address: SocketAddr,
    /// Script that runs in workers before their own.
    pub(crate) worker_prelude: WorkerPrelude,
    /// What it hands out.
    pub(crate) folder: ServedFolder,
}

impl Site {
    /// Serves `folder` on a free port.
    pub(crate) fn serve(folder: &Path) -> Result<Self> {
        Self::serve_on_free_port(folder, String::new())
    }

    /// As [`Site::serve`], with the headers of `cargo lab serve` for the whole page; the policy is read from the page.
    pub(crate) fn serve_with_headers(folder: &Path) -> Result<Self> {
        let index = fs::read_to_string(folder.join("index.html"))?;
        let policy = index
            .split("http-equiv=\"Content-Security-Policy\" content=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .context("the page has no policy")?;
        let policy = format!("{policy}; frame-ancestors 'none'");
        let headers = [
            ("Content-Security-Policy", policy.as_str()),
            ("Cross-Origin-Opener-Policy", "same-origin"),
            ("Cross-Origin-Embedder-Policy", "require-corp"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
            ("X-Content-Type-Options", "nosniff"),
        ];
        let headers = headers.map(|(name, value)| format!("{name}: {value}\r\n"));
        Self::serve_on_free_port(folder, headers.concat())
    }

    fn serve_on_free_port(folder: &Path, headers: String) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?;
        let address = listener.local_addr()?;
        let served = ServedFolder::new(folder);
        let folder = served.clone();
        let prelude = WorkerPrelude::default();
        let before = prelude.clone();
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let Some(folder) = folder.now() else {
                    continue;
                };
                let headers = headers.clone();
                let before = before.clone();
                // An error concerns one connection only: browsers abort them all the time.
                thread::spawn(move || {
                    let request = read_request(&stream);
                    let _ = request.and_then(|request| {
                        answer(&folder, (&headers, &before), &request, &mut stream)
                    });
                });
            }
        });
        Ok(Self {
            address,
            worker_prelude: prelude,
            folder: served,
        })
    }

    /// `http://127.0.0.1:…`
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The page's address with this query.
    pub(crate) fn page(&self, query: &str) -> String {
        format!("{}{BASE}{query}", self.origin())
    }
}

/// The request line; the headers are read and discarded.
fn read_request(stream: &TcpStream) -> Result<String> {
    let mut lines = BufReader::new(stream).lines();
    let request = lines.next().context("the connection was closed")??;
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    Ok(request)
}

fn answer(
    folder: &Path,
    (headers, prelude): (&str, &WorkerPrelude),
    request: &str,
    stream: &mut TcpStream,
) -> Result<()> {
    let target = request.split(' ').nth(1).unwrap_or_default();
    let path = target.split(['?', '#']).next().unwrap_or_default();
    match file(folder, path).map(|file| (fs::read(&file), file)) {
        Some((Ok(bytes), file)) => {
            let mut whole = prelude.before(&file).into_bytes();
            whole.extend(bytes);
            respond(stream, "200 OK", headers, media_type(&file), &whole)
        }
        _ => respond(stream, "404 Not Found", headers, "text/plain", b"not found"),
    }
}

/// The file behind a path, if it lies below [`BASE`] and within the folder.
fn file(folder: &Path, path: &str) -> Option<PathBuf> {
    let inner = Path::new(path.strip_prefix(BASE)?);
    let inside = inner
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    let inner = if inner.as_os_str().is_empty() {
        Path::new("index.html")
    } else {
        inner
    };
    inside.then(|| folder.join(inner))
}

/// The media type that a plain static host sends.
fn media_type(file: &Path) -> &'static str {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("json") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("webp") => "image/webp",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

fn respond(
    stream: &mut TcpStream,
    status: &str,
    headers: &str,
    media_type: &str,
    body: &[u8],
) -> Result<()> {
    let head = format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Type: {media_type}\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)?;
    Ok(stream.flush()?)
}
