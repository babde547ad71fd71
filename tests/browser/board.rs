//! The board of the visitor's own images: filled from a zip file, sorted, merged and deleted, with
//! a way back each time, and the network's view of one image.

use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use flate2::{Compression, write::DeflateEncoder};
use image::{ImageFormat, Rgb, RgbImage};
use rawzip::{CompressionMethod, ZipArchiveWriter};

use crate::lab::{Lab, SOON, lab};

/// A small picture, of its own colours.
pub(crate) fn picture(number: u8) -> Result<Vec<u8>> {
    let image = RgbImage::from_fn(48, 36, |x, y| {
        Rgb([20 * number, (5 * x) as u8, (6 * y) as u8])
    });
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, ImageFormat::Png)?;
    Ok(bytes.into_inner())
}

/// Packs files under these paths, by turns stored and deflated.
pub(crate) fn pack(folder: &Path, name: &str, files: &[(String, Vec<u8>)]) -> Result<PathBuf> {
    let methods = [CompressionMethod::STORE, CompressionMethod::DEFLATE];
    pack_by(folder, name, files, &methods)
}

/// As the page saves a project: nothing is compressed.
pub(crate) fn pack_project(
    folder: &Path,
    name: &str,
    files: &[(String, Vec<u8>)],
) -> Result<PathBuf> {
    pack_by(folder, name, files, &[CompressionMethod::STORE])
}

/// With these methods in turns.
fn pack_by(
    folder: &Path,
    name: &str,
    files: &[(String, Vec<u8>)],
    methods: &[CompressionMethod],
) -> Result<PathBuf> {
    let path = folder.join(name);
    let mut archive = ZipArchiveWriter::new(std::fs::File::create(&path)?);
    for (number, (within, bytes)) in files.iter().enumerate() {
        let method = methods[number % methods.len()];
        let entry = archive.new_file(within.as_str());
        let (mut entry, config) = entry.compression_method(method).start()?;
        let descriptor = if method == CompressionMethod::STORE {
            let mut writer = config.wrap(&mut entry);
            writer.write_all(bytes)?;
            let (_, descriptor) = writer.finish()?;
            descriptor
        } else {
            let encoder = DeflateEncoder::new(&mut entry, Compression::default());
            let mut writer = config.wrap(encoder);
            writer.write_all(bytes)?;
            let (encoder, descriptor) = writer.finish()?;
            encoder.finish()?;
            descriptor
        };
        entry.finish(descriptor)?;
    }
    archive.finish()?;
    Ok(path)
}

/// Sixteen cats in two domains and three dogs, with what a Mac adds, and a zip file within.
pub(crate) fn pets(folder: &Path) -> Result<PathBuf> {
    let mut files = Vec::new();
    for number in 0..12 {
        files.push((format!("pets/photo/cat/{number:02}.png"), picture(number)?));
    }
    for number in 0..4 {
        files.push((format!("pets/sketch/cat/s{number}.png"), picture(number)?));
    }
    for (number, domain) in ["photo", "photo", "sketch"].into_iter().enumerate() {
        files.push((format!("pets/{domain}/dog/d{number}.png"), picture(9)?));
    }
    files.push(("__MACOSX/pets/photo/cat/._00.png".into(), vec![0; 9]));
    files.push(("pets/.DS_Store".into(), vec![0; 9]));
    files.push(("pets/photo/cat/inner.zip".into(), vec![0; 9]));
    pack(folder, "pets.zip", &files)
}

/// Brings the pets onto the board: cats in the first column, dogs in the second.
pub(crate) async fn with_pets(lab: &Lab, folder: &Path) -> Result<()> {
    lab.ready().await?;
    lab.upload("zip-files", &[pets(folder)?]).await?;
    counts(lab, "16 images", "3 images").await
}

pub(crate) async fn counts(lab: &Lab, first: &str, second: &str) -> Result<()> {
    lab.wait_for("class-count-0", |text| text == first, SOON)
        .await?;
    lab.wait_for("class-count-1", |text| text == second, SOON)
        .await?;
    Ok(())
}

/// Clicks the images at these places of the board, holding Ctrl from the second on.
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
    lab.wait_for("selected-count", |text| text == wanted, SOON)
        .await?;
    Ok(())
}

/// Moves what is selected to what the menu calls `name`.
pub(crate) async fn move_to(lab: &Lab, name: &str) -> Result<()> {
    let find = format!(
        "[...document.querySelectorAll('[data-testid=move-to] option')]\
         .find(option => option.textContent.trim() === '{name}')?.value"
    );
    let value = lab.evaluate(&find).await?;
    let value = value.as_str().unwrap_or_default();
    lab.set_value("move-to", value).await?;
    lab.click("move-selected").await
}

