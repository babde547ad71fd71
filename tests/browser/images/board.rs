//! The board of the visitor's own images: moved, merged and deleted, with undo each time, and one
//! image as the network sees it.

use anyhow::{Result, ensure};

use crate::lab::{SOON, visit};
use crate::page_objects::board::{
    add_pets, image_at, move_to, select, wait_for_counts, wait_for_undo,
};

#[tokio::test(flavor = "multi_thread")]
async fn images_are_moved_and_moved_back() -> Result<()> {
    let folder = tempfile::tempdir()?;
    visit("board-move", "?device=cpu", async |lab| {
        add_pets(lab, folder.path()).await?;
        select(lab, &[0, 2, 3]).await?;
        move_to(lab, "dog").await?;
        wait_for_counts(lab, "13 images", "6 images").await?;
        wait_for_undo(lab, "3 images moved").await?;

        select(lab, &[1]).await?;
        move_to(lab, "a new class").await?;
        let one = |text: &str| text == "1 image";
        lab.wait_for_text("class-count-2", one, SOON).await?;
        lab.click("undo-offer").await?;
        wait_for_counts(lab, "13 images", "6 images").await?;
        ensure!(!lab.has("class-count-2").await?, "the new class stayed");

        select(lab, &[0]).await?;
        move_to(lab, "a new domain").await?;
        lab.wait_for_element("domain-name-2", SOON).await?;
        lab.click("board-undo").await?;
        lab.click("board-undo").await?;
        wait_for_counts(lab, "16 images", "3 images").await?;
        ensure!(!lab.has("domain-name-2").await?, "the new domain stayed");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn images_are_dragged_to_another_class() -> Result<()> {
    let folder = tempfile::tempdir()?;
    visit("drag", "?device=cpu", async |lab| {
        add_pets(lab, folder.path()).await?;
        // One that is not selected goes alone.
        let drag = |place: usize, into: &str| {
            format!(
                "(() => {{ const from = document.querySelectorAll('#your-images [role=option]')[{place}]; \
                 const to = document.querySelector('[data-testid={into}]'); \
                 const dataTransfer = new DataTransfer(); \
                 const fire = (on, type) => on.dispatchEvent(new DragEvent(type, \
                 {{ bubbles: true, cancelable: true, dataTransfer }})); \
                 fire(from, 'dragstart'); fire(to, 'dragenter'); fire(to, 'dragover'); \
                 fire(to, 'drop'); fire(from, 'dragend'); }})(), 0"
            )
        };
        lab.evaluate(&drag(0, "class-column-1")).await?;
        wait_for_counts(lab, "15 images", "4 images").await?;
        wait_for_undo(lab, "1 image moved").await?;
        lab.click("undo-offer").await?;
        wait_for_counts(lab, "16 images", "3 images").await?;
        // All that are selected go together.
        select(lab, &[1, 2, 3]).await?;
        lab.evaluate(&drag(2, "class-column-1")).await?;
        wait_for_counts(lab, "13 images", "6 images").await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn classes_and_domains_are_merged_when_they_have_one_name() -> Result<()> {
    let folder = tempfile::tempdir()?;
    visit("board-merge", "?device=cpu", async |lab| {
        add_pets(lab, folder.path()).await?;
        ensure!(!lab.has("class-merge-1").await?, "nothing to merge yet");
        lab.set_value("class-name-1", "cat").await?;
        lab.wait_for_element("class-merge-1", SOON).await?;
        lab.click("class-merge-1").await?;
        let all = |text: &str| text == "19 images";
        lab.wait_for_text("class-count-0", all, SOON).await?;
        ensure!(
            !lab.has("class-count-1").await?,
            "two classes after merging"
        );
        lab.click("board-undo").await?;
        wait_for_counts(lab, "16 images", "3 images").await?;

        lab.set_value("domain-name-1", "photo").await?;
        lab.wait_for_element("domain-merge-1", SOON).await?;
        lab.click("domain-merge-1").await?;
        lab.wait_for_removal("domain-name-0", SOON).await?;
        lab.click("undo-offer").await?;
        lab.wait_for_element("domain-name-1", SOON).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_deleted_comes_back() -> Result<()> {
    let folder = tempfile::tempdir()?;
    visit("board-delete", "?device=cpu", async |lab| {
        add_pets(lab, folder.path()).await?;
        select(lab, &[0, 1]).await?;
        let image = image_at(lab, 0).await?;
        lab.dispatch_key(&image, "Delete").await?;
        wait_for_counts(lab, "14 images", "3 images").await?;
        lab.click("undo-offer").await?;
        wait_for_counts(lab, "16 images", "3 images").await?;

        lab.click("class-delete-0").await?;
        let dogs = |text: &str| text == "3 images";
        lab.wait_for_text("class-count-0", dogs, SOON).await?;
        let undo = "document.body.dispatchEvent(new KeyboardEvent('keydown', \
                    { key: 'z', ctrlKey: true, bubbles: true, cancelable: true }))";
        lab.evaluate(undo).await?;
        wait_for_counts(lab, "16 images", "3 images").await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn one_image_is_seen_as_the_network_sees_it() -> Result<()> {
    let folder = tempfile::tempdir()?;
    visit("board-view", "?device=cpu", async |lab| {
        add_pets(lab, folder.path()).await?;
        let image = image_at(lab, 0).await?;
        lab.dispatch_key(&image, "Enter").await?;
        let first = |text: &str| text.contains("00.png") && text.contains("48 × 36");
        lab.wait_for_text("image-facts", first, SOON).await?;
        let side = "document.querySelector('[data-testid=image-seen] canvas')?.width";
        ensure!(lab.evaluate(side).await? == 32, "not of the network's size");
        lab.dispatch_key("image-view", "ArrowRight").await?;
        let second = |text: &str| text.contains("01.png");
        lab.wait_for_text("image-facts", second, SOON).await?;
        lab.screenshot("board-image").await?;
        lab.click("image-view-close").await
    })
    .await
}
