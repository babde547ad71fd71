//! What axe-core finds in the states of the page, in light and dark, on a desktop and on a phone.
//!
//! Findings of impact `serious` or `critical` fail the test; the others are printed.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::lab::{DRAWN, LOAD, Lab, SOON, visit};
use crate::page_objects::board::name_class;
use crate::samples::images::write_stripes;

/// See `tests/vendor/axe-core/README.md`.
const AXE: &str = include_str!("../../vendor/axe-core/axe.min.js");

/// Rules of WCAG 2.0 to 2.2, levels A and AA, and good practice. The last would be off otherwise.
const RULES: &str = "{ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', \
    'best-practice'], rules: { 'target-size': { enabled: true } }, \
    resultTypes: ['violations'], preload: false }";

const SIZES: [(i64, i64); 2] = [(1440, 900), (390, 844)];

/// Whether no animation or transition runs.
const STILL: &str = "document.getAnimations().every(it => it.playState !== 'running')";

/// What axe found, by rule and element, and in which states.
#[derive(Default)]
struct Findings(BTreeMap<String, Vec<String>>);

impl Findings {
    /// Checks the page as it is, in light and dark, wide and on a phone.
    async fn check(&mut self, lab: &Lab, state: &str) -> Result<()> {
        if lab.evaluate("typeof globalThis.axe").await? == "undefined" {
            lab.evaluate(AXE).await?;
        }
        for scheme in ["light", "dark"] {
            lab.emulate_color_scheme(scheme).await?;
            for (width, height) in SIZES {
                lab.resize(width, height).await?;
                for violation in violations(lab).await? {
                    let places = self.0.entry(violation).or_default();
                    places.push(format!("{state}, {scheme}, {width} px"));
                }
            }
        }
        lab.resize(SIZES[0].0, SIZES[0].1).await?;
        lab.emulate_color_scheme("light").await
    }

    /// Prints all, and fails if some are serious or critical.
    fn none_serious(&self) -> Result<()> {
        for (violation, places) in &self.0 {
            println!("{violation}\n  in: {}", places.join("; "));
        }
        let grave = |it: &&String| it.starts_with("serious") || it.starts_with("critical");
        let grave: Vec<_> = self.0.keys().filter(grave).collect();
        ensure!(grave.is_empty(), "axe finds {grave:#?}");
        Ok(())
    }
}

/// What axe finds now: impact, rule, element and what to do.
async fn violations(lab: &Lab) -> Result<Vec<String>> {
    let run = format!(
        "globalThis.axeFound = null; \
         requestAnimationFrame(() => requestAnimationFrame(async () => {{ \
             while (!({STILL})) await new Promise(go => setTimeout(go, 50)); \
             try {{ \
                 const {{ violations, passes }} = await axe.run(document, {RULES}); \
                 const all = violations.flatMap(({{ id, impact, nodes }}) => nodes.map(it => \
                     `${{impact}} ${{id}}: ${{it.target.join(' ')}}\n${{it.failureSummary}}`)); \
                 axeFound = {{ all, rules: passes.map(it => it.id) }}; \
             }} catch (error) {{ axeFound = {{ error: String(error) }}; }} \
         }})); 0"
    );
    lab.evaluate(&run).await?;
    lab.wait_until("axe", DRAWN, async || lab.holds("axeFound !== null").await)
        .await?;
    let found = lab.evaluate("axeFound").await?;
    let texts = |value: &Value| {
        let texts = value.as_array().into_iter().flatten();
        let texts = texts.filter_map(|text| text.as_str().map(str::to_owned));
        texts.collect::<Vec<_>>()
    };
    // Without text whose contrast it could check, it saw no page.
    let saw = texts(&found["rules"])
        .iter()
        .any(|it| it == "color-contrast");
    ensure!(saw, "axe did not look: {found}");
    Ok(texts(&found["all"]))
}

