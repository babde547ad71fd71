//! Random actions of a visitor, at any moment and in any order, break nothing, leak nothing and
//! lose nothing.
//!
//! The actions follow from a seed, which is printed; `RSC_SEED` repeats one.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use chromiumoxide::cdp::browser_protocol::performance::EnableParams;
use rand::Rng;
use tokio::time::sleep;

use super::duration::soak_minutes;
use super::measurements::{Measurement, TELL_MEMORY, check_growth, measure};
use super::visitor::Visitor;
use crate::lab::{LOAD, visit};

/// Number of actions without a soak test.
const ACTIONS: u32 = 120;

/// Number of actions between two checks.
const CHECK_EVERY: u32 = 12;

/// Small runs, so that much happens.
const SMALL: &str = "?device=cpu#v=1&size=16&train=64&test=8&net=cnn-4-8&batch=8&epochs=30";

/// The seed of the random actions, from `RSC_SEED` or the clock.
fn seed() -> u64 {
    let given = std::env::var("RSC_SEED").ok();
    let now = || {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        since.unwrap_or_default().subsec_micros().into()
    };
    given.and_then(|text| text.parse().ok()).unwrap_or_else(now)
}

/// Acts until the visit is over, and checks from time to time. Returns what was measured.
async fn act_and_check(visitor: &mut Visitor<'_>, seed: u64) -> Result<Vec<Measurement>> {
    let minutes = soak_minutes();
    let began = Instant::now();
    let mut measured = Vec::new();
    let mut lately = Vec::new();
    loop {
        let over = match minutes {
            Some(minutes) => began.elapsed().as_secs_f64() >= 60.0 * minutes,
            None => visitor.actions >= ACTIONS,
        };
        if over {
            return Ok(measured);
        }
        let acted = visitor.act().await;
        let acted = acted.with_context(|| format!("seed {seed}, after {lately:?}"))?;
        lately.push(acted);
        let wait = visitor.random.random_range(0..400);
        sleep(Duration::from_millis(wait)).await;
        if !visitor.actions.is_multiple_of(CHECK_EVERY) {
            continue;
        }
        let checked = visitor.check().await;
        checked.with_context(|| format!("seed {seed}, after {lately:?}"))?;
        lately.clear();
        if minutes.is_some() {
            let now = measure(visitor.lab, began).await?;
            println!(
                "{:6.2} min: {} actions, heap {:.1} MB, {} nodes, engine {:.1} MB",
                now.minutes,
                visitor.actions,
                now.heap / 1e6,
                now.nodes,
                now.engine / 1e6
            );
            measured.push(now);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_visitor_does_nothing_breaks() -> Result<()> {
    let seed = seed();
    println!("RSC_SEED={seed}");
    let folder = tempfile::tempdir()?;
    visit("random-visit", SMALL, async |lab| {
        lab.wait_until_ready().await?;
        lab.worker_prelude.set(TELL_MEMORY);
        lab.reload_with_script("0").await?;
        lab.command(EnableParams::default()).await?;
        lab.wait_for_state("ready", LOAD).await?;
        let mut visitor = Visitor::new(lab, seed, folder.path());
        let measured = act_and_check(&mut visitor, seed).await?;
        visitor.check().await?;
        println!(
            "{} actions, {} reloads, at most {} workers, {} runs in the list",
            visitor.actions,
            visitor.reloads,
            visitor.most_workers,
            visitor.known.len()
        );
        ensure!(
            visitor.most_workers <= 2,
            "{} workers at once",
            visitor.most_workers
        );
        check_growth(&measured)
    })
    .await
}
