//! What is drawn on the page as pictures of their own: charts and all that carries `data-figure` as
//! SVG and PNG, masks as PNG.

use js_sys::Promise;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, Element, HtmlCanvasElement, HtmlImageElement};

use crate::ui::browser;
use crate::ui::canvas;
use crate::ui::figure_snapshot;
use crate::ui::model::figure::{Figure, MARGIN, Sample, TOP};
use crate::ui::views::EveryViewStyled;

/// Pixels of a PNG per pixel of the page.
const SHARPNESS: f64 = 2.0;
/// A mask's picture is so wide.
const MASK_SIDE: f64 = 512.0;

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

/// A chart with curves and a legend, or any other part of the page that carries its name.
#[derive(Debug, Clone)]
enum Exportable {
    Chart(Element),
    Part(Element),
}

/// Everything drawn that is to be seen now, with what it shows in a sentence: charts first.
fn exportables() -> Vec<(String, Exportable)> {
    let Some(root) = document().document_element() else {
        return Vec::new();
    };
    let charts = figure_snapshot::all(&root, ".curves[aria-label]").into_iter();
    let charts = charts
        .filter(|chart| drawing(chart).is_some())
        .filter_map(|chart| Some((chart.get_attribute("aria-label")?, Exportable::Chart(chart))));
    let parts = figure_snapshot::all(&root, "[data-figure]").into_iter();
    let parts = parts
        .filter(|part| {
            let area = part.get_bounding_client_rect();
            area.width() > 0.0 && area.height() > 0.0
        })
        .filter_map(|part| Some((part.get_attribute("data-figure")?, Exportable::Part(part))));
    charts.chain(parts).collect()
}

/// What the drawings now on the page show, one sentence each.
pub(crate) fn drawings() -> Vec<String> {
    exportables().into_iter().map(|(label, _)| label).collect()
}

/// A drawing as a file: width, height and SVG text.
///
/// # Errors
/// Where the drawing has gone, or the browser cannot write it down.
pub(crate) fn svg(label: &str) -> Result<(f64, f64, String), String> {
    let found = exportables().into_iter().find(|(found, _)| found == label);
    let (_, shown) = found.ok_or_else(|| text!("pictures.chart-gone"))?;
    let _styled = EveryViewStyled::begin();
    let figure = match shown {
        Exportable::Chart(chart) => of_chart(label, &chart),
        Exportable::Part(part) => of_part(label, &part),
    };
    Ok(figure.map_err(|error| browser::error_text(&error))?.svg())
}

/// The colours of the panel that something lies on: of its ground and of its texts.
fn colours(element: &Element) -> Result<(String, String), JsValue> {
    let panel = element.closest(".panel")?;
    let style = panel.and_then(|panel| figure_snapshot::style_of(&panel));
    let colour = |name: &str, otherwise: &str| {
        let colour = style
            .as_ref()
            .map(|style| figure_snapshot::value(style, name));
        let colour = colour.filter(|colour| !colour.is_empty());
        colour.unwrap_or_else(|| otherwise.to_owned())
    };
    Ok((
        colour("background-color", "white"),
        colour("color", "black"),
    ))
}

fn of_part(label: &str, part: &Element) -> Result<Figure, JsValue> {
    let (background, colour) = colours(part)?;
    let content = figure_snapshot::of(part)?;
    // What scrolls on the page is there as a whole.
    let (width, height) = (
        f64::from(part.scroll_width()),
        f64::from(part.scroll_height()),
    );
    Ok(Figure {
        title: label.to_owned(),
        chart: format!(
            r#"<svg x="{MARGIN}" y="{TOP}" width="{width}" height="{height}" overflow="visible">{content}</svg>"#
        ),
        width,
        height,
        background,
        colour,
        samples: Vec::new(),
    })
}

fn of_chart(label: &str, chart: &Element) -> Result<Figure, JsValue> {
    let (svg, width, height) = drawing(chart).ok_or_else(|| text!("pictures.chart-sizeless"))?;
    let names = chart.get_attribute("data-series").unwrap_or_default();
    let paths = figure_snapshot::all(chart, "._chartistry_line path");
    let samples = names
        .split('|')
        .zip(&paths)
        .filter_map(|(name, path)| {
            let style = figure_snapshot::style_of(path)?;
            Some(Sample {
                name: name.to_owned(),
                stroke: figure_snapshot::value(&style, "stroke"),
                width: figure_snapshot::value(&style, "stroke-width"),
                dashes: figure_snapshot::value(&style, "stroke-dasharray"),
            })
        })
        .collect();
    let (background, colour) = colours(chart)?;
    Ok(Figure {
        title: label.to_owned(),
        chart: figure_snapshot::drawing(&svg, (MARGIN, TOP), (width, height))?,
        width,
        height,
        background,
        colour,
        samples,
    })
}

/// A drawing as pixels.
///
/// # Errors
/// As [`svg`], and where the browser cannot draw it.
pub(crate) async fn png(label: &str) -> Result<Blob, String> {
    let (width, height, svg) = svg(label)?;
    rasterise(width, height, &svg)
        .await
        .map_err(|error| browser::error_text(&error))
}

async fn rasterise(width: f64, height: f64, svg: &str) -> Result<Blob, JsValue> {
    let image = HtmlImageElement::new()?;
    let text = String::from(js_sys::encode_uri_component(svg));
    image.set_src(&format!("data:image/svg+xml;charset=utf-8,{text}"));
    JsFuture::from(image.decode()).await?;
    let (w, h) = ((width * SHARPNESS).ceil(), (height * SHARPNESS).ceil());
    let canvas = scratch(w, h)?;
    let context = canvas::context(&canvas).ok_or_else(|| text!("pictures.no-canvas"))?;
    context.draw_image_with_html_image_element_and_dw_and_dh(&image, 0.0, 0.0, w, h)?;
    encoded(&canvas).await
}

fn scratch(width: f64, height: f64) -> Result<HtmlCanvasElement, JsValue> {
    let canvas = canvas::scratch_canvas(width as u32, height as u32);
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
        canvas::draw_pixels(&canvas, pixels, width, height);
        encoded(&canvas).await
    };
    drawn
        .await
        .map_err(|error: JsValue| browser::error_text(&error))
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
        let context = canvas::context(&canvas).ok_or_else(|| text!("pictures.no-canvas"))?;
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
        .map_err(|error: JsValue| browser::error_text(&error))
}
