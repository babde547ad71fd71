//! Canvases: pixels drawn, and read.

use wasm_bindgen::{Clamped, JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

/// A canvas outside the page.
pub(crate) fn scratch_canvas(width: u32, height: u32) -> Option<HtmlCanvasElement> {
    let canvas: HtmlCanvasElement = leptos::prelude::document()
        .create_element("canvas")
        .ok()?
        .dyn_into()
        .ok()?;
    canvas.set_width(width);
    canvas.set_height(height);
    Some(canvas)
}

/// A canvas' drawing context.
pub(crate) fn context(canvas: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    canvas.get_context("2d").ok()??.dyn_into().ok()
}

/// A drawing context outside the page whose pixels will be read, so that they stay in memory.
pub(crate) fn reading_context(width: u32, height: u32) -> Option<CanvasRenderingContext2d> {
    let canvas = scratch_canvas(width, height)?;
    let options = js_sys::Object::new();
    js_sys::Reflect::set(&options, &"willReadFrequently".into(), &JsValue::TRUE).ok()?;
    let context: CanvasRenderingContext2d = canvas
        .get_context_with_context_options("2d", &options)
        .ok()??
        .dyn_into()
        .ok()?;
    smooth_well(&context)?;
    Some(context)
}

thread_local! {
    /// Where pictures lie for the moment in which they are read.
    static READ: Option<CanvasRenderingContext2d> = reading_context(1, 1);
}

/// The RGBA pixels of what `draw` draws on a canvas of this size. The canvas is used again: of hundreds of
/// photographs read in a row, the garbage would be as large as the photographs.
pub(crate) fn drawn_pixels(
    width: u32,
    height: u32,
    draw: impl FnOnce(&CanvasRenderingContext2d) -> Result<(), JsValue>,
) -> Option<Vec<u8>> {
    READ.with(|context| {
        let context = context.as_ref()?;
        let canvas = context.canvas()?;
        // Clears it, and resets the context's state.
        canvas.set_width(width);
        canvas.set_height(height);
        smooth_well(context)?;
        draw(context).ok()?;
        let image = context
            .get_image_data(0.0, 0.0, f64::from(width), f64::from(height))
            .ok()?;
        Some(image.data().0)
    })
}

fn smooth_well(context: &CanvasRenderingContext2d) -> Option<bool> {
    js_sys::Reflect::set(context, &"imageSmoothingQuality".into(), &"high".into()).ok()
}

/// Draws RGBA pixels over the whole of a canvas, each a sharp square, in place of what was there.
pub(crate) fn draw_pixels(canvas: &HtmlCanvasElement, pixels: &[u8], width: u32, height: u32) {
    if let Some(target) = context(canvas) {
        let (w, h) = (f64::from(canvas.width()), f64::from(canvas.height()));
        target.clear_rect(0.0, 0.0, w, h);
    }
    draw_over(canvas, pixels, width, height);
}

thread_local! {
    /// Where pixels lie for the moment in which they are drawn larger.
    static PIXELS: Option<HtmlCanvasElement> = scratch_canvas(1, 1);
}

/// As [`draw_pixels`], on top of what is there: pixels may be translucent.
pub(crate) fn draw_over(canvas: &HtmlCanvasElement, pixels: &[u8], width: u32, height: u32) {
    let drawn = |scratch: &HtmlCanvasElement| -> Option<()> {
        put_pixels(scratch, pixels, width, height)?;
        let target = context(canvas)?;
        target.set_image_smoothing_enabled(false);
        let (w, h) = (f64::from(canvas.width()), f64::from(canvas.height()));
        target
            .draw_image_with_html_canvas_element_and_dw_and_dh(scratch, 0.0, 0.0, w, h)
            .ok()
    };
    // Pixels that do not fit their size (an engine of another version) leave the canvas as it is.
    PIXELS.with(|scratch| scratch.as_ref().and_then(drawn));
}

/// Draws the middle square of RGBA pixels over the whole of a canvas, smoothly.
pub(crate) fn draw_middle(canvas: &HtmlCanvasElement, pixels: &[u8], width: u32, height: u32) {
    let drawn = |scratch: &HtmlCanvasElement| -> Option<()> {
        put_pixels(scratch, pixels, width, height)?;
        let side = width.min(height);
        let (left, top) = ((width - side) / 2, (height - side) / 2);
        let (w, h) = (f64::from(canvas.width()), f64::from(canvas.height()));
        context(canvas)?
            .draw_image_with_html_canvas_element_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
                scratch,
                f64::from(left),
                f64::from(top),
                f64::from(side),
                f64::from(side),
                0.0,
                0.0,
                w,
                h,
            )
            .ok()
    };
    PIXELS.with(|scratch| scratch.as_ref().and_then(drawn));
}

/// Puts RGBA pixels on a canvas of their size.
fn put_pixels(canvas: &HtmlCanvasElement, pixels: &[u8], width: u32, height: u32) -> Option<()> {
    let image = ImageData::new_with_u8_clamped_array_and_sh(Clamped(pixels), width, height).ok()?;
    if (canvas.width(), canvas.height()) != (width, height) {
        canvas.set_width(width);
        canvas.set_height(height);
    }
    context(canvas)?.put_image_data(&image, 0.0, 0.0).ok()
}
