//! A real example: predictions of plain training and of RSC for images of the new domain, one image
//! of each kind of outcome, and how often each kind occurred.

use svg::{Document, node::element::Group};

use super::{
    charts::ProbabilityBars,
    colour::{ERM, RSC, hex},
    elements::{
        LINE, MARGIN, TextStyle, WIDTH, bold_lead, card, fraction, framed_image, line,
        masked_image, percent, rect, text,
    },
    overlay::{OverlayOptions, enlarged, overlay},
    study::{ArmStudy, Outcome, Study},
};
use crate::{error::Result, protocol::ImageInspection};

/// Side of every picture.
const SIDE: f64 = 84.0;
/// From one outcome to the next.
const PITCH: f64 = 130.0;
/// Where the arms' parts begin and how wide they are.
const ARMS: [f64; 2] = [MARGIN + SIDE + 24.0, WIDTH - MARGIN - ARM_WIDTH];
const ARM_WIDTH: f64 = 402.0;
const TOP: f64 = 176.0;
/// Pixels embedded for each pixel of an image.
const SCALE: u32 = 6;

/// Draws the example.
///
/// # Errors
/// [`crate::Error::Data`] for an image without pixels.
pub fn draw(study: &Study) -> Result<Document> {
    let outcomes = ordered(study);
    let height = TOP + PITCH * outcomes.len() as f64 + 62.0;
    let title = "The same images, two networks";
    let description = "Images of the new domain with, for plain training and for RSC, the \
                       importance of each position, the positions that RSC mutes, and the class \
                       probabilities before and after muting.";
    let mut figure = card(height, title, description).add(text(
        "In training a small patch gives the class away (swatches); in the new domain its colour \
             is random.",
        MARGIN,
        74.0,
        TextStyle::NOTE,
    ));
    let colours = [ERM, RSC];
    let names = ["plain training (ERM)", "self-challenged (RSC)"];
    for i in 0..2 {
        figure = figure.add(heading(&study.arms[i], names[i], colours[i], ARMS[i]));
    }
    for (i, outcome) in outcomes.iter().enumerate() {
        figure = figure.add(row(study, outcome, TOP + PITCH * i as f64)?);
    }
    let last = TOP + PITCH * outcomes.len() as f64;
    Ok(figure
        .add(text(caption(study), MARGIN, last + 18.0, small()))
        .add(text(
            format!(
                "One run: {} training images, {} epochs, seed {}. Right or wrong is judged without \
                 muting, over {} images of the new domain.",
                study.training_images,
                study.epochs,
                study.seed,
                study.new_domain_images(),
            ),
            MARGIN,
            last + 38.0,
            small(),
        )))
}

fn small() -> TextStyle {
    TextStyle {
        size: 13.0,
        ..TextStyle::NOTE
    }
}

fn caption(study: &Study) -> String {
    format!(
        "The first image of each kind (where ERM says the patch's class, if it does). Importance: for \
         the true class. Hatched: what RSC mutes, p = {}.",
        fraction(study.challenge.p)
    )
}

/// The kinds that occur, the one that RSC is for first.
fn ordered(study: &Study) -> Vec<&Outcome> {
    let order = [[false, true], [true, true], [true, false], [false, false]];
    order
        .iter()
        .filter_map(|right| study.outcomes.iter().find(|kind| kind.right == *right))
        .collect()
}

fn heading(arm: &ArmStudy, name: &str, colour: [u8; 3], x: f64) -> Group {
    let y = 112.0;
    let column = |at: f64, label: &str| text(label, x + at, y + 46.0, TextStyle::CAPTION);
    Group::new()
        .add(
            rect(x, y - 14.0, 5.0, 20.0)
                .set("rx", 2)
                .set("fill", hex(colour)),
        )
        .add(text(
            name,
            x + 14.0,
            y + 1.5,
            TextStyle {
                size: 16.0,
                ..TextStyle::HEADING
            },
        ))
        .add(text(
            format!(
                "{} right in the new domain, {} in the same",
                percent(arm.accuracy_new_domain),
                percent(arm.accuracy_same_domain)
            ),
            x + 14.0,
            y + 22.0,
            TextStyle::NOTE,
        ))
        .add(column(SIDE / 2.0, "importance"))
        .add(column(SIDE * 1.5 + 8.0, "muted"))
        .add(column(
            (SIDE * 2.0 + 20.0 + ARM_WIDTH) / 2.0,
            "probability before (pale) → after",
        ))
}

fn row(study: &Study, outcome: &Outcome, y: f64) -> Result<Group> {
    let [first, second] = outcome.right;
    let kind = match (first, second) {
        (false, true) => "Only RSC is right",
        (true, true) => "Both are right",
        (true, false) => "Only ERM is right",
        (false, false) => "Neither is right",
    };
    let label = outcome.inspections[0].label;
    let class = study.classes.get(label).map_or("?", String::as_str);
    let by_patch = match outcome.by_patch {
        0 => String::new(),
        count => format!(", in {count} of them ERM says the class of the patch"),
    };
    let image = enlarged(&outcome.rgba, study.size, SCALE);
    let top = y + 26.0;
    let mut row = Group::new()
        .add(line([MARGIN, y - 4.0], [WIDTH - MARGIN, y - 4.0], LINE).set("stroke-width", 0.5))
        .add(bold_lead(
            kind,
            format!(
                "{} of {} images{by_patch}; here a {class}",
                outcome.count,
                study.new_domain_images()
            ),
            MARGIN,
            y + 16.0,
        ))
        .add(framed_image(&image, MARGIN, top, SIDE)?);
    for (i, colour) in [ERM, RSC].into_iter().enumerate() {
        row = row.add(arm(
            study,
            outcome,
            &outcome.inspections[i],
            colour,
            ARMS[i],
            top,
        )?);
    }
    Ok(row)
}

fn arm(
    study: &Study,
    outcome: &Outcome,
    seen: &ImageInspection,
    colour: [u8; 3],
    x: f64,
    top: f64,
) -> Result<Group> {
    // One value for each of the image's pixels: as smooth as needed, and small in the file.
    let options = OverlayOptions {
        scale: 1,
        opacity: 0.8,
        mark_muted: false,
    };
    let with_heat = overlay(&outcome.rgba, study.size, seen, study.grid(), &options);
    let with_heat = enlarged(&with_heat, study.size, SCALE);
    let plain = enlarged(&outcome.rgba, study.size, SCALE);
    let bars = ProbabilityBars {
        classes: &study.classes,
        cues: &study.cues,
        before: &seen.before,
        after: &seen.after,
        label: seen.label,
        pitch: SIDE / study.classes.len().max(1) as f64,
        names: 82.0,
        size: 12.0,
        colour,
    };
    let bars_x = x + 2.0 * SIDE + 20.0;
    Ok(Group::new()
        .add(framed_image(&with_heat, x, top, SIDE)?)
        .add(masked_image(
            &plain,
            &seen.muted,
            study.grid(),
            [x + SIDE + 8.0, top, SIDE],
        )?)
        .add(bars.draw(bars_x, top, x + ARM_WIDTH - bars_x)))
}
