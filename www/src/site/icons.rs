//! The icons of the installed page, drawn from `www/site/icon.svg`.

use anyhow::{Context, Result, anyhow};
use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::{Options, Tree};

use super::bundle::Source;

/// The drawing.
pub(super) const DRAWING: &str = "icon.svg";
/// Its background (`#12201f`), which a system that cuts the icon to its own shape sees up to the edge.
const BACKGROUND: [u8; 3] = [0x12, 0x20, 0x1f];
/// How much of such an icon's side is never cut off.
const SAFE: f32 = 0.8;

/// How an icon is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// As the drawing is, with round corners.
    Plain,
    /// The drawing within the part that is never cut off, on its background.
    Maskable,
}

/// Names, sides in pixels, and forms. `manifest.webmanifest` and `index.html` name them.
const ICONS: [(&str, u32, Form); 4] = [
    ("icon-192.png", 192, Form::Plain),
    ("icon-512.png", 512, Form::Plain),
    ("icon-maskable.png", 512, Form::Maskable),
    ("icon-touch.png", 180, Form::Maskable),
];

/// All icons as files of the site.
pub(super) fn drawn(drawing: &[u8]) -> Result<Vec<Source>> {
    let tree = Tree::from_data(drawing, &Options::default())
        .with_context(|| format!("www/site/{DRAWING} cannot be drawn"))?;
    ICONS
        .iter()
        .map(|(name, side, form)| {
            let png = icon(&tree, *side, *form).with_context(|| format!("cannot draw {name}"))?;
            Ok(Source::generated((*name).to_owned(), png))
        })
        .collect()
}

fn icon(tree: &Tree, side: u32, form: Form) -> Result<Vec<u8>> {
    let mut pixels = Pixmap::new(side, side).context("an icon has no pixels")?;
    let share = match form {
        Form::Plain => 1.0,
        Form::Maskable => {
            let [red, green, blue] = BACKGROUND;
            pixels.fill(Color::from_rgba8(red, green, blue, 255));
            SAFE
        }
    };
    let scale = share * side as f32 / tree.size().width();
    let margin = (1.0 - share) / 2.0 * side as f32;
    let place = Transform::from_scale(scale, scale).post_translate(margin, margin);
    resvg::render(tree, place, &mut pixels.as_mut());
    pixels
        .encode_png()
        .map_err(|error| anyhow!("cannot be encoded: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pixels(form: Form) -> Pixmap {
        let drawing = include_bytes!("../../site/icon.svg");
        let tree = Tree::from_data(drawing, &Options::default()).expect("it can be drawn");
        let png = icon(&tree, 64, form).expect("it is drawn");
        Pixmap::decode_png(&png).expect("it is a PNG")
    }

    fn at(pixels: &Pixmap, x: u32, y: u32) -> [u8; 4] {
        let pixel = pixels.pixel(x, y).expect("it is inside").demultiply();
        [pixel.red(), pixel.green(), pixel.blue(), pixel.alpha()]
    }

    #[test]
    fn icons_show_the_drawing() {
        let [red, green, blue] = BACKGROUND;
        let plain = pixels(Form::Plain);
        assert_eq!((plain.width(), plain.height()), (64, 64));
        assert_eq!(at(&plain, 0, 0)[3], 0, "its corners are round");
        assert_eq!(at(&plain, 32, 2), [red, green, blue, 255]);
        // The first of its four squares, in the colour of what is kept.
        assert_eq!(at(&plain, 20, 20), [0x2b, 0xb5, 0xa9, 255]);
        let maskable = pixels(Form::Maskable);
        assert_eq!(at(&maskable, 0, 0), [red, green, blue, 255]);
        assert_eq!(at(&maskable, 22, 22), [0x2b, 0xb5, 0xa9, 255]);
    }

    #[test]
    fn what_is_no_drawing_is_named() {
        let error = drawn(b"no svg").expect_err("it is no drawing");
        assert!(format!("{error:#}").contains(DRAWING), "{error:#}");
    }
}
