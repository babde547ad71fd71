//! The page in a language that runs from right to left. The site has none, so the test makes one of
//! English: words whose letters run leftwards, on a copy of the site whose list of languages has it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::lab::languages::{ENGLISH, texts};
use crate::lab::{DRAWN, LOAD, Lab, SOON, site_folder, visit_folder};

/// Unicode's usual code for such a made-up language.
const CODE: &str = "ar-XB";

/// Each word with marks that make it run from right to left. Placeholders and the names behind the
/// phrases of the lesson (`[words](name)`) stay.
fn mirrored(text: &str) -> String {
    let mut result = String::new();
    let mut word = String::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter.is_alphabetic() {
            word.push(letter);
            continue;
        }
        finish(&mut word, &mut result);
        result.push(letter);
        let closing = match (letter, letters.peek()) {
            ('%', Some('{')) => '}',
            (']', Some('(')) => ')',
            _ => continue,
        };
        for letter in letters.by_ref() {
            result.push(letter);
            if letter == closing {
                break;
            }
        }
    }
    finish(&mut word, &mut result);
    result
}

/// Puts a word's marks around it.
fn finish(word: &mut String, result: &mut String) {
    if !word.is_empty() {
        result.push_str(&format!("\u{202e}{word}\u{202c}"));
        word.clear();
    }
}

/// The built site with the made-up language.
fn site() -> Result<TempDir> {
    let (from, to) = (site_folder()?, TempDir::new()?);
    let from = from.canonicalize()?;
    let mut boots = 0;
    for entry in fs::read_dir(&from)? {
        let entry = entry?;
        let name = entry.file_name();
        let copy = to.path().join(&name);
        let name = name.to_string_lossy();
        if name.starts_with("boot-") && name.ends_with(".js") {
            fs::write(copy, with_language(&fs::read_to_string(entry.path())?)?)?;
            boots += 1;
        } else {
            symlink(entry.path(), copy)?;
        }
    }
    ensure!(boots == 1, "{boots} start-up scripts");
    write_texts(to.path())?;
    Ok(to)
}

/// The start-up script with one more language in its list.
fn with_language(boot: &str) -> Result<String> {
    const LIST: &str = "const languages = [";
    let about = |name: &str, value: &str| (name.to_owned(), json!(value));
    let english = texts(ENGLISH)?.into_iter();
    let mut all: serde_json::Map<String, Value> = english
        .filter_map(|(key, text)| Some((key.strip_prefix("language.")?.to_owned(), json!(text))))
        .collect();
    all.extend([about("name", "Rightwards"), about("direction", "rtl")]);
    let entry = json!({ "code": CODE, "url": format!("texts.{CODE}.json"), "about": all });
    let Some((before, after)) = boot.split_once(LIST) else {
        bail!("boot.js has no `{LIST}`");
    };
    Ok(format!("{before}{LIST}{entry},{after}"))
}

fn write_texts(folder: &Path) -> Result<()> {
    let words = texts(ENGLISH)?.into_iter();
    let words = words.filter(|(key, _)| !key.starts_with("language."));
    let words: serde_json::Map<String, Value> = words
        .map(|(key, text)| {
            // The code of a way to write dates, no words.
            let is_code = key == "page.dates";
            let text = if is_code { text } else { mirrored(&text) };
            (key, Value::String(text))
        })
        .collect();
    let file = folder.join(format!("texts.{CODE}.json"));
    Ok(fs::write(file, serde_json::to_string(&words)?)?)
}

/// The texts that do not begin at the right edge of their block: of blocks without anything beside
/// their text, the first line's distance from the right must be none.
const NOT_AT_THE_RIGHT: &str = "[...document.querySelectorAll('h1, .intro p, .lead, .field > .hint')]\
    .filter(it => it.getClientRects().length > 0 && it.textContent.trim())\
    .map(it => { const text = document.createRange(); text.selectNodeContents(it); \
        const box = it.getBoundingClientRect(); \
        const edge = box.right - parseFloat(getComputedStyle(it).paddingRight); \
        const lines = [...text.getClientRects()].filter(line => line.width > 0); \
        const top = Math.min(...lines.map(line => line.bottom)); \
        const first = lines.filter(line => line.top < top); \
        return [Math.round(edge - Math.max(...first.map(line => line.right))), \
                it.textContent.slice(0, 40)]; })\
    .filter(([distance]) => Math.abs(distance) > 2)";

