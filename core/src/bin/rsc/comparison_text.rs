//! A comparison as text, Markdown, LaTeX, CSV and JSON.

use anyhow::Result;
use serde_json::json;

use crate::{
    comparison::{ArmSpread, Comparison, Difference},
    files, table,
};

/// A table with a title above and notes below it.
struct Section {
    title: String,
    header: Vec<String>,
    rows: Vec<Vec<String>>,
    notes: Vec<String>,
}

/// Accuracies in percent with their intervals, then differences in percentage points.
fn sections(comparisons: &[Comparison]) -> Vec<Section> {
    let accuracies = comparisons.iter().map(|comparison| Section {
        title: format!("Accuracy, {}", comparison.measure.title()),
        header: ["arm", "seeds", "mean ± 95 %"].map(String::from).to_vec(),
        rows: comparison.arms.iter().map(accuracy_row).collect(),
        notes: Vec::new(),
    });
    let differences = comparisons.iter().filter(|it| !it.differences.is_empty());
    let differences = differences.map(|comparison| Section {
        title: format!("Differences in accuracy, {}", comparison.measure.title()),
        header: ["arm − arm", "seeds", "points ± 95 %", "p", "p (Holm)"]
            .map(String::from)
            .to_vec(),
        rows: comparison.differences.iter().map(difference_row).collect(),
        notes: notes(comparison),
    });
    accuracies.chain(differences).collect()
}

fn accuracy_row(arm: &ArmSpread) -> Vec<String> {
    let count = arm.seeds.len().to_string();
    vec![arm.arm.clone(), count, arm.spread.percent()]
}

fn difference_row(difference: &Difference) -> Vec<String> {
    let names = format!("{} − {}", difference.arm, difference.minus);
    let paired = difference.paired;
    let none = || String::from("–");
    let points = paired.map_or_else(none, |it| {
        let half = it.interval_95;
        let half = half.map_or_else(String::new, |half| format!(" ± {:.1}", half * 100.0));
        format!("{:+.1}{half}", it.mean * 100.0).replace('-', "−")
    });
    let p = |p: Option<f64>| p.map_or_else(none, probability);
    vec![
        names,
        difference.seeds.len().to_string(),
        points,
        p(paired.and_then(|it| it.p)),
        p(difference.p_holm),
    ]
}

/// A p as people read it.
fn probability(p: f64) -> String {
    if p < 0.0001 {
        "< 0.0001".to_owned()
    } else {
        format!("{p:.4}")
    }
}

/// What a reader has to know about the differences.
fn notes(comparison: &Comparison) -> Vec<String> {
    let tests = match comparison.comparisons {
        0 => String::new(),
        1 => "; p adjusted for 1 comparison by Holm (1979)".to_owned(),
        count => format!("; p adjusted for {count} comparisons by Holm (1979)"),
    };
    let mut notes = vec![format!(
        "Differences over the seeds that both arms have; 95 % interval and p by the paired t-test \
         (two-sided){tests}."
    )];
    let any = |is: &dyn Fn(&Difference) -> bool| comparison.differences.iter().any(is);
    if any(&|it| it.paired.is_none()) {
        notes.push("Arms without a seed in common have no paired difference.".to_owned());
    }
    if any(&|it| it.paired.is_some_and(|paired| paired.n == 1)) {
        notes.push("With one seed there is neither interval nor p.".to_owned());
    }
    if any(&|it| {
        it.paired
            .is_some_and(|paired| paired.n > 1 && paired.p.is_none())
    }) {
        notes
            .push("Where the difference is the same with every seed, t is not defined.".to_owned());
    }
    notes
}

/// Tables for the terminal.
pub(crate) fn as_text(comparisons: &[Comparison]) -> String {
    let sections = sections(comparisons);
    let texts = sections.iter().map(|section| {
        let table = table::plain(&section.header, &section.rows);
        let notes = section.notes.iter().map(|note| format!("{note}\n"));
        format!("{}\n{table}\n{}", section.title, notes.collect::<String>())
    });
    texts.collect::<Vec<_>>().join("\n")
}

/// Tables in Markdown.
pub(crate) fn as_markdown(comparisons: &[Comparison]) -> String {
    let sections = sections(comparisons);
    let texts = sections.iter().map(|section| {
        let table = table::markdown(&section.header, &section.rows);
        let notes = section.notes.iter().map(|note| format!("\n{note}\n"));
        format!(
            "### {}\n\n{table}\n{}",
            section.title,
            notes.collect::<String>()
        )
    });
    texts.collect::<Vec<_>>().join("\n")
}

