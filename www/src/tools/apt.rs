//! Installs Debian packages where this program runs as root.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context, Result};

use crate::process;

/// Whether this is Debian or a derivative, and this process runs as root.
pub(crate) fn usable() -> bool {
    Path::new("/etc/debian_version").is_file()
        && Path::new("/usr/bin/apt-get").is_file()
        && is_root()
}

/// Installs packages, and removes none in exchange. The package lists are refreshed once per process.
pub(crate) fn install(packages: &[&str]) -> Result<()> {
    static REFRESHED: OnceLock<()> = OnceLock::new();
    if REFRESHED.get().is_none() {
        process::run(apt_get().arg("update"))
            .context("could not refresh Debian's package lists; check the network")?;
        REFRESHED.get_or_init(|| ());
    }
    process::run(
        apt_get()
            .args(["install", "--yes", "--no-install-recommends", "--no-remove"])
            .args(packages),
    )
    .with_context(|| {
        format!(
            "could not install the Debian packages {}",
            packages.join(" ")
        )
    })
}

fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    command
        .arg("--quiet=2")
        .env("DEBIAN_FRONTEND", "noninteractive");
    command
}

#[cfg(unix)]
fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}
