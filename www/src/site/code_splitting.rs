//! Code splitting: cuts a wasm module into the one that loads at once and deferred ones.
//!
//! The functions marked `#[wasm_split]` in the page, and all that only they need, go into modules of
//! their own. A generated script loads them when the first of these functions is called.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use walrus::ModuleConfig;
use wasm_split_cli_support::{Options, transform};

/// The script that loads the deferred modules.
const LOADER: &str = "load.js";

/// The file, and its content, from which the loader imports what the first module shares. The glue of
/// wasm-bindgen exports the same, but its name has a hash of its content, which names the loader. So
/// `boot.js`, which knows the glue's name, leaves the glue in a global that this file reads.
const SHARED: (&str, &str) = (
    "shared.js",
    "export const initSync = (...given) => globalThis.rscPage.initSync(...given);\n",
);

/// Writes the deferred modules and their loader to `parent/folder`. Returns the first module.
pub(super) fn split(wasm: &[u8], folder: &str, keep_names: bool, parent: &Path) -> Result<Vec<u8>> {
    let target = parent.join(folder);
    fs::create_dir_all(&target).with_context(|| format!("cannot create {}", target.display()))?;
    let work = tempfile::tempdir_in(parent).context("cannot create a folder")?;
    fs::create_dir(work.path().join(folder)).context("cannot create a folder")?;
    let first = work.path().join("first.wasm");
    let loader = format!("./{folder}/{LOADER}");
    let shared = format!("./{}", SHARED.0);
    let mut options = Options::new(wasm);
    options.output_dir = work.path();
    options.main_out_path = &first;
    options.link_name = &loader;
    options.main_module = &shared;
    let output = transform(options).map_err(|error| anyhow!("{error:#}"))?;
    let mut files = output.split_modules;
    for module in &files {
        let wasm = fs::read(module)
            .with_context(|| format!("a deferred module is missing: {}", module.display()))?;
        fs::write(module, reencoded(&wasm, keep_names)?)
            .with_context(|| format!("cannot write {}", module.display()))?;
    }
    files.push(work.path().join(folder).join(LOADER));
    for file in files {
        let name = file.file_name().context("a file without a name")?;
        fs::rename(&file, target.join(name))
            .with_context(|| format!("cannot move {} away", file.display()))?;
    }
    fs::write(target.join(SHARED.0), SHARED.1)
        .with_context(|| format!("cannot write to {}", target.display()))?;
    fs::read(&first).context("splitting left no first module")
}

/// Encodes a module again: without the names of its functions, and without the padding that relocatable
/// numbers have. wasm-bindgen does the same for the first module.
fn reencoded(wasm: &[u8], keep_names: bool) -> Result<Vec<u8>> {
    let mut module = ModuleConfig::new()
        .generate_name_section(keep_names)
        .generate_producers_section(false)
        .parse(wasm)
        .context("a deferred module cannot be read")?;
    Ok(module.emit_wasm())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_module_are_an_error() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        split(b"no wasm", "deferred-0", false, folder.path())
            .expect_err("these bytes are no module");
    }

    #[test]
    fn deferred_modules_lose_their_names() {
        // A module that holds nothing but its own name.
        let empty = b"\0asm\x01\0\0\0";
        let named = [&empty[..], b"\x00\x0d\x04name\x00\x06\x05outer"].concat();
        assert_eq!(reencoded(&named, false).expect("a module"), empty);
        let kept = reencoded(&named, true).expect("a module");
        assert!(kept.windows(5).any(|bytes| bytes == b"outer"));
    }
}
