//! `cargo lab serve`: the site on this machine's loopback address, from memory.

mod rebuild;
mod request;
mod router;
#[cfg(test)]
pub(crate) mod test_client;
#[cfg(test)]
mod tests;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::{Context, Result};
use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch;

pub(crate) use self::router::{LatestSite, ServedSite, router, router_without_policy};
use crate::progress::Progress;
use crate::site::{self, Profile};
use crate::tools;
use crate::workspace::Workspace;

const DEFAULT_PORT: u16 = 8017;

/// How many ports from the default one on are tried.
const PORTS_TRIED: u16 = 20;

/// Arguments of `cargo lab serve`.
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
    let mut progress = Progress::default();
    let toolchain = tools::wasm_toolchain(workspace, &mut progress)?;
    // Taken before the build: what changes during it is built again.
    let sources = rebuild::snapshot(&workspace.watched());
    let profile = if options.dev {
        Profile::Dev
    } else {
        Profile::Local
    };
    // Nothing is compressed: on the loopback address that would make visits slower.
    let site = site::build(workspace, &toolchain, profile, &mut progress)?;
    progress.print_durations();

    let (sender, latest) = watch::channel(Arc::new(ServedSite::new(site, 0, options.dev)));
    // Dropping the watcher would end the watching.
    let _watcher = if options.dev {
        let workspace = workspace.clone();
        Some(rebuild::watch_sources(
            workspace, toolchain, sender, sources,
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
            open_browser(&address);
        }
        axum::serve(listener, router(latest, Router::new()))
            .await
            .context("the server stopped")
    })
}

/// Listens on the loopback address: on `port`, or else on the first free one from the default one on.
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

/// Opens the address in the default browser, unless Linux has no screen: it would start a text browser in
/// this terminal.
fn open_browser(address: &str) {
    let has_screen = !cfg!(target_os = "linux")
        || ["DISPLAY", "WAYLAND_DISPLAY"]
            .iter()
            .any(|name| std::env::var_os(name).is_some());
    if has_screen && let Err(error) = opener::open_browser(address) {
        eprintln!("   The browser could not be opened ({error}); open the address above yourself.");
    }
}
