//! A visitor who does anything, at any moment, in any order: nothing may break, leak or be lost.
//!
//! The steps follow from a seed, which is printed; `RSC_SEED` repeats one. `RSC_SOAK_MINUTES` makes
//! the visit that long (`cargo lab test --soak`), and what is measured is printed.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use chromiumoxide::cdp::browser_protocol::performance::{EnableParams, GetMetricsParams};
use chromiumoxide::cdp::js_protocol::heap_profiler::CollectGarbageParams;
use image::{Rgb, RgbImage};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::json;
use tokio::time::sleep;

use crate::lab::{LOAD, Lab, SOON, lab};

/// Where nobody asks for more.
const ACTIONS: u32 = 120;
/// The page is looked at after so many actions.
const LOOK: u32 = 12;
/// Own images that are enough: then half of them are deleted.
const MOST_IMAGES: u64 = 32;
/// Runs that are enough: then ten are deleted at once.
const MOST_RUNS: usize = 30;
/// What was seen so long before may not be lost any more.
const SAFE: Duration = Duration::from_secs(10);
/// Small runs, so that much happens.
const SMALL: &str = "?device=cpu#v=1&size=16&train=64&test=8&net=cnn-4-8&batch=8&epochs=30";

/// In a worker: tells how large the engine's memory is to whoever asks.
const TELL_MEMORY: &str = "(() => { let memory; const { instantiate } = WebAssembly; \
    WebAssembly.instantiate = async (...given) => { const made = await instantiate(...given); \
        memory = (made.instance ?? made).exports.memory; return made; }; \
    const channel = new BroadcastChannel('memory'); \
    channel.onmessage = ({ data }) => { if (data === 'ask') \
        channel.postMessage(memory?.buffer.byteLength ?? 0); }; })();";

/// Asks for it.
const ASK_MEMORY: &str = "new Promise(done => { const channel = new BroadcastChannel('memory'); \
    channel.onmessage = ({ data }) => { if (data !== 'ask') { channel.close(); done(data); } }; \
    channel.postMessage('ask'); setTimeout(() => { channel.close(); done(0); }, 20000); })";

/// The numbers of the runs in the list that have made a step and are not on their way out.
const RUNS: &str = "[...document.querySelectorAll('.run-list > li')] \
    .filter(row => !row.querySelector('[data-testid^=run-undo-]')) \
    .map(row => row.dataset.testid.slice(4))";

/// How long to stay, where a soak is asked for.
pub(crate) fn soak_minutes() -> Option<f64> {
    std::env::var("RSC_SOAK_MINUTES").ok()?.parse().ok()
}

fn seed() -> u64 {
    let given = std::env::var("RSC_SEED").ok();
    let now = || {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        since.unwrap_or_default().subsec_micros().into()
    };
    given.and_then(|text| text.parse().ok()).unwrap_or_else(now)
}

/// What was measured at one moment.
#[derive(Debug, Clone, Copy)]
struct Measured {
    minutes: f64,
    heap: f64,
    nodes: f64,
    engine: f64,
}

/// The visitor, and what must be there whatever is done.
struct Visitor<'a> {
    lab: &'a Lab,
    dice: ChaCha8Rng,
    folder: PathBuf,
    began: Instant,
    /// Runs seen in the list, and when they were first seen.
    known: Vec<(Instant, String)>,
    deleted: BTreeSet<String>,
    most_workers: usize,
    done: u32,
    reloads: u32,
    measured: Vec<Measured>,
}

