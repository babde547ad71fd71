//! The method at a glance, drawn from a real image and a real run in the three steps of the paper's
//! Fig. 1: features and their gradients; the strongest muted; after training, more in use.

use svg::{
    Document,
    node::element::{Circle, Group},
};

use super::{
    Study,
    colour::{ERM, KEPT, MUTED, RSC, heat, hex, ink},
    draw::{
        Anchor, Bars, INK, LINE, Look, MARGIN, SOFT, TRACK, WIDTH, arrow, boxed, card, columns,
        fraction, heat_legend, line, masked, number, percent, picture, step, text,
    },
    overlay::{enlarged, tile},
};
use crate::{config::Selection, error::Result, usage::Usage};

/// Feature maps shown.
const FEATURES: usize = 8;
/// Side of the image, the importance and the mask.
const LARGE: f64 = 132.0;
/// Pixels embedded for each unit drawn: sharp on dense screens.
const DENSITY: f64 = 2.0;
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
    let subtitle = Look {
        anchor: Anchor::End,
        ..Look::NOTE
    };
    Ok(card(HEIGHT, title, description)
        .add(text(
            title,
            MARGIN,
            48.0,
            Look {
                size: 25.0,
                ..Look::HEADING
            },
        ))
        .add(text(
            "a real image, a real run",
            WIDTH - MARGIN,
            48.0,
            subtitle,
        ))
        .add(features(study, 92.0)?)
        .add(muting(study, 332.0)?)
        .add(result(study, 576.0))
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
    let look = Look {
        size: 12.5,
        ..Look::NOTE
    };
    let mut footer = Group::new();
    for (i, line) in lines.into_iter().enumerate() {
        footer = footer.add(text(line, MARGIN, HEIGHT - 40.0 + 18.0 * i as f64, look));
    }
    footer
}

/// Row 1: image, feature maps with their gradients, importance.
fn features(study: &Study, y: f64) -> Result<Group> {
    let subject = &study.subject;
    let seen = &subject.inspection;
    let class = class(study, seen.label);
    let [channels, height, width] = study.shape;
    let top = y + 42.0;
    let middle = top + LARGE / 2.0;
    let caption = top + LARGE + 20.0;

    let image = enlarged(&subject.rgba, study.size, scale(LARGE, study.size));
    let mut row = Group::new()
        .add(step(
            1,
            "Features and their gradients",
            &format!(
                "How much does each position of the feature maps speak for the true class, “{class}”?"
            ),
            y,
        ))
        .add(picture(&image, MARGIN, top, LARGE)?)
        .add(text(format!("a {class} and its patch"), MARGIN + LARGE / 2.0, caption, Look::CAPTION))
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
        let map = tile(&feature.map, &[], study.grid(), cell, ink);
        let share = f64::from(feature.gradient) / steepest * reach;
        let bar = if share >= 0.0 {
            boxed(x + 16.0, zero - share, side - 32.0, share).set("fill", SOFT)
        } else {
            boxed(x + 16.0, zero, side - 32.0, -share)
                .set("fill", "none")
                .set("stroke", SOFT)
        };
        row = row.add(picture(&map, x, top, side)?).add(bar);
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
            Look::CAPTION,
        ))
        .add(arrow(end + 4.0, end + 62.0, middle, "Σ Z · G"));

    let x = end + 72.0;
    let map = tile(
        &seen.importance,
        &[],
        [height, width],
        scale(LARGE, width),
        heat,
    );
    Ok(row
        .add(picture(&map, x, top, LARGE)?)
        .add(text("importance", x + LARGE / 2.0, caption, Look::CAPTION))
        .add(heat_legend(x + LARGE + 10.0, top, LARGE)))
}

/// Row 2: positions ranked by importance, the mask over the image, predictions before and after.
fn muting(study: &Study, y: f64) -> Result<Group> {
    let subject = &study.subject;
    let seen = &subject.inspection;
    let top = y + 42.0;
    let middle = top + LARGE / 2.0;
    let caption = top + LARGE + 20.0;
    let muted = seen.muted.iter().filter(|&&muted| muted).count();
    let all = seen.muted.len();

    let mut ranked: Vec<(f32, bool)> = seen
        .importance
        .iter()
        .copied()
        .zip(seen.muted.iter().copied())
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (chart, chart_width) = (MARGIN, 330.0);
    let low = ranked.last().map_or(0.0, |(value, _)| value.min(0.0));
    let heights: Vec<f64> = ranked
        .iter()
        .map(|(value, _)| f64::from(value - low))
        .collect();
    let highest = heights.first().copied().unwrap_or(1.0);
    let fill = |i: usize| hex(if ranked[i].1 { MUTED } else { KEPT });
    let cut = chart + chart_width * muted as f64 / all.max(1) as f64 - 1.0;
    let above = |x: f64, fill: &'static str, anchor: Anchor, label: String| {
        let look = Look {
            bold: true,
            fill,
            anchor,
            ..Look::CAPTION
        };
        text(label, x, top + 12.0, look)
    };
    let row = Group::new()
        .add(step(
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
            Look {
                anchor: Anchor::End,
                ..Look::NOTE
            },
        ))
        .add(columns(
            &heights,
            highest,
            [chart, top, chart_width, LARGE],
            fill,
        ))
        .add(
            line([cut, top - 2.0], [cut, top + LARGE], SOFT)
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
        .add(text(
            "positions, by importance",
            chart + chart_width / 2.0,
            caption,
            Look::CAPTION,
        ))
        .add(arrow(chart + chart_width + 10.0, 432.0, middle, "mask"));

    let x = 442.0;
    let image = enlarged(&subject.rgba, study.size, scale(LARGE, study.size));
    let bars_x = x + LARGE + 72.0;
    let bars = Bars {
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
        .add(masked(&image, &seen.muted, study.grid(), [x, top, LARGE])?)
        .add(text(
            "what is left",
            x + LARGE / 2.0,
            caption,
            Look::CAPTION,
        ))
        .add(arrow(x + LARGE + 10.0, bars_x - 10.0, middle, "head"))
        .add(bars.draw(bars_x, top, WIDTH - MARGIN - bars_x))
        .add(text(
            "probability before (pale) → after muting",
            (bars_x + WIDTH - MARGIN) / 2.0,
            caption,
            Look::CAPTION,
        )))
}