/// What sticks out of the page on its left, where a page from right to left grows.
const STICKING_OUT: &str = "[...document.querySelectorAll('body *')]\
    .filter(it => it.getBoundingClientRect().left < -1)\
    .slice(0, 5).map(it => `${it.tagName}.${it.className}`)";

async fn check_layout(lab: &Lab, name: &str) -> Result<()> {
    for (width, height) in [(1440, 900), (820, 1180), (390, 844)] {
        lab.resize(width, height).await?;
        lab.wait_until("the layout", SOON, async || {
            lab.holds(&format!("innerWidth === {width}")).await
        })
        .await?;
        lab.screenshot(&format!("rtl-{name}-{width}")).await?;
        let used = "document.documentElement.scrollWidth";
        let used = lab.evaluate(used).await?.as_i64().unwrap_or_default();
        if used > width {
            let out = lab.evaluate(STICKING_OUT).await?;
            bail!("{name}: at {width} px the page is {used} px wide: {out}");
        }
        let left = lab.evaluate(NOT_AT_THE_RIGHT).await?;
        ensure!(
            left == json!([]),
            "{name}, {width} px: not at the right: {left}"
        );
    }
    Ok(())
}

/// The middle of an element, from the left.
async fn middle(lab: &Lab, selector: &str) -> Result<f64> {
    let middle = format!(
        "(() => {{ const box = document.querySelector({selector:?}).getBoundingClientRect(); \
         return (box.left + box.right) / 2; }})()"
    );
    let middle = lab.evaluate(&middle).await?;
    middle.as_f64().with_context(|| selector.to_owned())
}

/// The controls do what they show: sliders have small values at the left, as charts do.
async fn check_controls(lab: &Lab) -> Result<()> {
    lab.drag("p", (0.75, 0.5), (0.75, 0.5)).await?;
    let p: f64 = lab.value("p").await?.parse()?;
    ensure!((0.7..0.8).contains(&p), "p at three quarters is {p}");
    lab.drag("p", (0.25, 0.5), (0.25, 0.5)).await?;
    let p: f64 = lab.value("p").await?.parse()?;
    ensure!((0.2..0.3).contains(&p), "p at a quarter is {p}");

    let (brand, play) = (".brand", "[data-testid=play]");
    let (brand, play) = (middle(lab, brand).await?, middle(lab, play).await?);
    ensure!(brand > play, "the bar begins at the left: {brand}, {play}");
    lab.click_with_pointer("step").await?;
    lab.wait_for_step(4).await?;

    // The lesson is at the other side, and covers nothing.
    lab.click("lesson-open").await?;
    lab.wait_for_element("lesson", SOON).await?;
    let lesson = middle(lab, "[data-testid=lesson]").await?;
    ensure!(lesson < 400.0, "the lesson is at {lesson} px");
    lab.click_with_pointer("lesson-next").await?;
    check_layout(lab, "lesson").await?;
    lab.resize(1440, 900).await?;
    lab.click("lesson-close").await?;

    lab.click("share-open").await?;
    lab.wait_for_element("share-link", SOON).await?;
    check_layout(lab, "share").await?;
    lab.click("share-close").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_language_may_run_from_right_to_left() -> Result<()> {
    let site = site()?;
    let query = format!("?device=cpu&lang={CODE}");
    visit_folder(site.path(), "right-to-left", &query, async |lab| {
        lab.wait_for_state("ready", LOAD).await?;
        let root = "document.documentElement.dir + ' ' + document.documentElement.lang";
        let root = lab.evaluate(root).await?;
        ensure!(root == format!("rtl {CODE}"), "{root}");
        for step in 1..=3 {
            lab.click_step(step).await?;
            lab.wait_for_state("paused", DRAWN).await?;
        }
        lab.wait_for_picture("overlay-0", None).await?;
        check_layout(lab, "page").await?;
        lab.resize(1440, 900).await?;
        check_controls(lab).await?;
        lab.open_nested_details().await?;
        check_layout(lab, "unfolded").await?;

        // Another language takes the page back to its own direction.
        lab.set_value("language", ENGLISH).await?;
        lab.wait_until_true("document.documentElement.dir === 'ltr'")
            .await
    })
    .await
}

#[test]
fn words_run_leftwards_and_names_stay() {
    let text = mirrored("At %{n} px: [set p](p-0.50), 95 %");
    let expected = "\u{202e}At\u{202c} %{n} \u{202e}px\u{202c}: \
                    [\u{202e}set\u{202c} \u{202e}p\u{202c}](p-0.50), 95 %";
    assert_eq!(text, expected);
}
