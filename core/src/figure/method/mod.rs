//! The method at a glance, drawn from a real image and a real run in the three steps of the paper's
//! Fig. 1: features and their gradients; the strongest muted; after training, more in use.

mod features;
mod layout;
mod muting;
mod results;

use svg::{Document, node::element::Group};

use super::{
    elements::{Anchor, MARGIN, TextStyle, WIDTH, card, text},
    study::Study,
};
use crate::error::Result;

const HEIGHT: f64 = 858.0;

/// Draws the overview.
///
/// # Errors
/// [`crate::Error::Data`] for an image without pixels.
pub fn draw(study: &Study) -> Result<Document> {
    let title = "Representation Self-Challenging";
    let description = "Three steps. One: the network's body turns an image into feature maps; the \
                       gradient of the true class's logit tells how important each position is. \
                       Two: the most important third of the positions is muted, and the label is \
                       predicted from the rest. Three: the usage of the channels and the accuracy \
                       on a new domain after training, plain and self-challenged.";
    let subtitle = TextStyle {
        anchor: Anchor::End,
        ..TextStyle::NOTE
    };
    Ok(card(HEIGHT, title, description)
        .add(text(
            "a real image, a real run",
            WIDTH - MARGIN,
            48.0,
            subtitle,
        ))
        .add(features::row(study, 92.0)?)
        .add(muting::row(study, 332.0)?)
        .add(results::row(study, 576.0))
        .add(footer(study)))
}

fn footer(study: &Study) -> Group {
    let subject = &study.subject;
    let seeds = match study.repeats.len() {
        1 => format!("seed {}", study.seed),
        count => format!(
            "bars of seed {}, numbers the mean of {count} seeds",
            study.seed
        ),
    };
    let lines = [
        format!(
            "Rows 1 and 2: a network trained plainly for {} epochs on images with a coloured patch \
             that gives the class away, and the",
            subject.epochs
        ),
        format!(
            "test image, of {}, that muting hurts most. Row 3: after {} epochs, on test images; \
             {seeds}.",
            subject.among, study.epochs
        ),
    ];
    let style = TextStyle {
        size: 12.5,
        ..TextStyle::NOTE
    };
    let mut footer = Group::new();
    for (i, line) in lines.into_iter().enumerate() {
        footer = footer.add(text(line, MARGIN, HEIGHT - 40.0 + 18.0 * i as f64, style));
    }
    footer
}
