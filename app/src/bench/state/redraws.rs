//! Overlays redrawn after each new p, as in the panel of masks.

use js_sys::{ArrayBuffer, Uint8Array};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlCanvasElement;

use rsc_core::config::{ArmConfig, ChallengeConfig};
use rsc_core::protocol::{Command, Event, ImageInspection, ImageRef, RunInfo, Split};

use crate::bench::model::{Options, p_of_move};
use crate::bench::state::clock::Clock;
use crate::bench::state::engine::Engine;
use crate::bench::state::stage::Stage;
use crate::masks::model::threshold;
use crate::ui::browser;
use crate::ui::overlay;
use crate::ui::overlay::Overlay;

/// Images whose overlays are redrawn together.
pub(crate) const OVERLAYS: usize = 12;
/// Moves of p that are timed.
const MOVES: usize = 40;
/// Moves before those.
const WARM_UP: usize = 5;
/// Rest between two moves, in milliseconds, so that each is really shown.
const REST: i32 = 20;

/// Id of the `k`-th overlay's canvas.
pub(crate) fn canvas_id(k: usize) -> String {
    format!("bench-overlay-{k}")
}

/// How long after each new p the overlays are redrawn, in milliseconds.
#[derive(Default)]
pub(crate) struct Redraws {
    /// All of them, with masks that the page works out itself.
    pub(crate) masks: Vec<f64>,
    /// All of them again, with the engine's answer.
    pub(crate) answers: Vec<f64>,
}

/// Moves p again and again, and redraws the overlays each time.
///
/// # Errors
/// What the engine or the browser says.
pub(crate) async fn redraws(
    engine: &Engine,
    options: &Options,
    on_stage: &impl Fn(Stage),
) -> Result<Redraws, String> {
    let challenge = ChallengeConfig::default();
    let arms = vec![ArmConfig::rsc(challenge.clone())];
    let config = options.network.config(arms);
    let configured = Command::Configure { run: 1, config };
    let info = engine
        .ask(&configured, |event, _| match event {
            Event::Started { info, .. } => Some(info),
            _ => None,
        })
        .await?;
    let images = new_domain(&info);
    let mut times = Redraws::default();
    let mut grid = [0, 0];
    let mut last: Option<(Vec<ImageInspection>, Vec<ArrayBuffer>)> = None;
    let clock = Clock::start(options.seconds);
    // Where time is limited, one move warms up and another one is timed at least.
    let mut warm = false;
    for k in 0..WARM_UP + MOVES {
        if !times.masks.is_empty() && clock.is_over() {
            break;
        }
        on_stage(Stage::Overlays(k as u32, (WARM_UP + MOVES) as u32));
        // A language chosen meanwhile makes new ones.
        let canvases = canvases()?;
        let request = k as u32 + 2;
        let moved = ChallengeConfig {
            p: p_of_move(k, MOVES),
            ..challenge.clone()
        };
        let began = browser::now();
        if let Some((seen, buffers)) = &mut last {
            for (canvas, image) in canvases.iter().zip(seen) {
                image.muted = threshold::muted(&image.importance, moved.p);
                draw(canvas, info.image_size as u32, grid, image, buffers);
            }
        }
        let masks = browser::now() - began;
        let asked = Command::Inspect {
            request,
            run: 1,
            arm: 0,
            challenge: moved,
            images: images.clone(),
        };
        let answer = engine
            .ask(&asked, |event, buffers| match event {
                Event::Inspection {
                    request: answered,
                    grid,
                    images,
                    ..
                } if answered == request => Some((grid, images, buffers)),
                _ => None,
            })
            .await?;
        let (answered, seen, buffers) = answer;
        grid = answered;
        for (canvas, image) in canvases.iter().zip(&seen) {
            draw(canvas, info.image_size as u32, grid, image, &buffers);
        }
        if k >= WARM_UP || warm {
            times.masks.push(masks);
            times.answers.push(browser::now() - began);
        }
        warm = clock.is_over();
        last = Some((seen, buffers));
        browser::pause(REST).await;
    }
    Ok(times)
}

/// The first test images of the domain held out.
fn new_domain(info: &RunInfo) -> Vec<ImageRef> {
    let held_out = info.domains.iter().position(|domain| domain.held_out);
    let domain = held_out.unwrap_or(0);
    let all = info.domains.get(domain).map_or(0, |domain| domain.test);
    (0..all.min(OVERLAYS))
        .map(|index| ImageRef {
            domain,
            split: Split::Test,
            index,
        })
        .collect()
}

fn canvases() -> Result<Vec<HtmlCanvasElement>, String> {
    let found: Vec<HtmlCanvasElement> = (0..OVERLAYS)
        .filter_map(|k| document().get_element_by_id(&canvas_id(k)))
        .filter_map(|canvas| canvas.dyn_into().ok())
        .collect();
    if found.len() == OVERLAYS {
        Ok(found)
    } else {
        Err(text!("bench.no-canvas").to_owned())
    }
}

fn draw(
    canvas: &HtmlCanvasElement,
    side: u32,
    grid: [usize; 2],
    image: &ImageInspection,
    buffers: &[ArrayBuffer],
) {
    let Some(pixels) = buffers.get(image.buffer) else {
        return;
    };
    let overlay = Overlay {
        pixels: &Uint8Array::new(pixels).to_vec(),
        side,
        grid,
        heat: &image.heat,
        range: None,
        muted: &image.muted,
        opacity: 0.45,
    };
    overlay::draw(canvas, &overlay);
}
