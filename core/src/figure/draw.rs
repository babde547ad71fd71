//! The few shapes that the figures are made of, as SVG elements on a light card that reads on any
//! page background.

use base64::{Engine, engine::general_purpose::STANDARD};
use image::RgbaImage;
use svg::{
    Document,
    node::element::{
        Circle, Definitions, Description, Group, Image, Line, LinearGradient, Path, Pattern,
        Rectangle, Stop, Style, TSpan, Text, Title, path::Data,
    },
};

use super::{
    colour::{MUTED, heat, hex, mix},
    overlay::png,
};
use crate::error::Result;

/// Width of every figure, in its own units.
pub(super) const WIDTH: f64 = 1000.0;
/// Free space at the card's sides.
pub(super) const MARGIN: f64 = 32.0;

/// Text.
pub(super) const INK: &str = "#1c2b33";
/// Text that explains.
pub(super) const SOFT: &str = "#51636d";
/// Axes, frames and arrows.
pub(super) const LINE: &str = "#9aa8b0";
/// Where a bar could reach.
pub(super) const TRACK: &str = "#e9edf0";
const CARD: &str = "#fbfcfd";
const EDGE: &str = "#d5dde2";

/// Ids of what several parts of a figure refer to.
const HEAT: &str = "heat";
const HATCH: &str = "hatch";

/// An empty card with what a reader who cannot see it is told.
pub(super) fn card(height: f64, title: &str, description: &str) -> Document {
    let mut scale = LinearGradient::new()
        .set("id", HEAT)
        .set("x1", 0)
        .set("y1", 1)
        .set("x2", 0)
        .set("y2", 0);
    for i in 0..=8 {
        let t = i as f32 / 8.0;
        scale = scale.add(
            Stop::new()
                .set("offset", number(f64::from(t)))
                .set("stop-color", hex(heat(t))),
        );
    }
    let hatch = Pattern::new()
        .set("id", HATCH)
        .set("width", 4)
        .set("height", 4)
        .set("patternUnits", "userSpaceOnUse")
        .set("patternTransform", "rotate(45)")
        .add(boxed(0.0, 0.0, 1.4, 4.0).set("fill", hex(MUTED)));
    let font = "text { font-family: system-ui, -apple-system, 'Segoe UI', Roboto, \
                'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif; }";
    Document::new()
        .set("viewBox", format!("0 0 {WIDTH} {height}"))
        .set("width", WIDTH)
        .set("height", height)
        .set("role", "img")
        .add(Title::new(title))
        .add(Description::new().add(svg::node::Text::new(description)))
        .add(Style::new(font))
        .add(Definitions::new().add(scale).add(hatch))
        .add(
            boxed(0.5, 0.5, WIDTH - 1.0, height - 1.0)
                .set("rx", 14)
                .set("fill", CARD)
                .set("stroke", EDGE),
        )
}

/// Where a text is held.
#[derive(Debug, Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// How a text looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    pub(super) size: f64,
    pub(super) bold: bool,
    pub(super) anchor: Anchor,
    pub(super) fill: &'static str,
}

impl Look {
    /// Of the size of running text, from the left.
    pub(super) const BODY: Self = Self {
        size: 14.0,
        bold: false,
        anchor: Anchor::Start,
        fill: INK,
    };
    /// Explains.
    pub(super) const NOTE: Self = Self {
        fill: SOFT,
        ..Self::BODY
    };
    /// Under or over something, centred on it.
    pub(super) const CAPTION: Self = Self {
        size: 13.0,
        anchor: Anchor::Middle,
        ..Self::NOTE
    };
    /// Opens a part.
    pub(super) const HEADING: Self = Self {
        size: 18.0,
        bold: true,
        ..Self::BODY
    };
}

/// One line of text; `(x, y)` is on its baseline.
pub(super) fn text(content: impl Into<String>, x: f64, y: f64, look: Look) -> Text {
    let anchor = match look.anchor {
        Anchor::Start => "start",
        Anchor::Middle => "middle",
        Anchor::End => "end",
    };
    let text = Text::new(content)
        .set("x", number(x))
        .set("y", number(y))
        .set("font-size", number(look.size))
        .set("text-anchor", anchor)
        .set("fill", look.fill);
    if look.bold {
        text.set("font-weight", 650)
    } else {
        text
    }
}

