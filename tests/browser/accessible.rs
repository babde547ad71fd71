//! What axe-core finds in the page: in its states, in light and dark, wide and on a phone.
//!
//! Whatever a person must repair before others can use the page (impact `serious` or `critical`)
//! fails the test; the rest is printed.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::lab::{DRAWN, LOAD, Lab, SOON, lab};
use crate::own_images::{name_class, write_class};

/// See `tests/vendor/axe-core/README.md`.
const AXE: &str = include_str!("../vendor/axe-core/axe.min.js");

/// Rules of WCAG 2.0 to 2.2, levels A and AA, and good practice. The last would be off otherwise.
const RULES: &str = "{ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', \
    'best-practice'], rules: { 'target-size': { enabled: true } }, \
    resultTypes: ['violations'], preload: false }";

const SIZES: [(i64, i64); 2] = [(1440, 900), (390, 844)];

/// Nothing moves or fades any more, and two frames have passed.
const STILL: &str = "document.getAnimations().every(it => it.playState !== 'running')";

/// What axe found, and in which states: each rule and element once.
#[derive(Default)]
struct Findings(BTreeMap<String, Vec<String>>);

impl Findings {
    /// Looks at the page as it is, in light and dark, wide and on a phone.
    async fn look(&mut self, lab: &Lab, state: &str) -> Result<()> {
        if lab.evaluate("typeof globalThis.axe").await? == "undefined" {
            lab.evaluate(AXE).await?;
        }
        for scheme in ["light", "dark"] {
            lab.color_scheme(scheme).await?;
            for (width, height) in SIZES {
                lab.size(width, height).await?;
                for violation in violations(lab).await? {
                    let places = self.0.entry(violation).or_default();
                    places.push(format!("{state}, {scheme}, {width} px"));
                }
            }
        }
        lab.size(SIZES[0].0, SIZES[0].1).await?;
        lab.color_scheme("light").await
    }

    /// Prints all and fails if some are grave.
    fn none_grave(&self) -> Result<()> {
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
    lab.wait_until("axe", DRAWN, async || {
        Ok(lab.evaluate("axeFound !== null").await? == true)
    })
    .await?;
    let found = lab.evaluate("axeFound").await?;
    let texts = |value: &Value| {
        let texts = value.as_array().into_iter().flatten();
        let texts = texts.filter_map(|text| text.as_str().map(str::to_owned));
        texts.collect::<Vec<_>>()
    };
    // Where it saw no text that can be read, it saw no page.
    let saw = texts(&found["rules"])
        .iter()
        .any(|it| it == "color-contrast");
    ensure!(saw, "axe did not look: {found}");
    Ok(texts(&found["all"]))
}

/// Opens everything that folds.
async fn unfold(lab: &Lab) -> Result<()> {
    // What opens may hold more that folds.
    for _ in 0..3 {
        lab.evaluate("document.querySelectorAll('details').forEach(it => it.open = true); 0")
            .await?;
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    }
    Ok(())
}

async fn steps(lab: &Lab, count: usize) -> Result<()> {
    for made in 1..=count {
        lab.click("step").await?;
        let next = made.to_string();
        lab.wait_for("step-count", |text| text == next, SOON)
            .await?;
    }
    lab.status("paused", SOON).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_before_and_after_training() -> Result<()> {
    lab("axe-page", "?device=cpu", async |lab| {
        let mut findings = Findings::default();
        lab.ready().await?;
        lab.drawn("overlay-0", None).await?;
        findings.look(lab, "fresh").await?;

        unfold(lab).await?;
        steps(lab, 3).await?;
        lab.drawn("overlay-0", None).await?;
        lab.drawn("stage-masked", None).await?;
        unfold(lab).await?;
        findings.look(lab, "everything unfolded").await?;
        lab.screenshot("axe-unfolded").await?;

        // A refused setting, and what the page says about it.
        lab.set_value("epochs", "0").await?;
        lab.wait_for("notice", |text| text.contains("epochs"), SOON)
            .await?;
        findings.look(lab, "a refused setting").await?;
        findings.none_grave()
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lesson_and_the_dialogs() -> Result<()> {
    lab("axe-dialogs", "?device=cpu", async |lab| {
        let mut findings = Findings::default();
        lab.ready().await?;
        lab.click("lesson-open").await?;
        lab.wait_for("lesson-place", |text| text.contains("1 of"), SOON)
            .await?;
        unfold(lab).await?;
        findings.look(lab, "lesson").await?;
        lab.click("lesson-close").await?;

        for (opener, dialog) in [("share-open", "share"), ("show-keys", "keys")] {
            lab.click(opener).await?;
            let open = json!(format!("dialog[data-testid={dialog}][open]"));
            let open = format!("document.querySelector({open}) !== null");
            lab.wait_until(
                dialog,
                SOON,
                async || Ok(lab.evaluate(&open).await? == true),
            )
            .await?;
            unfold(lab).await?;
            findings.look(lab, dialog).await?;
            lab.click(&format!("{dialog}-close")).await?;
        }
        findings.none_grave()
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_board_with_images_on_it() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let classes: [Vec<PathBuf>; 2] = [
        write_class(folder.path(), true, 6)?,
        write_class(folder.path(), false, 6)?,
    ];
    lab("axe-board", "?device=cpu", async |lab| {
        let mut findings = Findings::default();
        lab.ready().await?;
        for (index, (name, files)) in ["down", "across"].iter().zip(&classes).enumerate() {
            name_class(lab, index, name).await?;
            lab.upload(&format!("class-files-{index}"), files).await?;
        }
        lab.wait_for("own-state", |text| text.contains("12 images"), LOAD)
            .await?;
        let image = "document.querySelector('.own-thumbnail')";
        lab.evaluate(&format!("{image}.click(); 0")).await?;
        lab.wait_for("selected-count", |text| text.starts_with('1'), SOON)
            .await?;
        findings.look(lab, "board").await?;
        lab.screenshot("axe-board").await?;

        let open = "new MouseEvent('dblclick', { bubbles: true })";
        lab.evaluate(&format!("{image}.dispatchEvent({open}); 0"))
            .await?;
        lab.wait_until("one image by itself", SOON, async || {
            lab.has("image-facts").await
        })
        .await?;
        findings.look(lab, "one image").await?;
        findings.none_grave()
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_with_results() -> Result<()> {
    lab("axe-sweep", "?device=cpu", async |lab| {
        let mut findings = Findings::default();
        lab.ready().await?;
        for (control, value) in [
            ("epochs", "1"),
            ("train-images", "64"),
            ("test-images", "32"),
            ("sweep-second", "none"),
            ("sweep-seeds", "5"),
            ("sweep-first-values", "0.25, 2"),
        ] {
            lab.set_value(control, value).await?;
        }
        lab.ready().await?;
        lab.click("sweep-summary").await?;
        lab.click("sweep-start").await?;
        let settled = |text: &str| text == "done" || text.contains("fault");
        lab.wait_for("sweep-status", settled, LOAD).await?;
        lab.click("sweep-cell-0-0").await?;
        lab.wait_for("sweep-card-title", |text| !text.is_empty(), SOON)
            .await?;
        findings.look(lab, "sweep").await?;
        lab.screenshot("axe-sweep").await?;
        findings.none_grave()
    })
    .await
}
