//! The check of a machine with a GPU and without a network: a bundle of everything that it needs, and the
//! checks themselves.

mod archive;
mod bundle;
mod layout;
mod libraries;
mod machine;
mod native;
mod pages;
mod report;
mod training;

use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch;

use self::layout::Layout;
use self::native::Native;
use self::pages::Pages;
use self::report::{Report, Weight};
use crate::files::read_tree;
use crate::serve::{self, ServedSite};
use crate::site::{Asset, Site};
use crate::workspace::Workspace;

/// Arguments of `cargo lab bundle-gpu`.
#[derive(clap::Args, Debug)]
pub(crate) struct BundleOptions {
    /// The folder to write (created if missing, else empty)
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Largest part of the archive, in megabytes
    #[arg(long, value_name = "MB", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..))]
    part_mb: u64,
}

/// Arguments of the check.
#[derive(clap::Args, Debug)]
pub(crate) struct CheckOptions {
    /// The folder of the bundle, with all its parts
    #[arg(long, value_name = "DIR")]
    bundle: PathBuf,
    /// The folder for result.json and the pictures (created if missing)
    #[arg(long, value_name = "DIR", default_value = "result")]
    out: PathBuf,
    /// Minutes for everything
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u64).range(1..))]
    minutes: u64,
    /// Seconds for each measurement
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
}

/// Makes a bundle.
pub(crate) fn bundle(workspace: &Workspace, options: &BundleOptions) -> Result<()> {
    bundle::make(workspace, &options.out, options.part_mb * 1_000_000)
}

/// Unpacks a bundle, makes all checks, and writes what was found. A check that fails is an error.
pub(crate) fn check(options: &CheckOptions) -> Result<()> {
    let mut report = Report::begin(Duration::from_secs(60 * options.minutes));
    let out = std::path::absolute(&options.out)?;
    fs::create_dir_all(&out).with_context(|| format!("cannot create {}", out.display()))?;
    report.machine = machine::machine();
    // On the disk: the memory of a machine may be its temporary folder.
    let unpacked = tempfile::tempdir_in(&out).context("cannot create a folder")?;
    let unpack = Duration::from_secs(120);
    let ready = report.part("unpack the bundle", Weight::Check, unpack, |_, _| {
        archive::unpack(&options.bundle, unpacked.path())?;
        Ok(serde_json::Value::Null)
    });
    if ready {
        let layout = Layout::new(unpacked.path());
        let installed = libraries::installed();
        let mut variables = Vec::new();
        if !installed.contains("libvulkan.so.1") {
            variables.push(library_path(&layout.vulkan()));
        }
        let native = Native {
            layout: &layout,
            out: &out,
            variables,
            seconds: options.seconds,
        };
        native.check(&mut report);
        in_chromium(options, &layout, &installed, &out, &mut report);
    }
    let file = out.join("result.json");
    fs::write(&file, report.end()?).with_context(|| format!("cannot write {}", file.display()))?;
    print!("{}", report.table());
    println!("{}", file.display());
    report.verdict()
}

/// Serves the pages, and makes the parts in Chromium.
fn in_chromium(
    options: &CheckOptions,
    layout: &Layout,
    installed: &std::collections::BTreeSet<String>,
    out: &Path,
    report: &mut Report,
) {
    let missing = out.join("libraries");
    let served = || -> Result<_> {
        let runtime = tokio::runtime::Runtime::new().context("cannot start the server")?;
        let site = runtime.block_on(serve(&layout.site(), true))?;
        let peers = runtime.block_on(serve(&layout.peers(), false))?;
        // Links of an earlier check lead nowhere.
        if missing.exists() {
            fs::remove_dir_all(&missing)?;
        }
        libraries::link_missing(&layout.libraries(), installed, &missing)?;
        let variables = vec![library_path(&missing), fonts(layout, out)?];
        Ok((runtime, site, peers, variables))
    };
    let (_runtime, site, peers, variables) = match served() {
        Ok(served) => served,
        Err(error) => {
            report.fail("serve the pages", &format!("{error:#}"));
            return;
        }
    };
    let pages = Pages {
        chrome: layout.chromium_program(),
        variables,
        site,
        peers,
        out,
        seconds: options.seconds,
    };
    pages.check(report);
    // They lead nowhere once the bundle is removed; what is left harms nobody.
    let _ = fs::remove_dir_all(&missing);
}

