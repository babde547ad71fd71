//! Brotli for the files of a site, once per content.

use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result};
use brotli::enc::BrotliEncoderParams;

use crate::files::prune;
use crate::serve::request as http;
use crate::site::bundle::{Asset, Site};

/// Nearly the size of 11, in a tenth of its time.
const QUALITY: i32 = 9;

/// Below this a header costs more than is won.
const SMALLEST: usize = 512;

/// How many compressed files are kept.
const KEPT: usize = 64;

/// Compresses what is worth it, on all cores, and keeps the results in `cache`.
pub(crate) fn compress(site: &mut Site, cache: &Path) -> Result<()> {
    fs::create_dir_all(cache).with_context(|| format!("cannot create {}", cache.display()))?;
    let mut assets: Vec<&mut Asset> = site
        .assets
        .iter_mut()
        .filter(|asset| worthwhile(asset))
        .collect();
    // The largest first, so that no core ends up alone with it.
    assets.sort_by_key(|asset| std::cmp::Reverse(asset.bytes.len()));
    let work: Vec<Mutex<&mut Asset>> = assets.into_iter().map(Mutex::new).collect();
    let next = AtomicUsize::new(0);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..cores.min(work.len()))
            .map(|_| scope.spawn(|| work_through(&work, &next, cache)))
            .collect();
        threads
            .into_iter()
            .try_for_each(|thread| match thread.join() {
                Ok(result) => result,
                Err(panic) => std::panic::resume_unwind(panic),
            })
    })?;
    prune(cache, KEPT)
}

/// What one thread does: takes assets from the common list until none is left.
fn work_through(work: &[Mutex<&mut Asset>], next: &AtomicUsize, cache: &Path) -> Result<()> {
    while let Some(asset) = work.get(next.fetch_add(1, Ordering::Relaxed)) {
        // Each asset is handed to one thread only, so the lock is never poisoned nor waited for;
        // it is what lets threads share the list.
        let Ok(mut asset) = asset.lock() else {
            continue;
        };
        asset.brotli = compressed(&asset.bytes, cache)?;
    }
    Ok(())
}

fn worthwhile(asset: &Asset) -> bool {
    asset.bytes.len() >= SMALLEST && http::is_compressible(&asset.name)
}

/// The compressed content, or `None` if it is not smaller.
fn compressed(bytes: &[u8], cache: &Path) -> Result<Option<Vec<u8>>> {
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
            std::io::Write::write_all(&mut temporary, &fresh)
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

        // What lies in the cache is taken without a second look.
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
