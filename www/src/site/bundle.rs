//! Puts files together into a site: names that carry a hash of the content, and placeholders that
//! become those names.
//!
//! `{{file:style.css}}` becomes the relative address of that file, `{{bytes:engine.wasm}}` its
//! size, `{{value:NAME}}` a text that the caller gives. Every other `{{` is an error. A file is
//! named after its content *with* the placeholders replaced, so a change anywhere below
//! reaches every file that refers to it, and `index.html` last.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

/// The list of a written site's files, by which a later run knows what it may delete.
const LIST: &str = "site.json";

/// Files whose names others know by heart.
const FIXED: &[&str] = &[
    "index.html",
    "bench/index.html",
    "404.html",
    "robots.txt",
    "favicon.ico",
    "CNAME",
    ".nojekyll",
];

/// Files in which placeholders are replaced.
const TEMPLATES: &[&str] = &["html", "js", "css", "svg", "webmanifest", "txt"];

/// A file before it is named.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// Its path below the site's root, `/` between the parts.
    pub(crate) name: String,
    /// Its content.
    pub(crate) bytes: Vec<u8>,
    /// Whether placeholders in it are replaced.
    pub(crate) template: bool,
    /// Whether its name gets a hash.
    pub(crate) hashed: bool,
    /// Whether its name has one already.
    pub(crate) named: bool,
}

impl Source {
    /// A file written by hand.
    pub(crate) fn written(name: String, bytes: Vec<u8>) -> Self {
        let template = name
            .rsplit_once('.')
            .is_some_and(|(_, end)| TEMPLATES.contains(&end));
        let hashed = !FIXED.contains(&name.as_str());
        Self {
            name,
            bytes,
            template,
            hashed,
            named: false,
        }
    }

    /// A file made by a program: taken as it is.
    pub(crate) fn made(name: String, bytes: Vec<u8>) -> Self {
        Self {
            name,
            bytes,
            template: false,
            hashed: true,
            named: false,
        }
    }

    /// A made file that others import by its name.
    pub(crate) fn imported(name: String, bytes: Vec<u8>) -> Self {
        Self {
            name,
            bytes,
            template: false,
            hashed: false,
            named: false,
        }
    }

    /// A made file whose name changes with its content.
    pub(crate) fn named(name: String, bytes: Vec<u8>) -> Self {
        Self {
            named: true,
            ..Self::imported(name, bytes)
        }
    }
}

/// A file of the finished site.
#[derive(Clone, Debug)]
pub(crate) struct Asset {
    /// Its path below the site's root.
    pub(crate) name: String,
    /// Its content.
    pub(crate) bytes: Vec<u8>,
    /// The content compressed with Brotli, where that was done and is smaller.
    pub(crate) brotli: Option<Vec<u8>>,
    /// Whether the name changes with the content, so that browsers may keep it for ever.
    pub(crate) immutable: bool,
}

/// A finished site.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    /// All files, ordered by their name before hashing.
    pub(crate) assets: Vec<Asset>,
}

/// Names all files and replaces all placeholders.
pub(crate) fn bundle(sources: Vec<Source>, values: &BTreeMap<&str, String>) -> Result<Site> {
    let mut by_name = BTreeMap::new();
    for source in sources {
        if let Some(twice) = by_name.insert(source.name.clone(), source) {
            bail!(
                "two files of the site are called {}; rename one in www/site",
                twice.name
            );
        }
    }
    let mut bundler = Bundler {
        sources: &by_name,
        values,
        done: BTreeMap::new(),
        open: Vec::new(),
    };
    for name in by_name.keys() {
        bundler.finish(name)?;
    }
    Ok(Site {
        assets: bundler.done.into_values().collect(),
    })
}

struct Bundler<'a> {
    sources: &'a BTreeMap<String, Source>,
    values: &'a BTreeMap<&'a str, String>,
    done: BTreeMap<String, Asset>,
    /// The files that wait for the one in work: its presence there is a circle.
    open: Vec<String>,
}

