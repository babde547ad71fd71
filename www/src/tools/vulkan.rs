//! A Vulkan driver for the native GPU tests. Mesa's software driver is enough.

use std::path::Path;

use anyhow::Result;

use super::apt;
use crate::progress::Progress;

const DRIVER_FOLDERS: &[&str] = &[
    "/usr/share/vulkan/icd.d",
    "/usr/local/share/vulkan/icd.d",
    "/etc/vulkan/icd.d",
    "/usr/local/etc/vulkan/icd.d",
];

/// Finds or installs a driver. Returns whether there is one: without it the GPU tests skip themselves, so
/// that is a message and no error.
pub(crate) fn provide(progress: &mut Progress) -> Result<bool> {
    // macOS has Metal and Windows has Direct3D.
    if !cfg!(target_os = "linux") || is_present() {
        return Ok(true);
    }
    if apt::usable() {
        progress.stage_with_output("install a software Vulkan driver (Debian's Mesa)", || {
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

fn is_present() -> bool {
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
