//! The report of `rsc evaluate`: of each seed, and over seeds.

use serde::Serialize;

use crate::{
    measures::{BINS, Part, Score, Section},
    statistics::Spread,
    table::plain,
    weights::Kept,
};

/// An arm with one seed.
#[derive(Debug, Serialize)]
pub(crate) struct SeedReport {
    pub(crate) seed: u64,
    /// After how many steps the weights were.
    pub(crate) step: Option<u64>,
    pub(crate) sections: Vec<Section>,
}

/// A domain or a class over seeds.
#[derive(Debug, Serialize)]
pub(crate) struct PartSpread {
    name: String,
    accuracy: Option<Spread>,
}

/// A section over seeds.
#[derive(Debug, Serialize)]
pub(crate) struct SectionSpread {
    name: String,
    accuracy: Option<Spread>,
    cross_entropy: Option<Spread>,
    calibration_error: Option<Spread>,
    domains: Vec<PartSpread>,
    classes: Vec<PartSpread>,
}

/// An arm with all its seeds.
#[derive(Debug, Serialize)]
pub(crate) struct ArmReport {
    arm: String,
    seeds: Vec<SeedReport>,
    over_seeds: Vec<SectionSpread>,
}

impl ArmReport {
    /// Of an arm with these seeds, whose sections, domains and classes are the same ones in the same order.
    pub(crate) fn of(arm: String, seeds: Vec<SeedReport>) -> Self {
        let first = seeds.first().map_or(&[][..], |it| &it.sections);
        let over_seeds = (0..first.len()).map(|i| {
            let sections: Vec<&Section> =
                seeds.iter().filter_map(|it| it.sections.get(i)).collect();
            section_over(&sections)
        });
        let over_seeds = over_seeds.collect();
        Self {
            arm,
            seeds,
            over_seeds,
        }
    }
}

fn over<T>(of: &[T], value: impl Fn(&T) -> Option<f64>) -> Option<Spread> {
    Spread::of(of.iter().filter_map(value).collect())
}

fn section_over(sections: &[&Section]) -> SectionSpread {
    let parts = |of: fn(&Section) -> &[Part]| {
        let first = sections.first().map_or(&[][..], |it| of(it));
        let parts = first.iter().enumerate().map(|(i, part)| PartSpread {
            name: part.name.clone(),
            accuracy: over(sections, |it| of(it).get(i)?.score.accuracy.map(f64::from)),
        });
        parts.collect()
    };
    SectionSpread {
        name: sections
            .first()
            .map_or_else(String::new, |it| it.name.clone()),
        accuracy: over(sections, |it| it.score.accuracy.map(f64::from)),
        cross_entropy: over(sections, |it| it.cross_entropy.map(f64::from)),
        calibration_error: over(sections, |it| it.calibration_error),
        domains: parts(|it| &it.domains),
        classes: parts(|it| &it.classes),
    }
}

/// What the terminal shows of an arm: its first seed in detail, and beside it the means over all.
pub(crate) fn text(report: &ArmReport, kept: Kept, classes: &[String]) -> String {
    let Some(first) = report.seeds.first() else {
        return String::new();
    };
    let seeds: Vec<_> = report.seeds.iter().map(|it| it.seed.to_string()).collect();
    let step = first
        .step
        .map_or_else(String::new, |it| format!(" (step {it})"));
    let mut text = format!(
        "\narm {}, {} weights of seed {}{step}",
        report.arm,
        kept.name(),
        first.seed
    );
    if seeds.len() > 1 {
        text += &format!(
            "; means of {} seeds ({}) ± 95 % interval (Student's t)",
            seeds.len(),
            seeds.join(", ")
        );
    }
    text += "\nintervals of one seed's accuracies: 95 %, Wilson's score interval\n";
    for (section, means) in first.sections.iter().zip(&report.over_seeds) {
        text += &section_text(section, means, seeds.len(), classes);
    }
    text
}

fn section_text(
    section: &Section,
    means: &SectionSpread,
    seeds: usize,
    classes: &[String],
) -> String {
    let several = seeds > 1;
    let row = |name: String, score: &Score, mean: &Option<Spread>| {
        let mut row = vec![name, score.n.to_string(), score.correct.to_string()];
        row.extend(shown(score));
        if several {
            row.push(mean.as_ref().map_or_else(String::new, Spread::percent));
        }
        row
    };
    let mut header = ["", "n", "right", "accuracy", "95 % interval"]
        .map(String::from)
        .to_vec();
    if several {
        header.push(format!("mean of {seeds} seeds"));
    }
    let mut rows = vec![row(section.name.clone(), &section.score, &means.accuracy)];
    let kinds = [
        ("domain", &section.domains, &means.domains),
        ("class", &section.classes, &means.classes),
    ];
    for (kind, parts, means) in kinds {
        let parts = parts.iter().zip(means);
        rows.extend(
            parts.map(|(part, mean)| {
                row(format!("{kind} {}", part.name), &part.score, &mean.accuracy)
            }),
        );
    }
    let mut text = format!("\n{}\n", plain(&header, &rows));
    let missing: Vec<&str> = section
        .classes
        .iter()
        .filter(|class| class.score.n == 0)
        .map(|class| class.name.as_str())
        .collect();
    if !missing.is_empty() {
        text += &format!(" classes without images: {}", missing.join(", "));
        text += " (what is said here is about the others)\n";
    }
    text += &line(
        "cross-entropy",
        section.cross_entropy.map(f64::from),
        &means.cross_entropy,
        seeds,
    );
    let calibration = format!("calibration error (ECE, {BINS} bins)");
    text += &line(
        &calibration,
        section.calibration_error,
        &means.calibration_error,
        seeds,
    );
    text + &confusion_text(section, classes)
}

/// Accuracy and interval as people read them.
fn shown(score: &Score) -> [String; 2] {
    let accuracy = score.accuracy.map(|it| format!("{:.1} %", it * 100.0));
    let interval = score.interval_95;
    let interval =
        interval.map(|[low, high]| format!("{:.1} to {:.1} %", low * 100.0, high * 100.0));
    [accuracy, interval].map(|it| it.unwrap_or_else(|| "–".to_owned()))
}

fn line(name: &str, value: Option<f64>, mean: &Option<Spread>, seeds: usize) -> String {
    let Some(value) = value else {
        return String::new();
    };
    let mean = mean.as_ref().filter(|_| seeds > 1).map(|it| {
        let half = it
            .interval_95
            .map_or_else(String::new, |half| format!(" ± {half:.4}"));
        format!("; mean of {seeds} seeds {:.4}{half}", it.mean)
    });
    format!(" {name}: {value:.4}{}\n", mean.unwrap_or_default())
}

fn confusion_text(section: &Section, classes: &[String]) -> String {
    let mut header = vec!["true \\ predicted".to_owned()];
    header.extend_from_slice(classes);
    let rows = classes
        .iter()
        .zip(&section.confusion)
        .map(|(class, counts)| {
            let mut row = vec![class.clone()];
            row.extend(counts.iter().map(usize::to_string));
            row
        });
    format!("\n{}\n", plain(&header, &rows.collect::<Vec<_>>()))
}