impl Visitor<'_> {
    /// Clicks on one of the elements, if there is any that can be clicked. Returns which.
    async fn click_one(&mut self, selector: &str) -> Result<Option<String>> {
        let share: f64 = self.dice.random();
        let clicked = self
            .lab
            .evaluate(&format!(
                "(() => {{ const all = [...document.querySelectorAll({})] \
                 .filter(it => !it.disabled && it.offsetParent !== null); \
                 const one = all[Math.floor({share} * all.length)]; one?.click(); \
                 return one?.dataset.testid ?? null; }})()",
                json!(selector)
            ))
            .await?;
        Ok(clicked.as_str().map(str::to_owned))
    }

    async fn set(&mut self, testid: &str, values: &[&str]) -> Result<()> {
        let value = values[self.dice.random_range(0..values.len())];
        if self.lab.has(testid).await? {
            self.lab.set_value(testid, value).await?;
        }
        Ok(())
    }

    /// Does something. Returns its name.
    async fn act(&mut self) -> Result<&'static str> {
        let name = match self.dice.random_range(0..100) {
            0..18 => {
                self.click_one("[data-testid=play]").await?;
                "play or pause"
            }
            18..30 => {
                for _ in 0..self.dice.random_range(1..5) {
                    self.click_one("[data-testid=step]").await?;
                }
                "step"
            }
            30..38 => {
                self.click_one("[data-testid=reset]").await?;
                "reset"
            }
            38..46 => {
                self.set("p", &["0", "0.1", "0.5", "0.9", "1"]).await?;
                "p"
            }
            46..50 => {
                self.set("axis", &["spatial", "channel", "mixed"]).await?;
                "axis"
            }
            50..54 => {
                self.set("learning-rate", &["0.001", "0.003", "0.0001"])
                    .await?;
                "learning rate"
            }
            54..57 => {
                self.set("seed", &["0", "1", "2", "3"]).await?;
                "seed"
            }
            57..63 => {
                let presets = "[data-testid=preset-corner-cue], [data-testid=preset-tint-cue], \
                               [data-testid=preset-styles]";
                self.click_one(presets).await?;
                "preset"
            }
            63..67 => {
                // What the page holds must not grow with what the visitor brings.
                if self.images().await? < MOST_IMAGES {
                    self.upload().await?;
                    "upload"
                } else {
                    for _ in 0..MOST_IMAGES / 2 {
                        self.click_one(".own-thumbnail .delete").await?;
                    }
                    "delete images"
                }
            }
            67..70 => {
                self.click_one("[data-testid=use-own-images]").await?;
                "own images"
            }
            70..73 => {
                self.click_one("[data-testid^=run-go-on-]").await?;
                "go on with a run"
            }
            73..75 => {
                // Pinned runs stay: without this, the list would grow with them.
                let many = if self.known.len() > MOST_RUNS { 10 } else { 1 };
                for _ in 0..many {
                    let deleted = self.click_one("[data-testid^=run-delete-]").await?;
                    let number = deleted.map(|id| id.replace("run-delete-", ""));
                    self.deleted.extend(number);
                }
                "delete runs"
            }
            75..77 => {
                self.click_one("[data-testid^=run-pin-], [data-testid^=run-show-]")
                    .await?;
                "pin or show a run"
            }
            77..78 => {
                self.click_one("[data-testid=board-undo], [data-testid^=run-undo-]")
                    .await?;
                "undo"
            }
            78..81 => {
                self.click_one("[data-testid^=arm-tab-], [data-testid^=mask-arm-]")
                    .await?;
                "arm"
            }
            81..85 => {
                let looks = "[data-testid=next-images], [data-testid=shuffle-images], \
                             [data-testid^=magnify-], [data-testid=mask-beside]";
                self.click_one(looks).await?;
                "look elsewhere"
            }
            85..87 => {
                self.set("language", &["en", "de"]).await?;
                self.lab
                    .wait_until("the page in a language", LOAD, async || {
                        self.lab.has("play").await
                    })
                    .await?;
                "language"
            }
            87..89 => {
                self.click_one("[data-testid=theme]").await?;
                "theme"
            }
            89..91 => {
                self.click_one("[data-testid=measure-step]").await?;
                "measure a step"
            }
            91..93 => {
                self.set("batch-size", &["4", "8", "16"]).await?;
                "batch size"
            }
            93..95 => {
                self.click_one("[data-testid=add-arm], [data-testid=remove-arm]")
                    .await?;
                "one arm more or less"
            }
            95..97 => {
                self.click_one("[data-testid=share-open]").await?;
                self.click_one("[data-testid=share-close]").await?;
                "share"
            }
            97..99 => {
                self.click_one("[data-testid=lesson-open], [data-testid=lesson-next]")
                    .await?;
                "lesson"
            }
            _ => {
                self.reload().await?;
                "reload"
            }
        };
        Ok(name)
    }

    async fn images(&self) -> Result<u64> {
        let all = "document.querySelectorAll('.own-thumbnail').length";
        let all = self.lab.evaluate(all).await?;
        all.as_u64().context("no number of images")
    }

    async fn upload(&mut self) -> Result<()> {
        for class in 0..2 {
            let shade = self.dice.random_range(0..200);
            let file = self
                .folder
                .join(format!("{class}-{}-{shade}.png", self.done));
            let colour = if class == 0 {
                [220, shade, 30]
            } else {
                [30, shade, 220]
            };
            RgbImage::from_pixel(24, 20, Rgb(colour)).save(&file)?;
            let input = format!("class-files-{class}");
            if self.lab.has(&input).await? {
                self.lab.upload(&input, &[file]).await?;
            }
        }
        Ok(())
    }

    async fn reload(&mut self) -> Result<()> {
        self.reloads += 1;
        self.lab
            .evaluate("globalThis.before = true; location.reload(); 0")
            .await?;
        self.lab
            .wait_until("a new page", LOAD, async || {
                let new = self
                    .lab
                    .evaluate(
                        "globalThis.before === undefined && document.readyState === 'complete'",
                    )
                    .await;
                Ok(new.is_ok_and(|new| new == true))
            })
            .await
    }

    /// That everything is as it should be. Leaves the run paused.
    async fn look(&mut self) -> Result<()> {
        let lab = self.lab;
        let faults = lab.watch.faults();
        ensure!(faults.is_empty(), "in the console: {faults:#?}");
        lab.wait_until("a run at rest", LOAD, async || {
            let state = lab.state().await?;
            if state == "training" {
                lab.evaluate("document.querySelector('[data-testid=play]').click(); 0")
                    .await?;
                sleep(Duration::from_millis(300)).await;
            }
            Ok(["ready", "paused", "done"].contains(&&*state))
        })
        .await?;
        ensure!(!lab.has("failure").await?, "a failure is told of");
        self.most_workers = self.most_workers.max(lab.watch.living_workers());
        // One for each core at most, and those of a sweep or a benchmark are gone.
        let cores = lab.evaluate("navigator.hardwareConcurrency").await?;
        let cores = cores.as_u64().context("no cores")? as usize;
        lab.wait_until("no more workers than cores", SOON, async || {
            Ok((1..=cores).contains(&lab.watch.living_workers()))
        })
        .await?;

        // The run that is shown is the one that the engine has: a step of it is seen.
        if lab.state().await? != "done" {
            let before = lab.steps().await?;
            lab.click("step").await?;
            // More than one where steps were still on their way.
            lab.wait_until("a step", SOON, async || Ok(lab.steps().await? > before))
                .await?;
            let settled = ["paused", "done"];
            lab.wait_until("a pause", SOON, async || {
                Ok(settled.contains(&&*lab.state().await?))
            })
            .await?;
        }

        let rows: Vec<String> = serde_json::from_value(lab.evaluate(RUNS).await?)?;
        let now = Instant::now();
        for (seen, run) in &self.known {
            let gone = !rows.contains(run) && !self.deleted.contains(run);
            ensure!(
                !gone || now - *seen < SAFE || rows.len() > 50,
                "run {run} is lost; there are {rows:?}"
            );
        }
        self.known
            .retain(|(_, run)| rows.contains(run) && !self.deleted.contains(run));
        for row in rows {
            if !self.known.iter().any(|(_, run)| *run == row) {
                self.known.push((now, row));
            }
        }
        Ok(())
    }

    async fn measure(&mut self) -> Result<Measured> {
        self.lab.command(CollectGarbageParams::default()).await?;
        let metrics = self.lab.command(GetMetricsParams::default()).await?.metrics;
        let metric = |name: &str| {
            let found = metrics.iter().find(|metric| metric.name == name);
            found.map_or(0.0, |metric| metric.value)
        };
        let engine = self.lab.evaluate(ASK_MEMORY).await?;
        let measured = Measured {
            minutes: self.began.elapsed().as_secs_f64() / 60.0,
            heap: metric("JSHeapUsedSize"),
            nodes: metric("Nodes"),
            engine: engine.as_f64().unwrap_or_default(),
        };
        self.measured.push(measured);
        Ok(measured)
    }
}

