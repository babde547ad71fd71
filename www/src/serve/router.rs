//! Answers requests from a site in memory.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use tokio::sync::watch;

use super::request;
use crate::site::{Site, framing, media_type, security_policy};

/// The address at which the reload script asks for the number of the build.
const BUILD_NUMBER: &str = "__build";

/// How long that request waits for a new build before it is answered.
const LONG_POLL_LIMIT: Duration = Duration::from_secs(25);

/// Headers of every answer beside the Content-Security-Policy: browsers must not guess media types, nor
/// tell other sites the page's address, nor share its process with them. What is made for other sites may be
/// loaded by them.
const SECURITY_HEADERS: [(&str, &str); 5] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-embedder-policy", "require-corp"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// For answers other than files.
const NOT_CACHED: (header::HeaderName, &str) = (header::CACHE_CONTROL, "no-store");

/// The latest build; its sender replaces it.
pub(crate) type LatestSite = watch::Receiver<Arc<ServedSite>>;

/// A site whose headers are computed.
#[derive(Debug)]
pub(crate) struct ServedSite {
    files: HashMap<String, ServedFile>,
    build_number: u64,
    live_reload: bool,
}

#[derive(Debug)]
struct ServedFile {
    bytes: Bytes,
    brotli: Option<Bytes>,
    media_type: HeaderValue,
    etag: HeaderValue,
    immutable: bool,
}

impl ServedSite {
    /// `build_number` counts the builds of this run. With `live_reload` pages may ask for it.
    pub(crate) fn new(site: Site, build_number: u64, live_reload: bool) -> Self {
        let files = site
            .assets
            .into_iter()
            .map(|asset| {
                let etag = format!("\"{}\"", &blake3::hash(&asset.bytes).to_hex()[..16]);
                let file = ServedFile {
                    media_type: header_value(&media_type(&asset.name)),
                    etag: header_value(&etag),
                    bytes: asset.bytes.into(),
                    brotli: asset.brotli.map(Bytes::from),
                    immutable: asset.immutable,
                };
                (asset.name, file)
            })
            .collect();
        Self {
            files,
            build_number,
            live_reload,
        }
    }

    /// How many builds of this run came before.
    pub(crate) fn build_number(&self) -> u64 {
        self.build_number
    }
}

/// A text that can be no header's value becomes an empty one.
fn header_value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""))
}

/// Serves the site, and `routes` beside it, to this machine alone.
pub(crate) fn router(site: LatestSite, routes: Router) -> Router {
    Router::new()
        .fallback(answer)
        .with_state(site)
        .merge(routes)
        .layer(middleware::from_fn(require_local_host))
        .layer(middleware::from_fn(add_security_headers))
}

/// Serves pages that are not this project's, which have no policy. They may share memory between threads.
pub(crate) fn router_without_policy(site: LatestSite) -> Router {
    let isolated = async |request: Request, next: Next| {
        let mut response = next.run(request).await;
        for (name, value) in SECURITY_HEADERS {
            response
                .headers_mut()
                .insert(name, HeaderValue::from_static(value));
        }
        response
    };
    Router::new()
        .fallback(answer)
        .with_state(site)
        .layer(middleware::from_fn(require_local_host))
        .layer(middleware::from_fn(isolated))
}

async fn require_local_host(request: Request, next: Next) -> Response {
    if header_text(request.headers(), header::HOST).is_some_and(request::is_local_host) {
        next.run(request).await
    } else {
        plain_text(
            StatusCode::FORBIDDEN,
            "This server answers to 127.0.0.1 and localhost only.",
        )
    }
}

async fn add_security_headers(request: Request, next: Next) -> Response {
    let is_embed = framing::is_embed(request.uri().query().unwrap_or_default());
    let is_for_others =
        is_embed || request.uri().path().strip_prefix('/') == Some(framing::ELEMENT);
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in SECURITY_HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let policy = if is_embed {
        security_policy::FOR_META
    } else {
        security_policy::FOR_HEADER
    };
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(policy),
    );
    if is_for_others {
        let anyone = HeaderValue::from_static("cross-origin");
        headers.insert("cross-origin-resource-policy", anyone);
    }
    response
}

async fn answer(State(mut latest): State<LatestSite>, request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return plain_text(
            StatusCode::METHOD_NOT_ALLOWED,
            "This server only hands out files.",
        );
    }
    let path = request.uri().path();
    let Some(name) = request::file_of(path) else {
        return plain_text(StatusCode::BAD_REQUEST, "That is no address of a file.");
    };
    let site = latest.borrow_and_update().clone();
    if site.live_reload && name == BUILD_NUMBER {
        return new_build_number(latest, request.uri().query()).await;
    }
    match site.files.get(&name) {
        Some(file) => send(file, request.headers()),
        None if site.files.contains_key(&format!("{name}/index.html")) => redirect_to_folder(path),
        None => plain_text(StatusCode::NOT_FOUND, "There is no such file here."),
    }
}

fn send(file: &ServedFile, request: &HeaderMap) -> Response {
    let is_unchanged = request.get(header::IF_NONE_MATCH) == Some(&file.etag);
    let takes_brotli =
        header_text(request, header::ACCEPT_ENCODING).is_some_and(request::accepts_brotli);
    let brotli = file.brotli.as_ref().filter(|_| takes_brotli);
    let mut response = if is_unchanged {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        brotli.unwrap_or(&file.bytes).clone().into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, file.media_type.clone());
    headers.insert(header::ETAG, file.etag.clone());
    let caching = if file.immutable {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    if file.brotli.is_some() {
        headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    }
    if brotli.is_some() && !is_unchanged {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
    }
    response
}

fn header_text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// Long polling: answers once the build's number differs from the one in the query.
async fn new_build_number(mut latest: LatestSite, query: Option<&str>) -> Response {
    let known = query.and_then(|query| query.strip_prefix("after=")?.parse::<u64>().ok());
    let is_new = |site: &Arc<ServedSite>| Some(site.build_number) != known;
    let number = match tokio::time::timeout(LONG_POLL_LIMIT, latest.wait_for(is_new)).await {
        Ok(Ok(site)) => site.build_number,
        // No new build within the limit, or watching has ended: the page asks again.
        Ok(Err(_)) | Err(_) => known.unwrap_or_default(),
    };
    plain_text(StatusCode::OK, number.to_string())
}

/// Static hosts do the same: addresses in the folder's page are relative to the folder.
fn redirect_to_folder(path: &str) -> Response {
    let redirect = Redirect::permanent(&format!("{path}/"));
    ([NOT_CACHED], redirect).into_response()
}

fn plain_text(status: StatusCode, text: impl IntoResponse) -> Response {
    (status, [NOT_CACHED], text).into_response()
}
