//! A visitor who acts at random.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};
use image::{Rgb, RgbImage};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::json;

use crate::lab::languages::{ENGLISH, other_languages};
use crate::lab::{LOAD, Lab};
use crate::page_objects::board::THUMBNAILS;

/// From so many own images on, half of them are deleted.
const MAX_IMAGES: u64 = 32;

/// From so many runs on, ten are deleted at once.
const MAX_RUNS: usize = 30;

/// The visitor, and what must still be there whatever is done.
pub(super) struct Visitor<'a> {
    pub(super) lab: &'a Lab,
    pub(super) random: ChaCha8Rng,
    folder: PathBuf,
    /// Runs seen in the list, and when they were first seen.
    pub(super) known: Vec<(Instant, String)>,
    pub(super) deleted: BTreeSet<String>,
    pub(super) most_workers: usize,
    pub(super) actions: u32,
    pub(super) reloads: u32,
}

impl<'a> Visitor<'a> {
    /// A visitor whose actions follow from `seed`, with a folder for the images that it uploads.
    pub(super) fn new(lab: &'a Lab, seed: u64, folder: &Path) -> Self {
        Self {
            lab,
            random: ChaCha8Rng::seed_from_u64(seed),
            folder: folder.to_owned(),
            known: Vec::new(),
            deleted: BTreeSet::new(),
            most_workers: 1,
            actions: 0,
            reloads: 0,
        }
    }

    /// Does something at random. Returns its name.
    pub(super) async fn act(&mut self) -> Result<&'static str> {
        self.actions += 1;
        let percent = self.random.random_range(0..100);
        match percent {
            0..38 => self.train(percent).await,
            38..57 | 91..95 => self.change_settings(percent).await,
            57..70 => self.change_data(percent).await,
            70..78 => self.use_runs(percent).await,
            78..85 | 89..91 => self.look_elsewhere(percent).await,
            _ => self.change_page(percent).await,
        }
    }

    async fn train(&mut self, percent: u32) -> Result<&'static str> {
        Ok(match percent {
            0..18 => {
                self.click_one("[data-testid=play]").await?;
                "play or pause"
            }
            18..30 => {
                for _ in 0..self.random.random_range(1..5) {
                    self.click_one("[data-testid=step]").await?;
                }
                "step"
            }
            _ => {
                self.click_one("[data-testid=reset]").await?;
                "reset"
            }
        })
    }

    async fn change_settings(&mut self, percent: u32) -> Result<&'static str> {
        Ok(match percent {
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
            91..93 => {
                self.set("batch-size", &["4", "8", "16"]).await?;
                "batch size"
            }
            _ => {
                self.click_one("[data-testid=add-arm], [data-testid=remove-arm]")
                    .await?;
                "one arm more or less"
            }
        })
    }

    async fn change_data(&mut self, percent: u32) -> Result<&'static str> {
        Ok(match percent {
            57..63 => {
                let presets = "[data-testid=preset-corner-cue], [data-testid=preset-tint-cue], \
                               [data-testid=preset-styles]";
                self.click_one(presets).await?;
                "preset"
            }
            63..67 => {
                // A growing number of images would look like a leak.
                if self.images().await? < MAX_IMAGES {
                    self.upload().await?;
                    "upload"
                } else {
                    for _ in 0..MAX_IMAGES / 2 {
                        self.click_one(".own-thumbnail .delete").await?;
                    }
                    "delete images"
                }
            }
            _ => {
                self.click_one("[data-testid=use-own-images]").await?;
                "own images"
            }
        })
    }

    async fn use_runs(&mut self, percent: u32) -> Result<&'static str> {
        Ok(match percent {
            70..73 => {
                self.click_one("[data-testid^=run-go-on-]").await?;
                "go on with a run"
            }
            73..75 => {
                // The page never removes pinned runs, so the list would grow.
                let many = if self.known.len() > MAX_RUNS { 10 } else { 1 };
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
            _ => {
                self.click_one("[data-testid=board-undo], [data-testid^=run-undo-]")
                    .await?;
                "undo"
            }
        })
    }

    async fn look_elsewhere(&mut self, percent: u32) -> Result<&'static str> {
        Ok(match percent {
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
            _ => {
                self.click_one("[data-testid=measure-step]").await?;
                "measure a step"
            }
        })
    }

    async fn change_page(&mut self, percent: u32) -> Result<&'static str> {
        Ok(match percent {
            85..87 => {
                let mut languages = other_languages()?;
                languages.push(ENGLISH.to_owned());
                let languages: Vec<&str> = languages.iter().map(String::as_str).collect();
                self.set("language", &languages).await?;
                self.lab.wait_for_element("play", LOAD).await?;
                "language"
            }
            87..89 => {
                self.click_one("[data-testid=theme]").await?;
                "theme"
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
        })
    }

    /// Clicks one of the elements that can be clicked, if any. Returns its test id.
    async fn click_one(&mut self, selector: &str) -> Result<Option<String>> {
        let share: f64 = self.random.random();
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

    /// Sets a control, if it is there, to one of these values.
    async fn set(&mut self, testid: &str, values: &[&str]) -> Result<()> {
        let value = values[self.random.random_range(0..values.len())];
        if self.lab.has(testid).await? {
            self.lab.set_value(testid, value).await?;
        }
        Ok(())
    }

    async fn images(&self) -> Result<u64> {
        let all = self.lab.evaluate(THUMBNAILS).await?;
        all.as_u64().context("no number of images")
    }

    /// Uploads an image of a random colour to each of the first two classes.
    async fn upload(&mut self) -> Result<()> {
        for class in 0..2 {
            let shade = self.random.random_range(0..200);
            let file = self
                .folder
                .join(format!("{class}-{}-{shade}.png", self.actions));
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
                let new = "globalThis.before === undefined && document.readyState === 'complete'";
                // Nothing can be evaluated while one document replaces another.
                Ok(self.lab.holds(new).await.unwrap_or(false))
            })
            .await
    }
}
