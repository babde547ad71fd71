//! Shared libraries that a program needs, as `ldd` and `ldconfig` tell.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::process;

/// The C library belongs to the loader of the machine, so it is never taken along.
const C_LIBRARY: [&str; 7] = [
    "libc.so.6",
    "libm.so.6",
    "libdl.so.2",
    "libpthread.so.0",
    "librt.so.1",
    "libresolv.so.2",
    "ld-linux-x86-64.so.2",
];

/// The libraries that programs and libraries need, by their names.
pub(super) fn needed(programs: &[PathBuf]) -> Result<BTreeMap<String, PathBuf>> {
    let mut needed = BTreeMap::new();
    for program in programs {
        let told = process::output_of(Command::new("ldd").arg(program));
        let told = told.with_context(|| {
            format!(
                "ldd cannot tell which libraries {} needs; is it a program of this machine?",
                program.display()
            )
        })?;
        let (found, missing) = read_ldd(&told);
        ensure!(
            missing.is_empty(),
            "{} needs {}, which this machine lacks; install it",
            program.display(),
            missing.join(", ")
        );
        needed.extend(found);
    }
    Ok(needed)
}

/// What `ldd` found, and what it did not.
fn read_ldd(told: &str) -> (BTreeMap<String, PathBuf>, Vec<String>) {
    let mut found = BTreeMap::new();
    let mut missing = Vec::new();
    for line in told.lines() {
        let Some((name, place)) = line.trim().split_once(" => ") else {
            continue;
        };
        if C_LIBRARY.contains(&name) {
            continue;
        }
        let place = place.split(" (").next().unwrap_or_default().trim();
        if place.starts_with('/') {
            found.insert(name.to_owned(), PathBuf::from(place));
        } else {
            missing.push(name.to_owned());
        }
    }
    (found, missing)
}

/// Names of the libraries that this machine's loader finds.
pub(super) fn installed() -> BTreeSet<String> {
    let told = ["ldconfig", "/sbin/ldconfig", "/usr/sbin/ldconfig"]
        .iter()
        .find_map(|program| process::output_of(Command::new(program).arg("-p")));
    read_ldconfig(&told.unwrap_or_default())
}

fn read_ldconfig(told: &str) -> BTreeSet<String> {
    let is_mine = |rest: &&str| !cfg!(target_arch = "x86_64") || rest.contains("x86-64");
    let names = told.lines().filter_map(|line| line.trim().split_once(' '));
    names
        .filter(|(_, rest)| is_mine(rest))
        .map(|(name, _)| name.to_owned())
        .collect()
}

/// Puts into a folder links to those libraries of another one that the machine lacks: its own fit its
/// drivers.
pub(super) fn link_missing(from: &Path, installed: &BTreeSet<String>, into: &Path) -> Result<()> {
    std::fs::create_dir_all(into)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        if !installed.contains(name.to_string_lossy().as_ref()) {
            let link = into.join(&name);
            link_file(&entry.path(), &link)
                .with_context(|| format!("cannot write {}", link.display()))?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn link_file(from: &Path, to: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(std::path::absolute(from)?, to)
}

#[cfg(not(unix))]
fn link_file(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::copy(from, to).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ldd_and_ldconfig_are_read() {
        let told = "\tlinux-vdso.so.1 (0x00007ffd)\n\
            \tlibnss3.so => /lib/x86_64-linux-gnu/libnss3.so (0x00007f1)\n\
            \tlibgone.so.2 => not found\n\
            \tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f2)\n\
            \t/lib64/ld-linux-x86-64.so.2 (0x00007f3)\n";
        let (found, missing) = read_ldd(told);
        assert_eq!(found.keys().collect::<Vec<_>>(), ["libnss3.so"]);
        assert_eq!(missing, ["libgone.so.2"]);
        let told = "2 libs found in cache `/etc/ld.so.cache'\n\
            \tlibz.so.1 (libc6,x86-64) => /lib/x86_64-linux-gnu/libz.so.1\n\
            \tlibold.so.1 (libc6) => /lib/i386-linux-gnu/libold.so.1\n";
        let mine = read_ldconfig(told);
        assert!(mine.contains("libz.so.1"));
        assert!(!cfg!(target_arch = "x86_64") || !mine.contains("libold.so.1"));
    }

    #[test]
    fn only_what_the_machine_lacks_is_linked() {
        let scratch = tempfile::tempdir().expect("a temporary folder");
        let (from, into) = (scratch.path().join("from"), scratch.path().join("into"));
        std::fs::create_dir(&from).expect("creates");
        for name in ["libhere.so.1", "libmissing.so.1"] {
            std::fs::write(from.join(name), name).expect("writes");
        }
        let installed = BTreeSet::from(["libhere.so.1".to_owned()]);
        link_missing(&from, &installed, &into).expect("links");
        assert!(!into.join("libhere.so.1").exists());
        let linked = std::fs::read(into.join("libmissing.so.1"));
        assert_eq!(linked.expect("reads"), b"libmissing.so.1");
    }
}
