//! The domains of a protocol's images, and which of them are held out.

use std::{collections::BTreeSet, path::Path};

use anyhow::{Result, bail};
use rsc_core::{config::DataSource, data::folder::FolderImages};

use super::document::Document;

/// All domains: a preset's, or those of the images in a folder.
pub(crate) fn all(source: &DataSource, folder: Option<&Path>) -> Result<Vec<String>> {
    if let DataSource::Preset { preset } = source {
        return Ok(preset.domains().iter().map(|&it| it.to_owned()).collect());
    }
    let Some(folder) = folder else {
        bail!("own images lie in a folder: set `folder = \"DIR\"`");
    };
    let (images, _) = FolderImages::all(folder).list()?;
    let domains: BTreeSet<String> = images.into_iter().map(|it| it.place.domain).collect();
    if domains.len() < 2 {
        bail!(
            "{}: there are fewer than two domains: expected images as `domain/class/*`",
            folder.display()
        );
    }
    Ok(domains.into_iter().collect())
}

/// The domains that `held_out` of a protocol names: a list, one name, or "all", which is also meant where it
/// is missing.
pub(crate) fn held_out(
    document: &Document,
    written: Option<&toml::Value>,
    all: &[String],
) -> Result<Vec<String>> {
    let problem = |problem: &str| document.problem(&["data", "held_out"], problem);
    let names = match written {
        None => return Ok(all.to_vec()),
        Some(toml::Value::String(name)) if name == "all" && !all.contains(name) => {
            return Ok(all.to_vec());
        }
        Some(toml::Value::String(name)) => vec![name.clone()],
        Some(toml::Value::Array(list)) => {
            let names = list.iter().map(|it| it.as_str().map(str::to_owned));
            let names: Option<Vec<String>> = names.collect();
            names.ok_or_else(|| problem("expected names of domains in quotes"))?
        }
        Some(_) => return Err(problem("expected \"all\" or a list of names of domains")),
    };
    if names.is_empty() {
        return Err(problem("expected at least one domain, or \"all\""));
    }
    for (index, name) in names.iter().enumerate() {
        if !all.contains(name) {
            let there: Vec<String> = all.iter().map(|it| format!("`{it}`")).collect();
            let there = there.join(", ");
            return Err(problem(&format!(
                "there is no domain `{name}`: use some of {there}"
            )));
        }
        if names[..index].contains(name) {
            return Err(problem(&format!("the domain `{name}` is named twice")));
        }
    }
    Ok(names)
}
