//! The lesson and the words it explains: phrases set controls, chapters are remembered, and a word's
//! meaning is there on focus.

use anyhow::{Result, ensure};

use crate::lab::{Lab, SOON, lab};

/// Whether an expression is true on the page.
async fn holds(lab: &Lab, expression: &str) -> Result<bool> {
    Ok(lab.evaluate(expression).await? == true)
}

async fn place(lab: &Lab, chapter: usize) -> Result<()> {
    let wanted = format!("{chapter} of 7");
    let there = |text: &str| text.ends_with(&wanted);
    lab.wait_for("lesson-place", there, SOON).await?;
    Ok(())
}

async fn says(lab: &Lab, testid: &str, part: &str) -> Result<()> {
    lab.wait_for(testid, |text| text.contains(part), SOON)
        .await?;
    Ok(())
}

/// An expression for the value of a control.
fn value(testid: &str) -> String {
    format!("document.querySelector('[data-testid=\"{testid}\"]').value")
}

async fn reload(lab: &Lab) -> Result<()> {
    lab.evaluate("globalThis.before = true; setTimeout(() => location.reload(), 0); 0")
        .await?;
    // While one page goes and the next comes, nothing can be asked.
    lab.wait_until("a new page", SOON, async || {
        let new = lab.evaluate("globalThis.before === undefined").await;
        Ok(new.is_ok_and(|new| new == true))
    })
    .await?;
    lab.ready().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn phrases_set_controls_and_chapters_are_remembered() -> Result<()> {
    lab("lesson", "?device=cpu", async |lab| {
        lab.ready().await?;
        ensure!(!lab.has("lesson").await?, "open before anybody asked");
        lab.click("lesson-open").await?;
        place(lab, 1).await?;
        says(lab, "lesson-check", "Not yet").await?;
        lab.click("lesson-do-look-training").await?;
        says(lab, "lesson-check", "You are looking at").await?;

        lab.click("lesson-next").await?;
        lab.click("lesson-next").await?;
        place(lab, 3).await?;
        lab.click("lesson-do-p-0.50").await?;
        ensure!(holds(lab, &format!("{} === '0.5'", value("p"))).await?, "p");
        let pointed = "document.querySelector('[data-pointed] [data-testid=\"p\"]') !== null";
        ensure!(holds(lab, pointed).await?, "p is not pointed at");
        says(lab, "muted-count", "32 of 64").await?;
        says(lab, "lesson-check", "32 of 64").await?;
        says(lab, "formula-quantile-threshold", "k = 32").await?;

        lab.click("lesson-chapter-axis").await?;
        place(lab, 4).await?;
        lab.click("lesson-do-channels").await?;
        let channels = format!("{} === 'channel'", value("axis"));
        ensure!(holds(lab, &channels).await?, "the axis is not set");
        says(lab, "formula-importance", "64 positions").await?;

        lab.click("lesson-chapter-limits").await?;
        lab.click("lesson-do-tint-cue").await?;
        let chosen = "document.querySelector('[data-testid=\"preset-tint-cue\"]').ariaPressed";
        ensure!(holds(lab, &format!("{chosen} === 'true'")).await?, "tint");
        says(lab, "lesson-chapters", "2 of 7").await?;

        reload(lab).await?;
        place(lab, 5).await?;
        says(lab, "lesson-chapters", "2 of 7").await?;
        lab.click("lesson-close").await?;
        lab.wait_until("the lesson closes", SOON, async || {
            Ok(!lab.has("lesson").await?)
        })
        .await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lesson_leaves_room_for_the_page() -> Result<()> {
    lab("lesson-room", "?device=cpu", async |lab| {
        lab.ready().await?;
        lab.click("lesson-open").await?;
        place(lab, 1).await?;
        for (name, width, height) in [
            ("wide", 1440, 900),
            ("tablet", 820, 1180),
            ("phone", 390, 844),
        ] {
            lab.size(width, height).await?;
            let fits = &format!("document.documentElement.scrollWidth <= {width}");
            lab.wait_until("the page fits", SOON, async || holds(lab, fits).await)
                .await?;
            lab.screenshot(&format!("lesson-{name}")).await?;
            // Beside the page, or over less than half of it with room below the last panel.
            let room = "(() => { const sheet = document.querySelector('.lesson'); \
                const { left, height } = sheet.getBoundingClientRect(); \
                const main = document.querySelector('main').getBoundingClientRect(); \
                const below = parseFloat(getComputedStyle(document.body).paddingBottom); \
                return left >= main.right - 1 || \
                    height < innerHeight / 2 && below >= height - 1; })()";
            ensure!(holds(lab, room).await?, "{name}: the sheet covers the page");
        }
        lab.click("lesson-fold").await?;
        let folded = "document.querySelector('.lesson').getBoundingClientRect().height < 80";
        lab.wait_until("the sheet folds", SOON, async || holds(lab, folded).await)
            .await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_word_is_explained_on_focus() -> Result<()> {
    lab("terms", "?device=cpu", async |lab| {
        lab.ready().await?;
        for (width, height) in [(1440, 900), (390, 844)] {
            lab.size(width, height).await?;
            // A browser without a window may hold back the event of a page it thinks unfocused.
            lab.evaluate(
                "(() => { const word = document.querySelector('[data-testid=\"term-seed\"]'); \
                 word.scrollIntoView({ block: 'end', behavior: 'instant' }); word.focus(); \
                 if (!document.hasFocus()) word.dispatchEvent(new FocusEvent('focus')); return 0; })()",
            )
            .await?;
            says(lab, "term-explanation", "same run").await?;
            let whole = "(() => { const { left, top, right, bottom } = document.querySelector(\
                '[data-testid=\"term-explanation\"]').getBoundingClientRect(); \
                return bottom > top && left >= 0 && top >= 0 && \
                    right <= innerWidth && bottom <= innerHeight; })()";
            lab.wait_until("it is on the screen", SOON, async || {
                holds(lab, whole).await
            })
            .await?;
            let told = "(() => { const word = document.querySelector('[data-testid=\"term-seed\"]'); \
                const meaning = document.getElementById(word.getAttribute('aria-describedby')); \
                return meaning.textContent.includes('same run'); })()";
            ensure!(holds(lab, told).await?, "it is not described");
            lab.evaluate(
                "dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' })); \
                 document.activeElement.blur(); 0",
            )
            .await?;
            let gone = "document.querySelector('[data-testid=\"term-explanation\"]').hidden";
            lab.wait_until("it goes", SOON, async || holds(lab, gone).await)
                .await?;
        }
        Ok(())
    })
    .await
}
