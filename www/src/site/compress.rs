//! Brotli for the files of a site, cached by their content.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use brotli::enc::BrotliEncoderParams;
use rayon::iter::{IndexedParallelIterator, IntoParallelRefMutIterator, ParallelIterator};

use super::asset::{Asset, Site};
use super::media_type::is_compressible;
use crate::files::prune;

/// The smallest, as a host packs a file once for all visitors.
const QUALITY: i32 = 11;

/// Below this size compression saves less than its header costs.
const MIN_BYTES: usize = 512;

/// How many compressed files the cache keeps.
const CACHED_FILES: usize = 64;

/// Compresses on all cores what becomes smaller by it. `cache` keeps the results.
pub(crate) fn compress(site: &mut Site, cache: &Path) -> Result<()> {
    prepare(cache)?;
    let mut assets: Vec<&mut Asset> = site
        .assets
        .iter_mut()
        .filter(|asset| asset.bytes.len() >= MIN_BYTES && is_compressible(&asset.name))
        .collect();
    // One file a task: the wasm modules take nearly all of the time.
    let tasks = assets.par_iter_mut().with_max_len(1);
    tasks.try_for_each(|asset| -> Result<()> {
        asset.brotli = compressed(&asset.bytes, cache)?;
        Ok(())
    })?;
    prune(cache, CACHED_FILES)
}

/// Creates the folder of the cache.
pub(super) fn prepare(cache: &Path) -> Result<()> {
    fs::create_dir_all(cache).with_context(|| format!("cannot create {}", cache.display()))
}

/// The compressed content, or `None` if it is not smaller.
pub(super) fn compressed(bytes: &[u8], cache: &Path) -> Result<Option<Vec<u8>>> {
    let file = cache.join(format!(
        "{}-{QUALITY}.br",
        &blake3::hash(bytes).to_hex()[..32]
    ));
    let result = match fs::read(&file) {
        Ok(cached) => cached,
        Err(_) => {
            let fresh = brotli(bytes)?;
            let mut temporary = tempfile::NamedTempFile::new_in(cache)
                .with_context(|| format!("cannot write to {}", cache.display()))?;
            temporary
                .write_all(&fresh)
                .with_context(|| format!("cannot write to {}", cache.display()))?;
            temporary
                .persist(&file)
                .with_context(|| format!("cannot write {}", file.display()))?;
            fresh
        }
    };
    Ok((result.len() < bytes.len()).then_some(result))
}

fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    let parameters = BrotliEncoderParams {
        quality: QUALITY,
        lgwin: 24,
        size_hint: bytes.len(),
        ..BrotliEncoderParams::default()
    };
    let mut result = Vec::new();
    brotli::BrotliCompress(&mut &*bytes, &mut result, &parameters)
        .context("Brotli could not compress a file of the site")?;
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asset(name: &str, bytes: Vec<u8>) -> Asset {
        Asset {
            name: name.to_owned(),
            bytes,
            brotli: None,
            immutable: true,
        }
    }

    #[test]
    fn compresses_what_is_worth_it_and_once() {
        let cache = tempfile::tempdir().expect("a temporary folder");
        let text = b"the same words again and again ".repeat(100);
        let mut site = Site {
            assets: vec![
                asset("a.js", text.clone()),
                asset("small.js", b"tiny".to_vec()),
                asset("picture.png", text.clone()),
            ],
        };
        compress(&mut site, cache.path()).expect("compresses");
        let brotli = site.assets[0].brotli.clone().expect("text shrinks");
        let mut back = Vec::new();
        brotli::BrotliDecompress(&mut &*brotli, &mut back).expect("it is Brotli");
        assert_eq!(back, text);
        assert!(site.assets[1].brotli.is_none());
        assert!(site.assets[2].brotli.is_none());

        // A cached result is used as it is.
        let file = fs::read_dir(cache.path())
            .expect("lists")
            .flatten()
            .next()
            .expect("one file");
        fs::write(file.path(), b"from the cache").expect("writes");
        compress(&mut site, cache.path()).expect("compresses");
        assert_eq!(
            site.assets[0].brotli.as_deref(),
            Some(&b"from the cache"[..])
        );
    }
}
