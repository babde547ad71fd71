//! Tables as plain text, Markdown, LaTeX and CSV.

use anyhow::Result;

use super::table::{Difference, Summary, Table};
use crate::{
    statistics::Spread,
    table::{markdown, plain},
};

/// What the entries are, in words.
pub(crate) const LEGEND: &str = "Accuracy on four fifths of the held-out domain in %, mean ± half the width of \
                                 the 95 % interval (Student's t) over seeds, (number of seeds)";
/// What the differences are, in words.
pub(crate) const DIFFERENCES: &str = "Differences in percentage points between methods with the same seed and \
                                      held-out domain: mean ± half the width of the 95 % interval, two-sided p \
                                      of the paired t-test, and p adjusted for all tests of the table (Holm)";

/// One way to write tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Text,
    Markdown,
    Latex,
}

impl Style {
    fn plus_minus(self) -> &'static str {
        match self {
            Self::Text | Self::Markdown => "±",
            Self::Latex => "$\\pm$",
        }
    }

    fn minus(self) -> &'static str {
        match self {
            Self::Text | Self::Markdown => "−",
            Self::Latex => "$-$",
        }
    }

    fn escaped(self, text: &str) -> String {
        let special = match self {
            Self::Text => return text.to_owned(),
            // Bars are escaped with the table.
            Self::Markdown => "\\*_`<>",
            Self::Latex => "&%$#_{}~^\\",
        };
        let mut escaped = String::with_capacity(text.len());
        for letter in text.chars() {
            match (self, letter) {
                (Self::Latex, '\\') => escaped.push_str("\\textbackslash{}"),
                (Self::Latex, '~') => escaped.push_str("\\textasciitilde{}"),
                (Self::Latex, '^') => escaped.push_str("\\textasciicircum{}"),
                // LaTeX's own fonts have other signs in the places of these.
                (Self::Latex, '<') => escaped.push_str("\\textless{}"),
                (Self::Latex, '>') => escaped.push_str("\\textgreater{}"),
                (Self::Latex, '|') => escaped.push_str("\\textbar{}"),
                _ => {
                    if special.contains(letter) {
                        escaped.push('\\');
                    }
                    escaped.push(letter);
                }
            }
        }
        escaped
    }
}

/// A mean in percent with its interval and number of values.
pub(crate) fn entry(spread: Option<&Spread>, style: Style) -> String {
    let Some(spread) = spread else {
        return written(String::from("–"), style);
    };
    let (mean, n) = (spread.mean * 100.0, spread.values.len());
    match spread.interval_95 {
        Some(half) => format!("{mean:.1} {} {:.1} ({n})", style.plus_minus(), half * 100.0),
        None => format!("{mean:.1} ({n})"),
    }
}

/// A p value; a dash where there is none.
pub(crate) fn probability(p: Option<f64>) -> String {
    match p {
        None => String::from("–"),
        Some(p) if p < 0.001 => String::from("< 0.001"),
        Some(p) => format!("{p:.3}"),
    }
}

/// A difference in percentage points with its interval.
pub(crate) fn points(difference: &Difference, style: Style) -> String {
    let paired = &difference.paired;
    let mean = paired.mean * 100.0;
    let sign = match mean {
        // What is shown as zero has no sign.
        _ if mean.abs() < 0.05 => "",
        _ if mean < 0.0 => style.minus(),
        _ => "+",
    };
    let mean = mean.abs();
    match paired.interval_95 {
        Some(half) => format!("{sign}{mean:.1} {} {:.1}", style.plus_minus(), half * 100.0),
        None => format!("{sign}{mean:.1}"),
    }
}

/// What there is besides the tables, a sentence in each line.
pub(crate) fn notes(summary: &Summary) -> Vec<String> {
    let mut notes = vec![LEGEND.to_owned(), DIFFERENCES.to_owned()];
    if summary.missing > 0 {
        notes.push(format!(
            "{} of {} cells are missing: only seeds that have all samples are in the tables",
            summary.missing, summary.cells
        ));
    }
    if summary.diverged > 0 {
        notes.push(format!(
            "{} of {} cells diverged: only their checkpoints before that count, and none for the oracle",
            summary.diverged, summary.cells
        ));
    }
    notes.extend_from_slice(&summary.untested);
    for (what, names) in [
        ("Devices", &summary.devices),
        ("Versions", &summary.versions),
    ] {
        if !names.is_empty() {
            notes.push(format!("{what}: {}", names.join(", ")));
        }
    }
    notes
}

/// All tables.
pub(crate) fn tables(summary: &Summary, style: Style) -> String {
    let mut text = String::new();
    let title = format!("{} ({})", style.escaped(&summary.name), summary.hash);
    match style {
        Style::Text => text.push_str(&format!("{title}\n")),
        Style::Markdown => text.push_str(&format!("# {title}\n")),
        Style::Latex => text.push_str(&format!("% {title}\n% needs \\usepackage{{booktabs}}\n")),
    }
    for table in &summary.tables {
        let heading = format!("Model selection: {}", table.selection.title());
        heading_in(&mut text, &heading, style);
        let (head, rows) = accuracies(table, style);
        grid(&mut text, &head, &rows, style);
        if !table.differences.is_empty() {
            let heading = format!("Differences, selection: {}", table.selection.title());
            heading_in(&mut text, &heading, style);
            let (head, rows) = differences(table, style);
            grid(&mut text, &head, &rows, style);
        }
    }
    text.push('\n');
    for note in notes(summary) {
        match style {
            Style::Text => text.push_str(&format!("{note}\n")),
            Style::Markdown => text.push_str(&format!("- {}\n", style.escaped(&note))),
            Style::Latex => text.push_str(&format!("% {note}\n")),
        }
    }
    text
}

