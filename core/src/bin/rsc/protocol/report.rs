//! The report: one page of HTML without scripts, with the tables and plots of the intervals.

use svg::node::element::{Circle, Line, Text};

use super::{
    print::{DIFFERENCES, LEGEND, Style, entry, notes, points, probability},
    table::{Summary, Table},
};

/// Width of a plot in its own units.
const WIDTH: f64 = 760.0;
/// Width of the column of names.
const NAMES: f64 = 170.0;
/// Height of a row.
const ROW: f64 = 18.0;
/// Height of a heading within a plot.
const HEADING: f64 = 24.0;

/// Colours follow the reader's choice of a light or dark page.
const STYLE: &str = "
:root { color-scheme: light dark; --ink: #1b1b1f; --soft: #5c5c66; --rule: #d5d5dc; --page: #ffffff; --mark: #1f5fb4; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #ececf1; --soft: #a3a3ad; --rule: #3d3d46; --page: #17171b; --mark: #7fb2f0; }
}
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page); max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2.5rem; } h3 { font-size: 1rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--rule); white-space: nowrap; }
p, li { color: var(--soft); max-width: 45rem; }
figure { margin: 1.5rem 0; }
svg { width: 100%; height: auto; }
svg text { font: 12px system-ui, sans-serif; fill: var(--ink); }
svg .soft { fill: var(--soft); } svg .heading { font-weight: 600; }
svg line { stroke: var(--mark); stroke-width: 2; } svg line.rule { stroke: var(--rule); stroke-width: 1; }
svg circle { fill: var(--mark); }
";

/// Text that may stand anywhere in HTML.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(letter),
        }
    }
    escaped
}

/// The whole page.
pub(crate) fn html(summary: &Summary) -> String {
    let name = escaped(&summary.name);
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{name}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{name}</h1>\n"
    );
    page.push_str(&format!(
        "<p>Protocol {}, {} of {} cells.</p>\n",
        escaped(&summary.hash),
        summary.cells - summary.missing,
        summary.cells
    ));
    for table in &summary.tables {
        page.push_str(&format!(
            "<h2>Model selection: {}</h2>\n<p>{}.</p>\n",
            escaped(table.selection.title()),
            escaped(LEGEND)
        ));
        page.push_str(&accuracies(table));
        page.push_str(&format!("<figure>{}</figure>\n", plot(table)));
        if !table.differences.is_empty() {
            page.push_str("<h3>Differences</h3>\n");
            page.push_str(&format!("<p>{}.</p>\n", escaped(DIFFERENCES)));
            page.push_str(&differences(table));
        }
    }
    page.push_str("<h2>Notes</h2>\n<ul>\n");
    for note in notes(summary).iter().skip(2) {
        page.push_str(&format!("<li>{}</li>\n", escaped(note)));
    }
    page.push_str("</ul>\n</body>\n</html>\n");
    page
}

fn rows(head: &[String], rows: impl Iterator<Item = Vec<String>>) -> String {
    let line = |tag: &str, cells: &[String]| {
        let cells = cells
            .iter()
            .map(|it| format!("<{tag}>{}</{tag}>", escaped(it)));
        format!("<tr>{}</tr>\n", cells.collect::<String>())
    };
    let body: String = rows.map(|cells| line("td", &cells)).collect();
    format!(
        "<div class=\"scroll\"><table>\n<thead>{}</thead>\n<tbody>\n{body}</tbody>\n</table></div>\n",
        line("th", head)
    )
}

fn accuracies(table: &Table) -> String {
    let mut head = vec![String::from("Method")];
    head.extend(table.columns.iter().cloned());
    let body = table.rows.iter().map(|row| {
        let entries = row.entries.iter().map(|it| entry(it.as_ref(), Style::Text));
        std::iter::once(row.method.clone()).chain(entries).collect()
    });
    rows(&head, body)
}

fn differences(table: &Table) -> String {
    let head = ["Methods", "Held out", "n", "Difference", "p", "p (Holm)"].map(str::to_owned);
    let body = table.differences.iter().map(|it| {
        vec![
            format!("{} − {}", it.method, it.minus),
            it.column.clone(),
            it.paired.n.to_string(),
            points(it, Style::Text),
            probability(it.paired.p),
            probability(it.adjusted),
        ]
    });
    rows(&head, body)
}

