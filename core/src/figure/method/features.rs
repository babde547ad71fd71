//! Row 1: image, feature maps with their gradients, importance.

use svg::node::element::Group;

use super::layout::{LARGE, scale};
use crate::{
    error::Result,
    figure::{
        charts::heat_legend,
        colour::{heat, ink},
        elements::{
            LINE, MARGIN, SOFT_INK, TextStyle, arrow, framed_image, line, rect, step_heading, text,
        },
        overlay::{cell_map, enlarged},
        study::Study,
    },
};

/// Feature maps shown.
const FEATURES: usize = 8;

/// Draws the row.
pub(super) fn row(study: &Study, y: f64) -> Result<Group> {
    let subject = &study.subject;
    let seen = &subject.inspection;
    let class = class(study, seen.label);
    let [channels, height, width] = study.shape;
    let top = y + 42.0;
    let middle = top + LARGE / 2.0;
    let caption = top + LARGE + 20.0;

    let image = enlarged(&subject.rgba, study.size, scale(LARGE, study.size));
    let mut row = Group::new()
        .add(step_heading(
            1,
            "Features and their gradients",
            &format!(
                "How much does each position of the feature maps speak for the true class, “{class}”?"
            ),
            y,
        ))
        .add(framed_image(&image, MARGIN, top, LARGE)?)
        .add(text(format!("a {class} and its patch"), MARGIN + LARGE / 2.0, caption, TextStyle::CAPTION))
        .add(arrow(MARGIN + LARGE + 10.0, 222.0, middle, "body"));

    let shown = &subject.features[..subject.features.len().min(FEATURES)];
    let steepest = shown
        .iter()
        .map(|feature| f64::from(feature.gradient.abs()))
        .fold(f64::MIN_POSITIVE, f64::max);
    let (left, side, pitch) = (232.0, 50.0, 58.0);
    let (zero, reach) = (top + 97.0, 34.0);
    for (i, feature) in shown.iter().enumerate() {
        let x = left + i as f64 * pitch;
        let cell = scale(side, width);
        let map = cell_map(&feature.map, &[], study.grid(), cell, ink);
        let share = f64::from(feature.gradient) / steepest * reach;
        let bar = if share >= 0.0 {
            rect(x + 16.0, zero - share, side - 32.0, share).set("fill", SOFT_INK)
        } else {
            rect(x + 16.0, zero, side - 32.0, -share)
                .set("fill", "none")
                .set("stroke", SOFT_INK)
        };
        row = row.add(framed_image(&map, x, top, side)?).add(bar);
    }
    let end = left + FEATURES as f64 * pitch;
    row = row
        .add(line([left, zero], [end - 8.0, zero], LINE))
        .add(text(
            format!(
                "{FEATURES} of {channels} feature maps Z; bars: gradient G, up is for the class"
            ),
            (left + end - 8.0) / 2.0,
            caption,
            TextStyle::CAPTION,
        ))
        .add(arrow(end + 4.0, end + 62.0, middle, "Σ Z · G"));

    let x = end + 72.0;
    let map = cell_map(
        &seen.importance,
        &[],
        [height, width],
        scale(LARGE, width),
        heat,
    );
    Ok(row
        .add(framed_image(&map, x, top, LARGE)?)
        .add(text(
            "importance",
            x + LARGE / 2.0,
            caption,
            TextStyle::CAPTION,
        ))
        .add(heat_legend(x + LARGE + 10.0, top, LARGE)))
}

fn class(study: &Study, label: usize) -> &str {
    study.classes.get(label).map_or("?", String::as_str)
}
