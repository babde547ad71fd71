//! Where things lie in this repository, so that no other file joins paths by hand.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The folders of the workspace.
#[derive(Clone, Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// The workspace that `cargo lab` was called in, or else the one this program was built from.
    pub(crate) fn find() -> Result<Self> {
        // `cargo run` sets it; copies of this repository may share a target folder, and with it
        // this very program.
        let here = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = here
            .parent()
            .with_context(|| format!("{} has no parent folder", here.display()))?
            .to_path_buf();
        // Relative values are taken from the current folder, as Cargo takes them.
        let target = match std::env::var_os("CARGO_TARGET_DIR") {
            Some(folder) => std::path::absolute(folder)
                .context("CARGO_TARGET_DIR does not name a folder; unset or correct it")?,
            None => root.join("target"),
        };
        Ok(Self { root, target })
    }

    /// The folder of the workspace's `Cargo.toml`.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Cargo's output for native builds.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// Where the wasm builds and what is made from them lie. It is not the native one, because another `rustc`
    /// may write it and because a running `cargo check` must not hold it.
    pub(crate) fn site_target(&self) -> PathBuf {
        self.target.join("site")
    }

    /// The static files that go into every site.
    pub(crate) fn site_sources(&self) -> PathBuf {
        self.root.join("www").join("site")
    }

    /// The page's words, a folder for each language.
    pub(crate) fn texts(&self) -> PathBuf {
        self.root.join("app").join("texts")
    }

    /// What `--dev` watches.
    pub(crate) fn watched(&self) -> [PathBuf; 4] {
        [
            self.root.join("core").join("src"),
            self.root.join("app").join("src"),
            self.texts(),
            self.site_sources(),
        ]
    }
}
