//! The address at which the server of a benchmark takes the page's report. A random token in it keeps
//! other programs out.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use tokio::sync::mpsc;

/// The path before the token; the page's benchmark has the same (`REPORT`).
const REPORT: &str = "__bench";

/// Takes `POST /__bench/<token>` and sends each body on: signs of life, then a report.
pub(super) fn routes(token: &str, bodies: mpsc::Sender<String>) -> Router {
    let route = post(receive).with_state(bodies);
    Router::new().route(&format!("/{REPORT}/{token}"), route)
}

async fn receive(State(bodies): State<mpsc::Sender<String>>, body: String) -> StatusCode {
    match bodies.try_send(body) {
        Ok(()) => StatusCode::NO_CONTENT,
        // The benchmark has ended, or its queue is full.
        Err(_) => StatusCode::CONFLICT,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::sync::watch;

    use super::*;
    use crate::serve::test_client::TestServer;
    use crate::serve::{ServedSite, router};
    use crate::site::Site;

    #[test]
    fn only_the_token_takes_a_report_and_no_flood() {
        let site = Site { assets: Vec::new() };
        let (_sender, latest) = watch::channel(Arc::new(ServedSite::new(site, 0, false)));
        let (sender, mut receiver) = mpsc::channel(1);
        let server = TestServer::start(router(latest, routes("0af9", sender)));

        let ask = |line: &str, host: &str| {
            let headers = format!(
                "Host: {host}\r\nContent-Type: text/plain;charset=UTF-8\r\nContent-Length: 2\r\n"
            );
            server.ask(line, &headers, "{}").status().to_owned()
        };
        assert_eq!(ask("POST /__bench/0af8", "localhost"), "405");
        assert_eq!(ask("POST /__bench/0af9", "evil.example"), "403");
        assert_eq!(ask("GET /__bench/0af9", "localhost"), "405");
        assert!(receiver.try_recv().is_err(), "nothing was taken so far");
        assert_eq!(ask("POST /__bench/0af9", "localhost"), "204");
        assert_eq!(ask("POST /__bench/0af9", "localhost"), "409");
        assert_eq!(receiver.try_recv().as_deref(), Ok("{}"));
    }
}
