//! From two crates to wasm modules with their JavaScript glue: the page, and the engine twice, with the CPU device
//! and with the GPU device; `serve` compiles one engine with both.
//!
//! Cargo decides itself what is up to date. Code splitting ([`super::code_splitting`]) and
//! wasm-bindgen take seconds on the engine's megabytes, so their output is cached under the hash of
//! their input.
//!
//! Binaryen's `wasm-opt` is not used. After the link-time optimisation of the whole module it makes the
//! engine 15 % smaller before compression, and no download smaller: in Brotli the page stays as large
//! and the engine grows by 3 %.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use super::code_splitting;
use crate::files::{prune, read_tree};
use crate::progress::Progress;
use crate::tools;
use crate::workspace::Workspace;

/// How many outputs of wasm-bindgen the cache keeps.
const CACHED_OUTPUTS: usize = 8;

/// Cargo's profile for the wasm modules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// What visitors get: small and fast.
    Release,
    /// What `serve` builds: as fast where the arithmetic is, larger, and compiled in a third of the time.
    Local,
    /// What `serve --dev` rebuilds at every change: little optimised, with function names.
    Dev,
}

impl Profile {
    /// The part of a module's time that its last crates take, measured on two cores: with link-time optimisation the
    /// last one is optimised with all others.
    pub(super) fn last_crate(self) -> f64 {
        match self {
            Self::Release => 0.45,
            Self::Local | Self::Dev => 0.25,
        }
    }

    /// Its name in Cargo.toml.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Release => "wasm",
            Self::Local => "wasm-local",
            Self::Dev => "wasm-dev",
        }
    }
}

/// One wasm module of the site.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Module {
    /// Its name in the site: `page` gives `page.wasm` and `page.js`.
    pub(crate) name: &'static str,
    /// Arguments of Cargo: the package and its features.
    pub(super) package: &'static [&'static str],
    /// Cargo's subcommand that builds it.
    pub(super) subcommand: &'static str,
    /// Its arguments: what of the package is built.
    pub(super) only: &'static [&'static str],
    /// Cargo settings for this module alone, on top of the workspace's.
    pub(super) config: &'static [&'static str],
    /// Arguments of `rustc` for the last crate alone.
    pub(super) rustc: &'static [&'static str],
    /// How large it may be, compressed with Brotli: a test of the site fails above.
    pub(crate) brotli_limit: u64,
    /// How long it takes to compile, relative to the others.
    pub(super) weight: f64,
    /// The file that Cargo writes.
    file: &'static str,
    /// Whether code splitting takes deferred modules out of it.
    is_split: bool,
}

impl Module {
    /// Each module has its own target folder. In a shared one, the page's `rsc-core` (types only) and
    /// the engines' would all be written to `deps/rsc_core.wasm`, and Cargo would confuse them.
    pub(super) fn target_folder(self, workspace: &Workspace) -> PathBuf {
        workspace.site_target().join(self.name)
    }
}

/// The Burn engine with the CPU device alone, which runs in a worker.
pub(crate) const ENGINE_CPU: Module = Module {
    name: "engine-cpu",
    package: &[
        "--package=rsc-core",
        "--no-default-features",
        "--features=worker,cpu",
    ],
    // The engine's own convolution loops need optimisation for speed; the page does not call them.
    config: &["profile.wasm.package.rsc-core.opt-level = 3"],
    brotli_limit: 900_000,
    weight: 1.2,
    ..ENGINE
};

