//! What browsers keep of the site, so that it opens without a network: the list of its files, and what the site
//! as a whole is called.
//!
//! Every build has a version, a hash of all its files. `www/site/service-worker.js` keeps the files of a version
//! in a cache of that name, and checks each against its hash before.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use super::asset::Asset;

/// The script that keeps the site, by the name that it must never change.
pub(super) const SERVICE_WORKER: &str = "service-worker.js";
/// The page.
const INDEX: &str = "index.html";

/// Files that are made after all others, since they tell of these, in this order.
pub(super) const LAST: [&str; 2] = [INDEX, SERVICE_WORKER];

/// Files that are kept when a visitor asks for them: what the page fetches when it is chosen.
const EXTRAS: [&str; 3] = [
    "digits/mnist-2000.png",
    "emoji/emoji.pack",
    "models/efficientnet-lite0.safetensors",
];

/// Files that are kept where the page uses a GPU: the engine with that device.
const FOR_GPU: [&str; 2] = ["engine-gpu.js", "engine-gpu.wasm"];

/// Folders with nothing that the page needs, but extras.
const NOT_KEPT: [&str; 4] = ["bench/", "digits/", "emoji/", "models/"];

/// Endings of the files that the page needs.
const NEEDED: [&str; 8] = [
    ".css",
    ".html",
    ".js",
    ".json",
    ".png",
    ".svg",
    ".wasm",
    ".webmanifest",
];

/// When a file is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    /// With the page.
    AtOnce,
    /// With the page, where it uses a GPU.
    WithGpu,
    /// When the visitor asks for it.
    WhenAsked,
    /// The page never fetches it.
    Never,
}

/// When a file of this name, before hashing, is kept.
fn kept(name: &str) -> Kept {
    if EXTRAS.contains(&name) {
        return Kept::WhenAsked;
    }
    if FOR_GPU.contains(&name) {
        return Kept::WithGpu;
    }
    let for_others = [SERVICE_WORKER, super::framing::ELEMENT].contains(&name);
    let is_needed = NEEDED.iter().any(|ending| name.ends_with(ending));
    if for_others || !is_needed || NOT_KEPT.iter().any(|folder| name.starts_with(folder)) {
        return Kept::Never;
    }
    Kept::AtOnce
}

/// A hash of all files: those that are done, and the others as they were written.
pub(super) fn version<'a>(
    done: &'a BTreeMap<String, Asset>,
    others: impl Iterator<Item = (&'a str, &'a [u8])>,
) -> String {
    let mut all = blake3::Hasher::new();
    let done = done.values();
    let done = done.map(|asset| (asset.name.as_str(), asset.bytes.as_slice()));
    for (name, bytes) in done.chain(others) {
        all.update(blake3::hash(name.as_bytes()).as_bytes());
        all.update(blake3::hash(bytes).as_bytes());
    }
    all.finalize().to_hex()[..16].to_owned()
}

/// What stands for `{{site:argument}}`: the version, or a list of files in JavaScript, each with its address and
/// SHA-256 (which browsers can compute).
pub(super) fn value(
    argument: &str,
    version: Option<&str>,
    done: &BTreeMap<String, Asset>,
) -> Result<String> {
    let version = version.with_context(|| {
        format!(
            "{{{{site:{argument}}}}} can stand in these files only: {}",
            LAST.join(", ")
        )
    })?;
    match argument {
        "version" => Ok(version.to_owned()),
        "files" => list(done, Kept::AtOnce),
        "gpu" => list(done, Kept::WithGpu),
        "extras" => list(done, Kept::WhenAsked),
        _ => bail!("there is no {{{{site:{argument}}}}}; there are version, files, gpu and extras"),
    }
}

fn list(done: &BTreeMap<String, Asset>, when: Kept) -> Result<String> {
    let files = done.iter().filter(|(name, _)| kept(name) == when);
    let files = files.map(|(name, asset)| {
        // Hosts give the page under its folder's address.
        let address = if name == INDEX { "" } else { &asset.name };
        let hash = Sha256::digest(&asset.bytes);
        let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        (address, hash)
    });
    serde_json::to_string(&files.collect::<Vec<_>>()).context("cannot write the list of files")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_kept_at_once_and_large_files_when_asked() {
        for name in [
            "index.html",
            "boot.js",
            "page.wasm",
            "engine-cpu.wasm",
            "deferred-0123/load.js",
            "snippets/a-0123/inline0.js",
            "texts.de.json",
            "style.css",
            "icon.svg",
            "icon-192.png",
            "manifest.webmanifest",
        ] {
            assert_eq!(kept(name), Kept::AtOnce, "{name}");
        }
        for name in FOR_GPU {
            assert_eq!(kept(name), Kept::WithGpu, "{name}");
        }
        for name in EXTRAS {
            assert_eq!(kept(name), Kept::WhenAsked, "{name}");
        }
        for name in [
            "service-worker.js",
            "rsc-lab.js",
            "bench/index.html",
            "digits/README.md",
            "emoji/pack.py",
            "models/LICENSE",
            "robots.txt",
            "CNAME",
        ] {
            assert_eq!(kept(name), Kept::Never, "{name}");
        }
    }

    /// A file that boot.js names with its size is fetched when it is chosen.
    #[test]
    fn extras_are_what_the_page_fetches_later() {
        let boot = include_str!("../../site/boot.js");
        let named: Vec<&str> = boot
            .split("{{bytes:")
            .skip(1)
            .filter_map(|rest| rest.split_once("}}"))
            .map(|(name, _)| name)
            .collect();
        assert_eq!(named, EXTRAS);
        let offline = include_str!("../../site/offline.js");
        for name in EXTRAS {
            assert!(offline.contains(&format!("{{{{file:{name}}}}}")), "{name}");
            assert!(offline.contains(&format!("{{{{bytes:{name}}}}}")), "{name}");
        }
    }
}
