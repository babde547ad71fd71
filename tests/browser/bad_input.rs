//! Files that cannot be used, or look as if they could not: each is named with what is wrong and
//! what would help, everything else goes on, and no name is more than text.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use flate2::{Compression, write::DeflateEncoder};
use rawzip::{CompressionMethod, ZipArchiveWriter};
use rsc_core::config::RunConfig;
use serde_json::{Value, json};

use crate::lab::{LOAD, Lab, SOON, lab};
use crate::own_images::{name_class, write_class};

fn corpus(folder: &str) -> Result<Vec<PathBuf>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(folder);
    let entries = std::fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
    let mut files = Vec::new();
    for entry in entries {
        files.push(entry?.path());
    }
    files.sort();
    Ok(files)
}

/// Files under these paths, stored as they are or deflated.
fn zipped(files: &[(&str, &[u8])], deflated: bool) -> Result<Vec<u8>> {
    let mut packed = Vec::new();
    let mut archive = ZipArchiveWriter::new(&mut packed);
    for (path, bytes) in files {
        let method = match deflated {
            true => CompressionMethod::DEFLATE,
            false => CompressionMethod::STORE,
        };
        let (mut entry, config) = archive.new_file(*path).compression_method(method).start()?;
        let descriptor = if deflated {
            let mut writer = config.wrap(DeflateEncoder::new(&mut entry, Compression::best()));
            writer.write_all(bytes)?;
            let (encoder, descriptor) = writer.finish()?;
            encoder.finish()?;
            descriptor
        } else {
            let mut writer = config.wrap(&mut entry);
            writer.write_all(bytes)?;
            writer.finish()?.1
        };
        entry.finish(descriptor)?;
    }
    archive.finish()?;
    Ok(packed)
}

/// Renames what is in a zip file, to names that no program would write into it.
fn renamed(mut packed: Vec<u8>, from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len(), "nothing may move");
    let places = packed.windows(from.len()).enumerate();
    let found: Vec<usize> = places
        .filter(|(_, window)| *window == from.as_bytes())
        .map(|(at, _)| at)
        .collect();
    assert_eq!(found.len(), 2, "before the data, and in the directory");
    for at in found {
        packed[at..at + to.len()].copy_from_slice(to.as_bytes());
    }
    packed
}

/// Writes a field of every entry of a zip file's directory.
fn in_directory(packed: &mut [u8], behind: usize, value: &[u8]) {
    let found: Vec<usize> = packed
        .windows(4)
        .enumerate()
        .filter(|(_, window)| window == b"PK\x01\x02")
        .map(|(at, _)| at + behind)
        .collect();
    for at in found {
        packed[at..at + value.len()].copy_from_slice(value);
    }
}

/// A sound image.
fn image() -> Result<Vec<u8>> {
    let path = "images/taken";
    let files = corpus(path)?;
    let file = files.iter().find(|file| file.ends_with("sixteen-bit.png"));
    Ok(std::fs::read(file.context("no image in the corpus")?)?)
}

/// Whether training still goes on.
async fn trains(lab: &Lab) -> Result<()> {
    let before = lab.steps().await?;
    lab.click("step").await?;
    let more = async || Ok(lab.steps().await? > before);
    lab.wait_until("a step", SOON, more).await
}

