//! A server on a free port, and requests that no browser would send.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use axum::Router;

/// Ends when it is dropped.
pub(crate) struct TestServer {
    address: SocketAddr,
    _runtime: tokio::runtime::Runtime,
}

/// An answer's head in lower case, and its body.
pub(crate) struct Reply {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn status(&self) -> &str {
        self.head.split(' ').nth(1).unwrap_or_default()
    }
}

impl TestServer {
    pub(crate) fn start(router: Router) -> Self {
        let runtime = tokio::runtime::Runtime::new().expect("threads");
        let listener = runtime
            .block_on(super::listen(Some(0)))
            .expect("a free port");
        let address = listener.local_addr().expect("it listens");
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self {
            address,
            _runtime: runtime,
        }
    }

    /// `line` is the method and the path; each of `headers` ends with a line break.
    pub(crate) fn ask(&self, line: &str, headers: &str, body: &str) -> Reply {
        let mut stream = TcpStream::connect(self.address).expect("connects");
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .expect("sets the limit");
        write!(
            stream,
            "{line} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n{body}"
        )
        .expect("sends");
        let mut reply = Vec::new();
        stream.read_to_end(&mut reply).expect("receives");
        let end = reply
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
            .expect("a head");
        Reply {
            head: String::from_utf8_lossy(&reply[..end]).to_lowercase(),
            body: reply[end + 4..].to_vec(),
        }
    }
}