/// A bold beginning and a plain, softer rest on one line, however wide the font.
pub(super) fn lead(start: &str, rest: String, x: f64, y: f64) -> Text {
    let rest = TSpan::new(rest)
        .set("font-weight", 400)
        .set("fill", SOFT)
        .set("dx", 8);
    let bold = Look {
        bold: true,
        ..Look::BODY
    };
    text(start, x, y, bold).add(rest)
}

pub(super) fn boxed(x: f64, y: f64, width: f64, height: f64) -> Rectangle {
    Rectangle::new()
        .set("x", number(x))
        .set("y", number(y))
        .set("width", number(width.max(0.0)))
        .set("height", number(height.max(0.0)))
}

pub(super) fn line(from: [f64; 2], to: [f64; 2], stroke: &str) -> Line {
    Line::new()
        .set("x1", number(from[0]))
        .set("y1", number(from[1]))
        .set("x2", number(to[0]))
        .set("y2", number(to[1]))
        .set("stroke", stroke)
}

/// A raster in a thin frame, `side` wide.
pub(super) fn picture(image: &RgbaImage, x: f64, y: f64, side: f64) -> Result<Group> {
    let (width, height) = image.dimensions();
    let tall = side * f64::from(height) / f64::from(width.max(1));
    let data = STANDARD.encode(png(image)?);
    Ok(Group::new()
        .add(
            Image::new()
                .set("x", number(x))
                .set("y", number(y))
                .set("width", number(side))
                .set("height", number(tall))
                .set("href", format!("data:image/png;base64,{data}")),
        )
        .add(
            boxed(x, y, side, tall)
                .set("fill", "none")
                .set("stroke", LINE)
                .set("stroke-width", 0.75),
        ))
}

/// A raster whose muted cells are darkened and hatched, `side` wide and tall.
pub(super) fn masked(
    image: &RgbaImage,
    muted: &[bool],
    grid: [usize; 2],
    [x, y, side]: [f64; 3],
) -> Result<Group> {
    let [height, width] = grid.map(|count| side / count.max(1) as f64);
    let mut cells = Data::new();
    for (at, _) in muted.iter().enumerate().filter(|(_, muted)| **muted) {
        let row = (at / grid[1].max(1)) as f64;
        let column = (at % grid[1].max(1)) as f64;
        cells = cells
            .move_to((number(x + column * width), number(y + row * height)))
            .horizontal_line_by(number(width))
            .vertical_line_by(number(height))
            .horizontal_line_by(number(-width))
            .close();
    }
    let shade = hex(mix(MUTED, [0; 3], 0.72));
    Ok(picture(image, x, y, side)?
        .add(
            Path::new()
                .set("d", cells.clone())
                .set("fill", shade)
                .set("fill-opacity", 0.72),
        )
        .add(
            Path::new()
                .set("d", cells)
                .set("fill", format!("url(#{HATCH})")),
        ))
}

/// An arrow to the right, with what happens on the way above it.
pub(super) fn arrow(from: f64, to: f64, y: f64, label: &str) -> Group {
    let head = Data::new()
        .move_to((number(to - 8.0), number(y - 5.0)))
        .line_to((number(to), number(y)))
        .line_to((number(to - 8.0), number(y + 5.0)))
        .close();
    Group::new()
        .add(line([from, y], [to - 7.0, y], SOFT).set("stroke-width", 2))
        .add(Path::new().set("d", head).set("fill", SOFT))
        .add(text(
            label,
            (from + to) / 2.0,
            y - 11.0,
            Look {
                fill: INK,
                ..Look::CAPTION
            },
        ))
}

/// A step's number, title and explanation.
pub(super) fn step(count: usize, title: &str, explanation: &str, y: f64) -> Group {
    let number_look = Look {
        size: 15.0,
        bold: true,
        anchor: Anchor::Middle,
        fill: "#ffffff",
    };
    Group::new()
        .add(
            Circle::new()
                .set("cx", MARGIN + 13.0)
                .set("cy", number(y - 6.0))
                .set("r", 13)
                .set("fill", "#12303d"),
        )
        .add(text(count.to_string(), MARGIN + 13.0, y - 0.7, number_look))
        .add(text(title, MARGIN + 36.0, y, Look::HEADING))
        .add(text(explanation, MARGIN + 36.0, y + 22.0, Look::NOTE))
}