/// Of each held-out domain the methods below each other: a dot for the mean, a line for the interval.
fn plot(table: &Table) -> String {
    let ends = table
        .rows
        .iter()
        .flat_map(|row| row.entries.iter().flatten());
    let ends = ends.flat_map(|it| {
        let half = it.interval_95.unwrap_or(0.0);
        [it.mean - half, it.mean + half]
    });
    let (low, high) = ends.fold((1.0_f64, 0.0_f64), |(low, high), it| {
        (low.min(it), high.max(it))
    });
    if low > high {
        return String::from("<p>There is nothing to plot yet.</p>");
    }
    // Whole tenths, within what an accuracy can be.
    let low = (low.max(0.0) * 10.0).floor() / 10.0;
    let high = ((high.min(1.0) * 10.0).ceil() / 10.0).max(low + 0.1);
    let right = WIDTH - 20.0;
    let x = |value: f64| {
        let share = (value.clamp(low, high) - low) / (high - low);
        NAMES + share * (right - NAMES)
    };
    let methods = table.rows.len() as f64;
    let height = table.columns.len() as f64 * (HEADING + methods * ROW) + 30.0;
    let title = format!("Accuracy, selection by {}", table.selection.title());
    let mut plot = svg::Document::new()
        .set("viewBox", (0.0, 0.0, WIDTH, height))
        .set("role", "img")
        .set("aria-label", title);
    let ticks = ((high - low) * 10.0).round() as usize;
    for tick in 0..=ticks {
        let value = low + tick as f64 / 10.0;
        let at = x(value);
        plot = plot.add(line("rule", [at, 0.0], [at, height - 25.0]));
        let label = format!("{:.0} %", value * 100.0);
        plot = plot.add(text("soft", &label, at, height - 8.0).set("text-anchor", "middle"));
    }
    let mut y = 0.0;
    for (column, name) in table.columns.iter().enumerate() {
        plot = plot.add(text("heading", name, 0.0, y + 17.0));
        y += HEADING;
        for row in &table.rows {
            let middle = y + ROW / 2.0;
            plot = plot.add(text("name", &row.method, 10.0, middle + 4.0));
            if let Some(spread) = &row.entries[column] {
                if let Some(half) = spread.interval_95 {
                    let [from, to] = [spread.mean - half, spread.mean + half].map(x);
                    plot = plot.add(line("interval", [from, middle], [to, middle]));
                }
                let dot = Circle::new().set("cx", x(spread.mean)).set("cy", middle);
                plot = plot.add(dot.set("r", 4));
            }
            y += ROW;
        }
    }
    plot.to_string()
}

fn text(class: &str, content: &str, x: f64, y: f64) -> Text {
    Text::new(content)
        .set("class", class)
        .set("x", x)
        .set("y", y)
}

fn line(class: &str, [x1, y1]: [f64; 2], [x2, y2]: [f64; 2]) -> Line {
    Line::new()
        .set("class", class)
        .set("x1", x1)
        .set("y1", y1)
        .set("x2", x2)
        .set("y2", y2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::select::Selection;
    use crate::{protocol::table::Row, statistics::Spread};

    #[test]
    fn names_cannot_become_markup() {
        let hostile = "<script>alert('x')</script> & \"y\"";
        let table = Table {
            selection: Selection::Oracle,
            columns: vec![hostile.into(), "Avg".into()],
            rows: vec![Row {
                method: hostile.into(),
                entries: vec![Spread::of(vec![0.5, 0.7]), None],
            }],
            differences: Vec::new(),
        };
        let summary = Summary {
            name: hostile.into(),
            hash: "0".into(),
            cells: 2,
            missing: 1,
            diverged: 0,
            devices: vec![hostile.into()],
            versions: Vec::new(),
            untested: Vec::new(),
            tables: vec![table],
        };
        let page = html(&summary);
        assert!(!page.contains("<script"), "{page}");
        assert!(page.contains("&lt;script&gt;"));
        assert!(page.contains("60.0 ± "));
        assert!(page.contains("<circle"));
    }
}
