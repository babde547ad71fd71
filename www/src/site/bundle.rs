//! Makes a site of its files: names with a content hash, and placeholders that become those names.
//!
//! `{{file:style.css}}` becomes the relative address of that file, `{{bytes:engine.wasm}}` its size,
//! `{{value:NAME}}` a text from the caller, and in files that are made last `{{site:NAME}}` what there is to say
//! of all others (`offline`). The hash is taken after placeholders are replaced, so a
//! changed file renames every file that refers to it, directly or not, up to `index.html`, which
//! keeps its name.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};

use super::asset::{Asset, Site};
use super::offline;
use super::template::substitute;

/// Files that browsers, hosts or other sites ask for by these names.
const WELL_KNOWN: &[&str] = &[
    "index.html",
    "bench/index.html",
    "rsc-lab.js",
    "service-worker.js",
    "404.html",
    "robots.txt",
    "favicon.ico",
    "CNAME",
    ".nojekyll",
];

/// Extensions of the static files in which placeholders are replaced.
const TEMPLATES: &[&str] = &["html", "js", "css", "svg", "webmanifest", "txt"];

/// A file before it is named.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// Its path below the site's root, `/` between the parts.
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    is_template: bool,
    naming: Naming,
}

/// What a file is called in the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Naming {
    /// Its own name, whatever it holds.
    Fixed,
    /// Its own name, which has a hash of the content already.
    AlreadyHashed,
    /// Its own name with a hash of the content.
    AddHash,
}

impl Source {
    /// A file of `www/site`.
    pub(crate) fn static_file(name: String, bytes: Vec<u8>) -> Self {
        let is_template = name
            .rsplit_once('.')
            .is_some_and(|(_, extension)| TEMPLATES.contains(&extension));
        let naming = if WELL_KNOWN.contains(&name.as_str()) {
            Naming::Fixed
        } else {
            Naming::AddHash
        };
        Self {
            name,
            bytes,
            is_template,
            naming,
        }
    }

    /// A file made by a program, without placeholders.
    pub(crate) fn generated(name: String, bytes: Vec<u8>) -> Self {
        Self {
            name,
            bytes,
            is_template: false,
            naming: Naming::AddHash,
        }
    }

    /// A generated file that scripts import by its name.
    pub(crate) fn with_fixed_name(name: String, bytes: Vec<u8>) -> Self {
        Self {
            naming: Naming::Fixed,
            ..Self::generated(name, bytes)
        }
    }

    /// A generated file whose name changes with its content.
    pub(crate) fn with_hashed_name(name: String, bytes: Vec<u8>) -> Self {
        Self {
            naming: Naming::AlreadyHashed,
            ..Self::generated(name, bytes)
        }
    }
}

/// Names all files and replaces all placeholders; `values` are those of `{{value:NAME}}`.
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
        in_progress: Vec::new(),
        version: None,
    };
    let is_last = |name: &str| offline::LAST.contains(&name);
    for name in by_name.keys().filter(|name| !is_last(name)) {
        bundler.finish(name)?;
    }
    let last = offline::LAST.iter().filter_map(|name| by_name.get(*name));
    let unfinished = last.map(|source| (source.name.as_str(), source.bytes.as_slice()));
    bundler.version = Some(offline::version(&bundler.done, unfinished));
    for name in offline::LAST
        .iter()
        .filter(|name| by_name.contains_key(**name))
    {
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
    /// The chain of references from a file to the one that is being named; a repetition is a cycle.
    in_progress: Vec<String>,
    /// What the site as a whole is called, once all files but the last are done.
    version: Option<String>,
}

impl Bundler<'_> {
    /// Names a file and all that it refers to.
    fn finish(&mut self, name: &str) -> Result<()> {
        if self.done.contains_key(name) {
            return Ok(());
        }
        if self.in_progress.iter().any(|other| other == name) {
            bail!(
                "files of the site refer to each other in a circle: {} → {name}",
                self.in_progress.join(" → ")
            );
        }
        let source = self.sources.get(name).with_context(|| {
            let known: Vec<_> = self.sources.keys().map(String::as_str).collect();
            format!(
                "there is no file {name} in the site; there are: {}",
                known.join(", ")
            )
        })?;
        self.in_progress.push(name.to_owned());
        let bytes = if source.is_template {
            let text = std::str::from_utf8(&source.bytes)
                .with_context(|| format!("{name} is not UTF-8; save it as UTF-8"))?;
            substitute(text, |kind, argument| self.value(name, kind, argument))
                .with_context(|| format!("in www/site/{name}"))?
                .into_bytes()
        } else {
            source.bytes.clone()
        };
        self.in_progress.pop();
        let asset = Asset {
            name: match source.naming {
                Naming::AddHash => hashed_name(name, &bytes),
                Naming::Fixed | Naming::AlreadyHashed => name.to_owned(),
            },
            bytes,
            brotli: None,
            immutable: source.naming != Naming::Fixed,
        };
        self.done.insert(name.to_owned(), asset);
        Ok(())
    }

    /// What stands for a placeholder in the file `within`.
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
            "site" => offline::value(argument, self.version.as_deref(), &self.done),
            _ => bail!(
                "unknown placeholder {{{{{kind}:{argument}}}}}; there are file, bytes, value and site"
            ),
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn static_files(files: &[(&str, &str)]) -> Vec<Source> {
        files
            .iter()
            .map(|(name, text)| Source::static_file((*name).to_owned(), text.as_bytes().to_vec()))
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
        let mut sources = static_files(&[
            (
                "index.html",
                "<script src=\"{{file:boot.js}}\"></script>{{value:greeting}}",
            ),
            (
                "boot.js",
                "load('{{file:engine.wasm}}', {{bytes:engine.wasm}})",
            ),
        ]);
        sources.push(Source::generated(
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
    fn generated_files_may_keep_their_names() {
        let sources = vec![
            Source::with_hashed_name("deferred-0123/load.js".to_owned(), b"{{".to_vec()),
            Source::with_fixed_name("snippets/inline0.js".to_owned(), b"{{".to_vec()),
        ];
        let site = bundle(sources, &BTreeMap::new()).expect("bundles");
        let named = find(&site, "deferred-");
        assert_eq!(named.name, "deferred-0123/load.js");
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
            bundle(static_files(&files), &BTreeMap::new()).expect("bundles")
        };
        assert_ne!(
            text(find(&with("1"), "index.html")),
            text(find(&with("2"), "index.html"))
        );
    }

    #[test]
    fn files_in_folders_refer_upwards() {
        let site = bundle(
            static_files(&[("a/b.css", "url({{file:c.svg}})"), ("c.svg", "")]),
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
            ("{{site:version}}", "in these files only"),
        ] {
            let error = bundle(static_files(&[("a.js", content)]), &BTreeMap::new())
                .expect_err("the content is wrong");
            assert!(
                format!("{error:#}").contains(expected),
                "{content}: {error:#}"
            );
        }
    }
}
