//! From sources to a site: the wasm modules, the static files and the texts, made into one bundle.

mod asset;
mod bundle;
mod code_splitting;
mod compile;
mod compress;
mod crate_progress;
pub(crate) mod framing;
mod icons;
mod media_type;
mod offline;
mod output;
pub(crate) mod security_policy;
mod sizes;
#[cfg(test)]
mod style_sheets;
mod template;
mod texts;
mod wasm;

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};

pub(crate) use self::asset::{Asset, Site};
pub(crate) use self::bundle::{Source, bundle};
#[cfg(test)]
pub(crate) use self::compress::compress;
pub(crate) use self::media_type::media_type;
pub(crate) use self::output::write;
pub(crate) use self::sizes::check as check_sizes;
use self::wasm::{ENGINE_BOTH, Module};
pub(crate) use self::wasm::{ENGINE_CPU, ENGINE_GPU, PAGE, Profile};
use crate::files::read_tree;
use crate::progress::Progress;
use crate::tools::Toolchain;
use crate::workspace::Workspace;

/// The script that reloads the page after a rebuild; only `serve --dev` has it.
const LIVE_RELOAD: &str = include_str!("live_reload.js");

/// What takes the place of the service worker there: a changed build must be seen at once.
const NO_SERVICE_WORKER: &str = include_str!("no_service_worker.js");

