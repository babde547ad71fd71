//! The ways onto the board: files and folders that are dropped, a folder that is picked, and what is
//! dragged from one class to another; into a domain that was chosen for what names none.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use serde_json::json;

use crate::board::{counts, picture, with_pets};
use crate::lab::{Lab, SOON, lab};
use crate::store::comes;

/// A folder of domains, of classes, of pictures.
fn write_folder(folder: &Path) -> Result<PathBuf> {
    let root = folder.join("animals");
    for (domain, class, count) in [
        ("photo", "cat", 3),
        ("photo", "dog", 2),
        ("sketch", "cat", 1),
        ("sketch", "dog", 2),
    ] {
        let place = root.join(domain).join(class);
        std::fs::create_dir_all(&place)?;
        for number in 0..count {
            std::fs::write(place.join(format!("{number}.png")), picture(number)?)?;
        }
    }
    Ok(root)
}

/// The names of the domains and how many images each has.
async fn domains(lab: &Lab) -> Result<serde_json::Value> {
    lab.evaluate(
        "[...document.querySelectorAll('.board-domain')].map(domain => \
         [domain.querySelector('input').value, domain.querySelector('.hint').textContent.trim()])",
    )
    .await
}

async fn has_the_animals(lab: &Lab) -> Result<()> {
    counts(lab, "4 images", "4 images").await?;
    let there = domains(lab).await?;
    let wanted = json!([["photo", "5 images"], ["sketch", "3 images"]]);
    ensure!(there == wanted, "{there}");
    comes(
        lab,
        "document.querySelector('[data-testid=own-held-out]').value",
        json!("domain:sketch"),
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_folder_fills_classes_and_domains() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let animals = write_folder(folder.path())?;
    let more = folder.path().join("more.png");
    std::fs::write(&more, picture(7)?)?;
    lab("drop-folder", "?device=cpu", async |lab| {
        lab.ready().await?;
        lab.drop_files("own-state", &[&animals]).await?;
        has_the_animals(lab).await?;

        // Files on a class are of that class, whatever they are called.
        lab.drop_files("class-count-1", &[&more]).await?;
        counts(lab, "4 images", "5 images").await?;
        // A file that lies in no folder tells no class elsewhere.
        lab.drop_files("own-state", &[&more]).await?;
        let homeless = |text: &str| text.contains("more.png") && text.contains("no folder");
        lab.wait_for("notice", homeless, SOON).await?;
        counts(lab, "4 images", "5 images").await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picked_folder_fills_classes_and_domains() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let animals = write_folder(folder.path())?;
    lab("pick-folder", "?device=cpu", async |lab| {
        lab.ready().await?;
        lab.upload("folder-files", &[animals]).await?;
        has_the_animals(lab).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn images_are_dragged_to_another_class() -> Result<()> {
    let folder = tempfile::tempdir()?;
    lab("drag", "?device=cpu", async |lab| {
        with_pets(lab, folder.path()).await?;
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
        counts(lab, "15 images", "4 images").await?;
        let said = |text: &str| text.contains("1 image moved");
        lab.wait_for("undo-what", said, SOON).await?;
        lab.click("undo-offer").await?;
        counts(lab, "16 images", "3 images").await?;
        // All that are selected go together.
        crate::board::select(lab, &[1, 2, 3]).await?;
        lab.evaluate(&drag(2, "class-column-1")).await?;
        counts(lab, "13 images", "6 images").await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_names_no_domain_goes_into_the_chosen_one() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let loose = folder.path().join("loose.png");
    std::fs::write(&loose, picture(8)?)?;
    let classes = folder.path().join("plain");
    std::fs::create_dir_all(classes.join("dog"))?;
    std::fs::write(classes.join("dog/1.png"), picture(9)?)?;
    lab("new-domain", "?device=cpu", async |lab| {
        with_pets(lab, folder.path()).await?;
        lab.set_value("board-domain", "clip art").await?;
        lab.upload("class-files-0", std::slice::from_ref(&loose)).await?;
        counts(lab, "17 images", "3 images").await?;
        lab.drop_files("own-state", &[&classes]).await?;
        counts(lab, "17 images", "4 images").await?;
        let paste = "(() => { \
             const canvas = document.createElement('canvas'); canvas.getContext('2d'); \
             const text = atob(canvas.toDataURL('image/png').split(',')[1]); \
             const bytes = Uint8Array.from(text, c => c.charCodeAt(0)); \
             const data = new DataTransfer(); \
             data.items.add(new File([bytes], 'pasted.png', { type: 'image/png' })); \
             document.querySelector('[data-testid=board]').dispatchEvent(\
             new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })); })()";
        lab.evaluate(paste).await?;
        counts(lab, "18 images", "4 images").await?;
        let there = domains(lab).await?;
        ensure!(there[2] == json!(["clip art", "3 images"]), "{there}");

        // A domain goes with all its images, and comes back.
        lab.click("domain-delete-2").await?;
        counts(lab, "16 images", "3 images").await?;
        let said = |text: &str| text.contains("“clip art” with 3 images deleted");
        lab.wait_for("undo-what", said, SOON).await?;
        lab.click("undo-offer").await?;
        counts(lab, "18 images", "4 images").await?;
        let there = domains(lab).await?;
        ensure!(there[2] == json!(["clip art", "3 images"]), "{there}");
        Ok(())
    })
    .await
}