#[tokio::test(flavor = "multi_thread")]
async fn images_of_every_kind_are_taken_or_named() -> Result<()> {
    let mut files = corpus("images/refused")?;
    files.extend(corpus("images/taken")?);
    lab("bad-images", "?device=cpu", async |lab| {
        lab.ready().await?;
        lab.upload("class-files-0", &files).await?;
        let all = |text: &str| text == "8 images";
        lab.wait_for("class-count-0", all, SOON).await?;
        let rest = |text: &str| text.contains("Everything else was added");
        let notice = lab.wait_for("notice", rest, SOON).await?;
        for (file, why) in [
            ("empty.png", "it is empty"),
            ("notes.png", "it is no image"),
            ("drawing.svg", "save it as PNG"),
            ("damaged.png", "it is damaged"),
            ("rare.tiff", "this browser cannot show its kind"),
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
        trains(lab).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_are_shown_and_nothing_is_nothing() -> Result<()> {
    lab("bad-nothing", "?device=cpu", async |lab| {
        lab.ready().await?;
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
        lab.wait_for("notice", nothing, SOON).await?;
        // One image is not enough, and the page says what is missing.
        let one = corpus("images/taken")?.swap_remove(0);
        lab.upload("class-files-0", &[one]).await?;
        lab.wait_for("class-count-0", |text| text == "1 image", SOON)
            .await?;
        let missing = |text: &str| text.contains("at least 2 classes");
        lab.wait_for("own-state", missing, SOON).await?;
        trains(lab).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_loose_files_are_counted_and_left_out() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let image = image()?;
    let mut files = Vec::new();
    for number in 0..10_000 {
        let file = folder.path().join(format!("{number:05}.png"));
        std::fs::write(&file, &image)?;
        files.push(file);
    }
    lab("bad-many", "?device=cpu", async |lab| {
        lab.ready().await?;
        lab.upload("zip-files", &files).await?;
        let counted =
            |text: &str| text.contains("10,000 files left out, because they lie in no folder");
        lab.wait_for("notice", counted, LOAD).await?;
        trains(lab).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn zip_files_cannot_lie() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let image = image()?;
    let zeros = vec![0; 70 << 20];
    let cats = [
        ("pets/cat/bomb.png", zeros.as_slice()),
        ("pets/cat/1.png", image.as_slice()),
    ];
    // 70 MB that claim to be 100 bytes.
    let mut bomb = zipped(&cats, true)?;
    in_directory(&mut bomb, 24, &100_u32.to_le_bytes());
    let sound = [("aa/bb/etc/dog/2.png", image.as_slice())];
    let mut locked = zipped(&[("pets/cat/secret.png", &image)], false)?;
    in_directory(&mut locked, 8, &1_u16.to_le_bytes());
    let within = zipped(&sound, false)?;
    let nested = zipped(&[("pets/cat/inner.zip", &within)], false)?;
    let mut files = Vec::new();
    for (name, bytes) in [
        ("bomb.zip", bomb),
        (
            "climbing.zip",
            renamed(zipped(&sound, false)?, "aa/bb/etc", "../../etc"),
        ),
        ("locked.zip", locked),
        ("nested.zip", nested),
        ("none.zip", b"no zip at all".to_vec()),
    ] {
        let file = folder.path().join(name);
        std::fs::write(&file, bytes)?;
        files.push(file);
    }
    lab("bad-zips", "?device=cpu", async |lab| {
        lab.ready().await?;
        lab.upload("zip-files", &files).await?;
        let rest = |text: &str| text.contains("Everything else was added");
        let notice = lab.wait_for("notice", rest, LOAD).await?;
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
            lab.wait_for(&count, |text| text == "1 image", SOON).await?;
        }
        trains(lab).await
    })
    .await
}

/// Names that would do something if they were more than text.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn names_are_text_and_nothing_else() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let image = image()?;
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
    let more = write_class(folder.path(), true, 4)?;
    lab("bad-names", "?device=cpu", async |lab| {
        lab.ready().await?;
        let class = "<img src=x onerror=alert(1)> & \"co\"";
        name_class(lab, 0, class).await?;
        name_class(lab, 1, "שני").await?;
        files.push(turned.clone());
        lab.upload("class-files-0", &files).await?;
        lab.upload("class-files-1", &more).await?;
        lab.wait_for("class-count-0", |text| text == "5 images", SOON)
            .await?;
        lab.wait_for("class-count-1", |text| text == "4 images", SOON)
            .await?;
        let shown = |text: &str| text.contains("photo\u{fffd}gnp.<i>exe");
        lab.wait_for("notice", shown, SOON).await?;

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
        lab.key(image.as_str().unwrap_or_default(), "Enter").await?;
        let facts = |text: &str| text.contains(names[0]) && text.contains(class);
        lab.wait_for("image-facts", facts, SOON).await?;
        let apart = "[...document.querySelectorAll('[data-testid=image-facts] bdi')].length";
        ensure!(lab.evaluate(apart).await? == 2, "names are not set apart");
        lab.click("image-view-close").await?;
        lab.set_value("batch-size", "4").await?;
        lab.click("use-own-images").await?;
        let named = "document.querySelector('#masks')?.textContent.includes('שני')";
        lab.wait_until("the new classes", LOAD, async || {
            Ok(lab.evaluate(named).await? == true)
        })
        .await?;
        lab.status("ready", LOAD).await?;
        trains(lab).await?;

        let elements = "document.querySelectorAll('img[src=x], b[onclick], main i, .notices i').length";
        let made = lab.evaluate(elements).await?;
        ensure!(made == 0, "{made} elements were made of names");
        lab.screenshot("bad-names").await
    })
    .await
}

/// A run as a project holds it, with another value at a place.
fn run_with(place: &str, value: Value) -> Result<Vec<u8>> {
    let mut runs = json!([{
        "id": 1, "name": "strange-otter", "pinned": false, "config": RunConfig::default(),
        "changes": [], "curves": [], "evaluations": [], "steps": 5, "total_steps": 640,
        "state": "paused", "device": "CPU", "step_ms": 20.0, "started": 1e12
    }]);
    *runs.pointer_mut(place).context("no such place")? = value;
    Ok(serde_json::to_vec(&runs)?)
}

#[tokio::test(flavor = "multi_thread")]
async fn spoilt_projects_change_nothing() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let image = image()?;
    let good = run_with("/0/pinned", json!(true))?;
    let wild = run_with("/0/config/training/learning_rate", json!(-3))?;
    let strange = run_with("/0/config/training/epochs", json!("many"))?;
    let mut locked = zipped(&[("images/cat/1.png", &image)], false)?;
    in_directory(&mut locked, 8, &1_u16.to_le_bytes());
    let cases: [(&str, Vec<u8>, &str); 6] = [
        (
            "wild",
            zipped(&[("runs.json", &wild)], false)?,
            "learning_rate",
        ),
        (
            "strange",
            zipped(&[("runs.json", &strange)], false)?,
            "many",
        ),
        ("locked", locked, "password"),
        (
            "nested",
            zipped(&[("runs.json", &good), ("images/cat/x.zip", b"PK")], false)?,
            "a zip file itself",
        ),
        (
            "climbing",
            renamed(
                zipped(&[("runs.json", &good), ("aa/up.png", &image)], false)?,
                "aa/up.png",
                "../up.png",
            ),
            "outside",
        ),
        (
            "packed",
            zipped(&[("runs.json", &good)], true)?,
            "compressed",
        ),
    ];
    lab("bad-projects", "?device=cpu", async |lab| {
        lab.ready().await?;
        lab.click("share-open").await?;
        for (name, bytes, part) in &cases {
            let file = folder.path().join(format!("{name}.zip"));
            std::fs::write(&file, bytes)?;
            lab.upload("import-project", &[file]).await?;
            let said = |text: &str| text.contains(&format!("{name}.zip")) && text.contains(part);
            lab.wait_for("project-refused", said, SOON).await?;
        }
        let there = "[...document.querySelectorAll('#runs input')]\
             .some(input => input.value === 'strange-otter')";
        ensure!(lab.evaluate(there).await? == false, "a run was taken");
        // The same run without the fault is taken.
        let file = folder.path().join("good.zip");
        std::fs::write(&file, zipped(&[("runs.json", &good)], false)?)?;
        lab.upload("import-project", &[file]).await?;
        let taken = |text: &str| text.contains("1 run");
        lab.wait_for("project-said", taken, SOON).await?;
        ensure!(lab.evaluate(there).await? == true, "the run is not there");
        Ok(())
    })
    .await
}
