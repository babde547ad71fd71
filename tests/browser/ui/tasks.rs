//! Six things that visitors come for, done as they do them: what cannot be seen is scrolled to or opened
//! by a click, and both are counted. Seconds are printed and not judged.

use std::time::Instant;

use anyhow::{Result, ensure};

use crate::lab::{DRAWN, LOAD, Lab, SOON, visit};
use crate::page_objects::board::name_class;
use crate::samples::images::write_stripes;

/// Whether an element is in the window (its middle, where it is taller than that); else whether it lies
/// in a view that is not shown, in a folded part, below or above.
const PLACE: &str = "(() => { \
    const view = element.closest('[data-view]:not(:root)')?.dataset.view; \
    if (view && document.documentElement.dataset.view !== view) return 'view:' + view; \
    if (element.closest('details:not([open])')) return 'folded'; \
    const { top, bottom, height } = element.getBoundingClientRect(); \
    const [from, to] = height > innerHeight ? [(top + bottom) / 2, (top + bottom) / 2] : [top, bottom]; \
    return to > innerHeight + 1 ? 'below' : from < -1 ? 'above' : 'seen'; })()";

/// A visitor, and what it took so far.
struct Visitor<'a> {
    lab: &'a Lab,
    began: Instant,
    clicks: u32,
    scrolls: u32,
}

/// What a task took.
#[derive(Debug)]
struct Cost {
    clicks: u32,
    scrolls: u32,
}

impl<'a> Visitor<'a> {
    fn new(lab: &'a Lab) -> Self {
        Self {
            lab,
            began: Instant::now(),
            clicks: 0,
            scrolls: 0,
        }
    }

    /// Brings an element into the window.
    async fn see(&mut self, testid: &str) -> Result<()> {
        for _ in 0..60 {
            let place = self.lab.evaluate_on(testid, PLACE).await?;
            let place = place.as_str().unwrap_or_default().to_owned();
            let act = match place.as_str() {
                "seen" => return Ok(()),
                "below" => {
                    "scrollBy({ top: innerHeight * 0.8, behavior: 'instant' }); 0".to_owned()
                }
                "above" => {
                    "scrollBy({ top: -innerHeight * 0.8, behavior: 'instant' }); 0".to_owned()
                }
                "folded" => format!(
                    "document.querySelector('[data-testid=\"{testid}\"]')\
                        .closest('details:not([open])').open = true; 0"
                ),
                view => match view.split_once(':') {
                    Some((_, view)) => format!(
                        "document.querySelector('[data-testid=\"to-view-{view}\"]').click(); 0"
                    ),
                    None => anyhow::bail!("the page has no `{testid}`"),
                },
            };
            match place.as_str() {
                "below" | "above" => self.scrolls += 1,
                _ => self.clicks += 1,
            }
            self.lab.evaluate(&act).await?;
        }
        anyhow::bail!("`{testid}` does not come into view")
    }

    async fn press(&mut self, testid: &str) -> Result<()> {
        self.see(testid).await?;
        self.lab.click(testid).await?;
        self.clicks += 1;
        Ok(())
    }

    async fn set(&mut self, testid: &str, value: &str) -> Result<()> {
        self.see(testid).await?;
        self.lab.set_value(testid, value).await?;
        self.clicks += 1;
        Ok(())
    }

    /// What was needed since the last task; printed.
    fn done(&mut self, task: &str) -> Cost {
        let cost = Cost {
            clicks: self.clicks,
            scrolls: self.scrolls,
        };
        let seconds = self.began.elapsed().as_secs_f64();
        println!(
            "{task}: {} clicks, {} scrolls, {seconds:.1} s",
            cost.clicks, cost.scrolls
        );
        *self = Self::new(self.lab);
        cost
    }
}

