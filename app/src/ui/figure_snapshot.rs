//! A part of the page as SVG: boxes with a colour become rectangles, words become texts, canvases
//! become images, and drawings are copied with their computed styles.

use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CssStyleDeclaration, DomRect, Element, HtmlCanvasElement, Node, XmlSerializer};

use crate::ui::model::figure::escape;
use crate::ui::model::paint;
use crate::ui::model::paint::Paint;

/// What the style sheets say about what is drawn, which a file has to say itself.
const STYLES: &[&str] = &[
    "dominant-baseline",
    "fill",
    "fill-opacity",
    "font-family",
    "font-size",
    "font-weight",
    "stroke",
    "stroke-dasharray",
    "stroke-linecap",
    "stroke-linejoin",
    "stroke-opacity",
    "stroke-width",
    "text-anchor",
    "vector-effect",
    "visibility",
];

/// All elements that a selector finds.
pub(crate) fn all(root: &Element, selector: &str) -> Vec<Element> {
    let Ok(found) = root.query_selector_all(selector) else {
        return Vec::new();
    };
    (0..found.length())
        .filter_map(|i| found.item(i)?.dyn_into().ok())
        .collect()
}

pub(crate) fn style_of(element: &Element) -> Option<CssStyleDeclaration> {
    window().get_computed_style(element).ok()?
}

pub(crate) fn value(style: &CssStyleDeclaration, name: &str) -> String {
    style.get_property_value(name).unwrap_or_default()
}

/// An `<svg>` element with its looks written onto it, as text, at this place and in this size.
///
/// # Errors
/// Where the browser cannot write it down.
pub(crate) fn drawing(
    svg: &Element,
    (x, y): (f64, f64),
    (width, height): (f64, f64),
) -> Result<String, JsValue> {
    let copy: Element = svg.clone_node_with_deep(true)?.dyn_into()?;
    for (from, to) in all(svg, "*").iter().zip(all(&copy, "*")) {
        write_styles(from, &to)?;
    }
    for name in ["style", "class"] {
        copy.remove_attribute(name)?;
    }
    for (name, number) in [("x", x), ("y", y), ("width", width), ("height", height)] {
        copy.set_attribute(name, &number.to_string())?;
    }
    copy.set_attribute("overflow", "visible")?;
    XmlSerializer::new()?.serialize_to_string(&copy)
}

/// Writes the looks of one element onto its copy.
fn write_styles(from: &Element, to: &Element) -> Result<(), JsValue> {
    let Some(style) = style_of(from) else {
        return Ok(());
    };
    // A group's own values reach what is in it, which says them all itself.
    let group = from.child_element_count() > 0;
    if !group {
        for name in STYLES {
            to.set_attribute(name, &value(&style, name))?;
        }
    }
    let opacity = value(&style, "opacity");
    if opacity != "1" {
        to.set_attribute("opacity", &opacity)?;
    }
    if value(&style, "display") == "none" {
        to.set_attribute("display", "none")?;
    }
    to.remove_attribute("style")?;
    to.remove_attribute("class")
}

/// The element and all that is in it; its upper left corner becomes the origin.
///
/// # Errors
/// Where the browser cannot write a part of it down.
pub(crate) fn of(root: &Element) -> Result<String, JsValue> {
    let frame = root.get_bounding_client_rect();
    let mut taken = String::new();
    take(root, &frame, &mut taken)?;
    Ok(taken)
}

/// Writes one element and what is in it.
fn take(element: &Element, frame: &DomRect, out: &mut String) -> Result<(), JsValue> {
    let Some(style) = style_of(element) else {
        return Ok(());
    };
    let unseen = value(&style, "display") == "none"
        || value(&style, "visibility") != "visible"
        || value(&style, "clip-path") != "none"
        // A sign on a button is no part of what is shown.
        || element.class_list().contains("icon-drawing");
    if unseen {
        return Ok(());
    }
    let area = element.get_bounding_client_rect();
    let at = (area.left() - frame.left(), area.top() - frame.top());
    let size = (area.width(), area.height());
    if let Some(paint) = paint::read(&value(&style, "background-color")) {
        push_box(
            out,
            at,
            size,
            &paint,
            &value(&style, "border-top-left-radius"),
        );
    }
    if let Some(canvas) = element.dyn_ref::<HtmlCanvasElement>() {
        let picture = canvas.to_data_url()?;
        out.push_str(&format!(
            r#"<image x="{}" y="{}" width="{}" height="{}" preserveAspectRatio="none" image-rendering="pixelated" href="{picture}"/>"#, // not shown
            at.0, at.1, size.0, size.1,
        ));
        return Ok(());
    }
    if element.tag_name().eq_ignore_ascii_case("svg") {
        out.push_str(&drawing(element, at, size)?);
        return Ok(());
    }
    let children = element.child_nodes();
    for node in (0..children.length()).filter_map(|i| children.item(i)) {
        match node.dyn_ref::<Element>() {
            Some(child) => take(child, frame, out)?,
            None if node.node_type() == Node::TEXT_NODE => words(&node, &style, frame, out)?,
            None => {}
        }
    }
    Ok(())
}

fn push_box(out: &mut String, at: (f64, f64), size: (f64, f64), paint: &Paint, radius: &str) {
    let radius: f64 = radius.trim_end_matches("px").parse().unwrap_or(0.0);
    out.push_str(&format!(
        r#"<rect x="{}" y="{}" width="{}" height="{}" rx="{}" fill="{}" fill-opacity="{}"/>"#, // not shown
        at.0,
        at.1,
        size.0,
        size.1,
        radius.min(size.0 / 2.0).min(size.1 / 2.0),
        paint.colour,
        paint.opacity,
    ));
}

/// Writes the words of a text, line by line as the browser broke them.
fn words(
    node: &Node,
    style: &CssStyleDeclaration,
    frame: &DomRect,
    out: &mut String,
) -> Result<(), JsValue> {
    let text = node.text_content().unwrap_or_default();
    let Some(paint) = paint::read(&value(style, "color")) else {
        return Ok(());
    };
    let range = document().create_range()?;
    let mut lines: Vec<(f64, f64, String)> = Vec::new();
    for word in paint::words(&text) {
        range.set_start(node, word.start)?;
        range.set_end(node, word.end)?;
        let area = range.get_bounding_client_rect();
        if area.width() <= 0.0 {
            continue;
        }
        let (x, y) = (
            area.left() - frame.left(),
            area.top() + area.height() / 2.0 - frame.top(),
        );
        match lines.last_mut() {
            Some((_, same, line)) if (*same - y).abs() < 1.0 => {
                line.push(' ');
                line.push_str(word.text);
            }
            _ => lines.push((x, y, word.text.to_owned())),
        }
    }
    for (x, y, line) in lines {
        out.push_str(&format!(
            r#"<text x="{x}" y="{y}" dominant-baseline="central" fill="{}" fill-opacity="{}" font-family="{}" font-size="{}" font-weight="{}">{}</text>"#, // not shown
            paint.colour,
            paint.opacity,
            escape(&value(style, "font-family")),
            value(style, "font-size"),
            value(style, "font-weight"),
            escape(&line),
        ));
    }
    Ok(())
}