fn heading_in(text: &mut String, heading: &str, style: Style) {
    match style {
        Style::Text => text.push_str(&format!("\n-------- {heading}\n")),
        Style::Markdown => text.push_str(&format!("\n## {heading}\n\n")),
        Style::Latex => text.push_str(&format!("\n\\subsection*{{{heading}}}\n")),
    }
}

type Cells = (Vec<String>, Vec<Vec<String>>);

fn accuracies(table: &Table, style: Style) -> Cells {
    let mut head = vec![String::from("Algorithm")];
    head.extend(table.columns.iter().map(|it| style.escaped(it)));
    let rows = table.rows.iter().map(|row| {
        let entries = row.entries.iter().map(|it| entry(it.as_ref(), style));
        let name = style.escaped(&row.method);
        std::iter::once(name).chain(entries).collect()
    });
    (head, rows.collect())
}

fn differences(table: &Table, style: Style) -> Cells {
    let head = ["Methods", "Held out", "n", "Difference", "p", "p (Holm)"];
    let rows = table.differences.iter().map(|it| {
        let methods = format!("{} {} {}", it.method, style.minus(), it.minus);
        let methods = match style {
            Style::Latex => format!(
                "{} $-$ {}",
                style.escaped(&it.method),
                style.escaped(&it.minus)
            ),
            _ => style.escaped(&methods),
        };
        vec![
            methods,
            style.escaped(&it.column),
            it.paired.n.to_string(),
            points(it, style),
            written(probability(it.paired.p), style),
            written(probability(it.adjusted), style),
        ]
    });
    (head.map(str::to_owned).into(), rows.collect())
}

/// A number as the style has it.
fn written(text: String, style: Style) -> String {
    match style {
        Style::Text => text,
        Style::Markdown => text.replace('<', "\\<"),
        Style::Latex => text.replace('<', "$<$").replace('–', "--"),
    }
}

fn grid(text: &mut String, head: &[String], rows: &[Vec<String>], style: Style) {
    if style == Style::Latex {
        let columns = "c".repeat(head.len() - 1);
        text.push_str(&format!("\\begin{{tabular}}{{l{columns}}}\n\\toprule\n"));
        let bold: Vec<String> = head.iter().map(|it| format!("\\textbf{{{it}}}")).collect();
        text.push_str(&format!("{} \\\\\n\\midrule\n", bold.join(" & ")));
        for row in rows {
            text.push_str(&format!("{} \\\\\n", row.join(" & ")));
        }
        text.push_str("\\bottomrule\n\\end{tabular}\n");
        return;
    }
    if style == Style::Markdown {
        text.push_str(&format!("{}\n", markdown(head, rows)));
        return;
    }
    for line in plain(head, rows).lines() {
        text.push_str(&format!("{}\n", line.trim_end()));
    }
}

/// The tables as CSV: a line for each entry. Accuracies are fractions.
pub(crate) fn accuracies_csv(summary: &Summary) -> Result<Vec<u8>> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record([
        "selection",
        "method",
        "held_out",
        "n",
        "mean",
        "deviation",
        "interval_95",
    ])?;
    for table in &summary.tables {
        for row in &table.rows {
            for (column, entry) in table.columns.iter().zip(&row.entries) {
                let [n, mean, deviation, interval] = match entry {
                    None => [
                        String::from("0"),
                        String::new(),
                        String::new(),
                        String::new(),
                    ],
                    Some(it) => [
                        it.values.len().to_string(),
                        it.mean.to_string(),
                        it.deviation.to_string(),
                        optional(it.interval_95),
                    ],
                };
                let selection = table.selection.name();
                csv.write_record([
                    selection,
                    &row.method,
                    column,
                    &n,
                    &mean,
                    &deviation,
                    &interval,
                ])?;
            }
        }
    }
    Ok(csv.into_inner()?)
}

/// The differences as CSV. They are fractions.
pub(crate) fn differences_csv(summary: &Summary) -> Result<Vec<u8>> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record([
        "selection",
        "method",
        "minus",
        "held_out",
        "n",
        "mean",
        "interval_95",
        "p",
        "p_holm",
    ])?;
    for table in &summary.tables {
        for it in &table.differences {
            csv.write_record([
                table.selection.name(),
                &it.method,
                &it.minus,
                &it.column,
                &it.paired.n.to_string(),
                &it.paired.mean.to_string(),
                &optional(it.paired.interval_95),
                &optional(it.paired.p),
                &optional(it.adjusted),
            ])?;
        }
    }
    Ok(csv.into_inner()?)
}

fn optional(value: Option<f64>) -> String {
    value.map_or_else(String::new, |it| it.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_escaped() {
        assert_eq!(
            Style::Latex.escaped("+90 %_a\\"),
            "+90 \\%\\_a\\textbackslash{}"
        );
        assert_eq!(
            Style::Latex.escaped("a|<b>"),
            "a\\textbar{}\\textless{}b\\textgreater{}"
        );
        assert_eq!(Style::Markdown.escaped("a*b_c"), "a\\*b\\_c");
        assert_eq!(Style::Text.escaped("+90 %"), "+90 %");
    }

    #[test]
    fn numbers_are_shown_with_their_interval() {
        let spread = Spread::of(vec![0.5, 0.6]);
        assert_eq!(entry(spread.as_ref(), Style::Text), "55.0 ± 63.5 (2)");
        let one = Spread::of(vec![0.5]);
        assert_eq!(entry(one.as_ref(), Style::Latex), "50.0 (1)");
        assert_eq!(entry(None, Style::Text), "–");
        assert_eq!(probability(Some(0.0004)), "< 0.001");
        assert_eq!(probability(Some(0.0426)), "0.043");
        assert_eq!(probability(None), "–");
    }
}