impl Bundler<'_> {
    fn finish(&mut self, name: &str) -> Result<()> {
        if self.done.contains_key(name) {
            return Ok(());
        }
        if self.open.iter().any(|open| open == name) {
            bail!(
                "files of the site refer to each other in a circle: {} → {name}",
                self.open.join(" → ")
            );
        }
        let source = self.sources.get(name).with_context(|| {
            let known: Vec<_> = self.sources.keys().map(String::as_str).collect();
            format!(
                "there is no file {name} in the site; there are: {}",
                known.join(", ")
            )
        })?;
        self.open.push(name.to_owned());
        let bytes = if source.template {
            let text = std::str::from_utf8(&source.bytes)
                .with_context(|| format!("{name} is not UTF-8; save it as UTF-8"))?;
            substitute(text, &mut |kind, argument| self.value(name, kind, argument))
                .with_context(|| format!("in www/site/{name}"))?
                .into_bytes()
        } else {
            source.bytes.clone()
        };
        self.open.pop();
        let asset = Asset {
            name: if source.hashed {
                hashed_name(name, &bytes)
            } else {
                name.to_owned()
            },
            bytes,
            brotli: None,
            immutable: source.hashed || source.named,
        };
        self.done.insert(name.to_owned(), asset);
        Ok(())
    }

    fn value(&mut self, within: &str, kind: &str, argument: &str) -> Result<String> {
        match kind {
            "file" => {
                self.finish(argument)?;
                let up = "../".repeat(within.matches('/').count());
                Ok(format!("{up}{}", self.done[argument].name))
            }
            "bytes" => {
                self.finish(argument)?;
                Ok(self.done[argument].bytes.len().to_string())
            }
            "value" => self
                .values
                .get(argument)
                .cloned()
                .with_context(|| format!("there is no value called {argument}")),
            _ => bail!(
                "unknown placeholder {{{{{kind}:{argument}}}}}; there are file, bytes and value"
            ),
        }
    }
}

/// Replaces every `{{kind:argument}}` by what `value` says.
fn substitute(text: &str, value: &mut dyn FnMut(&str, &str) -> Result<String>) -> Result<String> {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("{{") {
        let (before, after) = rest.split_at(start);
        result.push_str(before);
        let inside = &after[2..];
        let end = inside
            .find("}}")
            .with_context(|| format!("a placeholder is never closed: {}", head(after)))?;
        let (kind, argument) = inside[..end]
            .split_once(':')
            .with_context(|| format!("a placeholder without a colon: {}", head(after)))?;
        result.push_str(&value(kind, argument)?);
        rest = &inside[end + 2..];
    }
    result.push_str(rest);
    Ok(result)
}

fn head(text: &str) -> String {
    text.chars().take(40).collect()
}

/// `a/page.wasm` with some content becomes `a/page-0123456789ab.wasm`.
fn hashed_name(name: &str, bytes: &[u8]) -> String {
    let hash = blake3::hash(bytes).to_hex();
    let hash = &hash[..12];
    let (folder, file) = match name.rsplit_once('/') {
        Some((folder, file)) => (format!("{folder}/"), file),
        None => (String::new(), name),
    };
    match file.rsplit_once('.') {
        Some((stem, end)) if !stem.is_empty() => format!("{folder}{stem}-{hash}.{end}"),
        _ => format!("{folder}{file}-{hash}"),
    }
}

#[derive(Deserialize, Serialize)]
struct List {
    files: BTreeSet<String>,
}

/// Writes a site to a folder. What an earlier run wrote there is replaced; a folder with other
/// things in it is left alone.
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

