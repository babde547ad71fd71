//! How large the modules are for visitors, and whether that is too large.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::asset::Site;
use super::compress;
use super::wasm::{ENGINE_CPU, ENGINE_GPU, Module, PAGE};

/// A module may be larger than its limit by this much, so that an update of a dependency does not fail.
const SLACK: f64 = 1.03;

/// Checks the modules of an uncompressed site. `cache` keeps what is compressed.
///
/// # Errors
/// The module that is too large, by how much, and what to do.
pub(crate) fn check(site: &Site, cache: &Path) -> Result<()> {
    compress::prepare(cache)?;
    let sizes = [ENGINE_GPU, ENGINE_CPU, PAGE]
        .into_par_iter()
        .map(|module| {
            let start = format!("{}-", module.name);
            let is_module = |name: &str| name.starts_with(&start) && name.ends_with(".wasm");
            let asset = site.assets.iter().find(|asset| is_module(&asset.name));
            let asset = asset.with_context(|| format!("the site has no {}.wasm", module.name))?;
            let sent = compress::compressed(&asset.bytes, cache)?;
            let bytes = sent.as_ref().unwrap_or(&asset.bytes).len();
            eprintln!("   {}: {} kB in Brotli", module.name, bytes.div_ceil(1_000));
            within(module, bytes)
        });
    let sizes: Vec<Result<()>> = sizes.collect();
    sizes.into_iter().collect()
}

fn within(module: Module, bytes: usize) -> Result<()> {
    let Module {
        name, brotli_limit, ..
    } = module;
    ensure!(
        bytes as f64 <= brotli_limit as f64 * SLACK,
        "{name}.wasm has {bytes} bytes in Brotli, and {brotli_limit} are its limit: find out what has grown, or, \
         if that is worth it, raise the limit in www/src/site/wasm.rs"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_that_has_grown_is_named() {
        assert!(within(ENGINE_CPU, 926_000).is_ok());
        let error = within(ENGINE_CPU, 928_000).expect_err("it is too large");
        assert!(
            error
                .to_string()
                .contains("engine-cpu.wasm has 928000 bytes")
        );
        let none = Site { assets: Vec::new() };
        let cache = tempfile::tempdir().expect("a temporary folder");
        let error = check(&none, cache.path()).expect_err("there is no module");
        assert!(error.to_string().contains("the site has no"), "{error}");
    }
}
