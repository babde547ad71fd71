//! The board of the visitor's own images.

use std::path::Path;

use anyhow::Result;
use serde_json::json;

use crate::lab::{LOAD, Lab, SOON};
use crate::samples::zip::write_pets;

/// Number of images on the board.
pub(crate) const THUMBNAILS: &str = "document.querySelectorAll('.own-thumbnail').length";

/// Number of images marked for testing only.
pub(crate) const MARKED: &str = "document.querySelectorAll('#your-images .test-only').length";

/// Whether own images are what the run trains on.
pub(crate) const IN_USE: &str =
    "document.querySelector('.panel.own').textContent.includes('in use')";

/// Pastes an image, which a canvas makes, from the clipboard.
pub(crate) const PASTE: &str = "(() => { \
    const canvas = document.createElement('canvas'); canvas.getContext('2d'); \
    const text = atob(canvas.toDataURL('image/png').split(',')[1]); \
    const bytes = Uint8Array.from(text, c => c.charCodeAt(0)); \
    const data = new DataTransfer(); \
    data.items.add(new File([bytes], 'pasted.png', { type: 'image/png' })); \
    document.querySelector('[data-testid=board]').dispatchEvent(\
    new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })); })()";

/// Names the class of a column, which is added if need be.
pub(crate) async fn name_class(lab: &Lab, index: usize, name: &str) -> Result<()> {
    let testid = format!("class-name-{index}");
    // The page may begin with empty columns or without any.
    while !lab.has(&testid).await? {
        lab.click("class-add").await?;
        lab.wait_for_element(&testid, SOON).await?;
    }
    lab.set_value(&testid, name).await
}

/// Uploads the zip file of pets: cats into the first column, dogs into the second.
pub(crate) async fn add_pets(lab: &Lab, folder: &Path) -> Result<()> {
    lab.wait_until_ready().await?;
    lab.upload("zip-files", &[write_pets(folder)?]).await?;
    wait_for_counts(lab, "16 images", "3 images").await
}

/// Waits until the first two columns have so many images, as in `2 images`.
pub(crate) async fn wait_for_counts(lab: &Lab, first: &str, second: &str) -> Result<()> {
    lab.wait_for_text("class-count-0", |text| text == first, SOON)
        .await?;
    lab.wait_for_text("class-count-1", |text| text == second, SOON)
        .await?;
    Ok(())
}

/// Waits until so many images are on the board.
pub(crate) async fn wait_for_images(lab: &Lab, count: usize) -> Result<()> {
    lab.wait_until_equal(THUMBNAILS, json!(count)).await
}

/// Clicks the images at these places of the board, with Ctrl from the second on.
pub(crate) async fn select(lab: &Lab, places: &[usize]) -> Result<()> {
    let click = format!(
        "{places:?}.forEach((place, i) => \
         document.querySelectorAll('#your-images [role=option]')[place].dispatchEvent(\
         new MouseEvent('click', {{ bubbles: true, ctrlKey: i > 0 }})))"
    );
    lab.evaluate(&click).await?;
    let wanted = format!(
        "{} selected",
        match places.len() {
            1 => String::from("1 image"),
            several => format!("{several} images"),
        }
    );
    lab.wait_for_text("selected-count", |text| text == wanted, SOON)
        .await?;
    Ok(())
}

/// Chooses where selected images are to be moved, by its text in the menu.
pub(crate) async fn choose_target(lab: &Lab, name: &str) -> Result<()> {
    let find = format!(
        "[...document.querySelectorAll('[data-testid=move-to] option')]\
         .find(option => option.textContent.trim() === '{name}')?.value"
    );
    let value = lab.evaluate(&find).await?;
    lab.set_value("move-to", value.as_str().unwrap_or_default())
        .await
}

/// Moves the selected images to a class or domain, by its text in the menu.
pub(crate) async fn move_to(lab: &Lab, name: &str) -> Result<()> {
    choose_target(lab, name).await?;
    lab.click("move-selected").await
}

/// Waits until the offer to undo names what was done.
pub(crate) async fn wait_for_undo(lab: &Lab, what: &str) -> Result<()> {
    lab.wait_for_text("undo-what", |text| text.contains(what), SOON)
        .await?;
    Ok(())
}

/// The `data-testid` of the image at a place of the board.
pub(crate) async fn image_at(lab: &Lab, place: usize) -> Result<String> {
    let find = format!(
        "document.querySelectorAll('#your-images [role=option]')[{place}]?.dataset.testid ?? ''"
    );
    let testid = lab.evaluate(&find).await?;
    Ok(testid.as_str().unwrap_or_default().to_owned())
}

/// Trains on own images, and waits until the masks show a class of theirs.
pub(crate) async fn use_own_images(lab: &Lab, class: &str) -> Result<()> {
    lab.click("use-own-images").await?;
    let named = format!("document.querySelector('#masks')?.textContent.includes('{class}')");
    lab.wait_until("the new classes", LOAD, async || lab.holds(&named).await)
        .await?;
    lab.wait_for_status("ready", LOAD).await
}