/// Builds the site, without compression.
pub(crate) fn build(
    workspace: &Workspace,
    toolchain: &Toolchain,
    profile: Profile,
    progress: &mut Progress,
) -> Result<Site> {
    // The one that takes longest is begun first.
    let modules: &[Module] = match profile {
        Profile::Release => &[ENGINE_GPU, PAGE, ENGINE_CPU],
        Profile::Local | Profile::Dev => &[ENGINE_BOTH, PAGE],
    };
    compile::compile(modules, profile, workspace, toolchain, progress)?;
    let mut bound = |module| wasm::bound(module, profile, workspace, progress);
    let page = bound(PAGE)?;
    let engines = match profile {
        Profile::Release => [bound(ENGINE_CPU)?, bound(ENGINE_GPU)?],
        Profile::Local | Profile::Dev => {
            let engine = bound(ENGINE_BOTH)?;
            [engine.clone(), engine]
        }
    };
    progress.stage("put the site together", || {
        let folder = workspace.site_sources();
        let static_files = read_tree(&folder).context("the site's static files are missing")?;
        let texts = texts::read(&workspace.texts())?;
        assemble(static_files, texts, page, engines, profile)
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
    texts: texts::Texts,
    page: wasm::Output,
    engines: [wasm::Output; 2],
    profile: Profile,
) -> Result<Site> {
    let mut sources = texts.files;
    for (name, mut bytes) in static_files {
        if name == icons::DRAWING {
            sources.extend(icons::drawn(&bytes)?);
        }
        if profile == Profile::Dev && name == "index.html" {
            bytes = with_live_reload(&bytes)?;
        } else if profile == Profile::Dev && name == offline::SERVICE_WORKER {
            bytes = NO_SERVICE_WORKER.into();
        }
        if name == "boot.js" {
            bytes = with_languages(&bytes, &texts.languages)?;
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
        ("embeds", framing::as_script()),
    ]);
    let mut snippets = BTreeMap::new();
    let [engine_cpu, engine_gpu] = engines;
    let modules = [
        (PAGE, page),
        (ENGINE_CPU, engine_cpu),
        (ENGINE_GPU, engine_gpu),
    ];
    for (module, output) in modules {
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

/// The list of languages names files, so it stands in the script before placeholders are replaced.
fn with_languages(boot: &[u8], languages: &str) -> Result<Vec<u8>> {
    const LIST: &str = "{{value:languages}}";
    let text = std::str::from_utf8(boot).context("www/site/boot.js is not UTF-8")?;
    ensure!(
        text.contains(LIST),
        "www/site/boot.js has no {LIST}, where the list of languages goes; put it back"
    );
    Ok(text.replacen(LIST, languages, 1).into_bytes())
}

/// The page that reloads itself, without a version: it is not kept.
fn with_live_reload(index: &[u8]) -> Result<Vec<u8>> {
    let text = std::str::from_utf8(index).context("www/site/index.html is not UTF-8")?;
    let (before, after) = text
        .split_once("</head>")
        .context("www/site/index.html has no </head>")?;
    let script = r#"<script type="module" src="{{file:reload.js}}"></script>"#;
    let before = before.replace("{{site:version}}", "");
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
        let texts = texts::read(&workspace.texts()).expect("the texts are in order");
        assemble(
            static_files,
            texts,
            output("page"),
            [output("engine!"), output("gpu")],
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
        for language in ["en", "de", "es"] {
            assert!(boot.contains(&format!("\"texts.{language}-")), "{boot}");
        }
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
            worker.contains("engine-cpu-")
                && worker.contains("'7'")
                && worker.contains("engine-gpu-")
                && worker.contains("'3'"),
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
    fn other_sites_find_the_element_by_its_name() {
        let site = real_site(Profile::Release);
        let element = text(&site, framing::ELEMENT);
        assert!(element.contains(&framing::as_script()), "{element}");
        assert!(text(&site, "boot-").contains(&framing::as_script()));
    }

    #[test]
    fn the_service_worker_knows_all_that_the_page_needs() {
        let site = real_site(Profile::Release);
        let worker = text(&site, offline::SERVICE_WORKER);
        for asset in &site.assets {
            let name = &asset.name;
            let is_code = [".js", ".wasm", ".css", ".json"]
                .iter()
                .any(|end| name.ends_with(end));
            let is_kept = worker.contains(&format!("\"{name}\""));
            let is_for_others =
                [offline::SERVICE_WORKER, framing::ELEMENT].contains(&name.as_str());
            assert_eq!(is_kept && is_code, is_code && !is_for_others, "{name}");
        }
        let index = text(&site, "index.html");
        let version = index.split("name=\"version\" content=\"").nth(1);
        let version = version
            .and_then(|rest| rest.split('"').next())
            .expect("a version");
        assert!(
            worker.contains(&format!("VERSION = '{version}'")),
            "{version}"
        );
        let manifest = text(&site, "manifest");
        let manifest: serde_json::Value = serde_json::from_str(&manifest).expect("it is JSON");
        for icon in manifest["icons"].as_array().expect("icons") {
            let name = icon["src"].as_str().expect("an address");
            assert!(site.assets.iter().any(|asset| asset.name == name), "{name}");
        }
    }

    #[test]
    fn the_last_files_tell_of_all_others() {
        let with = |style: &str, index: &str| {
            let files = [
                ("index.html", index),
                ("service-worker.js", "{{site:version}} {{site:files}}"),
                ("style.css", style),
                ("README.md", "not kept"),
            ];
            let site = bundle(
                files
                    .map(|(name, text)| Source::static_file(name.to_owned(), text.into()))
                    .into(),
                &BTreeMap::new(),
            )
            .expect("bundles");
            let worker = text(&site, offline::SERVICE_WORKER);
            (site, worker)
        };
        let (site, worker) = with("one", "{{site:version}}");
        let version = text(&site, "index.html");
        assert_eq!(version.len(), 16);
        let style = site
            .assets
            .iter()
            .find(|asset| asset.name.starts_with("style-"));
        let style = &style.expect("a style sheet").name;
        let listed = worker
            .strip_prefix(version.as_str())
            .expect("the version is first");
        // The SHA-256 of the page's text and of `one`.
        let known = "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed";
        assert!(
            listed.contains(&format!(r#"["{style}","{known}"]"#)),
            "{listed}"
        );
        assert!(
            listed.contains(r#"["","#) && !listed.contains("README"),
            "{listed}"
        );
        // Whatever changes makes another version.
        assert_ne!(worker, with("two", "{{site:version}}").1);
        assert_ne!(worker, with("one", "{{site:version}}!").1);
        assert_eq!(worker, with("one", "{{site:version}}").1);
    }

    #[test]
    fn dev_is_not_kept() {
        let site = real_site(Profile::Dev);
        assert!(text(&site, "index.html").contains("name=\"version\" content=\"\""));
        assert!(text(&site, offline::SERVICE_WORKER).contains("unregister"));
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