/// The scale of every heat map, upright.
pub(super) fn heat_legend(x: f64, y: f64, height: f64) -> Group {
    let beside = Look {
        size: 12.0,
        ..Look::NOTE
    };
    Group::new()
        .add(
            boxed(x, y, 10.0, height)
                .set("rx", 2)
                .set("fill", format!("url(#{HEAT})")),
        )
        .add(text("high", x + 15.0, y + 10.0, beside))
        .add(text("low", x + 15.0, y + height, beside))
}

/// Upright bars side by side, the tallest possible one (`top`) filling the height.
pub(super) fn columns(
    values: &[f64],
    top: f64,
    [x, y, width, height]: [f64; 4],
    fill: impl Fn(usize) -> String,
) -> Group {
    let step = width / values.len().max(1) as f64;
    let gap = (step * 0.22).min(3.0);
    let mut group = Group::new();
    for (i, &value) in values.iter().enumerate() {
        let share = if top > 0.0 && value.is_finite() {
            (value / top).clamp(0.0, 1.0)
        } else {
            0.0
        };
        let tall = (share * height).max(0.6);
        let bar = boxed(x + i as f64 * step, y + height - tall, step - gap, tall);
        group = group.add(bar.set("fill", fill(i)));
    }
    group.add(line([x, y + height], [x + width, y + height], LINE))
}

/// Probabilities of the classes, before (pale) and after (full) masking.
pub(super) struct Bars<'a> {
    pub(super) classes: &'a [String],
    /// Colour of each class's shortcut, drawn as a swatch beside its name.
    pub(super) cues: &'a [[u8; 3]],
    pub(super) before: &'a [f32],
    pub(super) after: &'a [f32],
    /// The true class.
    pub(super) label: usize,
    /// Distance between classes.
    pub(super) pitch: f64,
    /// Room for the names.
    pub(super) names: f64,
    pub(super) size: f64,
    pub(super) colour: [u8; 3],
}

impl Bars<'_> {
    /// Draws them into `width`, the first class's row beginning at `y`.
    pub(super) fn draw(&self, x: f64, y: f64, width: f64) -> Group {
        // Wide enough for `100 → 100 %` in bold, in any font.
        let numbers = self.size * 7.0;
        let track = (width - self.names - numbers).max(0.0);
        let start = x + self.names;
        let thick = (self.pitch * 0.34).min(9.0);
        let pale = hex(mix(self.colour, [255; 3], 0.55));
        let mut group = Group::new();
        for (i, class) in self.classes.iter().enumerate() {
            let top = y + i as f64 * self.pitch;
            let middle = top + self.pitch / 2.0;
            let baseline = middle + self.size * 0.35;
            let look = Look {
                size: self.size,
                bold: i == self.label,
                ..Look::BODY
            };
            if let Some(&cue) = self.cues.get(i) {
                let side = self.size * 0.85;
                group = group.add(
                    boxed(x, middle - side / 2.0, side, side)
                        .set("rx", 1.5)
                        .set("fill", hex(cue)),
                );
            }
            group = group.add(text(class, x + self.size * 1.3, baseline, look));
            let bars = [
                (self.before, -thick - 0.5, pale.clone()),
                (self.after, 0.5, hex(self.colour)),
            ];
            for (values, offset, fill) in bars {
                let share = f64::from(values.get(i).copied().unwrap_or(0.0)).clamp(0.0, 1.0);
                group = group
                    .add(boxed(start, middle + offset, track, thick).set("fill", TRACK))
                    .add(boxed(start, middle + offset, track * share, thick).set("fill", fill));
            }
            let value = |values: &[f32]| 100.0 * values.get(i).copied().unwrap_or(0.0);
            group = group.add(text(
                format!("{:.0} → {:.0} %", value(self.before), value(self.after)),
                x + width,
                baseline,
                Look {
                    anchor: Anchor::End,
                    size: self.size - 1.0,
                    bold: i == self.label,
                    fill: if i == self.label { INK } else { SOFT },
                },
            ));
        }
        group
    }
}

/// `97 %`; NaN is `–`.
pub(super) fn percent(share: f32) -> String {
    if share.is_finite() {
        format!("{:.0} %", share * 100.0)
    } else {
        String::from("–")
    }
}

/// A setting as people say it: `1/3`, `25 %`.
pub(super) fn fraction(p: f64) -> String {
    if (p - 1.0 / 3.0).abs() < 1e-9 {
        String::from("1/3")
    } else {
        format!("{:.0} %", p * 100.0)
    }
}

/// A coordinate with no more digits than can be seen.
pub(super) fn number(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
