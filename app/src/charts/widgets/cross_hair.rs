//! One cross-hair for all charts: where the pointer is over a step in one of them, or the arrow keys
//! have led to one, the others mark the same step. The library's own guide line knows its own chart
//! and the pointer only.

use leptos::{html, prelude::*};
use web_sys::Element;

use crate::charts::model::axis::Span;
use crate::ui::model::format;

/// What a step was picked out by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// The pointer.
    Pointer,
    /// The arrow keys.
    Keys,
}

/// A step that is picked out.
#[derive(Debug, Clone, Copy, PartialEq)]
struct PointedStep {
    chart: &'static str,
    by: By,
    step: f64,
}

/// The step that is picked out in one of the charts.
#[derive(Clone, Copy)]
pub(crate) struct CrossHair(RwSignal<Option<PointedStep>>);

impl CrossHair {
    /// Over none yet.
    pub(crate) fn new() -> Self {
        Self(RwSignal::new(None))
    }

    /// This step of this chart is picked out, or none.
    pub(crate) fn point(self, chart: &'static str, by: By, step: Option<f64>) {
        let pointed = step.map(|step| PointedStep { chart, by, step });
        if self.0.get_untracked() != pointed {
            self.0.set(pointed);
        }
    }

    /// The step picked out in any of the charts.
    pub(crate) fn step(self) -> Option<f64> {
        Some(self.0.get_untracked()?.step)
    }

    /// The step that keys have picked out in this chart.
    pub(crate) fn by_keys(self, chart: &'static str) -> Option<f64> {
        let pointed = self.0.get()?;
        (pointed.chart == chart && pointed.by == By::Keys).then_some(pointed.step)
    }

    /// The focus leaves this chart.
    pub(crate) fn leave(self, chart: &'static str) {
        let pointed = self.0.get_untracked();
        if pointed.is_some_and(|pointed| pointed.chart == chart && pointed.by == By::Keys) {
            self.0.set(None);
        }
    }
}

/// Where the library has drawn the horizontal axis within `chart`, and how far down: its layout is
/// its own affair, so it is read from what it drew.
fn axis_of(chart: &Element, last: f64) -> Option<(Span, f64)> {
    let line = chart
        .query_selector("._chartistry_axis_marker line")
        .ok()??;
    let number = |name: &str| line.get_attribute(name)?.parse::<f64>().ok();
    let span = Span {
        left: number("x1")?,
        right: number("x2")?,
        last,
    };
    Some((span, number("y1")?))
}

/// The step under the pointer, for a chart whose axis ends at `last`.
pub(crate) fn step_under(chart: &Element, client_x: i32, last: f64) -> Option<f64> {
    let (axis, _) = axis_of(chart, last)?;
    axis.value_at(f64::from(client_x) - chart.get_bounding_client_rect().left())
}

/// The mark in a chart that the pointer is not over, where the library draws its own. It stands beside the chart and not around it:
/// the library places its tooltip by the page, which a positioned parent would shift.
#[component]
pub(crate) fn CrossHairMark(
    /// Which chart.
    chart: &'static str,
    /// Its element.
    element: NodeRef<html::Div>,
    /// Where its horizontal axis ends.
    last: Memo<f64>,
) -> impl IntoView {
    let cross_hair = expect_context::<CrossHair>();
    let mark = move || {
        let here = |pointed: &PointedStep| pointed.chart != chart || pointed.by == By::Keys;
        let pointed = cross_hair.0.get().filter(here)?;
        let chart_element = element.get()?;
        let (axis, bottom) = axis_of(&chart_element, last.get())?;
        let x = axis.pixel_of(pointed.step)?;
        let right_half = pointed.step > last.get() / 2.0;
        let step = format::thousands(pointed.step.max(0.0).round() as usize);
        Some(view! {
            <div
                class="cross-hair"
                class:flipped=right_half
                data-testid=format!("cross-hair-{chart}")
                style:left=format!("{x:.1}px")
                style:height=format!("{bottom:.1}px")
            >
                <span>{text!("charts.step", step = step)}</span>
            </div>
        })
    };
    view! {
        <div class="cross-hair-frame" aria-hidden="true">
            {mark}
        </div>
    }
}
