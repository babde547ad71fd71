//! From sources to a site: the two wasm modules, the static files and the texts, made into one bundle.

mod bundle;
mod code_splitting;
mod compress;
mod media_type;
mod output;
pub(crate) mod security_policy;
mod template;
mod texts;
mod wasm;

use std::collections::BTreeMap;

use anyhow::{Context, Result};

#[cfg(test)]
pub(crate) use self::bundle::Asset;
pub(crate) use self::bundle::{Site, Source, bundle};
#[cfg(test)]
pub(crate) use self::compress::compress;
pub(crate) use self::media_type::media_type;
pub(crate) use self::output::write;
pub(crate) use self::wasm::{ENGINE, PAGE, Profile};
use crate::files::read_tree;
use crate::progress::Progress;
use crate::tools::Toolchain;
use crate::workspace::Workspace;

/// The script that reloads the page after a rebuild; only `serve --dev` has it.
const LIVE_RELOAD: &str = include_str!("live_reload.js");

/// Builds the site, without compression.
pub(crate) fn build(
    workspace: &Workspace,
    toolchain: &Toolchain,
    profile: Profile,
    progress: &mut Progress,
) -> Result<Site> {
    let mut built = |module| wasm::build(module, profile, workspace, toolchain, progress);
    let page = built(PAGE)?;
    let engine = built(ENGINE)?;
    progress.stage("put the site together", || {
        let folder = workspace.site_sources();
        let static_files = read_tree(&folder).context("the site's static files are missing")?;
        let texts = texts::merged(&workspace.texts())?;
        assemble(static_files, texts, page, engine, profile)
    })
}

/// Builds the site for visitors, with Brotli.
pub(crate) fn build_compressed(
    workspace: &Workspace,
    toolchain: &Toolchain,
    progress: &mut Progress,
) -> Result<Site> {
    let mut site = build(workspace, toolchain, Profile::Release, progress)?;
    let cache = workspace.site_target().join("br-cache");
    progress.stage("compress", || compress::compress(&mut site, &cache))?;
    Ok(site)
}

fn assemble(
    static_files: Vec<(String, Vec<u8>)>,
    texts: Vec<Source>,
    page: wasm::Output,
    engine: wasm::Output,
    profile: Profile,
) -> Result<Site> {
    let mut sources = texts;
    for (name, mut bytes) in static_files {
        if profile == Profile::Dev && name == "index.html" {
            bytes = with_live_reload(&bytes)?;
        }
        sources.push(Source::static_file(name, bytes));
    }
    if profile == Profile::Dev {
        let script = Source::static_file("reload.js".to_owned(), LIVE_RELOAD.into());
        sources.push(script);
    }
    // All deferred files are in one folder.
    let deferred = page.deferred.first();
    let (deferred, _) = deferred
        .and_then(|(name, _)| name.split_once('/'))
        .context("the page has no deferred modules")?;
    let values = BTreeMap::from([
        (
            "content-security-policy",
            security_policy::FOR_META.to_owned(),
        ),
        ("deferred", deferred.to_owned()),
    ]);
    let mut snippets = BTreeMap::new();
    for (module, output) in [(PAGE, page), (ENGINE, engine)] {
        sources.push(Source::generated(format!("{}.js", module.name), output.js));
        sources.push(Source::generated(
            format!("{}.wasm", module.name),
            output.wasm,
        ));
        // A snippet's folder has the hash of its crate, so files with equal names are equal.
        snippets.extend(output.snippets);
        let deferred = output.deferred.into_iter();
        sources.extend(deferred.map(|(name, bytes)| Source::with_hashed_name(name, bytes)));
    }
    sources.extend(
        snippets
            .into_iter()
            .map(|(name, bytes)| Source::with_fixed_name(name, bytes)),
    );
    bundle(sources, &values)
}

fn with_live_reload(index: &[u8]) -> Result<Vec<u8>> {
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

    fn output(wasm: &str) -> wasm::Output {
        let snippet = (
            "snippets/crate-0123/inline0.js".to_owned(),
            b"export {}".to_vec(),
        );
        wasm::Output {
            wasm: wasm.into(),
            js: b"export default 1".to_vec(),
            snippets: vec![snippet],
            deferred: vec![(format!("deferred-{wasm}/load.js"), b"export {}".to_vec())],
        }
    }

    fn real_site(profile: Profile) -> Site {
        let workspace = Workspace::find().expect("this is a workspace");
        let static_files =
            read_tree(&workspace.site_sources()).expect("the static files are there");
        let texts = texts::merged(&workspace.texts()).expect("the texts are in order");
        assemble(
            static_files,
            texts,
            output("page"),
            output("engine!"),
            profile,
        )
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
        let site = real_site(Profile::Release);
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
        assert!(index.contains("\"deferred-page/load.js\""), "{index}");
        let loader = text(&site, "deferred-page/load.js");
        assert_eq!(loader, "export {}");
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
        let site = real_site(Profile::Release);
        let pages = site.assets.iter().filter(|it| it.name.ends_with(".html"));
        let mut seen = 0;
        for page in pages {
            seen += 1;
            let text = std::str::from_utf8(&page.bytes).expect("it is text");
            assert!(text.contains(security_policy::FOR_META), "{}", page.name);
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
        let site = real_site(Profile::Dev);
        assert!(text(&site, "index.html").contains("src=\"reload-"));
        assert!(
            site.assets
                .iter()
                .any(|asset| asset.name.starts_with("reload-"))
        );
    }

    #[test]
    fn every_address_is_relative() {
        for asset in real_site(Profile::Release).assets {
            assert!(!asset.name.starts_with('/'), "{}", asset.name);
        }
        let index = text(&real_site(Profile::Release), "index.html");
        assert!(
            !index.contains("=\"/") && !index.contains("=\"http"),
            "{index}"
        );
    }
}
