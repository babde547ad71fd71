//! The server of a benchmark: the site, and one address that takes what the page reports. Nobody but
//! the page that was opened knows that address.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::post;
use tokio::sync::mpsc;

use crate::serve::request as http;
use crate::serve::{self, Live};

/// What the page puts before the token (`REPORT` in app/src/panels/bench/mod.rs).
const REPORT: &str = "__bench";

/// Serves the site, and hands on what comes to the token's address: signs of life, then a report.
pub(super) fn router(live: Live, token: &str, reports: mpsc::Sender<String>) -> Router {
    let take = post(take).with_state(reports);
    serve::router(live).route(&format!("/{REPORT}/{token}"), take)
}

async fn take(
    State(reports): State<mpsc::Sender<String>>,
    headers: HeaderMap,
    body: String,
) -> StatusCode {
    let host = headers.get(header::HOST);
    let host = host.and_then(|host| host.to_str().ok());
    if !host.is_some_and(http::is_local_host) {
        return StatusCode::FORBIDDEN;
    }
    match reports.try_send(body) {
        Ok(()) => StatusCode::NO_CONTENT,
        // Nobody waits any more, or too much came at once.
        Err(_) => StatusCode::CONFLICT,
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{Ipv4Addr, SocketAddr, TcpStream};
    use std::sync::Arc;
    use std::time::Duration;

    use tokio::sync::watch;

    use super::*;
    use crate::serve::Served;
    use crate::site::bundle::Site;

    fn ask(address: SocketAddr, line: &str, host: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(address).expect("connects");
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .expect("sets the limit");
        write!(
            stream,
            "{line} HTTP/1.1\r\nHost: {host}\r\nContent-Type: text/plain;charset=UTF-8\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
        .expect("sends");
        let mut reply = String::new();
        stream.read_to_string(&mut reply).expect("receives");
        reply.split(' ').nth(1).unwrap_or_default().to_owned()
    }

    #[test]
    fn only_the_token_takes_a_report_and_no_flood() {
        let site = Site { assets: Vec::new() };
        let (_sender, live) = watch::channel(Arc::new(Served::new(site, 0, false)));
        let (sender, mut receiver) = mpsc::channel(1);
        let runtime = tokio::runtime::Runtime::new().expect("threads");
        let bound = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
        let listener = runtime.block_on(bound).expect("a free port");
        let address = listener.local_addr().expect("it listens");
        let router = router(live, "0af9", sender);
        runtime.spawn(async move { axum::serve(listener, router).await });

        let ask = |line: &str, host: &str| ask(address, line, host, "{}");
        assert_eq!(ask("POST /__bench/0af8", "localhost"), "405");
        assert_eq!(ask("POST /__bench/0af9", "evil.example"), "403");
        assert_eq!(ask("GET /__bench/0af9", "localhost"), "405");
        assert!(receiver.try_recv().is_err(), "nothing was taken so far");
        assert_eq!(ask("POST /__bench/0af9", "localhost"), "204");
        assert_eq!(ask("POST /__bench/0af9", "localhost"), "409");
        assert_eq!(receiver.try_recv().as_deref(), Ok("{}"));
    }
}
