//! What is drawn on the page as pictures of their own: charts as SVG and PNG, masks as PNG.

use js_sys::Promise;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, CssStyleDeclaration, Element, HtmlCanvasElement, HtmlImageElement, XmlSerializer,
};

use crate::browser;
use crate::pure::figure::{Figure, MARGIN, Sample, TOP};

/// Pixels of a PNG per pixel of the page.
const SHARPNESS: f64 = 2.0;
/// A mask's picture is so wide.
const MASK_SIDE: f64 = 512.0;

/// What style.css says about a chart, which a file has to say itself.
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
    "visibility",
];

/// All elements that a selector finds.
fn all(root: &Element, selector: &str) -> Vec<Element> {
    let Ok(found) = root.query_selector_all(selector) else {
        return Vec::new();
    };
    (0..found.length())
        .filter_map(|i| found.item(i)?.dyn_into().ok())
        .collect()
}

fn style_of(element: &Element) -> Option<CssStyleDeclaration> {
    window().get_computed_style(element).ok()?
}

fn value(style: &CssStyleDeclaration, name: &str) -> String {
    style.get_property_value(name).unwrap_or_default()
}

/// The chart itself, if it is to be seen, and its size.
fn drawing(chart: &Element) -> Option<(Element, f64, f64)> {
    let svg = chart.query_selector("svg").ok()??;
    let size = svg.get_attribute("viewBox")?;
    let mut numbers = size.split_whitespace().skip(2);
    let width: f64 = numbers.next()?.parse().ok()?;
    let height: f64 = numbers.next()?.parse().ok()?;
    let seen = svg.get_bounding_client_rect().width() > 0.0;
    (seen && width > 0.0 && height > 0.0).then_some((svg, width, height))
}

fn chart_elements() -> Vec<(String, Element)> {
    let Some(root) = document().document_element() else {
        return Vec::new();
    };
    all(&root, ".curves[aria-label]")
        .into_iter()
        .filter(|chart| drawing(chart).is_some())
        .filter_map(|chart| Some((chart.get_attribute("aria-label")?, chart)))
        .collect()
}

/// What the charts now on the page show, one sentence each.
pub(crate) fn charts() -> Vec<String> {
    chart_elements()
        .into_iter()
        .map(|(label, _)| label)
        .collect()
}

/// A chart as a file: width, height and SVG text.
///
/// # Errors
/// Where the chart has gone, or the browser cannot write it down.
pub(crate) fn chart_svg(label: &str) -> Result<(f64, f64, String), String> {
    let chart = chart_elements()
        .into_iter()
        .find(|(found, _)| found == label)
        .ok_or_else(|| text!("pictures.chart-gone"))?
        .1;
    let figure = figure(label, &chart).map_err(|error| browser::thrown(&error))?;
    Ok(figure.svg())
}

