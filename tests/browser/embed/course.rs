//! A course page of another origin, with a plain frame and with the element `<rsc-lab>`.

use std::fs;

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::{STORED, check_width};
use crate::lab::{DRAWN, LOAD, Lab, SOON, Site, visit};
use crate::page_objects::database::{CHECKPOINTS, in_database};

/// The settings that are stored.
const SETTINGS: &str = in_database!("String(await done(store('texts').get('settings')))");

/// Serves the course page for this lab, and opens it. The server lives as long as the process.
async fn open_course(lab: &Lab, folder: &tempfile::TempDir) -> Result<String> {
    let address = lab.evaluate("location.origin + location.pathname").await?;
    let address = address.as_str().context("the page has no address")?;
    let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/course/index.html");
    let course = fs::read_to_string(fixture)?.replace("{{lab}}", address);
    fs::write(folder.path().join("index.html"), course)?;
    let site = Site::serve(folder.path())?;
    lab.go_to(&site.page("")).await?;
    Ok(site.origin())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_course_shows_parts_and_leaves_the_visitors_project_alone() -> Result<()> {
    let folder = tempfile::tempdir()?;
    visit("course", "?device=cpu#v=1&seed=7", async |lab| {
        // The visitor has a project.
        lab.wait_until_ready().await?;
        lab.step_to(1).await?;
        lab.wait_until_equal(CHECKPOINTS, json!([1])).await?;
        let stored = lab.evaluate(STORED).await?;
        let settings = lab.evaluate(SETTINGS).await?;
        ensure!(settings.to_string().contains("seed"), "{settings}");

        let course = open_course(lab, &folder).await?;
        let plain = lab.wait_for_frame("embed=masks").await?;
        plain.wait_for_state("ready", LOAD).await?;
        plain.wait_for_picture("overlay-0-rsc", None).await?;
        plain.wait_for_value("p", "0.5").await?;
        check_width(&plain, "the plain frame").await?;
        plain.click("play").await?;
        plain.wait_for_state("training", SOON).await?;
        plain.set_value("p", "0.75").await?;
        plain.click("play").await?;
        plain.wait_for_state("paused", SOON).await?;

        check_element(lab).await?;

        // Only parts are for frames.
        let whole = lab.wait_for_frame("?whole").await?;
        whole
            .wait_until("a refusal", SOON, async || {
                let text = "document.body.textContent.includes('a window of its own')";
                whole.holds(text).await
            })
            .await?;
        let link = "document.querySelector('#boot a').target === '_blank' \
             && document.querySelector('#boot a').href === location.href";
        ensure!(whole.holds(link).await?, "no way to the page");
        ensure!(!whole.has("play").await?, "the whole page is there");

        // The project is as it was, also where the frame shares its storage.
        ensure!(plain.evaluate(STORED).await? == stored);
        ensure!(plain.evaluate(SETTINGS).await? == settings);
        lab.monitor.discard(|seen| seen.contains(&course));
        Ok(())
    })
    .await
}

/// The element's attributes reach its frame, also when they change.
async fn check_element(lab: &Lab) -> Result<()> {
    let set = |change: &str| {
        format!("(() => {{ const lab = document.getElementById('element'); {change} }})(), 0")
    };
    lab.evaluate("document.getElementById('element').scrollIntoView(), 0")
        .await?;
    let frame = lab.wait_for_frame("embed=accuracy").await?;
    frame.wait_for_state("ready", LOAD).await?;
    let made = "(() => { const frame = document.querySelector('#element iframe'); \
        return [frame.title, frame.loading, frame.width, frame.src.split('?')[1]]; })()";
    lab.wait_until_equal(
        made,
        json!([
            "RSC Lab: Genauigkeiten",
            "lazy",
            "",
            "embed=accuracy&lang=de&device=cpu#v=1&data=corner-cue&p=0.25&axis=channel&seed=5&epochs=2"
        ]),
    )
    .await?;
    let taken = "(href => ['seed=5', 'p=0.25', 'axis=channel', 'epochs=2'] \
        .every(setting => href.includes(setting)))(document.querySelector('[data-testid=embed-open]').href)";
    frame.wait_until_true(taken).await?;
    frame
        .wait_until_true("document.documentElement.lang === 'de'")
        .await?;

    // Settings are taken over without loading anew.
    frame.evaluate("globalThis.before = true, 0").await?;
    lab.evaluate(&set(
        "lab.setAttribute('p', '0.75'); lab.setAttribute('preset', 'tint-cue');",
    ))
    .await?;
    let taken = "(href => href.includes('p=0.75') && href.includes('data=tint-cue')) \
        (document.querySelector('[data-testid=embed-open]').href)";
    frame.wait_until_true(taken).await?;
    ensure!(
        frame.holds("globalThis.before === true").await?,
        "loaded anew"
    );

    // Another part is another page.
    lab.evaluate(&set("lab.setAttribute('part', 'play'); lab.title = 'A small lab'; lab.setAttribute('height', '333');"))
        .await?;
    let frame = lab.wait_for_frame("embed=play").await?;
    frame.wait_for_state("ready", LOAD).await?;
    frame.wait_for_element("overlay-0-rsc", DRAWN).await?;
    let made = "(() => { const frame = document.querySelector('#element iframe'); \
        return [frame.title, frame.style.height]; })()";
    lab.wait_until_equal(made, json!(["A small lab", "333px"]))
        .await
}
