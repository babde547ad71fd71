//! Probabilities as bars, for the masks and for the microscope.

use leptos::prelude::*;
use rsc_core::protocol::ImageInspection;

use crate::masks::model::classes;
use crate::ui::model::format;

/// Most classes with a bar of their own.
const BARS: usize = 5;

/// Probabilities before and after, the true class marked.
pub(crate) fn bars(result: &ImageInspection, names: &[String]) -> impl IntoView + use<> {
    probability_bars(&result.before, &result.after, result.label, true, names)
}

/// The room for the bars of so many classes.
pub(crate) fn empty_bars(classes: usize) -> impl IntoView {
    let bar = || view! { <div class="probability" aria-hidden="true">"\u{a0}"</div> };
    (0..classes.min(BARS)).map(|_| bar()).collect_view()
}

/// Probabilities before and after of all classes, or of `class` and the likeliest others. It is marked
/// where it is the true one, `known`.
pub(crate) fn probability_bars(
    before: &[f32],
    after: &[f32],
    class: usize,
    known: bool,
    names: &[String],
) -> impl IntoView + use<> {
    let at = |values: &[f32], i: usize| {
        values
            .get(i)
            .copied()
            .filter(|v| v.is_finite())
            .unwrap_or(0.0)
    };
    classes::classes_to_show(before, after, class, BARS)
        .into_iter()
        .map(|i| {
            let (before, after) = (at(before, i), at(after, i));
            let name = names
                .get(i)
                .cloned()
                .unwrap_or_else(|| text!("masks.class", n = i));
            let about = text!(
                "masks.probability",
                class = name,
                before = format::percent(before),
                after = format::percent(after)
            );
            let label = about.clone();
            let width = |value: f32| format!("{:.1}%", value * 100.0);
            view! {
                <div class="probability" class:true-class=known && i == class title=about>
                    <span class="probability-name">{name}</span>
                    <span class="probability-bars" role="img" aria-label=label>
                        <span class="before" style:width=width(before)></span>
                        <span class="after" style:width=width(after)></span>
                    </span>
                    <span class="probability-value">{format!("{:.0}", after * 100.0)}</span>
                </div>
            }
        })
        .collect_view()
}
