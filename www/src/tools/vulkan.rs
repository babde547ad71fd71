//! A Vulkan driver for the native GPU tests; Mesa's software one will do.

use std::path::Path;

use anyhow::Result;

use super::apt;
use crate::progress::Report;

const DRIVER_FOLDERS: &[&str] = &[
    "/usr/share/vulkan/icd.d",
    "/usr/local/share/vulkan/icd.d",
    "/etc/vulkan/icd.d",
    "/usr/local/etc/vulkan/icd.d",
];

/// Sees to a driver where that is possible. Without one the GPU tests skip themselves, so this
/// says so and does not fail. Returns whether the GPU tests can be insisted on.
pub(crate) fn provide(report: &mut Report) -> Result<bool> {
    // macOS has Metal and Windows has Direct3D: nothing to install there.
    if !cfg!(target_os = "linux") || present() {
        return Ok(true);
    }
    if apt::usable() {
        report.loud("install a software Vulkan driver (Debian's Mesa)", || {
            apt::install(&["mesa-vulkan-drivers", "libvulkan1"])
        })?;
        return Ok(true);
    }
    eprintln!(
        "   No Vulkan driver was found, so the tests that need a GPU will be skipped. Mesa's \
         software driver is enough (Debian: mesa-vulkan-drivers libvulkan1)."
    );
    Ok(false)
}

fn present() -> bool {
    ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"]
        .iter()
        .any(|name| std::env::var_os(name).is_some())
        || DRIVER_FOLDERS
            .iter()
            .any(|folder| has_driver(Path::new(folder)))
}

fn has_driver(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|entries| {
        entries
            .flatten()
            .any(|entry| entry.path().extension().is_some_and(|end| end == "json"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_driver_is_a_json_file() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        assert!(!has_driver(folder.path()));
        std::fs::write(folder.path().join("lvp_icd.x86_64.json"), "{}").expect("writes");
        assert!(has_driver(folder.path()));
        assert!(!has_driver(&folder.path().join("missing")));
    }
}
