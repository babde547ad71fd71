//! The SVG elements that the figures consist of, on a light card that is legible on any page
//! background.

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
/// Explanatory text.
pub(super) const SOFT_INK: &str = "#51636d";
/// Axes, frames and arrows.
pub(super) const LINE: &str = "#9aa8b0";
/// The track of a bar.
pub(super) const TRACK: &str = "#e9edf0";
const CARD: &str = "#fbfcfd";
const EDGE: &str = "#d5dde2";

/// Ids of the SVG definitions that elements refer to.
pub(super) const HEAT: &str = "heat";
const HATCH: &str = "hatch";

/// A card with its title, and a description for screen readers.
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
        .add(rect(0.0, 0.0, 1.4, 4.0).set("fill", hex(MUTED)));
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
            rect(0.5, 0.5, WIDTH - 1.0, height - 1.0)
                .set("rx", 14)
                .set("fill", CARD)
                .set("stroke", EDGE),
        )
        .add(text(
            title,
            MARGIN,
            48.0,
            TextStyle {
                size: 25.0,
                ..TextStyle::HEADING
            },
        ))
}

/// SVG's `text-anchor`.
#[derive(Debug, Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// The style of a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct TextStyle {
    pub(super) size: f64,
    pub(super) bold: bool,
    pub(super) anchor: Anchor,
    pub(super) fill: &'static str,
}

impl TextStyle {
    /// Running text, anchored at its start.
    pub(super) const BODY: Self = Self {
        size: 14.0,
        bold: false,
        anchor: Anchor::Start,
        fill: INK,
    };
    /// Explanations.
    pub(super) const NOTE: Self = Self {
        fill: SOFT_INK,
        ..Self::BODY
    };
    /// Captions, centred.
    pub(super) const CAPTION: Self = Self {
        size: 13.0,
        anchor: Anchor::Middle,
        ..Self::NOTE
    };
    /// Headings of parts.
    pub(super) const HEADING: Self = Self {
        size: 18.0,
        bold: true,
        ..Self::BODY
    };
}

/// One line of text; `(x, y)` is on its baseline.
pub(super) fn text(content: impl Into<String>, x: f64, y: f64, style: TextStyle) -> Text {
    let anchor = match style.anchor {
        Anchor::Start => "start",
        Anchor::Middle => "middle",
        Anchor::End => "end",
    };
    let text = Text::new(content)
        .set("x", number(x))
        .set("y", number(y))
        .set("font-size", number(style.size))
        .set("text-anchor", anchor)
        .set("fill", style.fill);
    if style.bold {
        text.set("font-weight", 650)
    } else {
        text
    }
}

/// One line with a bold beginning and a softer rest, which follows it in any font.
pub(super) fn bold_lead(start: &str, rest: String, x: f64, y: f64) -> Text {
    let rest = TSpan::new(rest)
        .set("font-weight", 400)
        .set("fill", SOFT_INK)
        .set("dx", 8);
    let bold = TextStyle {
        bold: true,
        ..TextStyle::BODY
    };
    text(start, x, y, bold).add(rest)
}

pub(super) fn rect(x: f64, y: f64, width: f64, height: f64) -> Rectangle {
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
pub(super) fn framed_image(image: &RgbaImage, x: f64, y: f64, side: f64) -> Result<Group> {
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
            rect(x, y, side, tall)
                .set("fill", "none")
                .set("stroke", LINE)
                .set("stroke-width", 0.75),
        ))
}

/// A raster whose muted cells are darkened and hatched, `side` wide and tall.
pub(super) fn masked_image(
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
    Ok(framed_image(image, x, y, side)?
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

/// An arrow to the right, with a label above it.
pub(super) fn arrow(from: f64, to: f64, y: f64, label: &str) -> Group {
    let head = Data::new()
        .move_to((number(to - 8.0), number(y - 5.0)))
        .line_to((number(to), number(y)))
        .line_to((number(to - 8.0), number(y + 5.0)))
        .close();
    Group::new()
        .add(line([from, y], [to - 7.0, y], SOFT_INK).set("stroke-width", 2))
        .add(Path::new().set("d", head).set("fill", SOFT_INK))
        .add(text(
            label,
            (from + to) / 2.0,
            y - 11.0,
            TextStyle {
                fill: INK,
                ..TextStyle::CAPTION
            },
        ))
}

/// A step's number, title and explanation.
pub(super) fn step_heading(count: usize, title: &str, explanation: &str, y: f64) -> Group {
    let number_style = TextStyle {
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
        .add(text(
            count.to_string(),
            MARGIN + 13.0,
            y - 0.7,
            number_style,
        ))
        .add(text(title, MARGIN + 36.0, y, TextStyle::HEADING))
        .add(text(explanation, MARGIN + 36.0, y + 22.0, TextStyle::NOTE))
}

/// `97 %`; NaN is `–`.
pub(super) fn percent(share: f32) -> String {
    if share.is_finite() {
        format!("{:.0} %", share * 100.0)
    } else {
        String::from("–")
    }
}

/// A fraction for readers: `1/3`, `25 %`.
pub(super) fn fraction(p: f64) -> String {
    if (p - 1.0 / 3.0).abs() < 1e-9 {
        String::from("1/3")
    } else {
        format!("{:.0} %", p * 100.0)
    }
}

/// A coordinate rounded to two decimals.
pub(super) fn number(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