/// The same with the GPU device alone, for visitors whose browser has a real adapter.
pub(crate) const ENGINE_GPU: Module = Module {
    name: "engine-gpu",
    package: &[
        "--package=rsc-core",
        "--no-default-features",
        "--features=worker,gpu",
    ],
    // Most of it writes programs for the GPU, once for each shape, and its own speed hardly matters. The
    // exceptions run at every step.
    config: &[
        r#"profile.wasm.opt-level = "z""#,
        r#"profile.wasm.package.burn-std.opt-level = "z""#,
        r#"profile.wasm.package.burn-autodiff.opt-level = "s""#,
        r#"profile.wasm.package.burn-backend.opt-level = "s""#,
        r#"profile.wasm.package.burn-dispatch.opt-level = "s""#,
        r#"profile.wasm.package.burn-tensor.opt-level = "s""#,
        r#"profile.wasm.package.cubecl-runtime.opt-level = "s""#,
        r#"profile.wasm.package.rsc-core.opt-level = "s""#,
        r#"profile.wasm.package.wgpu.opt-level = "s""#,
    ],
    brotli_limit: 1_800_000,
    weight: 2.2,
    ..ENGINE
};

/// Both devices in one module, for `serve`: there is no download to be kept small, and compiling most crates twice
/// would take minutes.
pub(crate) const ENGINE_BOTH: Module = Module {
    name: "engine",
    package: &[
        "--package=rsc-core",
        "--no-default-features",
        "--features=worker,cpu,gpu",
    ],
    // As in the modules above; what only writes programs for the GPU is not optimised at all.
    config: &[
        "profile.wasm.package.rsc-core.opt-level = 3",
        "profile.wasm-local.opt-level = 0",
        "profile.wasm-local.package.burn-autodiff.opt-level = 1",
        "profile.wasm-local.package.burn-optim.opt-level = 1",
        "profile.wasm-local.package.burn-tensor.opt-level = 1",
        "profile.wasm-local.package.cubecl-runtime.opt-level = 1",
    ],
    weight: 2.5,
    ..ENGINE
};

/// What the engines have in common. With `cargo rustc` the library's crate type is `cdylib` in this build alone,
/// so no other build links a wasm module.
const ENGINE: Module = Module {
    name: "",
    package: &[],
    subcommand: "rustc",
    only: &["--lib", "--crate-type=cdylib"],
    config: &[],
    // Nobody reads its names, which are most of it where little is optimised.
    rustc: &[
        "-Cstrip=symbols",
        "-Clink-arg=--keep-section=target_features",
    ],
    brotli_limit: 0,
    weight: 1.0,
    file: "rsc_core.wasm",
    is_split: false,
};

/// The page. It computes little and must load quickly, so it is optimised for size, and Leptos boxes
/// the views of components (`erase_components`) instead of compiling each combination as a type.
pub(crate) const PAGE: Module = Module {
    name: "page",
    package: &["--package=rsc-app"],
    subcommand: "rustc",
    only: &["--bin=rsc-app"],
    config: &[
        r#"target.wasm32-unknown-unknown.rustflags = ["--cfg", "erase_components"]"#,
        r#"profile.wasm.opt-level = "z""#,
        "profile.wasm-local.package.rsc-app.opt-level = 0",
    ],
    // Code splitting reads from the relocations which function needs which.
    rustc: &["-Clink-arg=--emit-relocs"],
    brotli_limit: 340_000,
    weight: 1.0,
    file: "rsc-app.wasm",
    is_split: true,
};

/// A module and its JavaScript, ready for the site.
#[derive(Clone, Debug)]
pub(super) struct Output {
    /// The module, without the sections that only wasm-bindgen reads.
    pub(super) wasm: Vec<u8>,
    /// The JavaScript glue, an ES module.
    pub(super) js: Vec<u8>,
    /// JavaScript files of crates, which the glue imports by these relative names.
    pub(super) snippets: Vec<(String, Vec<u8>)>,
    /// The deferred modules and their loader, by relative names that change with their content.
    pub(super) deferred: Vec<(String, Vec<u8>)>,
}

/// Splits a compiled module if it is to be split, and writes its glue.
pub(super) fn bound(
    module: Module,
    profile: Profile,
    workspace: &Workspace,
    progress: &mut Progress,
) -> Result<Output> {
    let file = module
        .target_folder(workspace)
        .join(tools::WASM_TARGET)
        .join(profile.name())
        .join(module.file);
    progress.stage(&format!("bind {}", module.name), || {
        let wasm = fs::read(&file)
            .with_context(|| format!("Cargo succeeded but left no {}", file.display()))?;
        let cache = workspace.site_target().join("bindgen");
        bind(module, &wasm, profile, &cache)
    })
}

