//! Files that cannot be used, or seem so: each is named with what is wrong and what would help, the
//! others are added, training goes on, and a file's name is never more than text.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::lab::{LOAD, Lab, SOON, visit};
use crate::page_objects::board::{name_class, use_own_images};
use crate::samples::corpus::{corpus, valid_image};
use crate::samples::images::write_stripes;
use crate::samples::zip::{
    FLAGS, UNCOMPRESSED_SIZE, overwrite_in_directory, rename_entry, zip_deflated, zip_stored,
};

/// Checks that the run still makes steps.
async fn check_training(lab: &Lab) -> Result<()> {
    let before = lab.step_count().await?;
    lab.click("step").await?;
    let more = async || Ok(lab.step_count().await? > before);
    lab.wait_until("a step", SOON, more).await
}

#[tokio::test(flavor = "multi_thread")]
async fn images_of_every_kind_are_taken_or_named() -> Result<()> {
    let mut files = corpus("images/refused")?;
    files.extend(corpus("images/taken")?);
    visit("bad-images", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        lab.upload("class-files-0", &files).await?;
        let all = |text: &str| text == "9 images";
        lab.wait_for_text("class-count-0", all, SOON).await?;
        let rest = |text: &str| text.contains("Everything else was added");
        let notice = lab.wait_for_text("notice", rest, SOON).await?;
        for (file, why) in [
            ("empty.png", "it is empty"),
            ("notes.png", "it is no image"),
            ("drawing.svg", "save it as PNG"),
            ("damaged.png", "it is damaged"),
            ("cut-off.jpg", "3 images left out, because their ends are missing"),
            ("cut-off.png", "ends are missing"),
            ("cut-off.webp", "ends are missing"),
            ("bomb.png (60,000 × 60,000)", "more than 100 million pixels"),
            ("bomb.gif (65,535 × 65,535)", "more than 100 million pixels"),
            ("moving.gif", "Of 3 animations, only the first picture"),
            ("moving.png", "first picture"),
            ("moving.webp", "first picture"),
        ] {
            for part in [file, why] {
                ensure!(notice.contains(part), "`{part}` is not in: {notice}");
            }
        }
        // Their colours are right, those of 16 bits and of print too: red left, blue right.
        let wrong = "(() => [...document.querySelectorAll('#your-images [role=option]')].filter(it => { \
             const context = it.querySelector('canvas').getContext('2d'); \
             const at = x => context.getImageData(x, 36, 1, 1).data; \
             const [left, right] = [at(8), at(63)]; \
             return !(left[0] > 180 && left[2] < 90 && right[2] > 180 && right[0] < 90); \
             }).map(it => it.title))()";
        let wrong = lab.evaluate(wrong).await?;
        ensure!(wrong == json!([]), "colours are wrong: {wrong}");
        lab.screenshot("bad-images").await?;
        check_training(lab).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_are_shown_and_nothing_is_nothing() -> Result<()> {
    visit("bad-nothing", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        let limits = lab.text("own-limits").await?;
        for number in ["20,000 images", "64 MB", "100 million pixels", "512 MB"] {
            ensure!(limits.contains(number), "`{number}` is not in: {limits}");
        }
        // An empty folder was chosen.
        lab.evaluate(
            "document.querySelector('[data-testid=folder-files]')\
             .dispatchEvent(new Event('change', { bubbles: true }))",
        )
        .await?;
        let nothing = |text: &str| text.contains("no file in what you chose");
        lab.wait_for_text("notice", nothing, SOON).await?;
        // One image is not enough, and the page says what is missing.
        let one = corpus("images/taken")?.swap_remove(0);
        lab.upload("class-files-0", &[one]).await?;
        lab.wait_for_text("class-count-0", |text| text == "1 image", SOON)
            .await?;
        let missing = |text: &str| text.contains("at least 2 classes");
        lab.wait_for_text("own-state", missing, SOON).await?;
        check_training(lab).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_loose_files_are_counted_and_left_out() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let image = valid_image()?;
    let mut files = Vec::new();
    for number in 0..10_000 {
        let file = folder.path().join(format!("{number:05}.png"));
        std::fs::write(&file, &image)?;
        files.push(file);
    }
    visit("bad-many", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        lab.upload("zip-files", &files).await?;
        let counted =
            |text: &str| text.contains("10,000 files left out, because they lie in no folder");
        lab.wait_for_text("notice", counted, LOAD).await?;
        check_training(lab).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn zip_files_cannot_lie() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let image = valid_image()?;
    let zeros = vec![0; 70 << 20];
    let cats = [
        ("pets/cat/bomb.png", zeros.as_slice()),
        ("pets/cat/1.png", image.as_slice()),
    ];
    // 70 MB that claim to be 100 bytes.
    let mut bomb = zip_deflated(&cats)?;
    overwrite_in_directory(&mut bomb, UNCOMPRESSED_SIZE, &100_u32.to_le_bytes());
    let sound = [("aa/bb/etc/dog/2.png", image.as_slice())];
    let mut locked = zip_stored(&[("pets/cat/secret.png", &image)])?;
    overwrite_in_directory(&mut locked, FLAGS, &1_u16.to_le_bytes());
    let within = zip_stored(&sound)?;
    let nested = zip_stored(&[("pets/cat/inner.zip", &within)])?;
    let mut files = Vec::new();
    for (name, bytes) in [
        ("bomb.zip", bomb),
        (
            "climbing.zip",
            rename_entry(zip_stored(&sound)?, "aa/bb/etc", "../../etc"),
        ),
        ("locked.zip", locked),
        ("nested.zip", nested),
        ("none.zip", b"no zip at all".to_vec()),
    ] {
        let file = folder.path().join(name);
        std::fs::write(&file, bytes)?;
        files.push(file);
    }
    visit("bad-zips", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        lab.upload("zip-files", &files).await?;
        let rest = |text: &str| text.contains("Everything else was added");
        let notice = lab.wait_for_text("notice", rest, LOAD).await?;
        for part in [
            "it is larger than 64 MB",
            "bomb.png",
            "locked with a password",
            "secret.png",
            "zip files themselves",
            "inner.zip",
            "“none.zip” could not be read as a zip file",
        ] {
            ensure!(notice.contains(part), "`{part}` is not in: {notice}");
        }
        // What is sound in them is there.
        for (index, name) in ["cat", "dog"].into_iter().enumerate() {
            let value = format!("document.querySelector('[data-testid=class-name-{index}]').value");
            let value = lab.evaluate(&value).await?;
            ensure!(value == name, "class {index} is {value}");
            let count = format!("class-count-{index}");
            lab.wait_for_text(&count, |text| text == "1 image", SOON)
                .await?;
        }
        check_training(lab).await
    })
    .await
}

/// Names that would do something if they were more than text.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn names_are_text_and_nothing_else() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let image = valid_image()?;
    let names = [
        "<img src=x onerror=alert(1)>.png",
        "<b onclick=alert(1)>\"'&amp;.png",
        "up\\..\\..\\%2e%2e%2fup.png",
        "חתול 12.png",
        "猫 😀.png",
    ];
    let mut files = Vec::new();
    for name in names {
        let file = folder.path().join(name);
        std::fs::write(&file, &image)?;
        files.push(file);
    }
    // Its direction is turned behind the first letters, and its content is none.
    let turned = folder.path().join("photo\u{202e}gnp.<i>exe");
    std::fs::write(&turned, b"no image")?;
    let more = write_stripes(folder.path(), true, 4)?;
    visit("bad-names", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        let class = "<img src=x onerror=alert(1)> & \"co\"";
        name_class(lab, 0, class).await?;
        name_class(lab, 1, "שני").await?;
        files.push(turned.clone());
        lab.upload("class-files-0", &files).await?;
        lab.upload("class-files-1", &more).await?;
        lab.wait_for_text("class-count-0", |text| text == "5 images", SOON)
            .await?;
        lab.wait_for_text("class-count-1", |text| text == "4 images", SOON)
            .await?;
        let shown = |text: &str| text.contains("photo\u{fffd}gnp.<i>exe");
        lab.wait_for_text("notice", shown, SOON).await?;

        let titles = "[...document.querySelectorAll('#your-images [role=option]')].map(it => it.title)";
        let titles = lab.evaluate(titles).await?;
        for name in names {
            let there = titles.as_array().is_some_and(|all| all.contains(&name.into()));
            ensure!(there, "`{name}` is not among {titles}");
        }
        // Seen by itself, and trained on: its name stands below its mask.
        let image = lab
            .evaluate("[...document.querySelectorAll('#your-images [role=option]')].find(it => it.title.startsWith('<img')).dataset.testid")
            .await?;
        lab.dispatch_key(image.as_str().unwrap_or_default(), "Enter").await?;
        let facts = |text: &str| text.contains(names[0]) && text.contains(class);
        lab.wait_for_text("image-facts", facts, SOON).await?;
        let apart = "[...document.querySelectorAll('[data-testid=image-facts] bdi')].length";
        ensure!(lab.evaluate(apart).await? == 2, "names are not set apart");
        lab.click("image-view-close").await?;
        lab.set_value("batch-size", "4").await?;
        use_own_images(lab, "שני").await?;
        check_training(lab).await?;

        let elements = "document.querySelectorAll('img[src=x], b[onclick], main i, .notices i').length";
        let made = lab.evaluate(elements).await?;
        ensure!(made == 0, "{made} elements were made of names");
        lab.screenshot("bad-names").await
    })
    .await
}