/// The `data-testid` of the image at a place of the board.
pub(crate) async fn image_at(lab: &Lab, place: usize) -> Result<String> {
    let find = format!(
        "document.querySelectorAll('#your-images [role=option]')[{place}]?.dataset.testid ?? ''"
    );
    let testid = lab.evaluate(&find).await?;
    Ok(testid.as_str().unwrap_or_default().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_zip_file_fills_classes_and_domains() -> Result<()> {
    let folder = tempfile::tempdir()?;
    lab("board-zip", "?device=cpu", async |lab| {
        with_pets(lab, folder.path()).await?;
        let nested = |text: &str| text.contains("inner.zip");
        lab.wait_for("notice", nested, SOON).await?;
        for (testid, wanted) in [("domain-name-0", "photo"), ("domain-name-1", "sketch")] {
            let value = format!("document.querySelector('[data-testid={testid}]')?.value");
            let value = lab.evaluate(&value).await?;
            ensure!(value == wanted, "`{testid}` is {value}");
        }
        let warned = |text: &str| text.contains("“dog” has 3") && text.contains("Uneven");
        lab.wait_for("board-warnings", warned, SOON).await?;
        // Of the twelve photos of cats a quarter is for testing; the sketches are held out.
        let table = lab.text("board-counts").await?;
        ensure!(table.contains("cat934"), "the table says {table}");
        lab.screenshot("board").await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_zip_file_is_named() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let broken = folder.path().join("broken.zip");
    std::fs::write(&broken, b"PK and nothing more")?;
    lab("board-broken-zip", "?device=cpu", async |lab| {
        lab.ready().await?;
        lab.upload("zip-files", &[broken.clone()]).await?;
        let named = |text: &str| text.contains("broken.zip");
        lab.wait_for("notice", named, SOON).await?;
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn images_are_moved_and_moved_back() -> Result<()> {
    let folder = tempfile::tempdir()?;
    lab("board-move", "?device=cpu", async |lab| {
        with_pets(lab, folder.path()).await?;
        select(lab, &[0, 2, 3]).await?;
        move_to(lab, "dog").await?;
        counts(lab, "13 images", "6 images").await?;
        let said = |text: &str| text.contains("3 images moved");
        lab.wait_for("undo-what", said, SOON).await?;

        select(lab, &[1]).await?;
        move_to(lab, "a new class").await?;
        let one = |text: &str| text == "1 image";
        lab.wait_for("class-count-2", one, SOON).await?;
        lab.click("undo-offer").await?;
        counts(lab, "13 images", "6 images").await?;
        ensure!(!lab.has("class-count-2").await?, "the new class stayed");

        select(lab, &[0]).await?;
        move_to(lab, "a new domain").await?;
        let third = async || lab.has("domain-name-2").await;
        lab.wait_until("a third domain", SOON, third).await?;
        lab.click("board-undo").await?;
        lab.click("board-undo").await?;
        counts(lab, "16 images", "3 images").await?;
        ensure!(!lab.has("domain-name-2").await?, "the new domain stayed");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn classes_and_domains_are_merged_when_they_have_one_name() -> Result<()> {
    let folder = tempfile::tempdir()?;
    lab("board-merge", "?device=cpu", async |lab| {
        with_pets(lab, folder.path()).await?;
        ensure!(!lab.has("class-merge-1").await?, "nothing to merge yet");
        lab.set_value("class-name-1", "cat").await?;
        lab.wait_until("the offer", SOON, async || lab.has("class-merge-1").await)
            .await?;
        lab.click("class-merge-1").await?;
        let all = |text: &str| text == "19 images";
        lab.wait_for("class-count-0", all, SOON).await?;
        ensure!(
            !lab.has("class-count-1").await?,
            "two classes after merging"
        );
        lab.click("board-undo").await?;
        counts(lab, "16 images", "3 images").await?;

        lab.set_value("domain-name-1", "photo").await?;
        lab.wait_until("the offer", SOON, async || lab.has("domain-merge-1").await)
            .await?;
        lab.click("domain-merge-1").await?;
        let gone = async || Ok(!lab.has("domain-name-0").await?);
        lab.wait_until("one domain", SOON, gone).await?;
        lab.click("undo-offer").await?;
        let back = async || lab.has("domain-name-1").await;
        lab.wait_until("both domains", SOON, back).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_deleted_comes_back() -> Result<()> {
    let folder = tempfile::tempdir()?;
    lab("board-delete", "?device=cpu", async |lab| {
        with_pets(lab, folder.path()).await?;
        select(lab, &[0, 1]).await?;
        let image = image_at(lab, 0).await?;
        lab.key(&image, "Delete").await?;
        counts(lab, "14 images", "3 images").await?;
        lab.click("undo-offer").await?;
        counts(lab, "16 images", "3 images").await?;

        lab.click("class-delete-0").await?;
        let dogs = |text: &str| text == "3 images";
        lab.wait_for("class-count-0", dogs, SOON).await?;
        let undo = "document.body.dispatchEvent(new KeyboardEvent('keydown', \
                    { key: 'z', ctrlKey: true, bubbles: true, cancelable: true }))";
        lab.evaluate(undo).await?;
        counts(lab, "16 images", "3 images").await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn one_image_is_seen_as_the_network_sees_it() -> Result<()> {
    let folder = tempfile::tempdir()?;
    lab("board-view", "?device=cpu", async |lab| {
        with_pets(lab, folder.path()).await?;
        let image = image_at(lab, 0).await?;
        lab.key(&image, "Enter").await?;
        let first = |text: &str| text.contains("00.png") && text.contains("48 × 36");
        lab.wait_for("image-facts", first, SOON).await?;
        let side = "document.querySelector('[data-testid=image-seen] canvas')?.width";
        ensure!(lab.evaluate(side).await? == 32, "not of the network's size");
        lab.key("image-view", "ArrowRight").await?;
        let second = |text: &str| text.contains("01.png");
        lab.wait_for("image-facts", second, SOON).await?;
        lab.screenshot("board-image").await?;
        lab.click("image-view-close").await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn pasted_images_and_the_cameras_go_to_the_chosen_class() -> Result<()> {
    lab("board-camera", "?device=cpu", async |lab| {
        lab.ready().await?;
        let second = "document.querySelectorAll('[data-testid=board-target] option')[1].value";
        let second = lab.evaluate(second).await?;
        let second = second.as_str().unwrap_or_default();
        lab.set_value("board-target", second).await?;
        // A canvas stands in for clipboard and camera.
        let paste = "(() => { \
             const canvas = document.createElement('canvas'); canvas.getContext('2d'); \
             const text = atob(canvas.toDataURL('image/png').split(',')[1]); \
             const bytes = Uint8Array.from(text, c => c.charCodeAt(0)); \
             const data = new DataTransfer(); \
             data.items.add(new File([bytes], 'pasted.png', { type: 'image/png' })); \
             document.querySelector('[data-testid=board]').dispatchEvent(\
             new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })); })()";
        lab.evaluate(paste).await?;
        counts(lab, "0 images", "1 image").await?;

        let refuse = "navigator.mediaDevices.getUserMedia = \
             () => Promise.reject(new DOMException('no', 'NotAllowedError')), 0";
        lab.evaluate(refuse).await?;
        lab.click("camera-open").await?;
        let explained = |text: &str| text.contains("did not allow");
        lab.wait_for("camera-refused", explained, SOON).await?;

        let allow = "(() => { \
             const canvas = document.createElement('canvas'); \
             const context = canvas.getContext('2d'); \
             setInterval(() => { context.fillStyle = '#' + Math.random().toString(16).slice(2, 8); \
             context.fillRect(0, 0, 300, 150); }, 40); \
             window.stream = canvas.captureStream(); \
             navigator.mediaDevices.getUserMedia = () => Promise.resolve(window.stream); })()";
        lab.evaluate(allow).await?;
        lab.click("camera-open").await?;
        let seen = "(document.querySelector('[data-testid=camera-video]')?.videoWidth ?? 0) > 0";
        lab.wait_until("the camera's picture", SOON, async || {
            Ok(lab.evaluate(seen).await? == true)
        })
        .await?;
        lab.key("camera-record", " ").await?;
        let several = |text: &str| crate::lab::number(text).is_some_and(|taken| taken >= 3.0);
        let taken = |text: &str| text.contains("taken") && several(text);
        lab.wait_for("camera-taken", taken, SOON).await?;
        let release = "document.querySelector('[data-testid=camera-record]').dispatchEvent(\
             new KeyboardEvent('keyup', { key: ' ', bubbles: true }))";
        lab.evaluate(release).await?;
        lab.wait_for("class-count-1", several, SOON).await?;
        lab.click("camera-close").await?;
        let stopped = "window.stream.getTracks().every(track => track.readyState === 'ended')";
        lab.wait_until("the camera let go", SOON, async || {
            Ok(lab.evaluate(stopped).await? == true)
        })
        .await
    })
    .await
}