/// Splits and binds a module, or reads the cached output for the same bytes. The bytes name the version
/// of wasm-bindgen too, so no version reads another one's output.
fn bind(module: Module, wasm: &[u8], profile: Profile, cache: &Path) -> Result<Output> {
    let key = blake3::hash(wasm).to_hex();
    let folder = cache.join(format!("{}-{}-{}", module.name, profile.name(), &key[..24]));
    // The modules name this folder, so its name cannot have the hash of the files in it.
    let deferred = format!("deferred-{}", &key[..12]);
    if !folder.is_dir() {
        fs::create_dir_all(cache).with_context(|| format!("cannot create {}", cache.display()))?;
        let made =
            tempfile::tempdir_in(cache).context("cannot create a folder for wasm-bindgen")?;
        write_output(module, wasm, profile, &deferred, made.path())?;
        // Renamed when it is complete, so that an interrupted run leaves no partial output.
        fs::rename(made.keep(), &folder).with_context(|| {
            format!("cannot move wasm-bindgen's output to {}", folder.display())
        })?;
        prune(cache, CACHED_OUTPUTS)?;
    }
    read_output(module.name, &deferred, &folder)
}

fn write_output(
    module: Module,
    wasm: &[u8],
    profile: Profile,
    deferred: &str,
    folder: &Path,
) -> Result<()> {
    let name = module.name;
    let first = if module.is_split {
        let keep_names = profile == Profile::Dev;
        let first = code_splitting::split(wasm, deferred, keep_names, folder);
        Some(first.with_context(|| format!("the {name} module could not be split"))?)
    } else {
        None
    };
    let wasm = first.as_deref().unwrap_or(wasm);
    run_bindgen(module, wasm, profile, folder)
        .with_context(|| format!("wasm-bindgen could not bind the {name} module"))
}

fn run_bindgen(module: Module, wasm: &[u8], profile: Profile, folder: &Path) -> Result<()> {
    let keep_names = profile == Profile::Dev;
    Bindgen::new()
        .input_bytes(module.name, wasm.to_vec())
        .out_name(module.name)
        .web(true)?
        .typescript(false)
        // The caller passes the address: the wasm file's name has a hash that the glue cannot know.
        .omit_default_module_path(true)
        // Deferred modules add their functions to the exported function table.
        .keep_lld_exports(module.is_split)
        .demangle(keep_names)
        .remove_name_section(!keep_names)
        .remove_producers_section(true)
        .generate(folder)
}

fn read_output(name: &str, deferred: &str, folder: &Path) -> Result<Output> {
    let read =
        |file: PathBuf| fs::read(&file).with_context(|| format!("cannot read {}", file.display()));
    let subfolder = |subfolder: &str| -> Result<Vec<(String, Vec<u8>)>> {
        let folder = folder.join(subfolder);
        if !folder.is_dir() {
            return Ok(Vec::new());
        }
        let with_subfolder = |(name, bytes)| (format!("{subfolder}/{name}"), bytes);
        Ok(read_tree(&folder)?
            .into_iter()
            .map(with_subfolder)
            .collect())
    };
    Ok(Output {
        wasm: read(folder.join(format!("{name}_bg.wasm")))?,
        js: read(folder.join(format!("{name}.js")))?,
        snippets: subfolder("snippets")?,
        deferred: subfolder(deferred)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_module_are_an_error() {
        let cache = tempfile::tempdir().expect("a temporary folder");
        let error = bind(ENGINE_CPU, b"no wasm", Profile::Release, cache.path())
            .expect_err("these bytes are no module");
        assert!(format!("{error:#}").contains("could not bind the engine-cpu"));
        let left = fs::read_dir(cache.path()).expect("lists").count();
        assert_eq!(left, 0, "no partial output stays in the cache");
    }
}