/// Deletes an earlier site. Only the files it lists go.
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
        if crate::serve::request::clean_path(&format!("/{name}")).as_deref() != Some(&name) {
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

    fn written(files: &[(&str, &str)]) -> Vec<Source> {
        files
            .iter()
            .map(|(name, text)| Source::written((*name).to_owned(), text.as_bytes().to_vec()))
            .collect()
    }

    fn find<'a>(site: &'a Site, start: &str) -> &'a Asset {
        site.assets
            .iter()
            .find(|asset| asset.name.starts_with(start))
            .expect("the asset is there")
    }

    fn text(asset: &Asset) -> &str {
        std::str::from_utf8(&asset.bytes).expect("it is text")
    }

    #[test]
    fn names_carry_twelve_digits_of_the_hash() {
        let name = hashed_name("page.wasm", b"one");
        assert_eq!(
            name,
            format!("page-{}.wasm", &blake3::hash(b"one").to_hex()[..12])
        );
        assert_ne!(name, hashed_name("page.wasm", b"two"));
        assert!(hashed_name("a/b.tar.gz", b"").starts_with("a/b.tar-"));
        assert!(hashed_name("LICENSE", b"").starts_with("LICENSE-"));
    }

    #[test]
    fn placeholders_become_names_and_sizes() {
        let mut sources = written(&[
            (
                "index.html",
                "<script src=\"{{file:boot.js}}\"></script>{{value:greeting}}",
            ),
            (
                "boot.js",
                "load('{{file:engine.wasm}}', {{bytes:engine.wasm}})",
            ),
        ]);
        sources.push(Source::made(
            "engine.wasm".to_owned(),
            b"{{not a template".to_vec(),
        ));
        let values = BTreeMap::from([("greeting", "Hello".to_owned())]);
        let site = bundle(sources, &values).expect("bundles");
        let engine = find(&site, "engine-");
        let boot = find(&site, "boot-");
        let index = find(&site, "index.html");
        assert_eq!(text(boot), format!("load('{}', 16)", engine.name));
        assert_eq!(
            text(index),
            format!("<script src=\"{}\"></script>Hello", boot.name)
        );
        assert!(engine.immutable && boot.immutable && !index.immutable);
    }

    #[test]
    fn named_files_keep_their_names_and_never_change() {
        let sources = vec![
            Source::named("later-0123/load.js".to_owned(), b"{{".to_vec()),
            Source::imported("snippets/inline0.js".to_owned(), b"{{".to_vec()),
        ];
        let site = bundle(sources, &BTreeMap::new()).expect("bundles");
        let named = find(&site, "later-");
        assert_eq!(named.name, "later-0123/load.js");
        assert!(named.immutable);
        assert!(!find(&site, "snippets/").immutable);
    }

    #[test]
    fn a_change_below_reaches_the_top() {
        let with = |content: &str| {
            let files = [
                ("index.html", "{{file:a.js}}"),
                ("a.js", "{{file:b.js}}"),
                ("b.js", content),
            ];
            bundle(written(&files), &BTreeMap::new()).expect("bundles")
        };
        assert_ne!(
            text(find(&with("1"), "index.html")),
            text(find(&with("2"), "index.html"))
        );
    }

    #[test]
    fn files_in_folders_refer_upwards() {
        let site = bundle(
            written(&[("a/b.css", "url({{file:c.svg}})"), ("c.svg", "")]),
            &BTreeMap::new(),
        )
        .expect("bundles");
        let c = find(&site, "c-");
        assert_eq!(text(find(&site, "a/b-")), format!("url(../{})", c.name));
    }

    #[test]
    fn mistakes_are_named() {
        for (content, expected) in [
            ("{{file:none.js}}", "no file none.js"),
            ("{{size:a.js}}", "unknown placeholder {{size:a.js}}"),
            ("{{file}}", "without a colon"),
            ("{{file:a.js", "never closed"),
            ("{{value:none}}", "no value called none"),
            ("{{bytes:a.js}}", "circle: a.js → a.js"),
        ] {
            let error = bundle(written(&[("a.js", content)]), &BTreeMap::new())
                .expect_err("the content is wrong");
            assert!(
                format!("{error:#}").contains(expected),
                "{content}: {error:#}"
            );
        }
    }

    #[test]
    fn a_site_replaces_its_predecessor_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let out = folder.path().join("out");
        let site = |content: &str| {
            bundle(
                written(&[("index.html", "x"), ("a.js", content)]),
                &BTreeMap::new(),
            )
            .expect("bundles")
        };
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
