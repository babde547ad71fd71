//! Cuts a module into what is needed at once and what can come later.
//!
//! The functions marked `#[wasm_split]` in the page, and all that only they need, go into modules
//! of their own, which the first one loads when it is asked for them. What is written here are the
//! files for that: the later modules, and the script that loads them.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use walrus::ModuleConfig;
use wasm_split_cli_support::{Options, transform};

/// The script that loads the later modules.
const LOADER: &str = "load.js";

/// The loader asks this file for what the first module shares. The glue would have it, but the
/// glue's name has a hash over its content, in which the loader's name stands. So `boot.js`, which
/// knows the glue, leaves it where this finds it.
const SHARED: (&str, &str) = (
    "shared.js",
    "export const initSync = (...given) => globalThis.rscPage.initSync(...given);\n",
);

/// Writes the later modules and their loader to the folder `name` within `folder`, and returns the
/// first module.
pub(crate) fn divide(wasm: &[u8], name: &str, keep_names: bool, folder: &Path) -> Result<Vec<u8>> {
    let later = folder.join(name);
    fs::create_dir_all(&later).with_context(|| format!("cannot create {}", later.display()))?;
    let work = tempfile::tempdir_in(folder).context("cannot create a folder")?;
    fs::create_dir(work.path().join(name)).context("cannot create a folder")?;
    let first = work.path().join("first.wasm");
    let loader = format!("./{name}/{LOADER}");
    let mut options = Options::new(wasm);
    options.output_dir = work.path();
    options.main_out_path = &first;
    options.link_name = &loader;
    let shared = format!("./{}", SHARED.0);
    options.main_module = &shared;
    let divided = transform(options).map_err(|error| anyhow!("{error:#}"))?;
    let mut made = divided.split_modules;
    for module in &made {
        let wasm = fs::read(module)
            .with_context(|| format!("a later module is missing: {}", module.display()))?;
        fs::write(module, packed(&wasm, keep_names)?)
            .with_context(|| format!("cannot write {}", module.display()))?;
    }
    made.push(work.path().join(name).join(LOADER));
    for file in made {
        let target = later.join(file.file_name().context("a file without a name")?);
        fs::rename(&file, &target)
            .with_context(|| format!("cannot move {} away", file.display()))?;
    }
    fs::write(later.join(SHARED.0), SHARED.1)
        .with_context(|| format!("cannot write to {}", later.display()))?;
    fs::read(&first).context("the divided module has no first part")
}

/// The module written anew: without the names of its functions, and without the room that the
/// linker leaves in each number for another. wasm-bindgen does the same for the first module.
fn packed(wasm: &[u8], keep_names: bool) -> Result<Vec<u8>> {
    let mut module = ModuleConfig::new()
        .generate_name_section(keep_names)
        .generate_producers_section(false)
        .parse(wasm)
        .context("a later module cannot be read")?;
    Ok(module.emit_wasm())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_module_are_an_error() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        divide(b"no wasm", "later-0", false, folder.path()).expect_err("these bytes are no module");
    }

    #[test]
    fn later_modules_lose_their_names() {
        // A module that holds nothing but its own name.
        let empty = b"\0asm\x01\0\0\0";
        let named = [&empty[..], b"\x00\x0d\x04name\x00\x06\x05outer"].concat();
        assert_eq!(packed(&named, false).expect("a module"), empty);
        let kept = packed(&named, true).expect("a module");
        assert!(kept.windows(5).any(|bytes| bytes == b"outer"));
    }
}
