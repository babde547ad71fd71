//! One view at a time, each with its own address; and on small screens play and p beside the masks.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::lab::{DRAWN, LOAD, Lab, SOON, visit};

const VIEWS: [(&str, &str); 7] = [
    ("lab", "masks"),
    ("microscope", "stage-masked"),
    ("learned", "learned"),
    ("runs", "runs"),
    ("images", "board"),
    ("network", "epochs"),
    ("words", "glossary"),
];

/// Which views can be seen.
const SEEN: &str = "[...document.querySelectorAll('.view')]\
    .filter(view => view.checkVisibility({ visibilityProperty: true })).map(view => view.dataset.view)";

async fn check_shown(lab: &Lab, view: &str) -> Result<()> {
    lab.wait_until_equal(SEEN, json!([view])).await?;
    let marked = format!("to-view-{view}");
    lab.wait_for_attribute(&marked, "aria-current", json!("page"), SOON)
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn each_view_has_its_own_address() -> Result<()> {
    visit("views", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        check_shown(lab, "lab").await?;
        for (view, part) in VIEWS {
            lab.click(&format!("to-view-{view}")).await?;
            check_shown(lab, view).await?;
            lab.wait_for_element(part, DRAWN).await?;
            let seen = format!("document.querySelector('[data-testid={part}]').checkVisibility({{ visibilityProperty: true }})");
            lab.wait_until_true(&seen).await?;
            let search = lab.evaluate("location.search").await?;
            let named = format!("view={view}");
            let search = search.as_str().unwrap_or_default();
            ensure!(
                search.contains("device=cpu") && search.contains(&named) == (view != "lab"),
                "{view}: the address says `{search}`"
            );
        }
        lab.set_value("epochs", "3").await?;
        lab.wait_until_true("location.hash.includes('epochs=3')")
            .await?;
        lab.click("to-view-runs").await?;
        lab.reload(LOAD).await?;
        lab.wait_until_ready().await?;
        check_shown(lab, "runs").await?;
        ensure!(
            lab.value("epochs").await? == "3",
            "a view took the settings"
        );
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_pointed_at_is_shown() -> Result<()> {
    visit("views-reveal", "?device=cpu&view=microscope", async |lab| {
        lab.wait_until_ready().await?;
        check_shown(lab, "microscope").await?;
        // A link to a place on the page.
        lab.click("to-own-images").await?;
        check_shown(lab, "images").await?;
        // The way from a mask to the microscope.
        lab.wait_for_element("to-microscope-0", DRAWN).await?;
        lab.click("to-microscope-0").await?;
        check_shown(lab, "microscope").await?;
        // A phrase of the lesson.
        lab.click("lesson-open").await?;
        lab.wait_for_element("lesson-do-corner-cue", SOON).await?;
        lab.click("lesson-do-corner-cue").await?;
        check_shown(lab, "lab").await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_panel_has_no_link_to_its_view() -> Result<()> {
    visit(
        "views-hidden",
        "?device=cpu#hide=microscope,runs,sweep",
        async |lab| {
            lab.wait_until_ready().await?;
            for (view, link) in [("microscope", false), ("runs", false), ("learned", true)] {
                let seen = format!(
                    "document.querySelector('[data-testid=to-view-{view}]').checkVisibility({{ visibilityProperty: true }})"
                );
                ensure!(lab.holds(&seen).await? == link, "the link to {view}");
            }
            Ok(())
        },
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn play_and_p_stay_beside_the_masks_on_small_screens() -> Result<()> {
    visit("views-small", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        lab.wait_for_picture("overlay-0", None).await?;
        for (width, height) in [(820, 1180), (390, 844)] {
            lab.resize(width, height).await?;
            let shown = "(() => { \
                const box = id => document.querySelector(`[data-testid=${id}]`).getBoundingClientRect(); \
                document.querySelector('[data-testid=overlay-0]').scrollIntoView({ block: 'start', behavior: 'instant' }); \
                scrollBy({ top: -80, behavior: 'instant' }); \
                const [mask, play, p] = ['overlay-0', 'play', 'p'].map(box); \
                const thumb = innerHeight / 2; \
                return mask.top >= 0 && mask.bottom <= p.top \
                    && p.top > thumb && p.bottom <= innerHeight && play.top > thumb && play.bottom <= innerHeight; })()";
            lab.wait_until_true(shown).await?;
        }
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_told_in_words_and_compared_with_the_guess() -> Result<()> {
    let small = "?device=cpu#v=1&size=16&train=64&test=32&net=cnn-4-8&epochs=1";
    visit("views-story", small, async |lab| {
        lab.wait_until_ready().await?;
        let before = |text: &str| text.starts_with("Press Play") && text.contains("random cue");
        lab.wait_for_text("story-text", before, SOON).await?;
        lab.click("guess-rsc").await?;
        lab.wait_for_attribute("guess-rsc", "aria-pressed", json!("true"), SOON)
            .await?;
        lab.click("play").await?;
        lab.wait_for_status("done", DRAWN).await?;
        let after = |text: &str| text.starts_with("After 2 steps") && text.contains("RSC");
        let told = lab.wait_for_text("story-text", after, SOON).await?;
        let said = lab.text("guess-outcome").await?;
        ensure!(
            told.contains("RSC is ahead") == said.contains("right"),
            "`{told}`, and of the guess `{said}`"
        );
        lab.click("another-seed").await?;
        lab.wait_for_status("done", DRAWN).await?;
        ensure!(lab.value("seed").await? == "1", "another seed");
        Ok(())
    })
    .await
}
