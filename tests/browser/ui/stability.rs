//! Nothing moves by itself while the page loads: whoever is about to press a button hits it.

use anyhow::{Result, ensure};

use crate::lab::{SAME_ADDRESS, visit};

/// What moved up to now, each with its share of the cumulative layout shift: how much of the screen moved, and how
/// far (<https://web.dev/articles/cls>). The browser tells an observer in a task of its own.
const SHIFTS: &str = "new Promise(done => { \
    const place = it => `${it.previousRect.y} to ${it.currentRect.y}`; \
    const named = it => `${it.node?.nodeName}.${it.node?.className} from ${place(it)}`; \
    const shifts = []; \
    new PerformanceObserver(list => shifts.push(...list.getEntries() \
        .filter(it => !it.hadRecentInput) \
        .map(it => ({ value: it.value, time: it.startTime, parts: it.sources.map(named) })))) \
        .observe({ type: 'layout-shift', buffered: true }); \
    setTimeout(() => done(shifts), 300); })";

/// More than this is seen as a jump; the measure calls 0.1 good.
const MOST: f64 = 0.02;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_moves_while_the_page_loads() -> Result<()> {
    visit("stability", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        for (width, height) in [(1440, 900), (920, 800), (820, 1180), (390, 844)] {
            lab.resize(width, height).await?;
            lab.reopen(SAME_ADDRESS).await?;
            lab.wait_until_ready().await?;
            lab.wait_for_picture("overlay-0", None).await?;
            let shifts = lab.evaluate(SHIFTS).await?;
            let values = shifts.as_array().into_iter().flatten();
            let total: f64 = values.filter_map(|it| it["value"].as_f64()).sum();
            ensure!(total <= MOST, "{total} at {width} px: {shifts:#}");
        }
        Ok(())
    })
    .await
}
