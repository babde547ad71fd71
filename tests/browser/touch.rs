//! The board under a finger.

use anyhow::{Result, ensure};

use crate::board::{counts, image_at, with_pets};
use crate::lab::{SOON, lab};

#[tokio::test(flavor = "multi_thread")]
async fn images_are_chosen_looked_at_and_moved_by_taps() -> Result<()> {
    let folder = tempfile::tempdir()?;
    lab("touch", "?device=cpu", async |lab| {
        lab.touch_screen().await?;
        lab.size(390, 844).await?;
        with_pets(lab, folder.path()).await?;
        // Were the page wider than the screen, it would be shown smaller.
        let fits = lab
            .evaluate("document.documentElement.scrollWidth <= innerWidth && innerWidth === 390");
        ensure!(fits.await? == true, "the board is wider than the screen");
        for (place, wanted) in [
            (0, "1 image selected"),
            (2, "2 images selected"),
            (1, "3 images selected"),
        ] {
            let image = image_at(lab, place).await?;
            lab.tap(&image).await?;
            lab.wait_for("selected-count", |text| text == wanted, SOON)
                .await?;
        }
        // A second tap takes one out again.
        let image = image_at(lab, 0).await?;
        lab.tap(&image).await?;
        lab.wait_for("selected-count", |text| text == "2 images selected", SOON)
            .await?;

        // What can be done stays in view while the finger is among the images.
        let shown = "(() => { const bar = document.querySelector('.board-selected'); \
             const area = bar.getBoundingClientRect(); \
             return area.top >= 0 && area.bottom <= innerHeight; })()";
        ensure!(
            lab.evaluate(shown).await? == true,
            "the tools are out of view"
        );
        lab.screenshot("touch").await?;

        lab.tap("view-selected").await?;
        let named = |text: &str| text.contains(".png") && text.contains("48 × 36");
        lab.wait_for("image-facts", named, SOON).await?;
        lab.tap("image-after").await?;
        lab.tap("image-view-close").await?;
        let closed = "!document.querySelector('[data-testid=image-view]').open";
        lab.wait_until("the image is closed", SOON, async || {
            Ok(lab.evaluate(closed).await? == true)
        })
        .await?;

        let dog = "[...document.querySelectorAll('[data-testid=move-to] option')]\
                   .find(option => option.textContent.trim() === 'dog').value";
        let dog = lab.evaluate(dog).await?;
        lab.set_value("move-to", dog.as_str().unwrap_or_default())
            .await?;
        lab.tap("move-selected").await?;
        counts(lab, "14 images", "5 images").await?;
        lab.tap("undo-offer").await?;
        counts(lab, "16 images", "3 images").await
    })
    .await
}
