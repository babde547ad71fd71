//! The whole way from sources to a site: two modules, the static files, one bundle.

pub(crate) mod bundle;
mod code_splitting;
pub(crate) mod compress;
mod texts;
pub(crate) mod wasm;

use std::collections::BTreeMap;

use anyhow::{Context, Result};

use crate::files::read_tree;
use crate::progress::Report;
use crate::serve::request::CONTENT_SECURITY_POLICY;
use crate::site::bundle::{Site, Source, bundle};
use crate::site::wasm::{Bound, Flavor};
use crate::tools::Toolchain;
use crate::workspace::Workspace;

/// The script that reloads the page after a rebuild; it is part of no other site.
const RELOAD: &str = include_str!("live_reload.js");

/// Builds the site as it stands.
pub(crate) fn build(
    workspace: &Workspace,
    toolchain: &Toolchain,
    flavor: Flavor,
    report: &mut Report,
) -> Result<Site> {
    let mut built = |module| wasm::build(module, flavor, workspace, toolchain, report);
    let page = built(wasm::PAGE)?;
    let engine = built(wasm::ENGINE)?;
    report.quiet("put the site together", || {
        let folder = workspace.site_sources();
        let written = read_tree(&folder).context("the site's static files are missing")?;
        let words = texts::joined(&workspace.texts())?;
        assemble(written, words, page, engine, flavor)
    })
}

fn assemble(
    written: Vec<(String, Vec<u8>)>,
    words: Vec<Source>,
    page: Bound,
    engine: Bound,
    flavor: Flavor,
) -> Result<Site> {
    let mut sources = words;
    for (name, mut bytes) in written {
        if flavor == Flavor::Dev && name == "index.html" {
            bytes = with_reload(&bytes)?;
        }
        sources.push(Source::written(name, bytes));
    }
    if flavor == Flavor::Dev {
        sources.push(Source::written("reload.js".to_owned(), RELOAD.into()));
    }
    // All that is loaded later lies in one folder.
    let later = page
        .parts
        .first()
        .and_then(|(name, _)| name.split_once('/'));
    let later = later.map(|(folder, _)| folder.to_owned());
    let later = later.context("the page has no parts that are loaded later")?;
    let mut snippets = BTreeMap::new();
    for (module, bound) in [(wasm::PAGE, page), (wasm::ENGINE, engine)] {
        sources.push(Source::made(format!("{}.js", module.name), bound.js));
        sources.push(Source::made(format!("{}.wasm", module.name), bound.wasm));
        // The folder of a snippet carries the hash of its crate, so equal names are equal files.
        snippets.extend(bound.snippets);
        let parts = bound.parts.into_iter();
        sources.extend(parts.map(|(name, bytes)| Source::named(name, bytes)));
    }
    sources.extend(
        snippets
            .into_iter()
            .map(|(name, bytes)| Source::imported(name, bytes)),
    );
    let values = BTreeMap::from([
        (
            "content-security-policy",
            CONTENT_SECURITY_POLICY.to_owned(),
        ),
        ("later", later),
    ]);
    bundle(sources, &values)
}

fn with_reload(index: &[u8]) -> Result<Vec<u8>> {
    let text = std::str::from_utf8(index).context("www/site/index.html is not UTF-8")?;
    let (before, after) = text
        .split_once("</head>")
        .context("www/site/index.html has no </head>")?;
    let script = r#"<script type="module" src="{{file:reload.js}}"></script>"#;
    Ok(format!("{before}{script}\n</head>{after}").into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(wasm: &str) -> Bound {
        let snippet = (
            "snippets/crate-0123/inline0.js".to_owned(),
            b"export {}".to_vec(),
        );
        Bound {
            wasm: wasm.into(),
            js: b"export default 1".to_vec(),
            snippets: vec![snippet],
            parts: vec![(format!("later-{wasm}/load.js"), b"export {}".to_vec())],
        }
    }

    fn real_site(flavor: Flavor) -> Site {
        let workspace = Workspace::find().expect("this is a workspace");
        let written = read_tree(&workspace.site_sources()).expect("the static files are there");
        let words = texts::joined(&workspace.texts()).expect("the texts are in order");
        assemble(written, words, bound("page"), bound("engine!"), flavor)
            .expect("they fit together")
    }

    fn text(site: &Site, start: &str) -> String {
        let asset = site
            .assets
            .iter()
            .find(|asset| asset.name.starts_with(start));
        String::from_utf8(asset.expect("the file is there").bytes.clone()).expect("it is text")
    }

    #[test]
    fn the_static_files_fit_the_modules() {
        let site = real_site(Flavor::Release);
        let index = text(&site, "index.html");
        assert!(
            index.contains("boot-") && index.contains("style-"),
            "{index}"
        );
        assert!(index.contains("wasm-unsafe-eval"), "{index}");
        assert!(!index.contains("reload-"), "{index}");
        let boot = text(&site, "boot-");
        assert!(boot.contains("page-"), "{boot}");
        assert!(
            boot.contains("texts.en-") && boot.contains("texts.de-"),
            "{boot}"
        );
        assert!(index.contains("\"later-page/load.js\""), "{index}");
        let later = text(&site, "later-page/load.js");
        assert_eq!(later, "export {}");
        let bench = text(&site, "bench/index.html");
        assert!(
            bench.contains("url=../?bench") && bench.contains("../icon-"),
            "{bench}"
        );
        let worker = text(&site, "worker-");
        assert!(
            worker.contains("engine-") && worker.contains("'7'"),
            "{worker}"
        );
    }

    #[test]
    fn no_page_runs_inline_script_or_style() {
        let site = real_site(Flavor::Release);
        let pages = site.assets.iter().filter(|it| it.name.ends_with(".html"));
        let mut seen = 0;
        for page in pages {
            seen += 1;
            let text = std::str::from_utf8(&page.bytes).expect("it is text");
            assert!(text.contains(CONTENT_SECURITY_POLICY), "{}", page.name);
            for script in text.split("<script").skip(1) {
                let tag = script.split('>').next().unwrap_or_default();
                assert!(tag.contains("src="), "the policy forbids <script{tag}>");
            }
            for inline in ["<style", " style=", " onclick=", " onload=", " onerror="] {
                assert!(!text.contains(inline), "{} has{inline}", page.name);
            }
        }
        assert_eq!(seen, 2, "the page and the benchmark's");
    }

    #[test]
    fn only_dev_reloads_itself() {
        let site = real_site(Flavor::Dev);
        assert!(text(&site, "index.html").contains("src=\"reload-"));
        assert!(
            site.assets
                .iter()
                .any(|asset| asset.name.starts_with("reload-"))
        );
    }

    #[test]
    fn every_address_is_relative() {
        for asset in real_site(Flavor::Release).assets {
            assert!(!asset.name.starts_with('/'), "{}", asset.name);
        }
        let index = text(&real_site(Flavor::Release), "index.html");
        assert!(
            !index.contains("=\"/") && !index.contains("=\"http"),
            "{index}"
        );
    }
}