/// The variable by which a program finds libraries in a folder, before those that are found anyway.
fn library_path(folder: &Path) -> (String, String) {
    let before = std::env::var("LD_LIBRARY_PATH").ok();
    let before = before.filter(|folders| !folders.is_empty());
    let folders = before.map_or(String::new(), |folders| format!(":{folders}"));
    (
        "LD_LIBRARY_PATH".to_owned(),
        format!("{}{folders}", folder.display()),
    )
}

/// The variable by which Chromium finds the bundle's fonts, and the machine's own.
fn fonts(layout: &Layout, out: &Path) -> Result<(String, String)> {
    let file = out.join("fonts.conf");
    let text = format!(
        "<?xml version=\"1.0\"?>\n<!DOCTYPE fontconfig SYSTEM \"urn:fontconfig:fonts.dtd\">\n\
         <fontconfig>\n<dir>{}</dir>\n<dir>/usr/share/fonts</dir>\n<cachedir prefix=\"xdg\">fontconfig</cachedir>\n\
         </fontconfig>\n",
        layout.fonts().display()
    );
    fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
    Ok((
        "FONTCONFIG_FILE".to_owned(),
        file.to_string_lossy().into_owned(),
    ))
}

/// Serves a folder on this machine's loopback address, and returns its address.
async fn serve(folder: &Path, with_policy: bool) -> Result<String> {
    let files = read_tree(folder)?;
    ensure!(!files.is_empty(), "{} is empty", folder.display());
    let assets = files.into_iter().map(|(name, bytes)| Asset {
        name,
        bytes,
        brotli: None,
        immutable: false,
    });
    let site = Site {
        assets: assets.collect(),
    };
    let (sender, latest) = watch::channel(Arc::new(ServedSite::new(site, 0, false)));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .context("there is no free port on 127.0.0.1")?;
    let address = format!("http://{}/", listener.local_addr()?);
    let router = if with_policy {
        serve::router(latest, Router::new())
    } else {
        serve::router_without_policy(latest)
    };
    tokio::spawn(async move {
        let _kept = sender;
        axum::serve(listener, router).await
    });
    Ok(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_served_as_it_is() {
        let scratch = tempfile::tempdir().expect("a temporary folder");
        fs::write(scratch.path().join("step.html"), "it").expect("writes");
        let runtime = tokio::runtime::Runtime::new().expect("it starts");
        let address = runtime
            .block_on(serve(scratch.path(), false))
            .expect("it is served");
        assert!(address.starts_with("http://127.0.0.1:") && address.ends_with('/'));
        let empty = tempfile::tempdir().expect("a temporary folder");
        assert!(runtime.block_on(serve(empty.path(), true)).is_err());
    }

    #[test]
    fn a_bundle_without_parts_fails_and_says_so() {
        let (bundle, out) = (tempfile::tempdir(), tempfile::tempdir());
        let (bundle, out) = (bundle.expect("a folder"), out.expect("a folder"));
        let options = CheckOptions {
            bundle: bundle.path().to_path_buf(),
            out: out.path().to_path_buf(),
            minutes: 1,
            seconds: 1,
        };
        let error = check(&options).expect_err("there is nothing to check with");
        assert!(error.to_string().contains("unpack the bundle"), "{error:#}");
        let text = fs::read_to_string(out.path().join("result.json")).expect("it is written");
        let found: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
        assert_eq!(found["passed"], false);
        let message = found["parts"][0]["message"].as_str().unwrap_or_default();
        assert!(message.contains("copy all of them"), "{message}");
    }
}
