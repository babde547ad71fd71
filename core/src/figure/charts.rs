//! The charts of the figures.

use svg::node::element::Group;

use super::{
    colour::{hex, mix},
    elements::{Anchor, HEAT, INK, LINE, SOFT_INK, TRACK, TextStyle, line, rect, text},
};

/// The vertical colour scale of the heat maps.
pub(super) fn heat_legend(x: f64, y: f64, height: f64) -> Group {
    let beside = TextStyle {
        size: 12.0,
        ..TextStyle::NOTE
    };
    Group::new()
        .add(
            rect(x, y, 10.0, height)
                .set("rx", 2)
                .set("fill", format!("url(#{HEAT})")),
        )
        .add(text("high", x + 15.0, y + 10.0, beside))
        .add(text("low", x + 15.0, y + height, beside))
}

/// A column chart; a value of `top` fills the height.
pub(super) fn column_chart(
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
        let bar = rect(x + i as f64 * step, y + height - tall, step - gap, tall);
        group = group.add(bar.set("fill", fill(i)));
    }
    group.add(line([x, y + height], [x + width, y + height], LINE))
}

/// Horizontal bars of the class probabilities, before (pale) and after (full colour) masking.
pub(super) struct ProbabilityBars<'a> {
    pub(super) classes: &'a [String],
    /// Colour of each class's shortcut, drawn as a swatch beside its name.
    pub(super) cues: &'a [[u8; 3]],
    pub(super) before: &'a [f32],
    pub(super) after: &'a [f32],
    /// The true class.
    pub(super) label: usize,
    /// Height of a class's row.
    pub(super) pitch: f64,
    /// Width of the names' column.
    pub(super) names: f64,
    pub(super) size: f64,
    pub(super) colour: [u8; 3],
}

impl ProbabilityBars<'_> {
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
            let style = TextStyle {
                size: self.size,
                bold: i == self.label,
                ..TextStyle::BODY
            };
            if let Some(&cue) = self.cues.get(i) {
                let side = self.size * 0.85;
                group = group.add(
                    rect(x, middle - side / 2.0, side, side)
                        .set("rx", 1.5)
                        .set("fill", hex(cue)),
                );
            }
            group = group.add(text(class, x + self.size * 1.3, baseline, style));
            let bars = [
                (self.before, -thick - 0.5, pale.clone()),
                (self.after, 0.5, hex(self.colour)),
            ];
            for (values, offset, fill) in bars {
                let share = f64::from(values.get(i).copied().unwrap_or(0.0)).clamp(0.0, 1.0);
                group = group
                    .add(rect(start, middle + offset, track, thick).set("fill", TRACK))
                    .add(rect(start, middle + offset, track * share, thick).set("fill", fill));
            }
            let value = |values: &[f32]| 100.0 * values.get(i).copied().unwrap_or(0.0);
            group = group.add(text(
                format!("{:.0} → {:.0} %", value(self.before), value(self.after)),
                x + width,
                baseline,
                TextStyle {
                    anchor: Anchor::End,
                    size: self.size - 1.0,
                    bold: i == self.label,
                    fill: if i == self.label { INK } else { SOFT_INK },
                },
            ));
        }
        group
    }
}
