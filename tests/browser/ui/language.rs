//! The page in each language of `app/texts`: no English is left, and nothing that was made is lost.

use anyhow::{Context, Result, ensure};

use crate::lab::languages::{ENGLISH, other_languages, texts};
use crate::lab::{LOAD, Lab, SOON, visit};

/// English texts without placeholders that equal no text of a language.
fn english_only(language: &str) -> Result<Vec<String>> {
    let (english, other) = (texts(ENGLISH)?, texts(language)?);
    let said: Vec<&str> = other.values().map(|text| text.trim()).collect();
    let wordy = |text: &str| text.chars().filter(|c| c.is_alphabetic()).count() > 2;
    // The menu names each language as it calls itself; the rest of that file is for the page alone.
    let texts = english.iter();
    let texts = texts.filter(|(key, _)| !key.starts_with("language."));
    let only = texts.map(|(_, text)| text.trim());
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

/// Fails if the page in a language still shows English texts, or a key in place of its text.
async fn check_texts(lab: &Lab, language: &str) -> Result<()> {
    let only = english_only(language)?;
    ensure!(only.len() > 800, "only {} English texts", only.len());
    let said = lab.evaluate(TEXTS_SHOWN).await?;
    let said = said.as_array().context("texts")?;
    ensure!(said.len() > 200, "only {} texts on the page", said.len());
    let keys = texts(ENGLISH)?;
    let said = said.iter().filter_map(|text| text.as_str());
    let wrong = |text: &&str| only.iter().any(|one| one == text) || keys.contains_key(*text);
    let wrong: Vec<&str> = said.filter(wrong).collect();
    ensure!(wrong.is_empty(), "not in {language}: {wrong:#?}");
    Ok(())
}

/// Waits until the page is in this language.
async fn wait_for_language(lab: &Lab, language: &str) -> Result<()> {
    lab.wait_until(&format!("lang={language}"), LOAD, async || {
        let now = lab.evaluate("document.documentElement.lang").await?;
        Ok(now == language && lab.has("language").await?)
    })
    .await
}

/// The page's heading.
async fn check_title(lab: &Lab, language: &str) -> Result<()> {
    let title = "document.querySelector('h1').textContent";
    let title = lab.evaluate(title).await?;
    ensure!(title == texts(language)?["frame.title"], "{title}");
    Ok(())
}

async fn change_and_return(lab: &Lab, language: &str) -> Result<()> {
    lab.wait_until_ready().await?;
    lab.set_value("p", "0.5").await?;
    lab.click_step(1).await?;
    lab.set_value("language", language).await?;
    wait_for_language(lab, language).await?;

    // What was set and made is there, and the menu still has the focus.
    ensure!(lab.value("p").await? == "0.5", "p");
    lab.wait_for_step(1).await?;
    lab.wait_for_state("paused", LOAD).await?;
    ensure!(lab.value("language").await? == language, "the menu");
    lab.wait_until("the focus", SOON, async || {
        Ok(lab.evaluate("document.activeElement?.id").await? == "language")
    })
    .await?;
    lab.click("lesson-open").await?;
    lab.click("share-open").await?;
    lab.wait_for_element("share-link", SOON).await?;
    check_texts(lab, language).await?;
    lab.click("share-close").await?;

    // It goes on in this language, and says so.
    lab.click_step(2).await?;

    // The next visit is in this language, until it is changed back.
    lab.reload(LOAD).await?;
    wait_for_language(lab, language).await?;
    lab.set_value("language", ENGLISH).await?;
    wait_for_language(lab, ENGLISH).await?;
    check_title(lab, ENGLISH).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_changes_its_language_and_loses_nothing() -> Result<()> {
    for language in other_languages()? {
        let test = format!("language-{language}");
        visit(&test, "?device=cpu", async |lab| {
            change_and_return(lab, &language).await
        })
        .await
        .with_context(|| language.clone())?;
    }
    Ok(())
}

/// The menu's languages as JSON: code and name of each, in order.
const MENU: &str = "JSON.stringify([...document.querySelectorAll('#language option')]\
    .map(it => [it.value, it.textContent.trim()]))";

#[tokio::test(flavor = "multi_thread")]
async fn the_menu_has_every_folder_of_texts() -> Result<()> {
    visit("language-menu", "?device=cpu", async |lab| {
        lab.wait_for_element("language", LOAD).await?;
        let mut wanted = Vec::new();
        for code in [ENGLISH.to_owned()].into_iter().chain(other_languages()?) {
            let name = texts(&code)?["language.name"].clone();
            wanted.push([code, name]);
        }
        let menu = lab.evaluate(MENU).await?;
        ensure!(menu == serde_json::to_string(&wanted)?, "{menu}");
        let direction = lab.evaluate("document.documentElement.dir").await?;
        ensure!(direction == "ltr", "the direction is {direction}");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_can_ask_for_a_language() -> Result<()> {
    for language in other_languages()? {
        let query = format!("?device=cpu&lang={language}");
        visit("language-address", &query, async |lab| {
            wait_for_language(lab, &language).await?;
            lab.wait_for_state("ready", LOAD).await?;
            check_texts(lab, &language).await?;
            // Words that came with the page follow as well as those of the panels.
            check_title(lab, &language).await?;
            for (width, height) in [(390, 844), (820, 1180), (910, 800), (1440, 900)] {
                lab.resize(width, height).await?;
                let used = "document.documentElement.scrollWidth";
                let used = lab.evaluate(used).await?.as_i64().unwrap_or_default();
                ensure!(used <= width, "at {width} px the page is {used} px wide");
                lab.screenshot(&format!("{language}-{width}")).await?;
            }
            Ok(())
        })
        .await
        .with_context(|| language.clone())?;
    }
    Ok(())
}

/// A number with decimals, and one of five digits, as the page writes them; a slider keeps its own.
#[tokio::test(flavor = "multi_thread")]
async fn numbers_have_the_marks_of_the_language() -> Result<()> {
    for (language, part, thousands) in [
        ("en", "0.45", ','),
        ("de", "0,45", '.'),
        ("es", "0,45", '\u{202f}'),
    ] {
        let query = format!("?device=cpu&lang={language}");
        visit("language-numbers", &query, async |lab| {
            wait_for_language(lab, language).await?;
            lab.wait_for_state("ready", LOAD).await?;
            lab.set_value("p", "0.45").await?;
            let shown = "document.querySelector('#p')?.closest('.field')?.textContent";
            let shown = lab.evaluate(shown).await?;
            let shown = shown.as_str().context("the control of p")?;
            ensure!(shown.contains(part), "{language}: `{shown}` has no {part}");
            ensure!(lab.value("p").await? == "0.45", "{language}: the slider");
            let count = lab.text("parameters").await?;
            ensure!(count.contains(thousands), "{language}: `{count}`");
            Ok(())
        })
        .await
        .with_context(|| language.to_owned())?;
    }
    Ok(())
}