/// The largest value in a part of a course.
fn most(measured: &[Measured], value: impl Fn(&Measured) -> f64) -> f64 {
    measured.iter().map(value).fold(0.0, f64::max)
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_visitor_does_nothing_breaks() -> Result<()> {
    let minutes = soak_minutes();
    let seed = seed();
    println!("RSC_SEED={seed}");
    let folder = tempfile::tempdir()?;
    lab("wander", SMALL, async |lab| {
        lab.ready().await?;
        lab.prelude.set(TELL_MEMORY);
        lab.reload_with("0").await?;
        lab.command(EnableParams::default()).await?;
        lab.in_state("ready", LOAD).await?;
        let mut visitor = Visitor {
            lab,
            dice: ChaCha8Rng::seed_from_u64(seed),
            folder: folder.path().to_owned(),
            began: Instant::now(),
            known: Vec::new(),
            deleted: BTreeSet::new(),
            most_workers: 1,
            done: 0,
            reloads: 0,
            measured: Vec::new(),
        };
        let mut lately = Vec::new();
        loop {
            let over = match minutes {
                Some(minutes) => visitor.began.elapsed().as_secs_f64() >= 60.0 * minutes,
                None => visitor.done >= ACTIONS,
            };
            if over {
                break;
            }
            visitor.done += 1;
            let acted = visitor.act().await;
            let acted = acted.with_context(|| format!("seed {seed}, after {lately:?}"))?;
            lately.push(acted);
            let wait = visitor.dice.random_range(0..400);
            sleep(Duration::from_millis(wait)).await;
            if visitor.done.is_multiple_of(LOOK) {
                let looked = visitor.look().await;
                looked.with_context(|| format!("seed {seed}, after {lately:?}"))?;
                lately.clear();
                if minutes.is_some() {
                    let Measured { minutes, heap, nodes, engine } = visitor.measure().await?;
                    println!(
                        "{minutes:6.2} min: {} actions, heap {:.1} MB, {nodes} nodes, engine {:.1} MB",
                        visitor.done,
                        heap / 1e6,
                        engine / 1e6
                    );
                }
            }
        }
        visitor.look().await?;
        println!(
            "{} actions, {} reloads, at most {} workers, {} runs in the list",
            visitor.done,
            visitor.reloads,
            visitor.most_workers,
            visitor.known.len()
        );
        ensure!(
            visitor.most_workers <= 2,
            "{} workers at once",
            visitor.most_workers
        );
        // Growth: what the second half takes beyond the first.
        let half = visitor.measured.len() / 2;
        let (first, second) = visitor.measured.split_at(half);
        if half > 4 {
            for (name, value, slack) in [
                ("heap", (|it| it.heap) as fn(&Measured) -> f64, 16e6),
                ("nodes", |it| it.nodes, 4000.0),
                ("engine", |it| it.engine, 16e6),
            ] {
                let [first, second] = [first, second].map(|part| most(part, value));
                println!("most {name}: {first} in the first half, {second} in the second");
                ensure!(
                    second <= 1.25 * first + slack,
                    "{name} grew from {first} to {second}"
                );
            }
        }
        Ok(())
    })
    .await
}