/// Row 3: how evenly the channels are used, and what it brings.
fn result(study: &Study, y: f64) -> Group {
    let [erm, rsc] = &study.arms;
    let seeds = study.repeats.len();
    let more = study.seeds_with_more_channels();
    // The heading claims what held with every seed, and nothing else.
    let title = if more == seeds {
        "After training, more features are in use"
    } else if study.seeds_with_higher_accuracy() == seeds {
        "After training, the shortcut decides less"
    } else {
        "After training"
    };
    let explanation = format!(
        "Each channel's share in what the network computes, mean |Z · G|: RSC uses more channels \
         with {more} of {seeds} seeds."
    );
    let top = y + 42.0;
    let tall = 128.0;
    let highest = [erm, rsc]
        .iter()
        .filter_map(|arm| arm.channels.sorted().first().copied())
        .fold(0.0, f64::max);
    let names = ["plain training (ERM)", "self-challenged (RSC)"];
    let colours = [ERM, RSC];
    let mut row = Group::new().add(step(3, title, &explanation, y));
    for (i, arm) in study.arms.iter().enumerate() {
        let x = MARGIN + i as f64 * 330.0;
        row = row.add(usage_chart(
            &arm.channels,
            study.mean_channels(i),
            highest,
            [x, top, 300.0, tall],
            colours[i],
            names[i],
        ));
    }

    let x = MARGIN + 672.0;
    let width = WIDTH - MARGIN - x;
    row = row.add(text(
        "accuracy on the new domain",
        x,
        top + 10.0,
        Look {
            bold: true,
            ..Look::BODY
        },
    ));
    for (i, &colour) in colours.iter().enumerate() {
        let y = top + 28.0 + i as f64 * 40.0;
        row = row.add(accuracy(study, i, [x, y, width], colour));
    }
    let each = match study.repeats.len() {
        1 => String::from("one seed"),
        count => format!("mean and each of {count} seeds"),
    };
    let same = study
        .arms
        .each_ref()
        .map(|arm| percent(arm.accuracy_same_domain));
    let small = Look {
        size: 13.0,
        ..Look::NOTE
    };
    row.add(text(each, x, top + tall + 2.0, small)).add(text(
        format!("(same domain: {} and {})", same[0], same[1]),
        x,
        top + tall + 20.0,
        small,
    ))
}

/// An arm's mean accuracy on the new domain as a bar, and each seed's as a dot on it.
fn accuracy(study: &Study, arm: usize, [x, y, width]: [f64; 3], colour: [u8; 3]) -> Group {
    let track = width - 56.0;
    let mean = study.mean_accuracy(arm);
    let reach = |share: f32| x + track * f64::from(share).clamp(0.0, 1.0);
    let mut group = Group::new()
        .add(boxed(x, y, track, 26.0).set("rx", 3).set("fill", TRACK))
        .add(
            boxed(x, y, reach(mean) - x, 26.0)
                .set("rx", 3)
                .set("fill", hex(colour)),
        );
    for arms in &study.repeats {
        group = group.add(
            Circle::new()
                .set("cx", number(reach(arms[arm].accuracy_new_domain)))
                .set("cy", number(y + 13.0))
                .set("r", 3.5)
                .set("fill", "#ffffff")
                .set("stroke", INK),
        );
    }
    let bold = Look {
        bold: true,
        ..Look::BODY
    };
    let name = ["ERM", "RSC"][arm];
    let fill = "#ffffff";
    group
        .add(text(name, x + 9.0, y + 18.0, Look { fill, ..bold }))
        .add(text(
            percent(mean),
            x + width,
            y + 18.5,
            Look {
                size: 17.0,
                anchor: Anchor::End,
                ..bold
            },
        ))
}

fn usage_chart(
    usage: &Usage,
    effective: f64,
    highest: f64,
    [x, y, width, height]: [f64; 4],
    colour: [u8; 3],
    name: &str,
) -> Group {
    let head = 42.0;
    let bold = Look {
        bold: true,
        ..Look::BODY
    };
    let all = usage.shares().len();
    let number = format!("effectively {effective:.1} of {all} channels");
    Group::new()
        .add(text(name, x, y + 10.0, bold))
        .add(text(number, x, y + 30.0, Look::BODY))
        .add(columns(
            &usage.sorted(),
            highest,
            [x, y + head, width, height - head],
            |_| hex(colour),
        ))
        .add(text(
            "channels, by usage",
            x + width / 2.0,
            y + height + 20.0,
            Look::CAPTION,
        ))
}

fn class(study: &Study, label: usize) -> &str {
    study.classes.get(label).map_or("?", String::as_str)
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

/// Whole pixels per cell (or pixel of the image) so that `count` of them fill `side`.
fn scale(side: f64, count: usize) -> u32 {
    (side * DENSITY / count.max(1) as f64).ceil() as u32
}