fn at_most(task: &str, cost: &Cost, clicks: u32, scrolls: u32) -> Result<()> {
    ensure!(
        cost.clicks <= clicks && cost.scrolls <= scrolls,
        "{task} takes {cost:?}, and should take {clicks} clicks and {scrolls} scrolls at most"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn masks_p_and_axis_are_on_the_first_screen() -> Result<()> {
    visit("tasks-masks", "?device=cpu", async |lab| {
        lab.resize(1440, 900).await?;
        let mut visitor = Visitor::new(lab);
        lab.wait_until_ready().await?;
        lab.wait_for_picture("overlay-0", None).await?;
        visitor.see("overlay-0").await?;
        let first = visitor.done("first mask seen");

        let before = lab.wait_for_picture("overlay-0", None).await?;
        visitor.set("p", "0.7").await?;
        lab.wait_for_picture("overlay-0", Some(&before)).await?;
        visitor.see("overlay-0").await?;
        let p = visitor.done("p moved and its effect seen");

        visitor.set("axis", "channel").await?;
        let strip = "document.querySelector('[data-testid=channels-0]:not(.absent)') !== null";
        lab.wait_until_true(strip).await?;
        visitor.see("channels-0").await?;
        let axis = visitor.done("axis switched and its effect seen");

        at_most("the first mask", &first, 0, 0)?;
        at_most("p", &p, 1, 0)?;
        at_most("the axis", &axis, 1, 0)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_runs_are_compared_and_shared_in_a_few_clicks() -> Result<()> {
    let small = "?device=cpu#v=1&size=16&train=64&test=32&net=cnn-4-8&epochs=1";
    visit("tasks-runs", small, async |lab| {
        lab.resize(1440, 900).await?;
        lab.wait_until_ready().await?;
        let mut visitor = Visitor::new(lab);
        visitor.press("play").await?;
        lab.wait_for_status("done", DRAWN).await?;
        if lab.has("another-seed").await? {
            visitor.press("another-seed").await?;
        } else {
            visitor.set("seed", "1").await?;
            visitor.press("reset").await?;
            visitor.press("play").await?;
        }
        lab.wait_until("a second run", LOAD, async || {
            let runs = "document.querySelectorAll('[data-testid^=\"run-\"]').length > 1";
            lab.holds(runs).await
        })
        .await?;
        lab.wait_for_status("done", DRAWN).await?;
        visitor.see("runs").await?;
        let runs = visitor.done("two runs compared");

        visitor.press("share-open").await?;
        lab.wait_for_element("copy-link", SOON).await?;
        visitor.see("copy-link").await?;
        let share = visitor.done("a link to share");

        at_most("two runs", &runs, 3, 0)?;
        at_most("a link", &share, 1, 0)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn own_images_are_trained_in_a_few_clicks() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let down = write_stripes(folder.path(), true, 8)?;
    let across = write_stripes(folder.path(), false, 8)?;
    visit(
        "tasks-images",
        "?device=cpu#v=1&epochs=1&batch=4&net=cnn-4-8",
        async |lab| {
            lab.resize(1440, 900).await?;
            lab.wait_until_ready().await?;
            let mut visitor = Visitor::new(lab);
            visitor.press("to-own-images").await?;
            name_class(lab, 0, "down").await?;
            name_class(lab, 1, "across").await?;
            for (input, files) in [("class-files-0", &down), ("class-files-1", &across)] {
                visitor.see(input).await?;
                lab.upload(input, files).await?;
                visitor.clicks += 1;
            }
            lab.wait_for_text("own-state", |text| text.starts_with("16 images"), SOON)
                .await?;
            visitor.press("use-own-images").await?;
            lab.wait_for_text("own-state", |text| text.contains("in use"), LOAD)
                .await?;
            lab.wait_for_status("ready", LOAD).await?;
            visitor.press("play").await?;
            lab.wait_for_status("done", DRAWN).await?;
            visitor.see("accuracy-chart").await?;
            let cost = visitor.done("own images trained");
            at_most("own images", &cost, 5, 0)
        },
    )
    .await
}
