//! From two crates to two wasm modules with their JavaScript glue.
//!
//! Cargo decides by itself what is fresh. What follows takes seconds on the engine's megabytes, so
//! its output is kept under the hash of its input: the page is cut into what it needs at once and
//! what can come later ([`crate::site::code_splitting`]), and wasm-bindgen writes the glue.
//!
//! Binaryen's `wasm-opt` is not used. After the link-time optimisation of the whole module it takes
//! 15 % off the engine as it lies on the disk, and nothing off what is sent: compressed with Brotli
//! the page stays as large and the engine grows by 3 %.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use crate::files::{prune, read_tree};
use crate::process;
use crate::progress::Report;
use crate::site::code_splitting as parts;
use crate::tools::Toolchain;
use crate::workspace::Workspace;

/// How many earlier outputs of wasm-bindgen are kept.
const KEPT: usize = 8;

/// Whether a module is built to be small and fast, or to be built fast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flavor {
    /// What visitors get.
    Release,
    /// What `serve --dev` rebuilds at every change: little optimised, function names kept.
    Dev,
}

impl Flavor {
    fn profile(self) -> &'static str {
        match self {
            Self::Release => "wasm",
            Self::Dev => "wasm-dev",
        }
    }
}

/// One wasm module of the site.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Module {
    /// Its name in the site: `engine` gives `engine.wasm` and `engine.js`.
    pub(crate) name: &'static str,
    /// The subcommand and the selection, as Cargo takes them.
    cargo: &'static [&'static str],
    /// Settings of Cargo for this module alone, on top of the workspace's.
    config: &'static [&'static str],
    /// Arguments of the compiler for the last crate alone.
    rustc: &'static [&'static str],
    /// The file that Cargo writes.
    file: &'static str,
    /// Whether parts of it are loaded later.
    parted: bool,
}

impl Module {
    /// Each module has its own target folder. In a shared one, the page's `rsc-core` (types only)
    /// and the engine's would both be written to `deps/rsc_core.wasm`, and Cargo would take the
    /// one for the other.
    fn target(self, workspace: &Workspace) -> PathBuf {
        workspace.site_target().join(self.name)
    }
}

/// The Burn engine, which runs in a worker. `cargo rustc` makes a wasm module of the library for
/// this build alone, so that no other build links one.
pub(crate) const ENGINE: Module = Module {
    name: "engine",
    cargo: &[
        "rustc",
        "--package=rsc-core",
        "--lib",
        "--crate-type=cdylib",
        "--no-default-features",
        "--features=worker",
    ],
    // The loops of the convolution are the engine's own; the page has no need of fast ones.
    config: &["profile.wasm.package.rsc-core.opt-level = 3"],
    rustc: &[],
    file: "rsc_core.wasm",
    parted: false,
};

/// The page. It computes little, and is to come quickly: so it is built for size above all, and
/// Leptos boxes the views of components instead of making one type of each combination of them.
pub(crate) const PAGE: Module = Module {
    name: "page",
    cargo: &["rustc", "--package=rsc-app", "--bin=rsc-app"],
    config: &[
        r#"target.wasm32-unknown-unknown.rustflags = ["--cfg", "erase_components"]"#,
        r#"profile.wasm.opt-level = "z""#,
    ],
    // By these it is known which function needs which.
    rustc: &["-Clink-arg=--emit-relocs"],
    file: "rsc-app.wasm",
    parted: true,
};

/// What wasm-bindgen makes of a module.
#[derive(Debug)]
pub(crate) struct Bound {
    /// The module, without what only wasm-bindgen needed.
    pub(crate) wasm: Vec<u8>,
    /// Its JavaScript glue, an ES module.
    pub(crate) js: Vec<u8>,
    /// JavaScript files that crates bring along, which the glue imports by these relative names.
    pub(crate) snippets: Vec<(String, Vec<u8>)>,
    /// Files that are loaded later, by relative names that change with their content.
    pub(crate) parts: Vec<(String, Vec<u8>)>,
}

/// Compiles a module and binds it.
pub(crate) fn build(
    module: Module,
    flavor: Flavor,
    workspace: &Workspace,
    toolchain: &Toolchain,
    report: &mut Report,
) -> Result<Bound> {
    report.loud(&format!("compile the {} to wasm", module.name), || {
        compile(module, flavor, workspace, toolchain)
    })?;
    let file = module
        .target(workspace)
        .join(crate::tools::WASM_TARGET)
        .join(flavor.profile())
        .join(module.file);
    report.quiet(&format!("bind the {}", module.name), || {
        let wasm = fs::read(&file)
            .with_context(|| format!("Cargo succeeded but left no {}", file.display()))?;
        let cache = workspace.site_target().join("bindgen");
        bind(module, &wasm, flavor, &cache)
    })
}

