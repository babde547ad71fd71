//! What is to be known beside the accuracies of a run.

use leptos::prelude::*;

use crate::training::model::untested::untested;
use crate::training::state::Training;
use crate::ui::model::format;

/// Names shown of classes.
const NAMES: usize = 5;

/// Which classes the accuracies say nothing about, where there are some.
#[component]
pub(crate) fn UntestedClasses() -> impl IntoView {
    let training = expect_context::<Training>();
    let of = move |held_out: bool| {
        let names = training.info.with(|info| {
            let labels = training.predictions.labels;
            labels.with_value(|labels| Some(untested(info.as_ref()?, labels, held_out)))
        });
        let names = names.filter(|names| !names.is_empty())?;
        let names = format::listing(&names, NAMES);
        Some(if held_out {
            text!("training.untested-new", classes = names)
        } else {
            text!("training.untested-same", classes = names)
        })
    };
    let lines = move || {
        let lines = [of(true), of(false)].into_iter().flatten();
        lines
            .map(|line| view! { <p class="hint" data-testid="untested">{line}</p> })
            .collect_view()
    };
    view! { {lines} }
}
