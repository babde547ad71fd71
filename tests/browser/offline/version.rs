//! Another version of the built site, made by changing files as a build would: their names and the list of the
//! service worker change with them.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// The name in English of the button that plays, in the other version.
pub(super) const OTHER_PLAY: &str = "Play (another version)";
/// The same in German.
pub(super) const OTHER_PLAY_DE: &str = "Start (andere Version)";
/// What the end of a changed name is.
const OTHER: &str = "0123456789ab";

/// Copies the built site.
pub(super) fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// The version that a site's page names.
pub(super) fn version_of(site: &Path) -> Result<String> {
    let index = fs::read_to_string(site.join("index.html"))?;
    let version = index.split("name=\"version\" content=\"").nth(1);
    let version = version.and_then(|rest| rest.split('"').next());
    Ok(version.context("the page names no version")?.to_owned())
}

/// The only file of a site whose name begins and ends like this.
pub(super) fn file_of(site: &Path, start: &str, end: &str) -> Result<String> {
    for entry in fs::read_dir(site)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.starts_with(start) && name.ends_with(end) {
            return Ok(name);
        }
    }
    anyhow::bail!("the site has no {start}…{end}")
}

/// A file under another name, with changed content, and the files that name it likewise, up to the page.
struct Change<'a> {
    site: &'a Path,
    /// Names and hashes before and after.
    replaced: Vec<(String, String)>,
}

impl Change<'_> {
    /// Changes a file, which gets another name unless it is the page or the service worker.
    fn file(&mut self, name: &str, change: impl FnOnce(String) -> String) -> Result<()> {
        let before = fs::read_to_string(self.site.join(name))?;
        let mut text = change(before.clone());
        for (old, new) in &self.replaced {
            text = text.replace(old, new);
        }
        let renamed = match name.rsplit_once('-') {
            Some((stem, rest)) if name != "service-worker.js" => {
                let end = rest.split_once('.').map_or("", |(_, end)| end);
                format!("{stem}-{OTHER}.{end}")
            }
            _ => name.to_owned(),
        };
        fs::remove_file(self.site.join(name))?;
        fs::write(self.site.join(&renamed), &text)?;
        self.replaced.push((sha256(&before), sha256(&text)));
        if renamed != name {
            self.replaced.push((name.to_owned(), renamed));
        }
        Ok(())
    }
}

fn sha256(text: &str) -> String {
    let hash = Sha256::digest(text.as_bytes());
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Turns a copy of the site into another version, whose button that plays has another name.
pub(super) fn change(site: &Path) -> Result<()> {
    let version = version_of(site)?;
    let mut change = Change {
        site,
        replaced: vec![(version.clone(), version.chars().rev().collect())],
    };
    for (language, old, new) in [
        ("en", "\"Play\"", OTHER_PLAY),
        ("de", "\"Start\"", OTHER_PLAY_DE),
    ] {
        let name = file_of(site, &format!("texts.{language}-"), ".json")?;
        let key = "\"transport.play\":";
        change.file(&name, |text| {
            text.replace(&format!("{key}{old}"), &format!("{key}\"{new}\""))
        })?;
    }
    let boot = file_of(site, "boot-", ".js")?;
    change.file(&boot, |text| text)?;
    change.file("index.html", |text| text)?;
    change.file("service-worker.js", |text| text)
}
