//! The page without a network: after a first visit, with everything kept, and while its version changes.

mod version;

use std::fs;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::lab::{LOAD, Lab, SOON, Site, site_folder, visit, visit_with_service_workers};

/// The versions that are kept.
const VERSIONS: &str = "caches.keys().then(names => names.map(name => name.split(' ').pop()) \
    .filter(name => name !== 'extras').sort())";
/// Looks for a newer version, as the browser does when the page is loaded.
const UPDATE: &str =
    "navigator.serviceWorker.getRegistration().then(it => it.update()).then(() => 0, () => 0)";

/// Waits until so much is kept.
async fn wait_for_offline(lab: &Lab, state: &str) -> Result<()> {
    lab.wait_for_attribute("offline", "data-state", json!(state), LOAD)
        .await
}

/// What the browser says about a server that answers nobody.
fn expect_silence(lab: &Lab) {
    lab.monitor.expect_fault("ERR_EMPTY_RESPONSE");
    lab.monitor.expect_fault("ERR_CONNECTION");
    lab.monitor.expect_fault("fetching the script");
    lab.monitor.expect_fault("ERR_FAILED");
    lab.monitor.expect_fault("Failed to fetch");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_visit_the_page_trains_without_a_network() -> Result<()> {
    let site = site_folder()?;
    let query = "?device=cpu#v=1&seed=3";
    visit_with_service_workers(Site::serve(&site)?, "offline", query, async |lab| {
        lab.wait_until_ready().await?;
        wait_for_offline(lab, "page").await?;
        expect_silence(lab);
        lab.folder.stop();

        lab.reload(LOAD).await?;
        lab.wait_until_ready().await?;
        lab.wait_for_value("seed", "3").await?;
        lab.click_step(1).await?;
        wait_for_offline(lab, "page").await?;
        // What comes late is there too: another language, a part in another tab.
        lab.set_value("language", "de").await?;
        lab.wait_until_true("document.documentElement.lang === 'de'")
            .await?;
        let part = lab.open_tab("?device=cpu&embed=accuracy").await?;
        part.wait_for_state("ready", LOAD).await?;
        // What is fetched only when it is chosen is not.
        let fetched = "fetch(rscEmojiUrl).then(() => true, () => false)";
        ensure!(!lab.holds(fetched).await?, "the icons came from nowhere");
        Ok(())
    })
    .await
}

/// Whether the engine with the GPU device is kept.
const HAS_GPU_ENGINE: &str = "(async () => { \
    for (const name of await caches.keys()) { \
        const kept = await (await caches.open(name)).keys(); \
        if (kept.filter((it) => it.url.includes('/engine-gpu-')).length === 2) return true; \
    } return false; })()";

#[tokio::test(flavor = "multi_thread")]
async fn where_a_gpu_is_used_its_engine_is_kept() -> Result<()> {
    let site = site_folder()?;
    let query = "?device=webgpu#v=1&size=16&train=256&test=8&net=cnn-4-8&batch=8";
    visit_with_service_workers(Site::serve(&site)?, "offline-gpu", query, async |lab| {
        lab.wait_until_ready().await?;
        wait_for_offline(lab, "page").await?;
        lab.wait_until_true(HAS_GPU_ENGINE).await?;
        expect_silence(lab);
        lab.folder.stop();
        lab.reload(LOAD).await?;
        lab.wait_until_ready().await?;
        let badge = lab.text("device-badge").await?;
        ensure!(badge.contains("swiftshader"), "{badge}");
        lab.click_step(1).await
    })
    .await?;
    let query = "?device=cpu";
    visit_with_service_workers(Site::serve(&site)?, "offline-cpu", query, async |lab| {
        lab.wait_until_ready().await?;
        wait_for_offline(lab, "page").await?;
        ensure!(!lab.holds(HAS_GPU_ENGINE).await?, "nobody uses it");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_kept_when_asked_and_what_fails_is_named() -> Result<()> {
    let site = site_folder()?;
    let cut = tempfile::tempdir()?;
    version::copy(&site, cut.path())?;
    fs::remove_dir_all(cut.path().join("emoji"))?;
    visit_with_service_workers(
        Site::serve(&site)?,
        "offline-all",
        "?device=cpu",
        async |lab| {
            lab.wait_until_ready().await?;
            wait_for_offline(lab, "page").await?;
            let offer = lab.text("offline-keep").await?;
            ensure!(offer.contains("MB"), "no size: {offer}");

            lab.folder.change(cut.path());
            lab.click("offline-keep").await?;
            wait_for_offline(lab, "failed").await?;
            let said = lab.text("offline-sentence").await?;
            ensure!(said.contains("icons (HTTP 404)"), "{said}");
            ensure!(!said.contains("digits"), "{said}");
            lab.monitor.discard(|fault| fault.contains("404"));

            lab.folder.change(&site);
            lab.click("offline-keep").await?;
            wait_for_offline(lab, "kept").await?;
            ensure!(!lab.has("offline-keep").await?, "there is more to keep");

            expect_silence(lab);
            lab.folder.stop();
            lab.reopen(
                "location.pathname + '?device=cpu#v=1&data=rotated-digits&train=64&test=64'",
            )
            .await?;
            wait_for_offline(lab, "kept").await?;
            lab.click_step(1).await?;
            for file in ["rscEmojiUrl", "rscLite0Url"] {
                let fetched =
                    format!("fetch({file}).then(it => it.arrayBuffer()).then(it => it.byteLength)");
                let bytes = lab.evaluate(&fetched).await?;
                ensure!(bytes.as_u64() > Some(1_000_000), "{file}: {bytes}");
            }
            Ok(())
        },
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_version_comes_as_a_whole_with_the_next_load() -> Result<()> {
    let site = site_folder()?;
    let (before, after) = (tempfile::tempdir()?, tempfile::tempdir()?);
    version::copy(&site, before.path())?;
    version::copy(&site, after.path())?;
    version::change(after.path())?;
    let old = version::version_of(before.path())?;
    let new = version::version_of(after.path())?;
    let old_boot = version::file_of(before.path(), "boot-", ".js")?;
    visit_with_service_workers(
        Site::serve(before.path())?,
        "offline-update",
        "?device=cpu&lang=en",
        async |lab| {
            lab.wait_until_ready().await?;
            wait_for_offline(lab, "page").await?;
            let other = lab.open_tab("?device=cpu&lang=en").await?;
            other.wait_for_element("play", LOAD).await?;
            wait_for_offline(&other, "page").await?;
            lab.bring_to_front().await?;

            // The old version is gone from the server.
            lab.folder.change(after.path());
            lab.evaluate(UPDATE).await?;
            lab.wait_for_text("notice", |text| text.contains("newer version"), LOAD)
                .await?;
            lab.wait_until_equal(VERSIONS, sorted(&[&old, &new]))
                .await?;

            // The open pages still get the files of their own version, those that they need late too.
            lab.set_value("language", "de").await?;
            lab.wait_for_text("play", |text| text == "Start", SOON)
                .await?;
            let late = format!("fetch('{old_boot}').then(it => it.status)");
            ensure!(
                lab.evaluate(&late).await? == 200,
                "a file of this version is gone"
            );
            lab.click_step(1).await?;

            // The next load is the new version, from its first file to its last.
            lab.reopen("location.pathname + '?device=cpu&lang=en'")
                .await?;
            lab.wait_for_text("play", |text| text == version::OTHER_PLAY, SOON)
                .await?;
            wait_for_offline(lab, "page").await?;
            let shown = "document.querySelector('meta[name=version]').content";
            ensure!(lab.evaluate(shown).await? == json!(new));
            lab.set_value("language", "de").await?;
            lab.wait_for_text("play", |text| text == version::OTHER_PLAY_DE, SOON)
                .await?;

            // The other tab keeps the old version alive, until it is closed.
            ensure!(lab.evaluate(VERSIONS).await? == sorted(&[&old, &new]));
            ensure!(
                other.evaluate(&late).await? == 200,
                "the other tab has lost a file"
            );
            other.close().await?;
            lab.reload(LOAD).await?;
            wait_for_offline(lab, "page").await?;
            lab.wait_until_equal(VERSIONS, json!([new])).await?;
            Ok(())
        },
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_with_a_wrong_file_is_never_used() -> Result<()> {
    let site = site_folder()?;
    let damaged = tempfile::tempdir()?;
    version::copy(&site, damaged.path())?;
    version::change(damaged.path())?;
    let texts = version::file_of(damaged.path(), "texts.de-", ".json")?;
    fs::write(damaged.path().join(texts), "{}")?;
    let old = version::version_of(&site)?;
    visit_with_service_workers(
        Site::serve(&site)?,
        "offline-damaged",
        "?device=cpu&lang=en",
        async |lab| {
            lab.wait_until_ready().await?;
            wait_for_offline(lab, "page").await?;
            lab.folder.change(damaged.path());
            lab.monitor.expect_fault("another version");
            lab.evaluate(UPDATE).await?;
            let failed = "navigator.serviceWorker.getRegistration() \
            .then(it => !it.installing && !it.waiting && it.active.state === 'activated')";
            lab.wait_until("the end of the update", LOAD, async || {
                lab.holds(failed).await
            })
            .await?;
            lab.reload(LOAD).await?;
            lab.wait_until_ready().await?;
            let shown = "document.querySelector('meta[name=version]').content";
            ensure!(lab.evaluate(shown).await? == json!(old));
            lab.wait_for_text("play", |text| text == "Play", SOON)
                .await?;
            Ok(())
        },
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn without_service_workers_the_page_says_so_and_works() -> Result<()> {
    visit("offline-missing", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        wait_for_offline(lab, "impossible").await?;
        let said = lab.text("offline-sentence").await?;
        ensure!(said.contains("private window"), "{said}");
        let disabled = lab.evaluate_on("offline-keep", "element.disabled").await?;
        ensure!(disabled == true, "the button can be pressed");
        lab.click_step(1).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_can_be_installed() -> Result<()> {
    let site = site_folder()?;
    visit_with_service_workers(
        Site::serve(&site)?,
        "installable",
        "?device=cpu",
        async |lab| {
            lab.wait_until_ready().await?;
            wait_for_offline(lab, "page").await?;
            let found = lab.named_command("Page.getAppManifest", json!({})).await?;
            ensure!(found["errors"] == json!([]), "{found}");
            let text = found["data"].as_str().context("there is no manifest")?;
            let manifest: Value = serde_json::from_str(text)?;
            ensure!(manifest["name"] == "RSC Lab", "{manifest}");
            let errors = lab
                .named_command("Page.getInstallabilityErrors", json!({}))
                .await?;
            ensure!(errors["installabilityErrors"] == json!([]), "{errors}");
            Ok(())
        },
    )
    .await
}

/// The page is kept with its headers, which forbid frames; its parts may be framed all the same.
#[tokio::test(flavor = "multi_thread")]
async fn parts_are_framed_from_what_is_kept() -> Result<()> {
    let course = tempfile::tempdir()?;
    let site = Site::serve_with_headers(&site_folder()?)?;
    visit_with_service_workers(site, "offline-frames", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        wait_for_offline(lab, "page").await?;
        ensure!(lab.holds("crossOriginIsolated").await?, "not isolated");
        lab.reload(LOAD).await?;
        lab.wait_until_ready().await?;
        ensure!(
            lab.holds("crossOriginIsolated").await?,
            "not isolated when kept"
        );

        let address = lab.evaluate("location.origin + location.pathname").await?;
        let address = address.as_str().context("the page has no address")?;
        let text = format!(
            "<!doctype html><title>Course</title>\
             <iframe src=\"{address}?device=cpu&embed=accuracy\"></iframe>\
             <iframe src=\"{address}?whole\"></iframe>"
        );
        fs::write(course.path().join("index.html"), text)?;
        let course = Site::serve(course.path())?;
        lab.monitor.expect_fault("frame-ancestors");
        lab.go_to(&course.page("")).await?;
        let part = lab.wait_for_frame("embed=accuracy").await?;
        part.wait_for_state("ready", LOAD).await?;
        let origin = course.origin();
        lab.monitor.discard(|seen| seen.contains(&origin));
        Ok(())
    })
    .await
}

/// Versions in the order in which they are listed.
fn sorted(versions: &[&str]) -> Value {
    let mut versions = versions.to_vec();
    versions.sort_unstable();
    json!(versions)
}
