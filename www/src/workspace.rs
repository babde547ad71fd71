//! The folders of this repository: no other file names them.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The folders of the workspace.
#[derive(Clone, Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// The workspace that `cargo lab` was called in, or else the one that this program was built from.
    pub(crate) fn find() -> Result<Self> {
        // `cargo run` sets the variable. The compiled-in path may be another one: copies of this repository
        // can share a target folder, and so this program.
        let here = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = here
            .parent()
            .with_context(|| format!("{} has no parent folder", here.display()))?
            .to_path_buf();
        // Cargo resolves relative values against the current folder.
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

    /// The target folder of wasm builds, and the folder of their caches. It is separate from the native one,
    /// because another `rustc` may write to it and because Cargo locks a target folder during a check.
    pub(crate) fn site_target(&self) -> PathBuf {
        self.target.join("site")
    }

    /// The static files that go into every site.
    pub(crate) fn site_sources(&self) -> PathBuf {
        self.root.join("www").join("site")
    }

    /// The page's texts, a folder for each language.
    pub(crate) fn texts(&self) -> PathBuf {
        self.root.join("app").join("texts")
    }

    /// The folders that `serve --dev` watches.
    pub(crate) fn watched(&self) -> [PathBuf; 4] {
        [
            self.root.join("core").join("src"),
            self.root.join("app").join("src"),
            self.texts(),
            self.site_sources(),
        ]
    }
}
