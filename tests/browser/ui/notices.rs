//! Messages can be reached over a dialog.

use anyhow::{Result, ensure};

use crate::lab::{SOON, visit};
use crate::samples::images::gradient;
use crate::samples::zip::zip_stored;

#[tokio::test(flavor = "multi_thread")]
async fn a_warning_over_a_dialog_can_be_seen_and_dismissed() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let project = folder.path().join("project.zip");
    let files = [
        ("images/cat/sound.png", gradient(3)?),
        ("images/cat/broken.png", b"no picture".to_vec()),
    ];
    std::fs::write(&project, zip_stored(&files)?)?;
    visit("notice-in-dialog", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        lab.click("share-open").await?;
        lab.upload("import-project", std::slice::from_ref(&project))
            .await?;
        let named = |text: &str| text.contains("broken.png");
        lab.wait_for_text("notice", named, SOON).await?;
        lab.wait_for_text("project-said", |text| text.contains("1 image"), SOON)
            .await?;
        // It lies over the dialog: the middle of its button is the button, for the pointer too.
        let on_top = "(() => { const button = document.querySelector('[data-testid=dismiss]'); \
            const area = button.getBoundingClientRect(); \
            const found = document.elementFromPoint( \
                area.left + area.width / 2, area.top + area.height / 2); \
            return button.contains(found); })()";
        lab.wait_until_true(on_top).await?;
        lab.screenshot("notice-in-dialog").await?;
        lab.click_with_pointer("dismiss").await?;
        lab.wait_for_text("notice", str::is_empty, SOON).await?;
        let open = "document.querySelector('[data-testid=share]').open";
        ensure!(lab.holds(open).await?, "the dialog is still open");

        // What is said over a dialog is still there once it is closed.
        lab.focus("share-close").await?;
        let bad = folder.path().join("again.zip");
        std::fs::copy(&project, &bad)?;
        lab.upload("import-project", &[bad]).await?;
        lab.wait_for_text("notice", named, SOON).await?;
        lab.click("share-close").await?;
        lab.wait_until_true(&format!("!{open}")).await?;
        lab.wait_for_text("notice", named, SOON).await?;
        let count = "document.querySelectorAll('[data-testid=notice]').length";
        ensure!(lab.evaluate(count).await? == 1, "one list at a time");
        lab.click_with_pointer("dismiss").await?;
        lab.wait_for_text("notice", str::is_empty, SOON).await?;
        Ok(())
    })
    .await
}
