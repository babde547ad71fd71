//! The page in another language: no English is left, and nothing that was made is lost.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::lab::{LOAD, Lab, SOON, visit};

/// The page's texts in a language, by area and key.
fn texts(language: &str) -> Result<BTreeMap<String, String>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../app/texts");
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder.join(language))? {
        let path = entry?.path();
        let area = path.file_stem().context("an area")?.to_string_lossy();
        let read: BTreeMap<String, String> = serde_json::from_str(&fs::read_to_string(&path)?)?;
        all.extend(
            read.into_iter()
                .map(|(k, text)| (format!("{area}.{k}"), text)),
        );
    }
    Ok(all)
}

/// English texts without placeholders that equal no German text.
fn english_only() -> Result<Vec<String>> {
    let (english, german) = (texts("en")?, texts("de")?);
    let said: Vec<&str> = german.values().map(|text| text.trim()).collect();
    let wordy = |text: &str| text.chars().filter(|c| c.is_alphabetic()).count() > 2;
    let only = english.values().map(|text| text.trim());
    let only = only.filter(|text| wordy(text) && !text.contains("%{") && !said.contains(text));
    Ok(only.map(str::to_owned).collect())
}

/// All texts on the page, and the attributes that are read out.
const TEXTS_SHOWN: &str = "(() => { \
    document.querySelectorAll('details').forEach(it => { it.open = true; }); \
    const said = new Set(); \
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT); \
    while (walk.nextNode()) said.add(walk.currentNode.textContent.trim()); \
    for (const name of ['aria-label', 'title', 'placeholder', 'aria-valuetext']) \
        document.querySelectorAll(`[${name}]`).forEach(it => said.add(it.getAttribute(name).trim())); \
    said.delete(''); \
    return [...said]; })()";

/// The English texts that the page still shows.
async fn english_left(lab: &Lab) -> Result<Vec<String>> {
    let only = english_only()?;
    ensure!(only.len() > 800, "only {} English texts", only.len());
    let said = lab.evaluate(TEXTS_SHOWN).await?;
    let said = said.as_array().context("texts")?;
    ensure!(said.len() > 200, "only {} texts on the page", said.len());
    let english = said.iter().filter_map(|text| text.as_str());
    let english = english.filter(|text| only.iter().any(|one| one == text));
    Ok(english.map(str::to_owned).collect())
}

/// Waits until the page is in this language.
async fn wait_for_language(lab: &Lab, language: &str) -> Result<()> {
    lab.wait_until(&format!("lang={language}"), LOAD, async || {
        let now = lab.evaluate("document.documentElement.lang").await?;
        Ok(now == language && lab.has("language").await?)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_changes_its_language_and_loses_nothing() -> Result<()> {
    visit("language", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        lab.set_value("p", "0.5").await?;
        lab.click_step(1).await?;
        lab.set_value("language", "de").await?;
        wait_for_language(lab, "de").await?;

        // What was set and made is there, and the menu still has the focus.
        ensure!(lab.value("p").await? == "0.5", "p");
        lab.wait_for_step(1).await?;
        lab.wait_for_state("paused", LOAD).await?;
        ensure!(lab.value("language").await? == "de", "the menu");
        lab.wait_until("the focus", SOON, async || {
            Ok(lab.evaluate("document.activeElement?.id").await? == "language")
        })
        .await?;
        lab.click("lesson-open").await?;
        lab.click("share-open").await?;
        lab.wait_for_element("share-link", SOON).await?;
        let english = english_left(lab).await?;
        ensure!(english.is_empty(), "still English: {english:#?}");
        lab.click("share-close").await?;

        // It goes on in German, and says so.
        lab.click_step(2).await?;

        // The next visit is in German, until it is changed back.
        lab.reload(LOAD).await?;
        wait_for_language(lab, "de").await?;
        lab.set_value("language", "en").await?;
        wait_for_language(lab, "en").await?;
        let title = lab.evaluate("document.querySelector('h1').textContent");
        ensure!(title.await? == texts("en")?["frame.title"], "the title");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_can_ask_for_a_language() -> Result<()> {
    visit("language-address", "?device=cpu&lang=de", async |lab| {
        wait_for_language(lab, "de").await?;
        lab.wait_for_state("ready", LOAD).await?;
        let english = english_left(lab).await?;
        ensure!(english.is_empty(), "still English: {english:#?}");
        // Words that came with the page follow as well as those of the panels.
        let title = lab
            .evaluate("document.querySelector('h1').textContent")
            .await?;
        ensure!(title == texts("de")?["frame.title"], "{title}");
        for (width, height) in [(390, 844), (820, 1180), (1440, 900)] {
            lab.resize(width, height).await?;
            let used = "document.documentElement.scrollWidth";
            let used = lab.evaluate(used).await?.as_i64().unwrap_or_default();
            ensure!(used <= width, "at {width} px the page is {used} px wide");
            lab.screenshot(&format!("german-{width}")).await?;
        }
        Ok(())
    })
    .await
}