/// Opens all `details` elements, those within others too.
async fn open_everything(lab: &Lab) -> Result<()> {
    for _ in 0..3 {
        lab.open_all_details().await?;
        sleep(Duration::from_millis(300)).await;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_before_and_after_training() -> Result<()> {
    visit("axe-page", "?device=cpu", async |lab| {
        let mut findings = Findings::default();
        lab.wait_until_ready().await?;
        lab.wait_for_picture("overlay-0", None).await?;
        findings.check(lab, "fresh").await?;

        open_everything(lab).await?;
        lab.make_first_steps(3).await?;
        lab.wait_for_picture("overlay-0", None).await?;
        lab.wait_for_picture("stage-masked", None).await?;
        open_everything(lab).await?;
        findings.check(lab, "everything unfolded").await?;
        lab.screenshot("axe-unfolded").await?;

        // A refused setting, and what the page says about it.
        lab.set_value("epochs", "0").await?;
        lab.wait_for_text("notice", |text| text.contains("epochs"), SOON)
            .await?;
        findings.check(lab, "a refused setting").await?;
        findings.none_serious()
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lesson_and_the_dialogs() -> Result<()> {
    visit("axe-dialogs", "?device=cpu", async |lab| {
        let mut findings = Findings::default();
        lab.wait_until_ready().await?;
        lab.click("lesson-open").await?;
        lab.wait_for_text("lesson-place", |text| text.contains("1 of"), SOON)
            .await?;
        open_everything(lab).await?;
        findings.check(lab, "lesson").await?;
        lab.click("lesson-close").await?;

        for (opener, dialog) in [("share-open", "share"), ("show-keys", "keys")] {
            lab.click(opener).await?;
            let open = json!(format!("dialog[data-testid={dialog}][open]"));
            let open = format!("document.querySelector({open}) !== null");
            lab.wait_until(dialog, SOON, async || lab.holds(&open).await)
                .await?;
            open_everything(lab).await?;
            findings.check(lab, dialog).await?;
            lab.click(&format!("{dialog}-close")).await?;
        }
        findings.none_serious()
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_board_with_images_on_it() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let classes: [Vec<PathBuf>; 2] = [
        write_stripes(folder.path(), true, 6)?,
        write_stripes(folder.path(), false, 6)?,
    ];
    visit("axe-board", "?device=cpu", async |lab| {
        let mut findings = Findings::default();
        lab.wait_until_ready().await?;
        for (index, (name, files)) in ["down", "across"].iter().zip(&classes).enumerate() {
            name_class(lab, index, name).await?;
            lab.upload(&format!("class-files-{index}"), files).await?;
        }
        lab.wait_for_text("own-state", |text| text.contains("12 images"), LOAD)
            .await?;
        let image = "document.querySelector('.own-thumbnail')";
        lab.evaluate(&format!("{image}.click(); 0")).await?;
        lab.wait_for_text("selected-count", |text| text.starts_with('1'), SOON)
            .await?;
        findings.check(lab, "board").await?;
        lab.screenshot("axe-board").await?;

        let open = "new MouseEvent('dblclick', { bubbles: true })";
        lab.evaluate(&format!("{image}.dispatchEvent({open}); 0"))
            .await?;
        lab.wait_for_element("image-facts", SOON).await?;
        findings.check(lab, "one image").await?;
        findings.none_serious()
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_with_results() -> Result<()> {
    visit("axe-sweep", "?device=cpu", async |lab| {
        let mut findings = Findings::default();
        lab.wait_until_ready().await?;
        lab.set_values([
            ("epochs", "1"),
            ("train-images", "64"),
            ("test-images", "32"),
            ("sweep-second", "none"),
            ("sweep-seeds", "5"),
            ("sweep-first-values", "0.25, 2"),
        ])
        .await?;
        lab.wait_until_ready().await?;
        lab.click("sweep-summary").await?;
        lab.click("sweep-start").await?;
        let settled = |text: &str| text == "done" || text.contains("fault");
        lab.wait_for_text("sweep-status", settled, LOAD).await?;
        lab.click("sweep-cell-0-0").await?;
        lab.wait_for_text("sweep-card-title", |text| !text.is_empty(), SOON)
            .await?;
        findings.check(lab, "sweep").await?;
        lab.screenshot("axe-sweep").await?;
        findings.none_serious()
    })
    .await
}