fn figure(label: &str, chart: &Element) -> Result<Figure, JsValue> {
    let (svg, width, height) = drawing(chart).ok_or_else(|| text!("pictures.chart-sizeless"))?;
    let copy: Element = svg.clone_node_with_deep(true)?.dyn_into()?;
    for (from, to) in all(&svg, "*").iter().zip(all(&copy, "*")) {
        write_styles(from, &to)?;
    }
    for name in ["style", "class"] {
        copy.remove_attribute(name)?;
    }
    for (name, number) in [
        ("x", MARGIN),
        ("y", TOP),
        ("width", width),
        ("height", height),
    ] {
        copy.set_attribute(name, &number.to_string())?;
    }
    copy.set_attribute("overflow", "visible")?;
    let names = chart.get_attribute("data-series").unwrap_or_default();
    let paths = all(chart, "._chartistry_line path");
    let samples = names
        .split('|')
        .zip(&paths)
        .filter_map(|(name, path)| {
            let style = style_of(path)?;
            Some(Sample {
                name: name.to_owned(),
                stroke: value(&style, "stroke"),
                width: value(&style, "stroke-width"),
                dashes: value(&style, "stroke-dasharray"),
            })
        })
        .collect();
    let panel = chart.closest(".panel")?.and_then(|panel| style_of(&panel));
    let colour = |name: &str, otherwise: &str| {
        let colour = panel.as_ref().map(|style| value(style, name));
        let colour = colour.filter(|colour| !colour.is_empty());
        colour.unwrap_or_else(|| otherwise.to_owned())
    };
    Ok(Figure {
        title: label.to_owned(),
        chart: XmlSerializer::new()?.serialize_to_string(&copy)?,
        width,
        height,
        background: colour("background-color", "white"),
        colour: colour("color", "black"),
        samples,
    })
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

/// A chart as pixels.
///
/// # Errors
/// As [`chart_svg`], and where the browser cannot draw it.
pub(crate) async fn chart_png(label: &str) -> Result<Blob, String> {
    let (width, height, svg) = chart_svg(label)?;
    rasterise(width, height, &svg)
        .await
        .map_err(|error| browser::thrown(&error))
}

async fn rasterise(width: f64, height: f64, svg: &str) -> Result<Blob, JsValue> {
    let image = HtmlImageElement::new()?;
    let text = String::from(js_sys::encode_uri_component(svg));
    image.set_src(&format!("data:image/svg+xml;charset=utf-8,{text}"));
    JsFuture::from(image.decode()).await?;
    let (w, h) = ((width * SHARPNESS).ceil(), (height * SHARPNESS).ceil());
    let canvas = scratch(w, h)?;
    let context = browser::context(&canvas).ok_or_else(|| text!("pictures.no-canvas"))?;
    context.draw_image_with_html_image_element_and_dw_and_dh(&image, 0.0, 0.0, w, h)?;
    encoded(&canvas).await
}

fn scratch(width: f64, height: f64) -> Result<HtmlCanvasElement, JsValue> {
    let canvas = browser::scratch_canvas(width as u32, height as u32);
    canvas.ok_or_else(|| JsValue::from_str(text!("pictures.no-canvas")))
}

/// A canvas as a PNG file.
async fn encoded(canvas: &HtmlCanvasElement) -> Result<Blob, JsValue> {
    let promise = Promise::new(&mut |resolve, reject| {
        if let Err(error) = canvas.to_blob(&resolve) {
            let _ = reject.call1(&JsValue::UNDEFINED, &error);
        }
    });
    let content = JsFuture::from(promise).await?;
    content
        .dyn_into()
        .map_err(|_| JsValue::from_str(text!("pictures.no-picture")))
}

/// RGBA pixels as a PNG file.
///
/// # Errors
/// Where the browser cannot write it down.
pub(crate) async fn pixels_png(pixels: &[u8], width: u32, height: u32) -> Result<Blob, String> {
    let drawn = async {
        let canvas = scratch(f64::from(width), f64::from(height))?;
        browser::draw_pixels(&canvas, pixels, width, height);
        encoded(&canvas).await
    };
    drawn
        .await
        .map_err(|error: JsValue| browser::thrown(&error))
}

fn canvas_called(testid: &str) -> Option<HtmlCanvasElement> {
    let found = document().query_selector(&format!("[data-testid=\"{testid}\"]"));
    found.ok()??.dyn_into().ok()
}

/// A mask as pixels, by what its canvases' names end in: the overlay and, where channels are muted, their strip below it.
///
/// # Errors
/// Where it has gone, or the browser cannot write it down.
pub(crate) async fn mask_png(suffix: &str) -> Result<Blob, String> {
    let overlay =
        canvas_called(&format!("overlay-{suffix}")).ok_or_else(|| text!("pictures.image-gone"))?;
    let strip = canvas_called(&format!("channels-{suffix}"))
        .filter(|strip| !strip.class_list().contains("absent"));
    let drawn = async {
        let below = strip
            .as_ref()
            .map_or(0.0, |strip| f64::from(strip.height()));
        let canvas = scratch(MASK_SIDE, MASK_SIDE + below)?;
        let context = browser::context(&canvas).ok_or_else(|| text!("pictures.no-canvas"))?;
        context.set_image_smoothing_enabled(false);
        context.draw_image_with_html_canvas_element_and_dw_and_dh(
            &overlay, 0.0, 0.0, MASK_SIDE, MASK_SIDE,
        )?;
        if let Some(strip) = &strip {
            context.draw_image_with_html_canvas_element_and_dw_and_dh(
                strip, 0.0, MASK_SIDE, MASK_SIDE, below,
            )?;
        }
        encoded(&canvas).await
    };
    drawn
        .await
        .map_err(|error: JsValue| browser::thrown(&error))
}
