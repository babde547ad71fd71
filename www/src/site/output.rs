//! Writes a site to a folder: `cargo lab build --out`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use super::asset::Site;

/// The list of the files that were written, by which a later run knows what it may delete.
const LIST: &str = "site.json";

#[derive(Deserialize, Serialize)]
struct List {
    files: BTreeSet<String>,
}

/// Writes a site to a folder and deletes what an earlier run wrote there. A folder that holds anything
/// else is an error.
pub(crate) fn write(site: &Site, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)
        .with_context(|| format!("cannot create the folder {}", folder.display()))?;
    clear(folder)?;
    for asset in &site.assets {
        let path = folder.join(&asset.name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)
                .with_context(|| format!("cannot create the folder {}", parent.display()))?;
        }
        fs::write(&path, &asset.bytes)
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    let list = List {
        files: site.assets.iter().map(|asset| asset.name.clone()).collect(),
    };
    let list_file = folder.join(LIST);
    fs::write(&list_file, serde_json::to_vec_pretty(&list)?)
        .with_context(|| format!("cannot write {}", list_file.display()))
}

/// Deletes the files of an earlier site: those that its list names.
fn clear(folder: &Path) -> Result<()> {
    let mut entries = fs::read_dir(folder)
        .with_context(|| format!("cannot list the folder {}", folder.display()))?;
    if entries.next().is_none() {
        return Ok(());
    }
    let list = fs::read(folder.join(LIST))
        .ok()
        .and_then(|bytes| serde_json::from_slice::<List>(&bytes).ok())
        .with_context(|| {
            format!(
                "{} is not empty and holds no site written by `cargo lab build`; name another \
                 folder or empty it",
                folder.display()
            )
        })?;
    for name in list.files {
        // A list that was tampered with must not reach beyond the folder.
        let mut parts = Path::new(&name).components();
        if !parts.all(|part| matches!(part, Component::Normal(_))) {
            bail!(
                "{LIST} in {} lists {name}, which is no file of a site",
                folder.display()
            );
        }
        let path = folder.join(name);
        if path.is_file() {
            fs::remove_file(&path).with_context(|| format!("cannot delete {}", path.display()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::asset::Asset;

    fn site(content: &str) -> Site {
        let asset = |name: String, text: &str| Asset {
            name,
            bytes: text.into(),
            brotli: None,
            immutable: false,
        };
        Site {
            assets: vec![
                asset("index.html".to_owned(), "x"),
                asset(format!("a-{content}.js"), content),
            ],
        }
    }

    #[test]
    fn a_site_replaces_its_predecessor_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let out = folder.path().join("out");
        write(&site("1"), &out).expect("an empty folder is written");
        write(&site("2"), &out).expect("its own folder is written again");
        let scripts = fs::read_dir(&out).expect("lists").flatten();
        assert_eq!(
            scripts
                .filter(|entry| entry.path().extension().is_some_and(|end| end == "js"))
                .count(),
            1
        );

        let other = folder.path().join("other");
        fs::create_dir(&other).expect("creates");
        fs::write(other.join("thesis.txt"), "years").expect("writes");
        let error = write(&site("1"), &other).expect_err("the folder has other things");
        assert!(error.to_string().contains("not empty"));
        assert!(other.join("thesis.txt").exists());

        fs::write(other.join(LIST), r#"{"files":["../out/index.html"]}"#).expect("writes");
        write(&site("1"), &other).expect_err("the list reaches beyond the folder");
        assert!(out.join("index.html").exists());
    }
}