/// Tables in LaTeX.
pub(crate) fn as_latex(comparisons: &[Comparison]) -> String {
    let sections = sections(comparisons);
    let texts = sections.iter().map(|section| {
        let row = |cells: &[String]| {
            let cells: Vec<String> = cells.iter().map(|cell| latex(cell)).collect();
            format!("    {} \\\\\n", cells.join(" & "))
        };
        let rows: String = section.rows.iter().map(|cells| row(cells)).collect();
        let notes = section.notes.iter().map(|note| latex(note));
        let caption: Vec<String> = [format!("{}.", latex(&section.title))]
            .into_iter()
            .chain(notes)
            .collect();
        format!(
            "\\begin{{table}}\n  \\centering\n  \\caption{{{}}}\n  \\begin{{tabular}}{{l{}}}\n    \
             \\toprule\n{}    \\midrule\n{rows}    \\bottomrule\n  \\end{{tabular}}\n\\end{{table}}\n",
            caption.join(" "),
            "r".repeat(section.header.len() - 1),
            row(&section.header),
        )
    });
    texts.collect::<Vec<_>>().join("\n")
}

/// A text as LaTeX sets it literally.
fn latex(text: &str) -> String {
    let letters = text.chars().map(|letter| match letter {
        '\\' => r"\textbackslash{}".to_owned(),
        '~' => r"\textasciitilde{}".to_owned(),
        '^' => r"\textasciicircum{}".to_owned(),
        '&' | '%' | '$' | '#' | '_' | '{' | '}' => format!("\\{letter}"),
        '±' => r"$\pm$".to_owned(),
        '−' => "$-$".to_owned(),
        '–' => "--".to_owned(),
        '<' => "$<$".to_owned(),
        '>' => "$>$".to_owned(),
        '|' => r"\textbar{}".to_owned(),
        other => other.to_string(),
    });
    letters.collect()
}

/// One table: of each measure the arms, then the differences, as fractions; what there is not is empty.
pub(crate) fn as_csv(comparisons: &[Comparison]) -> Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record([
        "evaluation",
        "accuracy",
        "arm",
        "minus",
        "n",
        "mean",
        "interval_95",
        "p",
        "p_holm",
        "comparisons",
    ])?;
    let text = |value: Option<f64>| value.map_or_else(String::new, |it| it.to_string());
    for comparison in comparisons {
        let measure = serde_json::to_value(comparison.measure)?;
        let name = |key: &str| measure[key].as_str().unwrap_or_default().to_owned();
        let (evaluation, accuracy) = (name("evaluation"), name("accuracy"));
        for arm in &comparison.arms {
            writer.write_record([
                evaluation.clone(),
                accuracy.clone(),
                arm.arm.clone(),
                String::new(),
                arm.seeds.len().to_string(),
                arm.spread.mean.to_string(),
                text(arm.spread.interval_95),
                String::new(),
                String::new(),
                String::new(),
            ])?;
        }
        for difference in &comparison.differences {
            let paired = difference.paired;
            writer.write_record([
                evaluation.clone(),
                accuracy.clone(),
                difference.arm.clone(),
                difference.minus.clone(),
                difference.seeds.len().to_string(),
                text(paired.map(|it| it.mean)),
                text(paired.and_then(|it| it.interval_95)),
                text(paired.and_then(|it| it.p)),
                text(difference.p_holm),
                comparison.comparisons.to_string(),
            ])?;
        }
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}

/// Everything, with the value of each seed; accuracies as fractions.
pub(crate) fn as_json(comparisons: &[Comparison]) -> Result<String> {
    let report = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "adjustment": "Holm 1979",
        "measures": comparisons,
    });
    Ok(String::from_utf8(files::json(&report)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latex_sets_names_literally() {
        assert_eq!(latex("out/a_b − 5 %"), r"out/a\_b $-$ 5 \%");
        assert_eq!(
            latex(r"{\x}^~"),
            r"\{\textbackslash{}x\}\textasciicircum{}\textasciitilde{}"
        );
        assert_eq!(latex("<a|b>"), r"$<$a\textbar{}b$>$");
    }

    #[test]
    fn small_p_is_not_nought() {
        assert_eq!(probability(0.00001), "< 0.0001");
        assert_eq!(probability(0.04321), "0.0432");
    }
}
