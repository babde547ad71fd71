//! The board on a touch screen.

use anyhow::{Result, ensure};

use crate::lab::{SOON, visit};
use crate::page_objects::board::{add_pets, choose_target, image_at, wait_for_counts};

#[tokio::test(flavor = "multi_thread")]
async fn images_are_chosen_looked_at_and_moved_by_taps() -> Result<()> {
    let folder = tempfile::tempdir()?;
    visit("touch", "?device=cpu", async |lab| {
        lab.emulate_touch().await?;
        lab.resize(390, 844).await?;
        add_pets(lab, folder.path()).await?;
        // Were the page wider than the screen, it would be shown smaller.
        let fits = "document.documentElement.scrollWidth <= innerWidth && innerWidth === 390";
        ensure!(lab.holds(fits).await?, "the board is wider than the screen");
        for (place, wanted) in [
            (0, "1 image selected"),
            (2, "2 images selected"),
            (1, "3 images selected"),
        ] {
            let image = image_at(lab, place).await?;
            lab.tap(&image).await?;
            lab.wait_for_text("selected-count", |text| text == wanted, SOON)
                .await?;
        }
        // A second tap takes one out again.
        let image = image_at(lab, 0).await?;
        lab.tap(&image).await?;
        lab.wait_for_text("selected-count", |text| text == "2 images selected", SOON)
            .await?;

        // What can be done stays in view while the finger is among the images.
        let shown = "(() => { const bar = document.querySelector('.board-selected'); \
             const area = bar.getBoundingClientRect(); \
             return area.top >= 0 && area.bottom <= innerHeight; })()";
        ensure!(lab.holds(shown).await?, "the tools are out of view");
        lab.screenshot("touch").await?;

        lab.tap("view-selected").await?;
        let named = |text: &str| text.contains(".png") && text.contains("48 × 36");
        lab.wait_for_text("image-facts", named, SOON).await?;
        lab.tap("image-after").await?;
        lab.tap("image-view-close").await?;
        let closed = "!document.querySelector('[data-testid=image-view]').open";
        lab.wait_until("the image is closed", SOON, async || {
            lab.holds(closed).await
        })
        .await?;

        choose_target(lab, "dog").await?;
        lab.tap("move-selected").await?;
        wait_for_counts(lab, "14 images", "5 images").await?;
        lab.tap("undo-offer").await?;
        wait_for_counts(lab, "16 images", "3 images").await
    })
    .await
}
