//! Row 2: positions ranked by importance, the mask over the image, predictions before and after.

use svg::node::element::Group;

use super::layout::{LARGE, scale};
use crate::{
    config::Selection,
    error::Result,
    figure::{
        charts::{ProbabilityBars, column_chart},
        colour::{ERM, KEPT, MUTED, hex},
        elements::{
            Anchor, MARGIN, SOFT_INK, TextStyle, WIDTH, arrow, fraction, line, masked_image,
            step_heading, text,
        },
        overlay::enlarged,
        study::Study,
    },
    protocol::ImageInspection,
};

/// Width of the chart of ranked positions.
const CHART_WIDTH: f64 = 330.0;

/// Draws the row.
pub(super) fn row(study: &Study, y: f64) -> Result<Group> {
    let top = y + 42.0;
    let middle = top + LARGE / 2.0;
    let caption = top + LARGE + 20.0;
    let row = Group::new()
        .add(step_heading(
            2,
            "The strongest are muted",
            &format!(
                "The most important {} of the positions is muted; the label must be predicted from \
                 what is left.",
                fraction(study.challenge.p).replace("1/3", "third")
            ),
            y,
        ))
        .add(text(
            scope(study),
            WIDTH - MARGIN,
            y,
            TextStyle {
                anchor: Anchor::End,
                ..TextStyle::NOTE
            },
        ));
    let row = ranked_positions(row, &study.subject.inspection, top)
        .add(text(
            "positions, by importance",
            MARGIN + CHART_WIDTH / 2.0,
            caption,
            TextStyle::CAPTION,
        ))
        .add(arrow(MARGIN + CHART_WIDTH + 10.0, 432.0, middle, "mask"));
    predictions(study, row, [top, middle, caption])
}

/// Adds the positions' importance in decreasing order, and the cut between muted and kept ones.
fn ranked_positions(row: Group, seen: &ImageInspection, top: f64) -> Group {
    let muted = seen.muted.iter().filter(|&&muted| muted).count();
    let all = seen.muted.len();
    let mut ranked: Vec<(f32, bool)> = seen
        .importance
        .iter()
        .copied()
        .zip(seen.muted.iter().copied())
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    let low = ranked.last().map_or(0.0, |(value, _)| value.min(0.0));
    let heights: Vec<f64> = ranked
        .iter()
        .map(|(value, _)| f64::from(value - low))
        .collect();
    let highest = heights.first().copied().unwrap_or(1.0);
    let fill = |i: usize| hex(if ranked[i].1 { MUTED } else { KEPT });
    let cut = MARGIN + CHART_WIDTH * muted as f64 / all.max(1) as f64 - 1.0;
    let above = |x: f64, fill: &'static str, anchor: Anchor, label: String| {
        let style = TextStyle {
            bold: true,
            fill,
            anchor,
            ..TextStyle::CAPTION
        };
        text(label, x, top + 12.0, style)
    };
    row.add(column_chart(
        &heights,
        highest,
        [MARGIN, top, CHART_WIDTH, LARGE],
        fill,
    ))
    .add(
        line([cut, top - 2.0], [cut, top + LARGE], SOFT_INK)
            .set("stroke-dasharray", "4 3")
            .set("stroke-width", 1.5),
    )
    .add(above(
        cut + 8.0,
        "#14756d",
        Anchor::Start,
        format!("{} kept", all - muted),
    ))
    .add(above(
        cut - 8.0,
        "#b3206c",
        Anchor::End,
        format!("{muted} muted"),
    ))
}

/// Adds the masked image, and the class probabilities before and after muting.
fn predictions(study: &Study, row: Group, [top, middle, caption]: [f64; 3]) -> Result<Group> {
    let subject = &study.subject;
    let seen = &subject.inspection;
    let x = 442.0;
    let image = enlarged(&subject.rgba, study.size, scale(LARGE, study.size));
    let bars_x = x + LARGE + 72.0;
    let bars = ProbabilityBars {
        classes: &study.classes,
        cues: &study.cues,
        before: &seen.before,
        after: &seen.after,
        label: seen.label,
        pitch: LARGE / study.classes.len().max(1) as f64,
        names: 92.0,
        size: 14.0,
        colour: ERM,
    };
    Ok(row
        .add(masked_image(
            &image,
            &seen.muted,
            study.grid(),
            [x, top, LARGE],
        )?)
        .add(text(
            "what is left",
            x + LARGE / 2.0,
            caption,
            TextStyle::CAPTION,
        ))
        .add(arrow(x + LARGE + 10.0, bars_x - 10.0, middle, "head"))
        .add(bars.draw(bars_x, top, WIDTH - MARGIN - bars_x))
        .add(text(
            "probability before (pale) → after muting",
            (bars_x + WIDTH - MARGIN) / 2.0,
            caption,
            TextStyle::CAPTION,
        )))
}

/// Which images of a batch are challenged.
fn scope(study: &Study) -> String {
    match study.challenge.selection {
        Selection::All => String::from("in every image of the batch"),
        Selection::ProbabilityDrop => format!(
            "in the {:.0} % of the batch that it hurts most",
            study.challenge.b * 100.0
        ),
    }
}
