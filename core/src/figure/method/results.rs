//! Row 3: how evenly the channels are used after training, and the accuracy on a new domain.

use svg::node::element::{Circle, Group};

use crate::{
    figure::{
        charts::column_chart,
        colour::{ERM, RSC, hex},
        elements::{
            Anchor, INK, MARGIN, TRACK, TextStyle, WIDTH, number, percent, rect, step_heading, text,
        },
        study::Study,
    },
    usage::Usage,
};

/// Draws the row.
pub(super) fn row(study: &Study, y: f64) -> Group {
    let [erm, rsc] = &study.arms;
    let seeds = study.repeats.len();
    let more = study.seeds_with_more_channels();
    // The heading claims only what held for every seed.
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
    let mut row = Group::new().add(step_heading(3, title, &explanation, y));
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
        TextStyle {
            bold: true,
            ..TextStyle::BODY
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
    let small = TextStyle {
        size: 13.0,
        ..TextStyle::NOTE
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
        .add(rect(x, y, track, 26.0).set("rx", 3).set("fill", TRACK))
        .add(
            rect(x, y, reach(mean) - x, 26.0)
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
    let bold = TextStyle {
        bold: true,
        ..TextStyle::BODY
    };
    let name = ["ERM", "RSC"][arm];
    let fill = "#ffffff";
    group
        .add(text(name, x + 9.0, y + 18.0, TextStyle { fill, ..bold }))
        .add(text(
            percent(mean),
            x + width,
            y + 18.5,
            TextStyle {
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
    let bold = TextStyle {
        bold: true,
        ..TextStyle::BODY
    };
    let all = usage.shares().len();
    let number = format!("effectively {effective:.1} of {all} channels");
    Group::new()
        .add(text(name, x, y + 10.0, bold))
        .add(text(number, x, y + 30.0, TextStyle::BODY))
        .add(column_chart(
            &usage.sorted(),
            highest,
            [x, y + head, width, height - head],
            |_| hex(colour),
        ))
        .add(text(
            "channels, by usage",
            x + width / 2.0,
            y + height + 20.0,
            TextStyle::CAPTION,
        ))
}