fn compile(
    module: Module,
    flavor: Flavor,
    workspace: &Workspace,
    toolchain: &Toolchain,
) -> Result<()> {
    let (verb, selection) = module
        .cargo
        .split_first()
        .context("a module without a subcommand")?;
    let mut command = toolchain.cargo(workspace, verb, &module.target(workspace));
    for setting in module.config {
        command.args(["--config", setting]);
    }
    process::run(
        command
            .args(selection)
            .args(["--profile", flavor.profile(), "--"])
            .args(module.rustc),
    )
}

/// Makes of a module what the site ships, or takes what an earlier run made of the same bytes. The
/// bytes name the version of wasm-bindgen too, so a new version never meets an old output.
fn bind(module: Module, wasm: &[u8], flavor: Flavor, cache: &Path) -> Result<Bound> {
    let key = blake3::hash(wasm).to_hex();
    let folder = cache.join(format!(
        "{}-{}-{}",
        module.name,
        flavor.profile(),
        &key[..24]
    ));
    // Its name is in the module too, so it cannot be that of the files.
    let later = format!("later-{}", &key[..12]);
    if !folder.is_dir() {
        fs::create_dir_all(cache).with_context(|| format!("cannot create {}", cache.display()))?;
        let made =
            tempfile::tempdir_in(cache).context("cannot create a folder for wasm-bindgen")?;
        make(module, wasm, flavor, &later, made.path())?;
        // Whole or not at all: a run that is stopped halfway leaves no half output behind.
        fs::rename(made.keep(), &folder).with_context(|| {
            format!("cannot move wasm-bindgen's output to {}", folder.display())
        })?;
        prune(cache, KEPT)?;
    }
    read_bound(module.name, &later, &folder)
}

fn make(module: Module, wasm: &[u8], flavor: Flavor, later: &str, folder: &Path) -> Result<()> {
    let first = if module.parted {
        let divided = parts::divide(wasm, later, flavor == Flavor::Dev, folder);
        let name = module.name;
        Some(divided.with_context(|| format!("the {name} module could not be divided"))?)
    } else {
        None
    };
    let wasm = first.as_deref().unwrap_or(wasm);
    generate(module, wasm, flavor, folder)
        .with_context(|| format!("wasm-bindgen could not bind the {} module", module.name))
}

fn generate(module: Module, wasm: &[u8], flavor: Flavor, folder: &Path) -> Result<()> {
    let keep_names = flavor == Flavor::Dev;
    Bindgen::new()
        .input_bytes(module.name, wasm.to_vec())
        .out_name(module.name)
        .web(true)?
        .typescript(false)
        // The loader passes the address: the file's name has a hash that the glue cannot know.
        .omit_default_module_path(true)
        // What comes later takes its place in the table of functions.
        .keep_lld_exports(module.parted)
        .demangle(keep_names)
        .remove_name_section(!keep_names)
        .remove_producers_section(true)
        .generate(folder)
}

fn read_bound(name: &str, later: &str, folder: &Path) -> Result<Bound> {
    let read =
        |file: PathBuf| fs::read(&file).with_context(|| format!("cannot read {}", file.display()));
    let tree = |within: &str| -> Result<Vec<(String, Vec<u8>)>> {
        let folder = folder.join(within);
        if !folder.is_dir() {
            return Ok(Vec::new());
        }
        let named = |(relative, bytes)| (format!("{within}/{relative}"), bytes);
        Ok(read_tree(&folder)?.into_iter().map(named).collect())
    };
    Ok(Bound {
        wasm: read(folder.join(format!("{name}_bg.wasm")))?,
        js: read(folder.join(format!("{name}.js")))?,
        snippets: tree("snippets")?,
        parts: tree(later)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_module_are_an_error() {
        let cache = tempfile::tempdir().expect("a temporary folder");
        let error = bind(ENGINE, b"no wasm", Flavor::Release, cache.path())
            .expect_err("these bytes are no module");
        assert!(format!("{error:#}").contains("could not bind the engine"));
        let left = fs::read_dir(cache.path()).expect("lists").count();
        assert_eq!(left, 0, "nothing half made stays in the cache");
    }
}
