//! The lesson: its phrases set controls, chapters are remembered, and it leaves room for the page.

use anyhow::{Result, ensure};

use crate::lab::{Lab, SOON, visit};

/// Waits until this chapter is open.
async fn wait_for_chapter(lab: &Lab, chapter: usize) -> Result<()> {
    let wanted = format!("{chapter} of 8");
    let there = |text: &str| text.ends_with(&wanted);
    lab.wait_for_text("lesson-place", there, SOON).await?;
    Ok(())
}

/// Waits until an element's text contains this.
async fn wait_for_part(lab: &Lab, testid: &str, part: &str) -> Result<()> {
    lab.wait_for_text(testid, |text| text.contains(part), SOON)
        .await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn phrases_set_controls_and_chapters_are_remembered() -> Result<()> {
    visit("lesson", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        ensure!(!lab.has("lesson").await?, "open before anybody asked");
        lab.click("lesson-open").await?;
        wait_for_chapter(lab, 1).await?;
        wait_for_part(lab, "lesson-check", "Not yet").await?;
        lab.click("lesson-do-look-training").await?;
        wait_for_part(lab, "lesson-check", "You are looking at").await?;

        lab.click("lesson-next").await?;
        lab.click("lesson-next").await?;
        wait_for_chapter(lab, 3).await?;
        lab.click("lesson-do-p-0.50").await?;
        ensure!(lab.value("p").await? == "0.5", "p");
        let pointed = "document.querySelector('[data-pointed] [data-testid=\"p\"]') !== null";
        ensure!(lab.holds(pointed).await?, "p is not pointed at");
        wait_for_part(lab, "muted-count", "32 of 64").await?;
        wait_for_part(lab, "lesson-check", "32 of 64").await?;
        wait_for_part(lab, "formula-quantile-threshold", "k = 32").await?;

        lab.click("lesson-chapter-axis").await?;
        wait_for_chapter(lab, 4).await?;
        lab.click("lesson-do-channels").await?;
        ensure!(lab.value("axis").await? == "channel", "the axis is not set");
        wait_for_part(lab, "formula-importance", "64 positions").await?;

        lab.click("lesson-chapter-limits").await?;
        lab.click("lesson-do-tint-cue").await?;
        let chosen = "document.querySelector('[data-testid=\"preset-tint-cue\"]').ariaPressed";
        ensure!(lab.holds(&format!("{chosen} === 'true'")).await?, "tint");
        wait_for_part(lab, "lesson-chapters", "2 of 8").await?;

        lab.reload(SOON).await?;
        lab.wait_until_ready().await?;
        wait_for_chapter(lab, 5).await?;
        wait_for_part(lab, "lesson-chapters", "2 of 8").await?;
        lab.click("lesson-close").await?;
        lab.wait_for_removal("lesson", SOON).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lesson_leaves_room_for_the_page() -> Result<()> {
    visit("lesson-room", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        lab.click("lesson-open").await?;
        wait_for_chapter(lab, 1).await?;
        for (name, width, height) in [
            ("wide", 1440, 900),
            ("tablet", 820, 1180),
            ("phone", 390, 844),
        ] {
            lab.resize(width, height).await?;
            let fits = &format!("document.documentElement.scrollWidth <= {width}");
            lab.wait_until("the page fits", SOON, async || lab.holds(fits).await)
                .await?;
            lab.screenshot(&format!("lesson-{name}")).await?;
            // Beside the page, or over less than half of it with room below the last panel.
            let room = "(() => { const sheet = document.querySelector('.lesson'); \
                const { left, height } = sheet.getBoundingClientRect(); \
                const main = document.querySelector('main').getBoundingClientRect(); \
                const below = parseFloat(getComputedStyle(document.body).paddingBottom); \
                return left >= main.right - 1 || \
                    height < innerHeight / 2 && below >= height - 1; })()";
            ensure!(lab.holds(room).await?, "{name}: the sheet covers the page");
        }
        lab.click("lesson-fold").await?;
        let folded = "document.querySelector('.lesson').getBoundingClientRect().height < 80";
        lab.wait_until("the sheet folds", SOON, async || lab.holds(folded).await)
            .await
    })
    .await
}
