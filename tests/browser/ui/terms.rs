//! Terms are explained on focus and under the pointer.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::lab::{SOON, visit};

#[tokio::test(flavor = "multi_thread")]
async fn words_are_explained_on_focus_and_under_the_pointer() -> Result<()> {
    visit("words", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        lab.hover("term-importance", (0.5, 0.5)).await?;
        lab.wait_for_text("term-explanation", |text| text.contains("Importance"), SOON)
            .await?;
        lab.reveal("term-betas").await?;
        lab.evaluate(
            "document.querySelectorAll('details').forEach(it => it.open = true); \
             document.querySelector('[data-testid=term-betas]').focus(); 0",
        )
        .await?;
        lab.wait_for_text("term-explanation", |text| text.contains("Adam"), SOON)
            .await?;
        // Every setting has a mark beside it that explains it.
        let bare = "[...document.querySelectorAll('.field-head')] \
            .filter(it => !it.closest('.sweep') && !it.querySelector('.term')) \
            .map(it => it.textContent.trim())";
        let bare = lab.evaluate(bare).await?;
        ensure!(bare == json!([]), "not explained: {bare}");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_word_is_explained_on_focus() -> Result<()> {
    visit("terms", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        for (width, height) in [(1440, 900), (390, 844)] {
            lab.resize(width, height).await?;
            lab.reveal("term-seed").await?;
            // A browser without a window may hold back the event of a page it thinks unfocused.
            lab.evaluate(
                "(() => { const word = document.querySelector('[data-testid=\"term-seed\"]'); \
                 word.scrollIntoView({ block: 'end', behavior: 'instant' }); word.focus(); \
                 if (!document.hasFocus()) word.dispatchEvent(new FocusEvent('focus')); return 0; })()",
            )
            .await?;
            lab.wait_for_text("term-explanation", |text| text.contains("same run"), SOON)
                .await?;
            let whole = "(() => { const { left, top, right, bottom } = document.querySelector(\
                '[data-testid=\"term-explanation\"]').getBoundingClientRect(); \
                return bottom > top && left >= 0 && top >= 0 && \
                    right <= innerWidth && bottom <= innerHeight; })()";
            lab.wait_until("it is on the screen", SOON, async || {
                lab.holds(whole).await
            })
            .await?;
            let told = "(() => { const word = document.querySelector('[data-testid=\"term-seed\"]'); \
                const meaning = document.getElementById(word.getAttribute('aria-describedby')); \
                return meaning.textContent.includes('same run'); })()";
            ensure!(lab.holds(told).await?, "it is not described");
            lab.evaluate(
                "dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' })); \
                 document.activeElement.blur(); 0",
            )
            .await?;
            let gone = "document.querySelector('[data-testid=\"term-explanation\"]').hidden";
            lab.wait_until("it goes", SOON, async || lab.holds(gone).await)
                .await?;
        }
        Ok(())
    })
    .await
}
