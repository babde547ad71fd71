//! A chart, or another part of the page, as a picture of its own: what on the page stands around it,
//! its title and the names of its lines, goes into the picture.

/// Where a name stands: left edge, and which line, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Place {
    /// Left edge of the sample before the name.
    pub(crate) x: f64,
    /// Line.
    pub(crate) line: usize,
}

/// Width of a letter, on the generous side: a page's fonts are not known here.
const LETTER: f64 = 7.0;
/// Room for the sample and the gap to the next name.
const AROUND: f64 = 28.0 + 18.0;

/// One place per name, in lines no wider than `width`.
pub(crate) fn places(names: &[String], width: f64) -> Vec<Place> {
    let mut next = Place { x: 0.0, line: 0 };
    names
        .iter()
        .map(|name| {
            let room = name.chars().count() as f64 * LETTER + AROUND;
            if next.x > 0.0 && next.x + room > width {
                next = Place {
                    x: 0.0,
                    line: next.line + 1,
                };
            }
            let place = next;
            next.x += room;
            place
        })
        .collect()
}

/// One line of the legend.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sample {
    /// What the line is called.
    pub(crate) name: String,
    /// Its colour.
    pub(crate) stroke: String,
    /// Its width.
    pub(crate) width: String,
    /// Its dashes.
    pub(crate) dashes: String,
}

/// A chart and what belongs around it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Figure {
    /// What it shows.
    pub(crate) title: String,
    /// The chart: an `<svg>` element, to be placed at [`MARGIN`], [`TOP`].
    pub(crate) chart: String,
    /// Its width.
    pub(crate) width: f64,
    /// Its height.
    pub(crate) height: f64,
    /// Colour behind everything.
    pub(crate) background: String,
    /// Colour of the texts.
    pub(crate) colour: String,
    /// The legend.
    pub(crate) samples: Vec<Sample>,
}

/// Room at the sides.
pub(crate) const MARGIN: f64 = 16.0;
/// Room for the title.
pub(crate) const TOP: f64 = 40.0;
/// Height of a line of the legend.
const LINE: f64 = 20.0;

impl Figure {
    /// Width and height of the whole, and the whole as an SVG file.
    pub(crate) fn svg(&self) -> (f64, f64, String) {
        let names: Vec<String> = self.samples.iter().map(|s| s.name.clone()).collect();
        let places = places(&names, self.width);
        let lines = places.last().map_or(0, |place| place.line + 1);
        let (w, h) = (
            self.width + 2.0 * MARGIN,
            TOP + self.height + 12.0 + lines as f64 * LINE + 8.0,
        );
        let mut legend = String::new();
        for (sample, place) in self.samples.iter().zip(places) {
            let x = MARGIN + place.x;
            let y = TOP + self.height + 18.0 + place.line as f64 * LINE;
            legend.push_str(&format!(
                r#"<line x1="{x}" y1="{y}" x2="{}" y2="{y}" stroke="{}" stroke-width="{}" stroke-dasharray="{}"/><text x="{}" y="{}">{}</text>"#, // not shown
                x + 20.0,
                escape(&sample.stroke),
                escape(&sample.width),
                escape(&sample.dashes),
                x + 28.0,
                y + 4.0,
                escape(&sample.name),
            ));
        }
        let title = escape(&self.title);
        let text = format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {w} {h}"><title>{title}</title><rect width="{w}" height="{h}" fill="{}"/><g font-family="system-ui, sans-serif" font-size="12" fill="{}"><text x="{MARGIN}" y="24" font-size="14" font-weight="600">{title}</text>{legend}</g>{}</svg>"#,
            escape(&self.background),
            escape(&self.colour),
            self.chart,
        );
        (w, h, text)
    }
}

/// Text that may stand in XML, in quotes too.
pub(crate) fn escape(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '&' => String::from("&amp;"),
            '<' => String::from("&lt;"),
            '>' => String::from("&gt;"),
            '"' => String::from("&quot;"),
            other => other.to_string(),
        })
        .collect()
}

/// A file's name out of a chart's description.
pub(crate) fn file_name(label: &str) -> String {
    let mut name = String::new();
    for c in label.to_lowercase().chars() {
        if c.is_ascii_alphanumeric() {
            name.push(c);
        } else if !name.ends_with('-') && !name.is_empty() {
            name.push('-');
        }
    }
    let short: String = name.chars().take(48).collect();
    let short = short.trim_end_matches('-');
    String::from(if short.is_empty() { "picture" } else { short })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_wrap_and_never_overlap() {
        let names: Vec<String> = ["ERM, new domain", "ERM, same domain", "RSC"]
            .map(String::from)
            .to_vec();
        let wide = places(&names, 1000.0);
        assert!(wide.iter().all(|place| place.line == 0));
        assert!(wide[1].x > 105.0);
        let narrow = places(&names, 60.0);
        assert_eq!(narrow.iter().map(|p| p.line).collect::<Vec<_>>(), [0, 1, 2]);
        assert!(narrow.iter().all(|place| place.x == 0.0));
        assert!(places(&[], 10.0).is_empty());
    }

    #[test]
    fn a_figure_holds_its_chart_title_and_names() {
        let figure = Figure {
            title: String::from("Loss & \"gap\" < 1"),
            chart: String::from("<svg/>"),
            width: 400.0,
            height: 200.0,
            background: String::from("rgb(255, 255, 255)"),
            colour: String::from("rgb(0, 0, 0)"),
            samples: vec![Sample {
                name: String::from("ERM"),
                stroke: String::from("rgb(1, 2, 3)"),
                width: String::from("1.6px"),
                dashes: String::from("none"),
            }],
        };
        let (w, h, text) = figure.svg();
        assert_eq!((w, h), (432.0, 280.0));
        for part in [
            "<title>Loss &amp; &quot;gap&quot; &lt; 1</title>",
            "<svg/></svg>",
            ">ERM</text>",
            r#"stroke="rgb(1, 2, 3)""#,
            r#"viewBox="0 0 432 280""#,
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    #[test]
    fn file_names_are_plain() {
        assert_eq!(
            file_name("Training loss of both arms, by step"),
            "training-loss-of-both-arms-by-step"
        );
        assert_eq!(file_name("???"), "picture");
        assert!(file_name(&"a b".repeat(50)).len() <= 48);
    }
}
